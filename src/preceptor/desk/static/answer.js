// The answering page: shows what is ready, answers at once, and sends in the background.
import { get, token } from "./api.js";
import { chip } from "./chip.js";
import { NoteDraft } from "./note.js";
import { counts, showRefused, thrownAway, trouble } from "./notkept.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { Several, either, shifted } from "./several.js";
import { prepare } from "./stage.js";
import { View } from "./view.js";

const AHEAD = 4;
const facts = JSON.parse(document.getElementById("facts").textContent);
const at = `/study/${facts.study}`;
const by = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll("[data-label]")];
const words = new Map(buttons.map((b) => [Number(b.dataset.label), b.firstElementChild.textContent]));

const ready = []; // questions not answered yet, the first of them on the stage
const past = []; // answered, oldest first
let place = null; // index into past while looking back, else null
let far = { done: 0, total: 0 }; // as the desk said, when nothing waited
const since = new Map(); // questions answered since then, and not refused: ticket -> token
let held = false; // an answer that this browser cannot keep is being sent
let began = 0;
let spent = 0;
let fetching = false;
let again = false; // whether to fetch once more after this time
let exhausted = false; // the desk has no more questions for this person
let paused = false; // and that is since the owner wants it so

const draft = new NoteDraft(facts.study);
const several = new Several(words, { changed: showMarked, send: answer });
const views = new Map(); // by what is shown: pictures or texts
let view = facts.own ? null : viewOf(facts.kind);

function viewOf(kind) {
  if (!views.has(kind)) views.set(kind, makeView(kind));
  return views.get(kind);
}

// Where the user's own function shows the inputs, one may be a picture and the next a text.
function chooseView(item) {
  if (!facts.own) return;
  const kind = item.own ? (item.images.length ? "image" : item.letters ? "text" : "row") : facts.kind;
  view = viewOf(kind);
  by("view").hidden = !view;
  by("smooth-said").textContent = kind === "text" ? "Hidden signs" : "Smooth";
  by("read").hidden = kind !== "text";
}

function makeView(kind) {
  if (kind === "row") return null;
  const stage = by("stage");
  if (kind === "text") {
    return new Reading(facts.study, stage, ({ size, marked, read }) => {
      by("shown").textContent = `${size} px`;
      by("smooth").setAttribute("aria-pressed", String(marked));
      by("read").textContent = read;
    });
  }
  return new View(facts.study, stage, ({ size, smooth }) => {
    by("shown").textContent = `${size} px`;
    by("smooth").setAttribute("aria-pressed", String(smooth));
  });
}

let unsent = 0;
let away = null; // why no question could be fetched

const outbox = new Outbox(facts.study, (state) => {
  report(state);
  showRefused(state.refused, (entry) => [...answerAgain(entry), thrownAway(outbox, entry)]);
  forget(state.refused);
  count();
  if (unsent && !state.waiting.length) fill(); // what was put aside or taken back may be asked again
  unsent = state.waiting.length;
});

function report(state) {
  by("saving").textContent = counts(state);
  const said = trouble(state, "answer") || (away ? `New questions cannot be fetched at the moment. (${away})` : "");
  by("trouble").hidden = !said;
  if (by("trouble").textContent !== said) by("trouble").textContent = said;
}

// What was refused is not answered, whatever this page believed.
function forget(refused) {
  for (const { body } of refused.filter((entry) => entry.body?.ticket)) {
    if (last?.token === body.token) by("chip").hidden = true;
    if (since.get(body.ticket) === body.token) since.delete(body.ticket);
    const index = past.findIndex((item) => item.instead === body.token);
    if (index < 0) continue;
    past.splice(index, 1);
    place = null;
    show();
  }
}

function answerAgain(entry) {
  if (entry.broken !== undefined) return [];
  if (!entry.shown?.ticket || entry.path !== `${at}/answer`) return [["Send again", () => outbox.again(entry)]];
  return [["Answer again", async () => {
    const { ticket, pictures, features, text, own, version, finding } = entry.shown;
    const item = ready.find((one) => one.ticket === ticket) ?? { ticket, pictures, features, text, own, version, finding };
    if (!(await showable(item))) return;
    item.note ||= entry.body.note;
    item.refusal = entry;
    item.instead = entry.instead; // what stands instead, if they answered elsewhere
    place = null;
    ready.splice(0, ready.length, item, ...ready.filter((one) => one !== item));
    show();
    by("stage").scrollIntoView({ block: "center" });
  }]];
}

function count() {
  const done = far.done + since.size;
  const total = Math.max(far.total, done);
  by("bar").max = Math.max(total, 1);
  by("bar").value = done;
  by("bar").hidden = !total;
  by("far").textContent = total ? `${done} of ${total}` : "";
}

const current = () => (place === null ? ready[0] : past[place]);

