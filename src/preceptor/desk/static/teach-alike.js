// What does not change the answer: a change of texts, tried on examples as far as it is declared.
import { post } from "./api.js";
import { Teaching, tell } from "./teach.js";
import { difference, element, running } from "./text.js";
import { Verdicts } from "./verdicts.js";

const PAUSE = 200; // ms
const by = (id) => document.getElementById(id);
const facts = JSON.parse(by("facts").textContent);
const changes = new Map(facts.changes.map((one) => [one.kind, one]));

let example = null;
let original = null; // how it reads as it is
let change = facts.changes[0];
let range = change.usual;
let verdicts = new Verdicts();
const kept = new Map(); // kind -> its range and verdicts
let wait = 0;
let asked = 0;
let seen = null; // what the desk last said of this change on this example
const barren = new Set(); // inputs in which there is nothing to change so

const words = (amount) => `${Math.round(100 * amount)} % ${change.unit}`;
const needed = () => Math.min(facts.least, facts.examples.length);

// a line for each group: words divided by commas, or by =
function groups() {
  return by("groups").value.split("\n")
    .map((line) => line.split(/[,;=\u060c\u3001\uff0c]/).map((one) => one.trim()).filter(Boolean))
    .filter((group) => group.length > 1);
}

const more = () => (change.named ? { groups: groups() } : {});

function again() {
  seen = null;
  clearTimeout(wait);
  by("tries").setAttribute("aria-busy", "true");
  wait = setTimeout(attempt, PAUSE);
}

async function attempt() {
  const number = (asked += 1);
  if (!example) return;
  const { input } = example;
  if (change.named && !groups().length) {
    note("Name words that mean the same, such as: film, movie");
    return;
  }
  try {
    const body = { question: example.question, change: change.kind, range, ...more() };
    const found = await post(`/study/${facts.study}/teach/alike/try`, body);
    if (number !== asked) return;
    seen = found;
    if (!found.tries.length) {
      barren.add(input);
      note("There is nothing in this text that could be changed so. Go on to the next one.");
      return;
    }
    by("tries").replaceChildren(original, ...found.tries.map((parts, i) => {
      const figure = element("figure", {});
      for (const pieces of parts) figure.append(difference(pieces, element("div", { className: "text diff", dir: "auto" })));
      figure.append(element("figcaption", {}, `Try ${i + 1}`));
      return figure;
    }));
  } catch (error) {
    if (number === asked) note(error.message);
    return;
  }
  by("tries").setAttribute("aria-busy", "false");
  say();
}

function note(text) {
  by("tries").replaceChildren(original, element("p", { className: "soft none" }, text));
  by("tries").setAttribute("aria-busy", "false");
  say();
}

function pick(kind) {
  if (kind !== change.kind) kept.set(change.kind, { range, verdicts });
  change = changes.get(kind);
  const before = kept.get(kind) ?? { range: change.usual, verdicts: new Verdicts() };
  verdicts = before.verdicts;
  barren.clear();
  Object.assign(by("range"), { min: change.least, max: change.most, step: change.step });
  by("reach").hidden = !change.ranged;
  by("naming").hidden = !change.named;
  move(before.range);
}

function move(to) {
  range = Number(to);
  by("range").value = range;
  by("range-of").textContent = words(range);
  again();
  say();
}

// What was said so far, at this range.
function say() {
  const verdict = example ? verdicts.of(example.input, range) : null;
  by("holds").setAttribute("aria-pressed", String(verdict === true));
  by("breaks").setAttribute("aria-pressed", String(verdict === false));
  for (const id of ["holds", "breaks"]) by(id).disabled = !seen?.tries.length;
  by("asked").textContent = example?.word ? `You said ${example.word}. Is it still so in all of these?` : "Is your answer the same for all of these?";
  const count = verdicts.confirmed(range).length;
  const reach = change.ranged ? ` up to ${words(range)}` : "";
  by("so-far").textContent = `The same${reach}: ${count} of at least ${needed()} texts.`;
  const broken = verdicts.limit <= range + 1e-9;
  by("warned").hidden = !broken;
  by("warning").textContent = change.ranged
    ? `The answer changes at ${words(verdicts.limit)}, so this much cannot be declared.`
    : "The answer changes, so this cannot be declared.";
  by("shrink").hidden = !change.ranged || below(verdicts.limit) === null;
  teaching.changed();
}

// The largest range on the slider below a limit.
function below(limit) {
  const steps = Math.ceil((limit - change.least) / change.step - 1e-6) - 1;
  return steps < 0 || !Number.isFinite(steps) ? null : Number((change.least + steps * change.step).toFixed(6));
}

function judge(same) {
  if (!example || by("holds").disabled) return;
  if (same) verdicts.confirm(example.input, range);
  else verdicts.refuse(example.input, range);
  say();
  tell(`${same ? "The same" : "It changes"}. ${by("so-far").textContent}`);
  const next = facts.examples.findIndex((one) => verdicts.of(one.input, range) === null && !barren.has(one.input));
  if (same && next >= 0 && verdicts.confirmed(range).length < needed()) teaching.step(next - teaching.place);
}

function list(pairs) {
  const labels = new Map(facts.examples.map((one) => [one.input, one.label]));
  return pairs.map(([input, reach]) => ({ input, range: reach, label: labels.get(input) ?? null }));
}

const teaching = new Teaching({
  show(one, parts) {
    example = one;
    original = element("figure", {}, ...parts.map(({ pieces }) => running(pieces, element("div", { className: "text", dir: "auto" }))));
    original.append(element("figcaption", {}, "As it is"));
    by("tries").replaceChildren(original);
    again();
    say();
  },
  give() {
    const found = verdicts.confirmed(range);
    if (found.length < needed() || verdicts.limit <= range + 1e-9 || (change.named && !groups().length)) return null;
    const body = { change: change.kind, range, confirmed: list(found), refused: list([...verdicts.other]), ...more() };
    return { kind: "invariance", body };
  },
  bits: () => seen?.bits ?? null,
  unsaved: () => verdicts.confirmed(range).length > 0,
  given() {
    verdicts = new Verdicts();
    say();
    return true;
  },
});

if (by("give")) {
  by("give").textContent = "Say that this changes nothing";
  by("change").addEventListener("change", () => pick(by("change").value));
  by("range").addEventListener("input", () => move(by("range").value));
  by("holds").addEventListener("click", () => judge(true));
  by("breaks").addEventListener("click", () => judge(false));
  by("shrink").addEventListener("click", () => move(below(verdicts.limit)));
  by("groups").addEventListener("input", () => {
    verdicts = new Verdicts(); // what was said was said of other words
    barren.clear();
    again();
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("textarea, select, input:not([type=range])")) return;
    if (event.key === "y" || event.key === "n") judge(event.key === "y");
  });
  pick(change.kind);
  teaching.start();
}
