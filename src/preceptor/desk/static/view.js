// How large pictures are shown, and whether smoothed: at most CELL px a cell unless a person wants it
// larger, since a picture of few cells is read worse when it fills a screen. Kept in this browser.
import { store } from "./api.js";

const CELL = 28; // px
const USUAL = 448; // px: no picture is blown up beyond this by itself
const LEAST = 32;
const STEP = 1.25;
const SMALL = 256; // a side up to which cells are shown as squares

function kept() {
  try {
    return window.localStorage;
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

export class View {
  // told is called whenever the size or the smoothing has changed
  constructor(study, stage, told) {
    this.name = `view ${store} ${study}`;
    this.stage = stage;
    this.told = told;
    this.images = [];
    try {
      this.wanted = JSON.parse(kept()?.getItem(this.name)) ?? {};
    } catch {
      this.wanted = {};
    }
    addEventListener("resize", () => this.fit());
  }

  show({ images }) {
    this.images = images ?? [];
    this.fit();
  }

  get side() {
    return Math.max(...this.images.map((image) => Math.max(image.naturalWidth, image.naturalHeight)), 1);
  }

  get smooth() {
    return this.wanted.smooth ?? this.side > SMALL;
  }

  // the longest side that fits beside the labels and in the window
  get room() {
    const many = this.images.length;
    const wide = (this.stage.clientWidth - 16 * (many - 1)) / many;
    const narrow = matchMedia("(max-width: 48rem)").matches;
    return Math.max(LEAST, Math.floor(Math.min(wide, innerHeight * (narrow ? 0.42 : 0.78))));
  }

  // Whole pixels to a cell where there are few cells, so that all are of one size.
  whole(size) {
    return size >= 2 * this.side ? Math.floor(size / this.side) * this.side : Math.round(size);
  }

  get usual() {
    return Math.min(CELL * this.side, Math.max(USUAL, this.side));
  }

  fit() {
    if (!this.images.length) return;
    const size = this.whole(Math.min(this.wanted.size ?? this.usual, this.room));
    for (const image of this.images) {
      image.style.width = `${Math.max(1, Math.round((size * image.naturalWidth) / this.side))}px`;
      image.classList.toggle("pixels", !this.smooth);
    }
    this.size = size;
    this.told(this);
  }

  zoom(by) {
    if (!this.images.length) return;
    const step = by > 0 ? Math.max(this.size * STEP, this.size + this.side) : Math.min(this.size / STEP, this.size - 1);
    const size = this.whole(Math.min(Math.max(step, LEAST), this.room));
    this.keep({ size });
  }

  toggle() {
    this.keep({ smooth: !this.smooth });
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

  // What is kept with an answer; null where there is no picture.
  get now() {
    const box = this.images[0]?.getBoundingClientRect();
    if (!box?.width || !box.height) return null;
    return { width: Math.max(1, Math.round(box.width)), height: Math.max(1, Math.round(box.height)), smooth: this.smooth };
  }
}