function show() {
  const item = current();
  several.about(item);
  by("desk").hidden = !item;
  by("empty").hidden = Boolean(item) || !exhausted;
  count();
  by("undo").disabled = !past.length;
  by("back").disabled = !past.length || place === 0;
  by("forward").disabled = place === null;
  by("skip").disabled = place !== null;
  by("look").hidden = !past.length;
  if (!item) {
    const done = by("bar").value;
    const all = `That is all for now: you have answered ${done} question${done === 1 ? "" : "s"}. Thank you.`;
    by("thanks").textContent = paused
      ? "The owner of this study has paused your questions; what you answered is kept."
      : done ? all : "There are no questions for you yet.";
    return;
  }
  if (by("stage").firstChild !== item.node) by("stage").replaceChildren(item.node);
  chooseView(item);
  view?.show(item);
  showMarked();
  by("note").value = draft.of(item.ticket) || (item.note ?? "");
  if (by("note").value) by("notes").open = true;
  spent = 0;
  began = performance.now();
}

// What an answer says: a label, or several.
function saying({ label, acceptable }) {
  return acceptable?.length ? either(acceptable.map((one) => words.get(one))) : words.get(label);
}

// Which labels are pressed: those marked so far, else those that were said before.
function showMarked() {
  const item = current();
  if (!item) return;
  const said = place === null ? [] : item.acceptable?.length ? item.acceptable : [item.label];
  const pressed = several.on ? several.labels : said;
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(pressed.includes(Number(button.dataset.label))));
  }
  const before = place === null ? "What is this?" : `You said ${saying(item)}. Answer again to correct it.`;
  by("where").textContent = several.on ? "Which may it be?" : before;
}

function mark(label) {
  if (!current() || held) return;
  several.mark(label);
  tell(several.marked.size ? `Marked: ${several.said}. Enter sends.` : "Nothing is marked.");
}

// A label was chosen: it is the answer, or one of several.
function choose(label, more) {
  if (label >= 0 && facts.several && (more || several.on)) mark(label);
  else answer(label);
}

function tell(text) {
  by("live").textContent = text;
}

function seconds() {
  return (spent + (document.hidden ? 0 : performance.now() - began)) / 1000;
}

// What is said of a question names what was said before, so that an answer given in another browser
// is never written over.
function reply(item, label, acceptable, spent, note) {
  const how = label === null ? null : (view?.now ?? null);
  const viewing = label !== null && item.own ? { ...how, own: item.version } : how;
  const instead = item.instead ?? null;
  return { ticket: item.ticket, token: token(), instead, label, acceptable, seconds: spent, note, viewing };
}

// Send something about a question, then go on: at once, or, where the browser cannot keep it, when
// the desk has it or has refused it.
async function send(path, body, item, said, goOn) {
  const { ticket, pictures, features, text, excerpt, own, version, finding } = item;
  const shown = { ticket, pictures, features, text, excerpt, own, version, finding, said };
  const { stored, done } = outbox.put(`${at}/${path}`, body, shown);
  if (stored) {
    goOn(true);
    done.then((kept) => { if (kept) last?.kept(body.token); });
    return;
  }
  held = true;
  by("where").textContent = "Sending your answer …";
  const kept = await done;
  held = false;
  goOn(kept);
}

// What the chip says of the last answer: at once that this browser has it, then that the desk does.
let last = null;

function saved(body) {
  const word = saying(body);
  const told = (how) => chip(`${word} ${how}`, () => {
    by("chip").hidden = true;
    if (past.at(-1)?.instead === body.token) undo();
  });
  last = { token: body.token, kept: (token) => { if (token === body.token && !by("chip").hidden) told("saved"); } };
  told("kept in this browser");
}

function answer(label, acceptable = []) {
  const item = current();
  if (!item || held) return;
  const note = by("note").value.trim();
  const body = reply(item, label, acceptable, seconds(), note);
  const back = place !== null;
  const said = saying(body);
  send("answer", body, item, `You said ${said}`, (kept) => {
    if (item.refusal) outbox.drop(item.refusal);
    Object.assign(item, { label, acceptable, note, instead: body.token, refusal: undefined });
    if (kept) draft.keep(item.ticket, "");
    if (back) {
      place = null;
      if (kept) tell(`Corrected: ${said}.`);
      if (kept) chip(`corrected: ${said}`);
    } else {
      ready.splice(ready.indexOf(item), 1);
      if (kept) {
        past.push(item);
        since.set(item.ticket, body.token);
        count();
        tell(`${said}. ${by("far").textContent}.`);
        saved(body);
      }
    }
    show();
    fill();
  });
}

// Whether an item can be brought on the stage: nobody answers what they do not see.
async function showable(item) {
  try {
    await prepare(item);
    return true;
  } catch {
    const said = "That question cannot be shown at the moment.";
    tell(said);
    chip(said);
    return false;
  }
}

async function undo() {
  if (!past.length || held) return;
  const item = past.at(-1);
  if (!(await showable(item)) || held || past.at(-1) !== item) return;
  const body = reply(item, null, [], 0, "");
  send("answer", body, item, "You took an answer back", (kept) => {
    if (!kept) return;
    past.splice(past.indexOf(item), 1);
    place = null;
    Object.assign(item, { label: undefined, acceptable: [], instead: body.token });
    ready.unshift(item);
    if (!since.delete(item.ticket)) far.done = Math.max(0, far.done - 1);
    tell("Taken back. Answer again.");
    chip("undone");
    show();
  });
}

