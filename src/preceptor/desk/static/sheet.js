// An input under the hand of a person: its values, what they were, and every step in between.
// Nothing here knows of a page. Values are float32, in the units of the input; what is not touched
// keeps its bits.

const within = (value, low, high) => Math.min(Math.max(value, low), high);

export class Sheet {
  // form: { parts, channels, height, width, low, high }; bounds are a number or one for each value
  constructor(form, values) {
    this.form = form;
    this.columns = form.parts * form.width;
    this.rows = form.height;
    this.first = Float32Array.from(values);
    this.values = Float32Array.from(values);
    this.steps = [];
    this.undone = [];
    this.before = null; // values at the beginning of the step under way
    this.moving = null; // { part, base, dx, dy } while a picture is moved about
  }

  low(i) {
    return Math.fround(typeof this.form.low === "number" ? this.form.low : this.form.low[i]);
  }

  high(i) {
    return Math.fround(typeof this.form.high === "number" ? this.form.high : this.form.high[i]);
  }

  // ---- where things are

  inside(x, y) {
    return x >= 0 && y >= 0 && x < this.columns && y < this.rows;
  }

  // index of the first channel; the others follow at distances of this.plane
  at(x, y) {
    const { channels, width } = this.form;
    const part = Math.floor(x / width);
    return part * channels * this.plane + y * width + (x - part * width);
  }

  get plane() {
    return this.form.height * this.form.width;
  }

  // the channels of a pixel as shares of the way from the least value to the greatest
  shares(x, y, values = this.values) {
    const i = this.at(x, y);
    return Array.from({ length: this.form.channels }, (_, c) => this.share(i + c * this.plane, values));
  }

  share(i, values = this.values) {
    const low = this.low(i);
    return (values[i] - low) / (this.high(i) - low);
  }

  valued(i, share) {
    const [low, high] = [this.low(i), this.high(i)];
    return within(Math.fround(low + share * (high - low)), low, high);
  }

  // ---- steps: begin, change, end; a step without effect leaves no trace

  begin() {
    this.before ??= this.values.slice();
  }

  end() {
    if (!this.before) return false;
    const step = difference(this.before, this.values);
    this.before = null;
    if (!step) return false;
    this.steps.push(step);
    this.undone.length = 0;
    return true;
  }

  abort() {
    if (this.before) this.values.set(this.before);
    this.before = null;
    this.moving = null;
  }

  undo() {
    this.moving = null;
    return turn(this.values, this.steps, this.undone, "was");
  }

  redo() {
    this.moving = null;
    return turn(this.values, this.undone, this.steps, "is");
  }

  step(change) {
    this.begin();
    change();
    return this.end();
  }

  reset() {
    this.moving = null;
    return this.step(() => this.values.set(this.first));
  }

  replace(values) {
    this.moving = null;
    return this.step(() => this.values.set(values));
  }

  set(i, value) {
    this.values[i] = within(Math.fround(value), this.low(i), this.high(i));
  }

  // ---- what tools do; each within a step

  // the pixels under a round brush whose middle is in the pixel x, y
  brush(x, y, size) {
    const found = [];
    const odd = size % 2;
    const start = -Math.floor((size - odd) / 2);
    for (let dy = start; dy < start + size; dy++) {
      for (let dx = start; dx < start + size; dx++) {
        const [across, down] = odd ? [dx, dy] : [dx + 0.5, dy + 0.5];
        if (4 * (across * across + down * down) <= size * size && this.inside(x + dx, y + dy)) found.push([x + dx, y + dy]);
      }
    }
    return found;
  }

  // shares: one for each channel; null gives back what was there at first
  dab(x, y, size, shares) {
    this.moving = null;
    for (const [px, py] of this.brush(x, y, size)) {
      const i = this.at(px, py);
      for (let c = 0, j = i; c < this.form.channels; c++, j += this.plane) {
        this.values[j] = shares ? this.valued(j, shares[c]) : this.first[j];
      }
    }
  }

