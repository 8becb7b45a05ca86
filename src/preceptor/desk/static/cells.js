// A row of features that can be edited, cell by cell. It has the face of an Editor, as far as the
// pages use it: open, refresh, sheet.

export class Cells {
  // choices: of a table, for each value what it is chosen from, [[value, word], ...], null for numbers
  constructor(root, sheet, names, choices, told, say) {
    this.root = root;
    this.names = names;
    this.choices = choices;
    this.told = told;
    this.say = say;
    const acts = { undo: () => this.sheet.undo(), redo: () => this.sheet.redo(), reset: () => this.sheet.reset() };
    for (const [name, act] of Object.entries(acts)) {
      this.part(name).addEventListener("click", () => {
        act();
        this.refresh();
      });
    }
    root.addEventListener("keydown", (event) => this.key(event));
    this.open(sheet);
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  open(sheet) {
    this.sheet = sheet;
    this.part("fault").hidden = true;
    this.rows = Array.from(sheet.values, (_, i) => this.row(i));
    this.part("cells").replaceChildren(...this.rows.map(({ line }) => line));
    this.refresh();
  }

  row(i) {
    const { sheet } = this;
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = this.names[i];
    line.append(name);
    line.insertCell().textContent = this.word(i, sheet.first[i]);
    const input = document.createElement(this.choices[i] ? "select" : "input");
    line.insertCell().append(input);
    const range = line.insertCell();
    range.className = "soft range";
    if (this.choices[i]) {
      input.append(...this.choices[i].map(([value, text]) => new Option(text, value)));
      input.setAttribute("aria-label", name.textContent);
      input.addEventListener("change", () => this.choose(i, Number(input.value)));
      return { line, input };
    }
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.setAttribute("aria-label", `${name.textContent}, from ${plain(sheet.low(i))} to ${plain(sheet.high(i))}`);
    input.addEventListener("change", () => this.enter(i));
    range.textContent = `${plain(sheet.low(i))} to ${plain(sheet.high(i))}`;
    return { line, input };
  }

  word(i, value) {
    return this.choices[i]?.find(([one]) => one === value)?.[1] ?? plain(value);
  }

  // whether value i says that the one before it is missing
  gap(i) {
    return this.choices[i]?.[0][1] === "given" && this.choices[i - 1] === null;
  }

  choose(i, value) {
    const { sheet } = this;
    sheet.step(() => {
      sheet.values[i] = value;
      if (!this.gap(i)) return;
      const there = sheet.first[i] === 0 ? sheet.first[i - 1] : Math.round(sheet.valued(i - 1, 0.5));
      sheet.values[i - 1] = value ? 0 : there; // a missing value is kept as 0
    });
    this.refresh();
    this.say(`${sheet.distances().l0} values differ.`);
  }

  // what was typed, if it is a number within bounds; else it stands there, marked, and counts for nothing
  enter(i) {
    const { input } = this.rows[i];
    const value = Number(input.value.trim().replace(",", "."));
    const fits = input.value.trim() !== "" && Math.fround(value) >= this.sheet.low(i) && Math.fround(value) <= this.sheet.high(i);
    input.setAttribute("aria-invalid", String(!fits));
    if (!fits) {
      this.told();
      this.fault(`${this.names[i]}: expected a number from ${plain(this.sheet.low(i))} to ${plain(this.sheet.high(i))}.`);
      return;
    }
    if (!this.faulty) this.fault("");
    this.sheet.step(() => {
      this.sheet.set(i, value);
      if (this.gap(i + 1)) this.sheet.values[i + 1] = 0; // there is one now
    });
    this.refresh();
    this.say(`${this.sheet.distances().l0} values differ.`);
  }

  refresh() {
    this.rows.forEach(({ line, input }, i) => {
      if (input.getAttribute("aria-invalid") !== "true") input.value = this.choices[i] ? String(this.sheet.values[i]) : plain(this.sheet.values[i]);
      line.classList.toggle("edited", this.sheet.values[i] !== this.sheet.first[i]);
    });
    this.part("undo").disabled = !this.sheet.steps.length;
    this.part("redo").disabled = !this.sheet.undone.length;
    this.told();
  }

  fault(text) {
    this.part("fault").textContent = text;
    this.part("fault").hidden = !text;
    this.say(text);
  }

  get faulty() {
    return this.rows.some(({ input }) => input.getAttribute("aria-invalid") === "true");
  }

  key(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    const name = event.key.toLowerCase();
    if (name !== "z" && name !== "y") return;
    if (event.target.matches("input") && event.target.value !== plain(this.sheet.values[this.at(event.target)])) return;
    event.preventDefault();
    if (name === "y" || event.shiftKey) this.sheet.redo();
    else this.sheet.undo();
    this.refresh();
  }

  at(input) {
    return this.rows.findIndex((row) => row.input === input);
  }
}

// a float32 in the fewest digits that give it back
function plain(value) {
  for (let digits = 1; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === Math.fround(value)) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}