function skip() {
  if (place !== null || !ready.length || held) return;
  const item = ready[0];
  send("skip", { ticket: item.ticket, token: token(), seconds: seconds() }, item, "You skipped this", () => {
    ready.splice(ready.indexOf(item), 1);
    tell("Skipped. It comes again later.");
    chip("skipped");
    show();
    fill();
  });
}

async function step(by_) {
  if (held) return;
  const from = place ?? past.length;
  const to = from + by_;
  if (to < 0 || to > past.length || !past.length) return;
  const item = past[to];
  if (item && !(await showable(item))) return;
  if (held || past[to] !== item) return; // something else came meanwhile
  place = item ? to : null;
  show();
  tell(place === null ? "Back to the open question." : `Answer ${to + 1} of ${past.length}: ${saying(past[to])}.`);
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
    paused = found.paused;
    if (settled && outbox.settled) {
      far = { done: found.done, total: found.total };
      since.clear();
    }
    const taken = new Set([...ready, ...past].map((item) => item.ticket));
    const fresh = found.items.filter((one) => !taken.has(one.ticket));
    if (!ready.length) fresh.sort((a, b) => Boolean(draft.of(b.ticket)) - Boolean(draft.of(a.ticket))); // first what they were writing about
    for (const item of fresh) {
      ready.push(await prepare(item));
      if (ready.length === 1 && place === null) show();
    }
    count();
    if (!ready.length && place === null) show();
    away = null;
  } catch (error) {
    if (error.ours && error.status === 401 && outbox.settled && !by("note").value) location.replace("/in");
    away = error.message;
  } finally {
    report(outbox.state);
    fetching = false;
  }
  if (again) fill();
}

const labelKeys = new Map(facts.keys.labels.map((key, label) => [key, label]).filter(([key]) => key));
const actions = new Map([
  [facts.keys.cannotTell, () => answer(-1)],
  [facts.keys.skip, skip],
  [facts.keys.note, () => { by("notes").open = true; by("note").focus(); }],
  [facts.keys.smooth, () => view?.toggle()],
  ["+", () => view?.zoom(1)],
  ["=", () => view?.zoom(1)],
  ["-", () => view?.zoom(-1)],
  ["?", () => by("help").showModal()],
  ["Backspace", undo],
  ["ArrowLeft", () => step(-1)],
  ["ArrowRight", () => step(1)],
]);

// Enter sends what is marked, but for where it presses a button.
function enters({ target }) {
  const other = target.closest("a, summary, button:not(#several, #send, [data-label][aria-pressed='true'])");
  return several.marked.size > 0 && !other;
}

function actOf(event) {
  const among = facts.several ? shifted(event, labelKeys) : undefined;
  if (among !== undefined) return () => chooseByKey(among, true);
  if (event.key === "Escape") return several.on ? () => several.clear() : undefined;
  if (event.key === "Enter") return enters(event) ? () => several.give() : undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return labelKeys.has(key) ? () => chooseByKey(labelKeys.get(key), false) : actions.get(key);
}

// Enter is to send what keys marked, and not to press once more what was clicked before.
function chooseByKey(label, more) {
  if ((more || several.on) && document.activeElement?.matches("button")) document.activeElement.blur();
  choose(label, more);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (by("help").open) {
    if (event.key === "?") by("help").close();
    return;
  }
  if (event.target.closest("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = actOf(event);
  if (!act && view?.scroll?.(event)) event.preventDefault(); // the text scrolls, wherever the focus is
  if (!act) return;
  event.preventDefault();
  act();
});
for (const button of buttons) {
  button.addEventListener("click", (event) => choose(Number(button.dataset.label), event.shiftKey));
}
by("undo").addEventListener("click", undo);
by("back").addEventListener("click", () => step(-1));
by("forward").addEventListener("click", () => step(1));
by("skip").addEventListener("click", skip);
by("look").addEventListener("click", () => step(-1));
by("keys").addEventListener("click", () => by("help").showModal());
by("smaller")?.addEventListener("click", () => view.zoom(-1));
by("larger")?.addEventListener("click", () => view.zoom(1));
by("smooth")?.addEventListener("click", () => view.toggle());
by("note").addEventListener("input", () => {
  if (current()) draft.keep(current().ticket, by("note").value);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) spent += performance.now() - began;
  else began = performance.now();
});
addEventListener("beforeunload", (event) => {
  if (!outbox.settled || outbox.state.loose) event.preventDefault();
});

async function lookBack() {
  const before = (await get(`${at}/given`)).items;
  const known = new Set(past.map((item) => item.ticket));
  past.unshift(...before.filter((item) => !known.has(item.ticket)));
  by("undo").disabled = by("back").disabled = !past.length;
  by("look").hidden = !past.length;
}

async function start() {
  outbox.send();
  setInterval(() => { if (!ready.length) fill(); }, 5000);
  await fill();
  show();
  await lookBack().catch((error) => tell(error.message));
}

start();
