// A mask painted on a picture: by pointer, by touch, by keyboard. One byte a pixel, 0 or 1.
import { frame, ring, tint } from "./marks.js";

const by = (id) => document.getElementById(id);
const MOST_UNDO = 200;
const FAR = 4; // pixels that an arrow key goes with Shift

export class Painter {
  // host: an empty element; changed: called whenever the mask is another; tell: says a sentence
  constructor(host, changed, tell) {
    this.host = host;
    this.changed = changed;
    this.tell = tell;
    this.mode = "paint";
    this.canvas = document.createElement("canvas");
    this.canvas.className = "painting";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", "The picture to paint on");
    this.canvas.setAttribute("aria-describedby", "paint-help");
    host.replaceChildren(this.canvas);
    this.#controls();
    this.#pointer();
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    for (const kind of ["focus", "blur"]) this.canvas.addEventListener(kind, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(host);
  }

  // A new picture, nothing painted on it; or the same painting on another picture of its size.
  open(image, keep = false) {
    if (keep && this.mask?.length === image.naturalWidth * image.naturalHeight) {
      this.image = image;
      this.draw();
      return;
    }
    this.image = image;
    this.width = image.naturalWidth;
    this.height = image.naturalHeight;
    this.mask = new Uint8Array(this.width * this.height);
    this.past = [];
    this.future = [];
    this.cursor = { x: this.width >> 1, y: this.height >> 1 };
    this.from = null; // where a rectangle began
    this.hover = null;
    by("size").max = Math.max(1, Math.ceil(Math.min(this.width, this.height) / 2));
    if (!this.opened) by("size").value = Math.max(1, Math.round(Math.min(this.width, this.height) / 16));
    this.opened = true;
    this.#sized();
    this.#done();
  }

  get count() {
    return this.mask.reduce((sum, one) => sum + one, 0);
  }

  get size() {
    return Number(by("size").value);
  }

  #controls() {
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.#pick(button.dataset.mode));
    }
    by("size").addEventListener("input", () => this.#sized());
    by("undo").addEventListener("click", () => this.undo());
    by("redo").addEventListener("click", () => this.redo());
    by("invert").addEventListener("click", () => this.invert());
    by("clear").addEventListener("click", () => this.clear());
    addEventListener("keydown", (event) => this.#shortcut(event));
  }

  #pick(mode) {
    this.mode = mode;
    this.from = null;
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    this.draw();
  }

