// What does not change the answer: a change, tried on examples up to the range that is declared.
import { post } from "./api.js";
import { Painter } from "./paint.js";
import { Teaching, array, subsetBits, tell } from "./teach.js";
import { Verdicts } from "./verdicts.js";

const by = (id) => document.getElementById(id);
const facts = JSON.parse(by("facts").textContent);
const changes = new Map(facts.changes.map((one) => [one.kind, one]));
const PAUSE = 150; // ms after the slider has moved, before the change is tried

let example = null;
let image = null;
let change = facts.changes[0];
let range = 0;
let verdicts = new Verdicts();
const kept = new Map(); // kind -> its range and verdicts
let wait = null;
let asked = 0; // number of the last try, so that an older one is not shown after it
const ticked = new Set();
const isImage = facts.kind === "image";

const words = (amount) => {
  if (change.unit.startsWith("of")) return `${Math.round(100 * amount)} % ${change.unit}`;
  return `${Number(amount.toFixed(2))} ${change.unit}`;
};
const needed = () => Math.min(facts.least, facts.examples.length);

function region() {
  if (change.ranged) return null;
  if (!isImage) return Uint8Array.from(facts.names, (_, i) => Number(ticked.has(i)));
  return painter.mask ?? null;
}

function marked() {
  const mask = region();
  const count = mask ? mask.reduce((sum, one) => sum + one, 0) : 0;
  return mask && count > 0 && count < mask.length ? { mask, count } : null;
}

function arrays() {
  const found = marked();
  if (!found) return {};
  const shape = isImage ? facts.shape.slice(1) : facts.shape;
  return { region: array(found.mask, shape, "bool") };
}

function again() {
  clearTimeout(wait);
  by("tries").setAttribute("aria-busy", "true");
  wait = setTimeout(attempt, PAUSE);
}

async function attempt() {
  if (!example) return;
  const number = (asked += 1);
  if (!change.ranged && !marked()) {
    by("tries").replaceChildren(isImage ? "Paint a region: it will be filled from other inputs." : "Tick features: they will be taken from other inputs.");
    by("tries").setAttribute("aria-busy", "false");
    return;
  }
  try {
    const body = { question: example.question, change: change.kind, range, arrays: arrays() };
    const found = await post(`/study/${facts.study}/teach/same/try`, body);
    if (number !== asked) return;
    if (found.strip) await pictures(found, number);
    else rows(found);
    by("tries").setAttribute("aria-busy", "false");
  } catch (error) {
    by("tries").textContent = error.message;
  }
}

async function pictures({ strip, titles }, number) {
  const bytes = Uint8Array.from(atob(strip), (one) => one.charCodeAt(0));
  const whole = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  if (number !== asked) return;
  const wide = whole.width / titles.length;
  by("tries").className = "tries";
  by("tries").replaceChildren(...titles.map((title, i) => {
    const figure = document.createElement("figure");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [wide, whole.height];
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `The input, ${title}`);
    canvas.getContext("2d").drawImage(whole, -i * wide, 0);
    const caption = document.createElement("figcaption");
    caption.textContent = title;
    figure.append(canvas, caption);
    return figure;
  }));
}

function rows({ rows: found, titles }) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const title of ["Feature", ...titles]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    head.append(cell);
  }
  const body = table.createTBody();
  found[0].forEach((feature, i) => {
    const row = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = feature.name;
    row.append(name);
    for (const one of found) {
      const value = document.createElement(one[i].value === feature.value ? "span" : "mark");
      value.textContent = one[i].value;
      row.insertCell().append(value);
    }
  });
  by("tries").className = "tries rows";
  by("tries").tabIndex = 0; // it may be wider than the page
  by("tries").replaceChildren(table);
}

function pick(kind) {
  if (kind !== change.kind) kept.set(change.kind, { range, verdicts });
  change = changes.get(kind);
  const before = kept.get(kind) ?? { range: change.usual, verdicts: new Verdicts() };
  verdicts = before.verdicts;
  Object.assign(by("range"), { min: change.least, max: change.most, step: change.step });
  by("reach").hidden = !change.ranged;
  by("region").hidden = change.ranged;
  by("paint").hidden = change.ranged || !isImage;
  if (isImage && !change.ranged && image) painter.open(image, true);
  move(before.range);
}