  stroke(from, to, size, shares) {
    const far = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1);
    for (let k = 0; k <= far; k++) {
      const spot = [0, 1].map((axis) => Math.round(from[axis] + ((to[axis] - from[axis]) * k) / far));
      this.dab(...spot, size, shares);
    }
  }

  // moves one picture; moved back without anything between, it is what it was, to the last bit
  shift(part, dx, dy, paper) {
    if (this.moving?.part !== part) this.moving = { part, base: this.values.slice(), dx: 0, dy: 0 };
    const { channels, height, width } = this.form;
    const { base } = this.moving;
    const x0 = (this.moving.dx = within(this.moving.dx + dx, -width, width));
    const y0 = (this.moving.dy = within(this.moving.dy + dy, -height, height));
    for (let c = 0; c < channels; c++) {
      const start = (part * channels + c) * this.plane;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const i = start + y * width + x;
          const known = x - x0 >= 0 && x - x0 < width && y - y0 >= 0 && y - y0 < height;
          this.values[i] = known ? this.fits(i, base[i - y0 * width - x0]) : this.valued(i, paper[c]);
        }
      }
    }
  }

  // an unchanged place keeps its bits even if it lay out of bounds
  fits(i, value) {
    return value === this.first[i] ? this.first[i] : within(value, this.low(i), this.high(i));
  }

  cut(x0, y0, x1, y1, values = this.values) {
    const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
    const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
    const patch = { width: right - left + 1, height: bottom - top + 1, pixels: [] };
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const i = this.at(x, y);
        patch.pixels.push(Array.from({ length: this.form.channels }, (_, c) => values[i + c * this.plane]));
      }
    }
    return patch;
  }

  // where a patch lies whose middle is in the pixel x, y
  under(patch, x, y) {
    return [x - Math.floor(patch.width / 2), y - Math.floor(patch.height / 2)];
  }

  paste(patch, x, y) {
    this.moving = null;
    const [left, top] = this.under(patch, x, y);
    patch.pixels.forEach((pixel, k) => {
      const [px, py] = [left + (k % patch.width), top + Math.floor(k / patch.width)];
      if (!this.inside(px, py)) return;
      const i = this.at(px, py);
      pixel.forEach((value, c) => {
        const j = i + c * this.plane;
        this.values[j] = this.fits(j, value);
      });
    });
  }

  // the channel-wise median of the border, as shares: what lies behind most pictures
  paper() {
    const { channels } = this.form;
    const edge = [];
    for (let x = 0; x < this.columns; x++) {
      for (let y = 0; y < this.rows; y += this.edgeStep(x)) edge.push(this.shares(x, y, this.first));
    }
    return Array.from({ length: channels }, (_, c) => {
      const sorted = edge.map((pixel) => pixel[c]).sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)];
    });
  }

  edgeStep(x) {
    const column = x % this.form.width;
    return column === 0 || column === this.form.width - 1 ? 1 : Math.max(this.rows - 1, 1);
  }

  // ---- what it amounts to

  // in input units; each channel of a pixel counts for itself
  distances() {
    let [count, sum, squares, most] = [0, 0, 0, 0];
    for (let i = 0; i < this.values.length; i++) {
      const apart = Math.abs(this.values[i] - this.first[i]);
      if (apart === 0) continue;
      count += 1;
      sum += apart;
      squares += apart * apart;
      if (apart > most) most = apart;
    }
    return { l0: count, l1: sum, l2: Math.sqrt(squares), linf: most };
  }
}

function bitsOf(values) {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function difference(old, now) {
  const [a, b] = [bitsOf(old), bitsOf(now)];
  const places = [];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) places.push(i);
  if (!places.length) return null;
  const at = Uint32Array.from(places);
  return { at, was: Float32Array.from(at, (i) => old[i]), is: Float32Array.from(at, (i) => now[i]) };
}

function turn(values, from, to, which) {
  const step = from.pop();
  if (!step) return false;
  step.at.forEach((place, k) => { values[place] = step[which][k]; });
  to.push(step);
  return true;
}
