// What a person said of a change on examples. Who is the same up to 20 is so up to 15; what
// changes at 20 changes at 25.

const EVEN = 1e-9;

export class Verdicts {
  constructor() {
    this.same = new Map(); // input -> the largest range up to which it was the same
    this.other = new Map(); // input -> the smallest range at which it was not
  }

  confirm(input, range) {
    this.same.set(input, Math.max(range, this.same.get(input) ?? 0));
    if ((this.other.get(input) ?? Infinity) <= range + EVEN) this.other.delete(input);
  }

  refuse(input, range) {
    this.other.set(input, Math.min(range, this.other.get(input) ?? Infinity));
    if ((this.same.get(input) ?? 0) >= range - EVEN) this.same.delete(input);
  }

  // true, false, or null where nothing was said of this range
  of(input, range) {
    if ((this.same.get(input) ?? -1) >= range - EVEN) return true;
    return (this.other.get(input) ?? Infinity) <= range + EVEN ? false : null;
  }

  confirmed(range) {
    return [...this.same].filter(([, reach]) => reach >= range - EVEN);
  }

  // the smallest range at which some example changes
  get limit() {
    return Math.min(Infinity, ...this.other.values());
  }
}
