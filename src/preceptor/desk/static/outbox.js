// Answers on their way. Each has a token of its own, so that sending it twice is harmless; those
// that have not been acknowledged outlive the page in the browser's storage.
import { Refused, post } from "./api.js";

export class Outbox {
  constructor(name, told) {
    this.name = name;
    this.told = told;
    this.waiting = JSON.parse(localStorage.getItem(name) ?? "[]");
    this.sending = false;
    this.pause = 500;
  }

  put(path, body) {
    this.waiting.push({ path, body });
    this.save();
    this.send();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.length) {
      const { path, body } = this.waiting[0];
      try {
        await post(path, body);
      } catch (error) {
        if (!(error instanceof Refused) || error.status === 401) {
          this.told(this.waiting.length, error);
          // not all at once with everybody else's, when the desk is back
          setTimeout(() => this.send(), this.pause * (0.5 + Math.random() / 2));
          this.pause = Math.min(2 * this.pause, 10000);
          break;
        }
        this.told(this.waiting.length, error);
      }
      this.waiting.shift();
      this.save();
      this.pause = 500;
      if (!this.waiting.length) this.told(0, null);
    }
    this.sending = false;
  }

  save() {
    try {
      localStorage.setItem(this.name, JSON.stringify(this.waiting));
    } catch {
      // more than the browser stores, such as large pictures: they wait in the page
    }
  }

  get tickets() {
    return this.waiting.map(({ body }) => body.ticket);
  }

  get settled() {
    return this.waiting.length === 0;
  }
}
