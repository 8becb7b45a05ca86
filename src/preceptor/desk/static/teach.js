// The frame of every teaching tool: the inputs, the clock, the price, and what is sent.
import { get, token } from "./api.js";
import { counts, showRefused, thrownAway, trouble } from "./notkept.js";
import { Outbox } from "./outbox.js";

const by = (id) => document.getElementById(id);

// A typed array as the desk takes it. Uint8Array of 0 and 1 with dtype "bool" is a mask.
export function array(values, shape, dtype) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return { dtype, shape, data: btoa(text) };
}

// log2 of how many subsets of k there are among n: the bits that say which are meant.
export function subsetBits(n, k) {
  let bits = 0;
  for (let i = 0; i < Math.min(k, n - k); i += 1) bits += Math.log2((n - i) / (i + 1));
  return bits;
}

export function picked(name) {
  return document.querySelector(`input[name="${name}"]:checked`)?.value;
}

export function onPick(name, work) {
  for (const input of document.querySelectorAll(`input[name="${name}"]`)) {
    input.addEventListener("change", work);
  }
}

export function tell(text) {
  by("live").textContent = text;
}

// Time at the page since something was last taught, while the page is in view.
class Clock {
  constructor() {
    this.restart();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.spent += performance.now() - this.began;
      else this.began = performance.now();
    });
  }

  restart() {
    this.spent = 0;
    this.began = performance.now();
  }

  get seconds() {
    return (this.spent + (document.hidden ? 0 : performance.now() - this.began)) / 1000;
  }
}

/*
  new Teaching({ show, give, bits })
    show(example, shown)  an input was gone to. shown is its loaded Image, the features of a row, or the
                          parts of a text.
                          example: { question, input, label, word, offered }, null if there is none.
    give()                what is taught, { kind, body, arrays }, or null if that is not whole yet.
                          Arrays are made by array(). The note is added here.
    bits()                the price in bits of what give() would give.
    unsaved()             whether anything would be lost with the page. Optional.
    given()               after it was sent. May return true to stay at the input.
  Call changed() whenever give() or bits() may say something else.
*/
export class Teaching {
  constructor(tool) {
    this.facts = JSON.parse(by("facts").textContent);
    this.tool = tool;
    this.place = 0;
    this.count = 0;
    this.clock = new Clock();
    const { study } = this.facts;
    this.at = `/study/${study}/teach`;
    this.outbox = new Outbox(study, (state) => this.#sent(state));
    this.held = false; // something that this browser cannot keep is being sent
    by("give")?.addEventListener("click", () => this.give());
    by("before")?.addEventListener("click", () => this.step(-1));
    by("after")?.addEventListener("click", () => this.step(1));
    addEventListener("beforeunload", (event) => {
      if (!this.outbox.settled || this.outbox.state.loose || tool.unsaved?.()) event.preventDefault();
    });
    setInterval(() => this.#time(), 1000);
  }

  get example() {
    return this.facts.examples[this.place] ?? null;
  }

  picture(example) {
    return `${this.at}/picture/${example.question}.png`;
  }

  async start() {
    if (!by("give")) return;
    this.outbox.send();
    await this.show();
  }

  async step(by_) {
    const to = this.place + by_;
    if (this.held || to < 0 || to >= this.facts.examples.length) return;
    this.place = to;
    await this.show();
  }

  async show() {
    const { example } = this;
    let shown = null;
    if (example && this.facts.kind === "text") {
      const words = this.facts.tool === "words" ? "?words=1" : "";
      shown = await this.#text(example, words);
    } else if (example && this.facts.kind === "row") {
      shown = (await get(`${this.at}/row/${example.question}`)).features;
    } else if (example) {
      shown = new Image();
      shown.src = this.picture(example);
      await shown.decode();
    }
    if (example !== this.example) return; // gone on meanwhile
    if (by("which")) {
      const said = example.word ? `You said ${example.word}.` : "You were not asked about it.";
      by("which").textContent = `Input ${this.place + 1} of ${this.facts.examples.length}. ${said}`;
      by("before").disabled = this.place === 0;
      by("after").disabled = this.place + 1 === this.facts.examples.length;
    }
    this.tool.show(example, shown);
    this.changed();
  }

  // The parts of a text; none, and the reason, where this tool cannot show it.
  async #text(example, words) {
    if (this.failed) by("told").textContent = "";
    this.failed = false;
    try {
      return (await get(`${this.at}/text/${example.question}${words}`)).parts;
    } catch (error) {
      this.failed = true;
      by("told").textContent = error.message;
      return [];
    }
  }

  changed() {
    by("give").disabled = this.held || !this.tool.give();
    const bits = this.tool.bits();
    by("bits").textContent = bits === null ? "" : `${bits < 10 ? bits.toFixed(1) : Math.round(bits)} bits`;
    this.#time();
  }

  async give() {
    const given = this.tool.give();
    if (!given) return;
    const note = by("note").value.trim();
    const body = note ? { ...given.body, note } : given.body;
    const seconds = this.clock.seconds;
    const { stored, done } = this.outbox.put(
      `${this.at}/${this.facts.tool}/give`,
      { token: token(), kind: given.kind, body, arrays: given.arrays ?? {}, seconds },
      { pictures: this.example && ["image", "pair"].includes(this.facts.kind) ? [this.picture(this.example)] : [], said: "What you taught" },
    );
    if (!stored && !(await this.#arrived(done))) return; // what was made stays on the page
    this.count += 1;
    by("note").value = "";
    by("told").textContent = `Taught in ${Math.round(seconds)} s. ${this.count} since you opened this page.`;
    tell("Taught.");
    this.clock.restart();
    if (this.tool.given?.()) this.changed();
    else if (this.place + 1 < this.facts.examples.length) await this.step(1);
    else await this.show();
  }

  #time() {
    by("seconds").textContent = `${Math.floor(this.clock.seconds)} s`;
  }

  async #arrived(done) {
    this.held = true;
    by("give").disabled = true;
    by("told").textContent = "Sending …";
    const kept = await done;
    this.held = false;
    by("told").textContent = "";
    this.changed();
    return kept;
  }

  #sent(state) {
    by("saving").textContent = counts(state);
    const said = trouble(state, "lesson");
    by("trouble").hidden = !said;
    if (by("trouble").textContent !== said) by("trouble").textContent = said;
    showRefused(state.refused, (entry) => {
      const again = entry.broken === undefined ? [["Send again", () => this.outbox.again(entry)]] : [];
      return [...again, thrownAway(this.outbox, entry)];
    });
  }
}
