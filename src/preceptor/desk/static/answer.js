// The answering page: shows what is ready, answers at once, and sends in the background.
import { get, token } from "./api.js";
import { Outbox } from "./outbox.js";
import { prepare } from "./stage.js";

const AHEAD = 4;
const facts = JSON.parse(document.getElementById("facts").textContent);
const at = `/study/${facts.study}`;
const by = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll("[data-label]")];
const words = new Map(buttons.map((b) => [Number(b.dataset.label), b.firstElementChild.textContent]));

const ready = []; // questions not answered yet, the first of them on the stage
const past = []; // answered, oldest first
let place = null; // index into past while looking back, else null
let far = { done: 0, total: 0, needed: 0 };
let began = 0;
let spent = 0;
let fetching = false;
let again = false; // whether to fetch once more after this time
let exhausted = false; // the desk has no more questions for this person

const outbox = new Outbox(`desk ${facts.study} ${facts.person}`, (waiting, error) => {
  by("saving").textContent = waiting && error ? `${waiting} not saved yet` : "";
  by("trouble").hidden = !error;
  if (!waiting) fill(); // what was put aside or taken back may be asked again
  if (error?.status === 401) {
    by("trouble").textContent = `Your session has ended. ${waiting} answers wait in this browser: sign in by a new link in another tab and they are sent.`;
  } else if (error?.status) {
    by("trouble").textContent = `One answer was refused: ${error.message}`;
  } else if (error) {
    by("trouble").textContent = `Answers cannot be sent at the moment; they wait here and are sent again. Go on. (${error.message})`;
  }
});

const current = () => (place === null ? ready[0] : past[place]);

function show() {
  const item = current();
  by("desk").hidden = !item;
  by("empty").hidden = Boolean(item) || !exhausted;
  far.total = Math.max(far.total, far.done);
  by("bar").max = Math.max(far.total, 1);
  by("bar").value = far.done;
  by("far").textContent = `${far.done} of ${far.total}`;
  by("undo").disabled = !past.length;
  by("back").disabled = !past.length || place === 0;
  by("forward").disabled = place === null;
  by("skip").disabled = place !== null;
  by("look").hidden = !past.length;
  if (!item) {
    by("thanks").textContent = far.done ? `You have answered ${far.done} questions. Thank you.` : "There are no questions for you yet.";
    return;
  }
  if (by("stage").firstChild !== item.node) by("stage").replaceChildren(item.node);
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(place !== null && Number(button.dataset.label) === item.label));
  }
  by("where").textContent = place === null ? "What is this?" : `You said ${words.get(item.label)}. Answer again to correct it.`;
  by("note").value = item.note ?? "";
  if (item.note) by("notes").open = true;
  spent = 0;
  began = performance.now();
}

function tell(text) {
  by("live").textContent = text;
}

function seconds() {
  return (spent + (document.hidden ? 0 : performance.now() - began)) / 1000;
}

// names the answer that it corrects, so that one given in another browser is never written over
function say(item, label, seconds, note) {
  const own = token();
  outbox.put(`${at}/answer`, { ticket: item.ticket, token: own, instead: item.instead ?? null, label, seconds, note });
  item.instead = own;
}

function answer(label) {
  const item = current();
  if (!item) return;
  const note = by("note").value.trim();
  say(item, label, seconds(), note);
  item.label = label;
  item.note = note;
  if (place === null) {
    past.push(ready.shift());
    far.done += 1;
    tell(`${words.get(label)}. ${far.done} of ${far.total}.`);
  } else {
    place = null;
    tell(`Corrected: ${words.get(label)}.`);
  }
  show();
  fill();
}

function undo() {
  if (!past.length) return;
  const item = past.pop();
  place = null;
  say(item, null, 0, "");
  item.label = undefined;
  ready.unshift(item);
  far.done = Math.max(0, far.done - 1);
  tell("Taken back. Answer again.");
  show();
}

function skip() {
  if (place !== null || !ready.length) return;
  const item = ready.shift();
  outbox.put(`${at}/skip`, { ticket: item.ticket, token: token(), seconds: seconds() });
  tell("Skipped. It comes again later.");
  show();
  fill();
}

function step(by_) {
  const from = place ?? past.length;
  const to = from + by_;
  if (to < 0 || to > past.length || !past.length) return;
  place = to === past.length ? null : to;
  const item = current();
  if (item) prepare(item).then(show);
  else show();
  tell(place === null ? "Back to the open question." : `Answer ${to + 1} of ${past.length}: ${words.get(past[to].label)}.`);
}

async function fill() {
  if (ready.length >= AHEAD) return;
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  again = false;
  try {
    // what is on its way must not be given out again
    const held = [...ready.map((item) => item.ticket), ...outbox.tickets].slice(0, 50).join(",");
    const settled = outbox.settled;
    const found = await get(`${at}/next?wanted=${AHEAD - ready.length}&held=${held}`);
    exhausted = settled && !found.items.length;
    if (settled && outbox.settled) far = { done: found.done, total: found.total, needed: found.needed };
    const taken = new Set([...ready, ...past].map((item) => item.ticket));
    for (const item of found.items.filter((one) => !taken.has(one.ticket))) {
      ready.push(await prepare(item));
      if (ready.length === 1 && place === null) show();
    }
    by("far").textContent = `${far.done} of ${far.total}`;
    if (!ready.length && place === null) show();
  } catch (error) {
    if (error.status === 401) location.replace("/in");
  } finally {
    fetching = false;
  }
  if (again) fill();
}

const labelKeys = new Map(facts.keys.labels.map((key, label) => [key, label]).filter(([key]) => key));
const actions = new Map([
  [facts.keys.cannotTell, () => answer(-1)],
  [facts.keys.skip, skip],
  [facts.keys.note, () => { by("notes").open = true; by("note").focus(); }],
  ["Backspace", undo],
  ["ArrowLeft", () => step(-1)],
  ["ArrowRight", () => step(1)],
]);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = labelKeys.has(key) ? () => answer(labelKeys.get(key)) : actions.get(key);
  if (!act) return;
  event.preventDefault();
  act();
});
for (const button of buttons) {
  button.addEventListener("click", () => answer(Number(button.dataset.label)));
}
by("undo").addEventListener("click", undo);
by("back").addEventListener("click", () => step(-1));
by("forward").addEventListener("click", () => step(1));
by("skip").addEventListener("click", skip);
by("look").addEventListener("click", () => step(-1));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) spent += performance.now() - began;
  else began = performance.now();
});
addEventListener("beforeunload", (event) => {
  if (!outbox.settled) event.preventDefault();
});

async function start() {
  outbox.send();
  await fill();
  show();
  const before = (await get(`${at}/given`)).items;
  const known = new Set(past.map((item) => item.ticket));
  past.unshift(...before.filter((item) => !known.has(item.ticket)));
  by("undo").disabled = by("back").disabled = !past.length;
  by("look").hidden = !past.length;
  setInterval(() => { if (!ready.length) fill(); }, 5000);
}

start();
