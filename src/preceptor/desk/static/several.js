// One answer that names several labels, "4 or 9, not 7": which of them are marked, and the words for it.

const by = (id) => document.getElementById(id);

// As the desk itself writes it: "4, 7 or 9".
export function either(names) {
  return names.length > 2 ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names.join(" or ");
}

// The label whose key was pressed with Shift, if one was. Shift turns a digit into another character, on a
// number pad into an arrow, even without a trace of Shift. Where a layout writes digits by Shift, Shift says
// nothing.
export function shifted(event, keys) {
  const [, place, digit] = /^(Digit|Numpad)(\d)$/.exec(event.code) ?? [];
  if (place === "Numpad") {
    const turned = event.key.length > 1 && event.getModifierState("NumLock");
    return event.shiftKey || turned ? keys.get(digit) : undefined;
  }
  if (!event.shiftKey || event.key === digit) return undefined;
  if (keys.has(digit)) return keys.get(digit);
  return /^\p{L}$/u.test(event.key) ? keys.get(event.key.toLowerCase()) : undefined;
}

export class Several {
  // words: of every label, and of -1. changed() is called when something was marked or cleared;
  // send(label, acceptable) with what the marked labels amount to.
  constructor(words, { changed, send }) {
    this.words = words;
    this.changed = changed;
    this.send = send;
    this.marked = new Set();
    this.open = false; // as the button says
    this.item = null;
    by("several")?.addEventListener("click", () => (this.on ? this.clear() : this.#set(true)));
    by("send")?.addEventListener("click", () => this.give());
  }

  get on() {
    return this.open || this.marked.size > 0;
  }

  get labels() {
    return [...this.marked].sort((a, b) => a - b);
  }

  // One label is that label, and all of them are "can't tell".
  get amounts() {
    const found = this.labels;
    if (found.length === 1) return { label: found[0], acceptable: [] };
    return { label: -1, acceptable: found.length === this.words.size - 1 ? [] : found };
  }

  get said() {
    const { label, acceptable } = this.amounts;
    return acceptable.length ? either(acceptable.map((one) => this.words.get(one))) : this.words.get(label);
  }

  // Each question begins with nothing marked.
  about(item) {
    if (item === this.item) return;
    this.item = item;
    this.marked.clear();
    this.#set(false);
  }

  mark(label) {
    if (!this.marked.delete(label)) this.marked.add(label);
    this.#set(this.open);
  }

  clear() {
    this.marked.clear();
    this.#set(false);
  }

  give() {
    const { label, acceptable } = this.amounts;
    if (this.marked.size) this.send(label, acceptable);
  }

  #set(open) {
    this.open = open;
    if (!by("several")) return; // of two labels there is no set
    const all = this.marked.size === this.words.size - 1;
    by("several").setAttribute("aria-pressed", String(this.on));
    by("sending").hidden = !this.on;
    by("send").disabled = !this.marked.size;
    const words = all ? "Send “can't tell” (all labels)" : `Send ${this.said}`;
    by("send-said").textContent = this.marked.size ? words : "Send";
    this.changed();
  }
}