  #sized() {
    by("size-of").textContent = `${this.size} px`;
    this.draw();
  }

  // Where in the picture an event is, in pixels of the picture.
  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.width,
      y: ((event.clientY - box.top) / box.height) * this.height,
    };
  }

  #pointer() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.image || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.last = this.#at(event);
      this.#remember();
      if (this.mode === "rectangle") this.from = this.last;
      else this.#stroke(this.last, this.last);
      this.drawing = event.pointerId;
      this.draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.image) return;
      this.hover = this.#at(event);
      if (this.drawing === event.pointerId && this.mode !== "rectangle") {
        for (const one of event.getCoalescedEvents?.() ?? [event]) {
          const here = this.#at(one);
          this.#stroke(this.last, here);
          this.last = here;
        }
      }
      this.draw();
    });
    const end = (event) => {
      if (this.drawing !== event.pointerId) return;
      this.drawing = null;
      if (this.mode === "rectangle" && this.from) {
        if (event.type === "pointerup") this.#box(this.from, this.#at(event));
        this.from = null;
      }
      this.#done();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => {
      this.hover = null;
      this.draw();
    });
  }

  // Every pixel whose middle is within half a brush of the line, the pixels under its ends too.
  #stroke(from, to) {
    const reach = this.size / 2;
    const value = this.mode === "erase" ? 0 : 1;
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.max(1, Math.ceil(length * 4));
    for (let i = 0; i <= steps; i += 1) {
      const x = from.x + ((to.x - from.x) * i) / steps;
      const y = from.y + ((to.y - from.y) * i) / steps;
      this.#dab(x, y, reach, value);
    }
  }

  #dab(x, y, reach, value) {
    this.#set(Math.floor(x), Math.floor(y), value);
    for (let row = Math.floor(y - reach); row <= Math.ceil(y + reach); row += 1) {
      for (let column = Math.floor(x - reach); column <= Math.ceil(x + reach); column += 1) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) < reach) this.#set(column, row, value);
      }
    }
  }

  #set(x, y, value) {
    if (x >= 0 && y >= 0 && x < this.width && y < this.height) this.mask[y * this.width + x] = value;
  }

  #corners(from, to) {
    const clamp = (value, most) => Math.min(Math.max(Math.floor(value), 0), most - 1);
    const xs = [clamp(from.x, this.width), clamp(to.x, this.width)].sort((a, b) => a - b);
    const ys = [clamp(from.y, this.height), clamp(to.y, this.height)].sort((a, b) => a - b);
    return [xs[0], ys[0], xs[1], ys[1]];
  }

  #box(from, to) {
    const [left, top, right, bottom] = this.#corners(from, to);
    for (let y = top; y <= bottom; y += 1) {
      for (let x = left; x <= right; x += 1) this.#set(x, y, 1);
    }
  }

  #remember() {
    this.past.push(this.mask.slice());
    if (this.past.length > MOST_UNDO) this.past.shift();
    this.future = [];
  }

  #done() {
    by("undo").disabled = !this.past.length;
    by("redo").disabled = !this.future.length;
    this.draw();
    this.changed();
  }

  #swap(from, to, word) {
    if (!from.length) return;
    to.push(this.mask);
    this.mask = from.pop();
    this.tell(word);
    this.#done();
  }

  undo() {
    this.#swap(this.past, this.future, "Undone.");
  }

  redo() {
    this.#swap(this.future, this.past, "Done again.");
  }

  invert() {
    this.#remember();
    this.mask = this.mask.map((one) => 1 - one);
    this.tell("Inverted.");
    this.#done();
  }

  clear() {
    this.#remember();
    this.mask = new Uint8Array(this.mask.length);
    this.tell("Cleared.");
    this.#done();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) {
      const far = event.shiftKey ? FAR : 1;
      const [dx, dy] = moves[event.key];
      this.cursor.x = Math.min(Math.max(this.cursor.x + dx * far, 0), this.width - 1);
      this.cursor.y = Math.min(Math.max(this.cursor.y + dy * far, 0), this.height - 1);
      this.#where();
    } else if (event.key === " ") {
      this.#press();
    } else if (event.key === "Escape" && this.from) {
      this.from = null;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }

  #press() {
    const here = { x: this.cursor.x + 0.5, y: this.cursor.y + 0.5 };
    if (this.mode === "rectangle" && !this.from) {
      this.from = here;
      this.tell("One corner. Move to the other and press Space.");
      return;
    }
    this.#remember();
    if (this.mode === "rectangle") this.#box(this.from, here);
    else this.#stroke(here, here);
    this.from = null;
    this.#done();
    this.tell(`${this.mode === "erase" ? "Erased" : "Painted"}. ${this.count} pixels are painted.`);
  }

  #where() {
    const painted = this.mask[this.cursor.y * this.width + this.cursor.x] ? ", painted" : "";
    this.tell(`Column ${this.cursor.x + 1}, row ${this.cursor.y + 1}${painted}`);
  }

  #shortcut(event) {
    if (!this.image || event.target.closest("textarea, select, input:not([type=radio], [type=range])")) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (key === "z" && !event.shiftKey) this.undo();
      else if (key === "y" || key === "z") this.redo();
      else return;
      event.preventDefault();
      return;
    }
    if (event.altKey) return;
    const modes = { b: "paint", e: "erase", r: "rectangle" };
    if (key in modes) this.#pick(modes[key]);
    else if (key === "i") this.invert();
    else if (key === "[" || key === "]") {
      by("size").value = this.size + (key === "]" ? 1 : -1);
      this.#sized();
    } else return;
    event.preventDefault();
  }

  // The picture as large as there is room for, each of its pixels a whole number of the screen's.
  draw() {
    if (!this.image || !this.host.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    const room = Math.min(this.host.clientWidth / this.width, (innerHeight * 0.72) / this.height);
    const zoom = Math.max(1, Math.floor(room * ratio));
    const { canvas } = this;
    const [wide, high] = [this.width * zoom, this.height * zoom];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    canvas.style.width = `${Math.min(wide / ratio, this.host.clientWidth)}px`;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.image, 0, 0, wide, high);
    tint(pen, zoom, this.mask, this.width);
    if (this.from) frame(pen, zoom, this.#corners(this.from, this.#end()));
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
      frame(pen, zoom, [this.cursor.x, this.cursor.y, this.cursor.x, this.cursor.y]);
    }
    if (this.hover && this.mode !== "rectangle") ring(pen, zoom, this.hover, this.size);
  }

  #end() {
    return this.drawing == null ? { x: this.cursor.x + 0.5, y: this.cursor.y + 0.5 } : this.hover ?? this.last;
  }
}
