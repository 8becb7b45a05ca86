// How large a text is shown, whether characters that nobody sees are marked, and how far it was read.
// Kept in this browser; the face of a View.
import { store } from "./api.js";

const USUAL = 19; // px
const LEAST = 12;
const MOST = 44;
const STEP = 2;
const LINE = 3; // em that an arrow scrolls

function kept() {
  try {
    return window.localStorage;
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

export class Reading {
  // told(this) is called whenever the size, the marks or how far it was read has changed
  constructor(study, stage, told) {
    this.name = `reading ${store} ${study}`;
    this.stage = stage;
    this.told = told;
    this.read = "";
    this.last = null; // the text that was shown last
    try {
      this.wanted = JSON.parse(kept()?.getItem(this.name)) ?? {};
    } catch {
      this.wanted = {};
    }
    stage.addEventListener("scroll", () => this.far(), { capture: true, passive: true });
    addEventListener("resize", () => this.fit());
  }

  get size() {
    const size = Number(this.wanted.size);
    return size >= LEAST && size <= MOST ? size : USUAL;
  }

  get marked() {
    return this.wanted.marked !== false;
  }

  get box() {
    return this.stage.querySelector(".reading");
  }

  show() {
    if (this.box && this.box !== this.last) this.box.scrollTop = 0; // whoever reads on is not sent back
    this.last = this.box;
    this.fit();
  }

  fit() {
    const { box } = this;
    if (!box) return;
    box.style.fontSize = `${this.size / 16}rem`;
    box.style.setProperty("--letters", box.style.fontSize);
    box.classList.toggle("unmarked", !this.marked);
    this.far();
  }

  // How much of it has come into view; empty where all of it is.
  far() {
    const { box } = this;
    if (!box) return;
    const beyond = box.scrollHeight - box.clientHeight;
    const long = beyond > 2;
    if (long) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "The text, which scrolls");
    }
    box.classList.toggle("more", long && box.scrollTop < beyond - 2);
    const share = (box.scrollTop + box.clientHeight) / box.scrollHeight;
    this.read = long ? `${box.scrollTop >= beyond - 2 ? 100 : Math.min(99, Math.floor(100 * share))} % seen` : "";
    this.told(this);
  }

  // A key that scrolls the text, if this is one; whether it was.
  scroll({ key, shiftKey }) {
    const { box } = this;
    if (!box || box.scrollHeight - box.clientHeight <= 2) return false;
    const page = 0.9 * box.clientHeight;
    const line = LINE * this.size;
    const by = {
      ArrowDown: line, ArrowUp: -line, PageDown: page, PageUp: -page, " ": shiftKey ? -page : page,
      Home: -box.scrollHeight, End: box.scrollHeight,
    }[key];
    if (by === undefined || (key === " " && document.activeElement?.closest("button, summary, a"))) return false;
    box.scrollBy({ top: by });
    return true;
  }

  zoom(by) {
    this.keep({ size: Math.min(Math.max(this.size + Math.sign(by) * STEP, LEAST), MOST) });
  }

  toggle() {
    this.keep({ marked: !this.marked });
  }

  keep(more) {
    this.wanted = { ...this.wanted, ...more };
    try {
      kept()?.setItem(this.name, JSON.stringify(this.wanted));
    } catch {
      // full: it holds for this page
    }
    this.fit();
  }

  // What is kept with an answer.
  get now() {
    const text = this.box?.querySelector(".text");
    const width = Math.round(text?.getBoundingClientRect().width ?? 0);
    return width ? { letters: this.size, width, marked: this.marked } : null;
  }
}