function move(to) {
  range = Number(to);
  by("range").value = range;
  by("range-of").textContent = words(range);
  say();
  again();
}

// What was said so far, at this range.
function say() {
  const verdict = example ? verdicts.of(example.input, range) : null;
  by("holds").setAttribute("aria-pressed", String(verdict === true));
  by("breaks").setAttribute("aria-pressed", String(verdict === false));
  const usable = change.ranged || marked();
  for (const id of ["holds", "breaks"]) by(id).disabled = !example || !usable;
  by("asked").textContent = example?.word ? `You said ${example.word}. Is it still so in all of these?` : "Is your answer the same for all of these?";
  const count = verdicts.confirmed(range).length;
  const reach = change.ranged ? ` up to ${words(range)}` : "";
  by("so-far").textContent = `The same${reach}: ${count} of at least ${needed()} inputs.`;
  const broken = verdicts.limit <= range + 1e-9;
  by("warned").hidden = !broken;
  const smaller = below(verdicts.limit);
  by("warning").textContent = change.ranged
    ? `The answer changes at ${words(verdicts.limit)}, so this much cannot be declared.`
    : "The answer changes, so this region cannot be declared. Mark another one.";
  by("shrink").hidden = !change.ranged || smaller === null;
  teaching.changed();
}

// The largest range on the slider below a limit.
function below(limit) {
  const steps = Math.ceil((limit - change.least) / change.step - 1e-6) - 1;
  return steps < 0 ? null : Number((change.least + steps * change.step).toFixed(6));
}

function judge(same) {
  if (!example || by("holds").disabled) return;
  if (same) verdicts.confirm(example.input, range);
  else verdicts.refuse(example.input, range);
  say();
  tell(`${same ? "The same" : "It changes"}. ${by("so-far").textContent}`);
  const next = facts.examples.findIndex((one) => verdicts.of(one.input, range) === null);
  if (same && next >= 0 && verdicts.confirmed(range).length < needed()) teaching.step(next - teaching.place);
}

function list(pairs) {
  const labels = new Map(facts.examples.map((one) => [one.input, one.label]));
  return pairs.map(([input, reach]) => ({ input, range: reach, label: labels.get(input) ?? null }));
}

const teaching = new Teaching({
  show(one, shown) {
    example = one;
    image = isImage ? shown : null;
    if (isImage && !change.ranged) painter.open(image, true);
    say();
    again();
  },
  give() {
    const found = verdicts.confirmed(range);
    if (found.length < needed() || verdicts.limit <= range + 1e-9) return null;
    if (!change.ranged && !marked()) return null;
    const body = { change: change.kind, range, confirmed: list(found), refused: list([...verdicts.other]) };
    return { kind: "invariance", body, arrays: arrays() };
  },
  bits() {
    if (change.ranged) return change.bits;
    const found = marked();
    return found ? change.bits + subsetBits(facts.numbers, (found.count * facts.numbers) / found.mask.length) : null;
  },
  given() {
    verdicts = new Verdicts();
    say();
    return true;
  },
});

function other() {
  if (change.ranged) return;
  verdicts = new Verdicts(); // what was said was said of another region
  say();
  again();
}

const painter = isImage && by("paint") ? new Painter(by("paint"), other, tell) : null;

function ticks() {
  by("ticks").replaceChildren(...facts.names.map((name, i) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.dataset.feature = i;
    box.addEventListener("change", () => {
      if (box.checked) ticked.add(i);
      else ticked.delete(i);
      other();
    });
    label.append(box, ` ${name}`);
    return label;
  }));
}

if (by("give")) {
  by("give").textContent = "Say that this changes nothing";
  by("change").addEventListener("change", () => pick(by("change").value));
  by("range").addEventListener("input", () => move(by("range").value));
  by("holds").addEventListener("click", () => judge(true));
  by("breaks").addEventListener("click", () => judge(false));
  by("shrink").addEventListener("click", () => move(below(verdicts.limit)));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("textarea, select, canvas")) return;
    if (event.key === "y" || event.key === "n") judge(event.key === "y");
  });
  if (!isImage) ticks();
  pick(change.kind);
  teaching.start();
}
