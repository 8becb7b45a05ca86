// Answers on their way. Each has a token of its own, so that sending it twice is harmless. One is
// done with when the desk itself says that it is kept, or that it never will be; every other reply,
// whatever its number, means to try again.
import { Failed, post } from "./api.js";
import { Drawer } from "./drawer.js";

const FIRST_PAUSE = 500; // ms
const LONGEST_PAUSE = 10000;
const ALONE = [403, 404, 413]; // what the desk says of one answer and not of all

// One tab sends at a time where the browser can see to that; where not, tokens do.
function alone(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}

export class Outbox {
  // told is called whenever its state changes
  constructor(study, told) {
    this.study = study;
    this.told = () => told(this.state);
    this.error = null; // with which the last try ended
    this.drawer = new Drawer();
    this.sending = false;
    this.pause = FIRST_PAUSE;
    this.ends = new Map(); // name -> what to do when it is done with
    addEventListener("storage", () => this.send());
    addEventListener("online", () => this.send());
  }

  // Returns { name, stored, done }: whether it outlives this page, and a promise of whether it was kept.
  put(path, body, shown = {}) {
    const { name, stored } = this.drawer.add(this.study, { path, body, shown });
    const done = new Promise((resolve) => { this.ends.set(name, resolve); });
    this.send();
    return { name, stored, done };
  }

  // Entries that wait, entries that the desk did not take, with what the last try ended, and whether
  // any would be lost with this page.
  get state() {
    const { waiting, refused, error } = this;
    return { waiting, refused, error, loose: this.drawer.loose.size > 0 };
  }

  get waiting() {
    return this.drawer.all().filter((one) => one.broken === undefined && one.refused === undefined);
  }

  get refused() {
    return this.drawer.all().filter((one) => one.broken !== undefined || one.refused !== undefined);
  }

  get tickets() {
    return this.waiting.map(({ body }) => body.ticket).filter(Boolean);
  }

  get settled() {
    return this.waiting.length === 0;
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    clearTimeout(this.timer);
    try {
      this.error = await alone("desk outbox", () => this.#drain());
    } finally {
      this.sending = false;
    }
    if (this.error) {
      // not all at once with everybody else's, when the desk is back
      const pause = Math.max(this.pause * (0.5 + Math.random() / 2), 1000 * Math.min(this.error.after ?? 0, 30));
      this.timer = setTimeout(() => this.send(), pause);
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    } else {
      this.pause = FIRST_PAUSE;
      if (!this.settled) this.send(); // something came in the last moment
    }
    this.told();
  }

  // Send one after another; returns what went wrong, if anything did.
  async #drain() {
    const behind = new Set(); // of these a former one is stuck, and the order matters
    let trouble = null;
    for (;;) {
      const next = this.waiting.find(({ name, body }) => !behind.has(body.ticket ?? name + body.token));
      if (!next) return trouble;
      try {
        const reply = await post(next.path, next.body);
        if (reply.kept !== next.body.token) throw new Failed("The desk's reply belongs to something else.", 0);
        this.drawer.remove(next);
        this.#end(next, true);
        this.error = trouble;
      } catch (error) {
        if (error.final) {
          this.#refuse(next, error);
        } else {
          trouble = error;
          if (!ALONE.includes(error.status) || !(error.ours || error.status === 413)) return error;
          behind.add(next.body.ticket ?? next.name + next.body.token);
        }
      }
      this.told();
    }
  }

  #refuse(entry, { message, body }) {
    if (entry.path.endsWith("/skip")) this.drawer.remove(entry); // nothing was said in it
    else this.drawer.mark(entry, message, body.instead);
    this.#end(entry, false);
  }

  #end({ name }, kept) {
    this.ends.get(name)?.(kept);
    this.ends.delete(name);
  }

  // Send what was refused once more.
  again(entry) {
    this.drawer.mark(entry, undefined);
    this.send();
  }

  drop(entry) {
    this.drawer.remove(entry);
    this.told();
  }
}
