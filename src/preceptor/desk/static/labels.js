// Labels of a tool's page: buttons, and keys wherever nothing is typed.

export class Labels {
  constructor(keys, act) {
    this.buttons = [...document.querySelectorAll("[data-label]")];
    const choose = (label) => {
      const button = this.buttons.find((one) => Number(one.dataset.label) === label);
      if (button && !button.disabled) act(label);
    };
    for (const button of this.buttons) button.addEventListener("click", () => choose(Number(button.dataset.label)));
    const known = new Map(keys.labels.map((key, label) => [key, label]).filter(([key]) => key));
    known.set(keys.cannotTell, -1);
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
      const label = known.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
      if (label === undefined) return;
      event.preventDefault();
      choose(label);
    });
    addEventListener("keydown", (event) => {
      const give = document.getElementById("give");
      if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter" || give.disabled) return;
      event.preventDefault();
      give.click();
    });
  }

  show(label, barred = null) {
    for (const button of this.buttons) {
      const own = Number(button.dataset.label);
      button.setAttribute("aria-pressed", String(own === label));
      button.disabled = own === barred;
    }
  }
}
