// A note that was typed and not sent yet: it survives a reload, beside the question it is about.
import { person, store } from "./api.js";

export class NoteDraft {
  constructor(study) {
    this.name = `note ${store} ${study} ${person}`;
  }

  get all() {
    try {
      return JSON.parse(window.localStorage.getItem(this.name)) ?? {};
    } catch {
      return {}; // nothing is kept here
    }
  }

  // The text is about the question of this ticket; an empty one forgets it.
  keep(ticket, text) {
    const { [ticket]: _, ...rest } = this.all;
    const all = text ? { ...rest, [ticket]: text } : rest;
    try {
      if (Object.keys(all).length) window.localStorage.setItem(this.name, JSON.stringify(all));
      else window.localStorage.removeItem(this.name);
    } catch {
      // it lasts as long as this page
    }
  }

  of(ticket) {
    const text = this.all[ticket];
    return typeof text === "string" ? text : "";
  }
}
