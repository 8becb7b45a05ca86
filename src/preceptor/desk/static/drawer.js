// What waits in this browser to be sent: one key of its storage for each answer, so that no tab, no
// study, no person and no other desk at the same address writes over what is another's.
import { person, store } from "./api.js";

const MINE = `desk/${store}/`;
const OLD = /^desk (teach )?\d+ (\d+)$/; // as older desks wrote: one list for a study and a person

let last = 0;

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const whole = (one) => one?.path?.startsWith?.("/study/") && typeof one.body?.token === "string";

function put(name, entry) {
  try {
    storage().setItem(name, JSON.stringify(entry));
    return true;
  } catch {
    return false; // full, or nothing is kept here
  }
}

function read(name) {
  const text = storage().getItem(name);
  if (text === null) return null; // sent by another tab meanwhile
  const entry = parsed(text);
  return whole(entry) ? { name, ...entry } : { name, broken: text };
}

// Lists of an older desk do not say of which store they are. An answer finds out by its ticket, which
// no other store knows; a lesson has none, and is sent only when its person says so.
function old() {
  const found = [];
  for (const name of Object.keys(storage() ?? {})) {
    const [, lessons, whose] = OLD.exec(name) ?? [];
    if (!whose || whose !== person) continue;
    const text = storage().getItem(name);
    const list = parsed(text);
    if (!Array.isArray(list) || !list.every(whole)) {
      found.push({ name, old: true, broken: text });
      continue;
    }
    const refused = lessons ? "It was made before the desk was renewed. Was it made at this one?" : undefined;
    found.push(...list.map(({ path, body }) => ({ name, old: true, path, body, refused })));
  }
  return found;
}

export class Drawer {
  constructor() {
    this.loose = new Map(); // what the browser did not keep: name -> entry
    this.left = new Map(); // what the desk refused since this page was opened: token -> { refused, instead }
  }

  // Keep an entry; returns its name, and whether it outlives this page.
  add(study, entry) {
    last = Math.max(Date.now(), last + 1);
    const name = `${MINE}${study}/${person}/${String(last).padStart(15, "0")}-${entry.body.token}`;
    const stored = put(name, entry);
    if (!stored) this.loose.set(name, entry);
    return { name, stored };
  }

  // All that there is, oldest first. What cannot be read has only { name, broken }.
  all() {
    const names = Object.keys(storage() ?? {}).filter((name) => name.startsWith(MINE) && name.split("/")[3] === person);
    const kept = names.map(read).filter(Boolean);
    const loose = [...this.loose].map(([name, entry]) => ({ name, ...entry }));
    const age = ({ name }) => name.split("/")[4];
    const all = [...old(), ...[...kept, ...loose].sort((a, b) => (age(a) < age(b) ? -1 : 1))];
    return all.map((entry) => ({ ...entry, ...this.left.get(entry.body?.token) }));
  }

  // Note why the desk refused an entry, undefined if it is to be sent again; and which answer of this
  // person stands instead, if one does.
  mark(entry, refused, instead) {
    this.left.set(entry.body.token, { refused, instead });
    const { name, path, body, shown } = entry;
    if (!entry.old && storage()?.getItem(name)) put(name, { path, body, shown, refused, instead });
  }

  remove(entry) {
    this.loose.delete(entry.name);
    if (!entry.old || entry.broken !== undefined) {
      storage()?.removeItem(entry.name);
      return;
    }
    const rest = parsed(storage().getItem(entry.name))?.filter((one) => one?.body?.token !== entry.body.token);
    if (rest?.length) storage().setItem(entry.name, JSON.stringify(rest));
    else storage().removeItem(entry.name);
  }
}
