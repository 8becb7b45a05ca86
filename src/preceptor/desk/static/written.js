// A text that is written in a box, without the changes that a box makes by itself: it shows every end of a
// line as one character, so what was typed is put into the text as it is.

const WAIT = 800; // ms of silence that divide two steps

export class Written {
  // told() is called whenever the text has changed
  constructor(box, text, told) {
    this.box = box;
    this.first = text;
    this.told = told;
    this.past = [];
    this.since = 0;
    this.set(text);
    box.addEventListener("input", () => this.typed());
  }

  set(text) {
    this.text = text;
    this.box.value = text;
    this.shown = this.box.value;
  }

  typed() {
    const now = this.box.value;
    const before = this.shown;
    let head = 0;
    while (head < now.length && head < before.length && now[head] === before[head]) head += 1;
    let tail = 0;
    const most = Math.min(now.length, before.length) - head;
    while (tail < most && now[now.length - 1 - tail] === before[before.length - 1 - tail]) tail += 1;
    const moment = performance.now();
    if (moment - this.since > WAIT) this.past.push(this.text);
    this.since = moment;
    const [from, to] = [this.place(head), this.place(before.length - tail)];
    this.text = this.text.slice(0, from) + now.slice(head, now.length - tail) + this.text.slice(to);
    this.shown = now;
    this.told();
  }

  // where a place in the box lies in the text: an end of a line may be two characters there
  place(shown) {
    let at = 0;
    for (let i = 0; i < shown; i += 1) at += this.text[at] === "\r" && this.text[at + 1] === "\n" ? 2 : 1;
    return at;
  }

  get changed() {
    return this.text !== this.first;
  }

  undo() {
    if (!this.past.length) return;
    this.set(this.past.pop());
    this.since = 0;
    this.told();
  }

  reset() {
    if (!this.changed) return;
    this.past.push(this.text);
    this.since = 0;
    this.set(this.first);
    this.told();
  }
}
