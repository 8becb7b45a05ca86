// Revise it: a text, and the least change that makes it another class, with the change shown as it is made.
import { post } from "./api.js";
import { Labels } from "./labels.js";
import { Teaching, tell } from "./teach.js";
import { difference, element, page, running } from "./text.js";
import { Written } from "./written.js";

const PAUSE = 150; // ms after the last letter, before the change is looked at
const by = (id) => document.getElementById(id);
const facts = JSON.parse(by("facts").textContent);
const word = (label) => (label === -1 ? "can't tell" : facts.classes[label]);

const works = new Map(); // question -> { written, node, before, after }: going on and back loses nothing
let work = null;
let seen = null; // what the desk last said of it; null while it is not known
let wait = 0;
let asked = 0;
let teaching = null;

const raw = (part) => part.pieces.map(([text]) => text).join("");

function build(parts, before) {
  const made = { written: [], node: null, before, after: null };
  let number = -1;
  made.node = page(parts, (part) => {
    number += 1;
    // a box cannot mark what nobody sees, and takes minutes for thousands of turns of the direction
    if (!facts.changeable.includes(number) || !part.all) {
      made.written.push({ text: raw(part), changed: false, undo() {}, reset() {}, past: [] });
      return running(part.pieces, element("div", { className: "text", dir: "auto" }));
    }
    const box = element("textarea", { className: "text write", dir: "auto", spellcheck: false, rows: 3 });
    box.setAttribute("aria-label", part.name ? `Revise: ${part.name}` : "Revise the text");
    made.written.push(new Written(box, raw(part), () => changed()));
    return box;
  });
  return made;
}

const now = () => work.written.map((one) => one.text);
const touched = () => Boolean(work?.written.some((one) => one.changed));

function changed() {
  seen = null;
  clearTimeout(wait);
  wait = setTimeout(look, PAUSE);
  buttons();
  teaching.changed();
}

function buttons() {
  by("undo").disabled = !work?.written.some((one) => one.past.length);
  by("reset").disabled = !touched();
}

async function look() {
  const mine = work;
  const { example } = teaching;
  const number = (asked += 1);
  if (!mine || !example) return;
  try {
    const found = await post(`/study/${facts.study}/teach/revise/try`, { question: example.question, changed: now() });
    if (number !== asked || mine !== work) return;
    seen = found;
    show(found);
  } catch (error) {
    if (number === asked) problem(error.message);
  }
  teaching.changed();
}

function show({ diff, characters, words, share, problem: why }) {
  by("diff").hidden = !touched();
  by("change").replaceChildren(...diff.map((pieces, i) => {
    const line = difference(pieces, element("div", { className: "text diff", dir: "auto" }));
    return facts.fields.length ? element("section", {}, element("h3", {}, element("bdi", {}, facts.fields[i])), line) : line;
  }));
  by("characters").textContent = String(characters);
  by("words").textContent = String(words);
  by("share").textContent = `${Math.round(100 * share)} %`;
  problem(why);
}

function problem(why) {
  by("problem").textContent = why ? `Not like this: ${why}.` : "";
  by("problem").hidden = !why;
}

function ask() {
  labels.show(work.after, work.before);
  by("again").hidden = teaching.example.label !== null || work.before === null;
  if (work.before === null) by("ask").textContent = "What is this, before you change it?";
  else if (work.before === -1) by("ask").textContent = "You could not tell. Change it by the least that makes it something, and say what it is then.";
  else {
    const who = teaching.example.label === null ? "You say" : "You said";
    by("ask").textContent = `${who} ${word(work.before)}. Change it by the least that makes it something else, and say what it is then.`;
  }
}

const labels = by("give") ? new Labels(facts.keys, (label) => {
  if (!work) return;
  if (work.before === null) work.before = label;
  else work.after = work.after === label ? null : label;
  ask();
  teaching.changed();
}) : null;

const tool = {
  show(example, parts) {
    if (!works.has(example.question)) works.set(example.question, build(parts, example.label));
    work = works.get(example.question);
    by("revising").replaceChildren(work.node);
    for (const box of work.node.querySelectorAll("textarea")) {
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 4, 0.5 * innerHeight)}px`;
    }
    ask();
    changed();
  },
  give() {
    if (!work || work.before === null || work.after === null || !touched() || !seen || seen.problem) return null;
    return { kind: "pair", body: { input: teaching.example.input, before: work.before, after: work.after, changed: now() } };
  },
  unsaved: () => [...works.values()].some((one) => one.written.some((part) => part.changed)),
  bits: () => (touched() && seen ? seen.bits : null),
  given() {
    works.delete(teaching.example.question);
    work = null;
    return false;
  },
};

if (by("give")) {
  teaching = new Teaching(tool);
  by("undo").addEventListener("click", () => {
    const last = work.written.filter((one) => one.past.length).sort((a, b) => a.since - b.since).at(-1);
    last?.undo();
  });
  by("reset").addEventListener("click", () => {
    work.written.forEach((one) => one.reset());
    tell("As it was.");
  });
  by("again").addEventListener("click", () => {
    work.before = work.after = null;
    ask();
    teaching.changed();
  });
  teaching.start();
}
