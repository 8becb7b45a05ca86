// Change it: an input, and the least change that makes it another class.
import { get } from "./api.js";
import { pairBits } from "./prices.js";
import { at, by, editorOf, encoded, facts, give, numbers, onLabel, pressed, priced, restart, seconds, sheetOf, showDistances, showPrice, trouble, values, word } from "./lesson.js";

let queue = [];
let others = [];
let item = null;
let editor = null;
let before = null;
let after = null;

function told() {
  if (!editor) return "";
  const found = showDistances(editor.sheet);
  showPrice(found.l0 ? pairBits(numbers, found.l0, facts.classes.length, facts.pool) : null);
  by("give").disabled = !found.l0 || after === null;
  return `${found.l0} values changed.`;
}

function ask() {
  const was = item.label === null ? `You say it is ${word(before)}` : `You said ${word(item.label)}`;
  if (before === null) by("where").textContent = "What is this, before you change it?";
  else if (before === -1) by("where").textContent = "You could not tell. Change it by the least that makes it something, and say what it is now.";
  else by("where").textContent = `${was}. Change it by the least that makes it something else, and say what it is now.`;
  pressed(after, before);
}

async function open(next) {
  item = next;
  before = item.label;
  after = null;
  const sheet = sheetOf(await values(item.question));
  by("desk").hidden = false;
  by("empty").hidden = true;
  if (editor) editor.open(sheet);
  else editor = editorOf(sheet, told);
  ask();
  restart();
  told();
}

async function another() {
  if (queue.length) {
    await open(queue.shift());
    return;
  }
  item = null;
  by("desk").hidden = true;
  by("empty").hidden = false;
}

onLabel((label) => {
  if (before === null) before = label;
  else after = after === label ? null : label;
  ask();
  told();
});

by("give").addEventListener("click", async () => {
  if (editor.faulty) {
    trouble("A value is out of its range; see the table.");
    return;
  }
  const kept = await give("pair", { question: item.question, before, after, note: by("note").value.trim(), values: encoded(editor.sheet.values) });
  if (!kept) return;
  by("kept").textContent = `Kept: ${word(before)} became ${word(after)}, ${kept.distances.l0} values changed. ${priced(kept)}.`;
  by("note").value = "";
  await another();
  editor.canvas?.focus();
});

by("another").addEventListener("click", () => {
  if (item) queue.push(item);
  another();
});

addEventListener("beforeunload", (event) => {
  if (item && editor?.sheet.steps.length) event.preventDefault();
});

function strip() {
  by("others").hidden = !others.length;
  by("strip").replaceChildren(...others.map((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "thumb";
    const image = new Image();
    image.src = `${at}/picture/${one.question}.png`;
    image.alt = `Take a patch from ${one.label === null ? "another input" : word(one.label)}`;
    image.className = "pixels";
    button.append(image);
    button.addEventListener("click", async () => editor.borrow(await values(one.question)));
    return button;
  }));
}

async function start() {
  const found = await get(`${at}/items`);
  queue = found.items;
  others = facts.kind === "row" ? [] : found.others;
  await another();
  if (editor) strip();
  setInterval(() => { if (item) by("seconds").textContent = `${Math.round(seconds())} s`; }, 1000);
}

start().catch((error) => trouble(error.message));
