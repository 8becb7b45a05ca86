// A picture that can be drawn on: by mouse, by touch, and by keyboard alone. The screen shows the
// values of a Sheet; what is done, is done to these values.
import { listen } from "./hands.js";
import { colourOf, paint, sharesOf } from "./ink.js";

export class Editor {
  // told() is called after everything that may have changed the values; say(text) speaks to people
  // who do not see the picture
  constructor(root, sheet, told, say) {
    this.root = root;
    this.told = told;
    this.say = say;
    this.tool = "draw";
    this.spot = [0, 0];
    this.canvas = this.part("canvas");
    listen(this);
    this.open(sheet);
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  open(sheet) {
    this.sheet = sheet;
    this.canvas.width = sheet.columns;
    this.canvas.height = sheet.rows;
    const easel = this.part("easel");
    easel.style.aspectRatio = `${sheet.columns} / ${sheet.rows}`;
    easel.style.width = `min(100%, ${(62 * sheet.columns) / sheet.rows}vh)`;
    this.part("seam").hidden = sheet.form.parts === 1;
    this.spot = [Math.floor(sheet.columns / 2), Math.floor(sheet.rows / 2)];
    this.part("size").max = Math.max(1, Math.min(64, Math.floor(Math.min(sheet.columns, sheet.rows) / 2)));
    for (const name of ["ink", "paper"]) this.range(this.part(name));
    this.paper = sheet.paper();
    const bright = this.paper.slice(0, 3).reduce((sum, share) => sum + share, 0) / Math.min(this.paper.length, 3);
    this.ink = this.paper.map(() => (bright < 0.5 ? 1 : 0));
    if (sheet.form.channels === 4) this.ink[3] = 1;
    this.showColours();
    this.drop();
    this.refresh();
  }

  // ---- what is on the screen

  refresh() {
    const { sheet } = this;
    const values = this.source?.values ?? (this.original ? sheet.first : sheet.values);
    paint(this.canvas, sheet, values);
    this.showSpot();
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === this.tool));
    }
    this.part("undo").disabled = !sheet.steps.length;
    this.part("redo").disabled = !sheet.undone.length;
    this.part("original").setAttribute("aria-pressed", String(Boolean(this.original)));
    this.part("drop").hidden = !(this.patch || this.corner || this.source);
    this.part("hint").textContent = this.hint();
    this.told();
  }

  hint() {
    if (this.original) return "This is how it was. Press Original again to go on.";
    if (this.source) return "Another picture: mark the part of it that you want.";
    if (this.tool !== "patch") return HINTS[this.tool];
    return this.patch ? "Point to where the patch goes; it can be pasted more than once." : "Mark the part to copy.";
  }

  // the frame shows the brush, the patch, or the part being marked
  showSpot() {
    const [x, y, width, height] = this.frame();
    const frame = this.part("frame");
    const { columns, rows } = this.sheet;
    Object.assign(frame.style, {
      left: `${(100 * x) / columns}%`,
      top: `${(100 * y) / rows}%`,
      width: `${(100 * width) / columns}%`,
      height: `${(100 * height) / rows}%`,
    });
    frame.classList.toggle("round", this.isBrush && this.size > 2);
    frame.hidden = this.tool === "shift" && !this.source;
  }

  frame() {
    const [x, y] = this.spot;
    if (this.corner) {
      const [cx, cy] = this.corner;
      return [Math.min(x, cx), Math.min(y, cy), Math.abs(x - cx) + 1, Math.abs(y - cy) + 1];
    }
    if (this.patch && this.tool === "patch") {
      return [...this.sheet.under(this.patch, x, y), this.patch.width, this.patch.height];
    }
    if (!this.isBrush) return [x, y, 1, 1];
    const back = Math.floor((this.size - (this.size % 2)) / 2);
    const from = this.size % 2 ? (this.size - 1) / 2 : back;
    return [x - from, y - from, this.size, this.size];
  }

  get isBrush() {
    return !this.source && ["draw", "erase", "restore"].includes(this.tool);
  }

  get size() {
    return this.part("size").valueAsNumber;
  }

  // ---- tools

  choose(tool) {
    this.sheet.abort();
    this.tool = tool;
    this.original = false;
    if (tool !== "patch") this.drop();
    this.refresh();
  }

  drop() {
    this.patch = this.corner = this.source = null;
  }

  leave() {
    this.drop();
    this.choose(this.tool);
  }

  // another picture, to mark a patch in
  borrow(values) {
    this.choose("patch");
    this.drop();
    this.source = { values };
    this.refresh();
    this.canvas.focus();
  }

  shares() {
    return { draw: this.ink, erase: this.paper, restore: null }[this.tool];
  }

  press(x, y) {
    this.original = false;
    this.spot = [x, y];
    if (this.tool === "patch" && !this.patch) {
      this.corner = [x, y];
    } else {
      this.sheet.begin();
      if (this.tool === "patch") this.sheet.paste(this.patch, x, y);
      else if (this.isBrush) this.sheet.stroke([x, y], [x, y], this.size, this.shares());
    }
    this.refresh();
  }

  drag(x, y) {
    const [fromX, fromY] = this.spot;
    this.spot = [x, y];
    if (!this.sheet.before || (x === fromX && y === fromY)) return;
    if (this.tool === "shift") this.sheet.shift(this.partAt(fromX), x - fromX, y - fromY, this.paper);
    else if (this.isBrush) this.sheet.stroke([fromX, fromY], [x, y], this.size, this.shares());
  }

  lift() {
    if (this.corner && this.tool === "patch") {
      this.patch = this.sheet.cut(...this.corner, ...this.spot, this.source?.values);
      this.corner = this.source = null;
      this.say(`A patch of ${this.patch.width} by ${this.patch.height} pixels is held.`);
      this.refresh();
    } else {
      const changed = this.sheet.end();
      this.refresh();
      if (changed) this.say(`${this.sheet.distances().l0} values differ.`);
    }
  }

  partAt(x) {
    return Math.min(Math.max(Math.floor(x / this.sheet.form.width), 0), this.sheet.form.parts - 1);
  }

  compare() {
    this.original = !this.original;
    this.refresh();
  }

  undo() {
    this.say(this.sheet.undo() ? "Undone." : "There is nothing to undo.");
    this.refresh();
  }

  redo() {
    this.say(this.sheet.redo() ? "Done again." : "There is nothing to do again.");
    this.refresh();
  }

  reset() {
    this.drop();
    if (this.sheet.reset()) this.say("As it was at first.");
    this.refresh();
  }

  resize(by) {
    this.part("size").valueAsNumber = this.size + by;
    this.part("wide").textContent = this.size;
    this.refresh();
  }

  pick() {
    this.ink = this.sheet.shares(...this.spot);
    this.showColours();
    this.say(`Ink is ${this.part("inked").textContent}.`);
  }

  // ---- colours: shares of the way from black to white, and the controls that show them

  showColours() {
    for (const [name, shown, shares] of [["ink", "inked", this.ink], ["paper", "papered", this.paper]]) {
      const control = this.part(name);
      if (control.type === "color") control.value = colourOf(shares);
      else control.valueAsNumber = this.sheet.valued(0, shares[0]);
      this.part(shown).textContent = control.type === "color" ? control.value : this.sheet.valued(0, shares[0]).toPrecision(3);
    }
  }

  range(control) {
    if (control.type !== "range") return;
    [control.min, control.max] = [this.sheet.low(0), this.sheet.high(0)];
    control.step = (this.sheet.high(0) - this.sheet.low(0)) / 100;
  }

  colour(name) {
    const control = this.part(name);
    const low = this.sheet.low(0);
    this[name] = control.type === "color" ? sharesOf(control.value, this.sheet.form.channels) : [(control.valueAsNumber - low) / (this.sheet.high(0) - low)];
    this.showColours();
  }
}

const HINTS = {
  draw: "Draw with the ink. On the keyboard: arrows move, Space draws, Shift and arrows draw a line.",
  erase: "Erase to the paper. On the keyboard: arrows move, Space erases, Shift and arrows a line.",
  restore: "Bring back what was there, to the last bit. Keys as for drawing.",
  shift: "Drag the picture, or move it by the arrows. What comes in is paper.",
  patch: "",
};
