(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const cards = [...document.querySelectorAll("#gallery > li")];
  const [kind, attack] = [form.elements.kind, form.elements.attack];
  const status = document.getElementById("filter-status");
  const apply = () => {
    let shown = 0;
    for (const card of cards) {
      const fits =
        (!kind.value || card.dataset.kind === kind.value) &&
        (!attack.value || card.dataset.attack === attack.value);
      card.hidden = !fits;
      if (fits) shown += 1;
    }
    status.textContent = `${shown} of ${cards.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
  apply();
})();
