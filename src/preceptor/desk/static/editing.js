// What the tools have in common on whose pages an input is edited: its form, its values, its label.
import { call } from "./api.js";
import { Cells } from "./cells.js";
import { Editor } from "./editor.js";
import { Sheet } from "./sheet.js";
import { tell } from "./teach.js";

export const by = (id) => document.getElementById(id);
export const facts = JSON.parse(by("facts").textContent);
export const at = `/study/${facts.study}/teach/${facts.tool}`;
export const numbers = facts.shape.reduce((a, b) => a * b, 1);
export const word = (label) => (label === -1 ? "can't tell" : facts.classes[label]);

const isRow = facts.kind === "row";
const form = {
  parts: facts.kind === "pair" ? 2 : 1,
  channels: isRow ? 1 : facts.shape.at(-3),
  height: isRow ? 1 : facts.shape.at(-2),
  width: isRow ? numbers : facts.shape.at(-1),
  low: facts.low,
  high: facts.high,
};
const buttons = [...document.querySelectorAll("[data-label]")];

export function sheetOf(values) {
  return new Sheet(form, values);
}

export function editorOf(sheet, told) {
  const root = by("editor");
  return isRow ? new Cells(root, sheet, facts.names, facts.choices, told, tell) : new Editor(root, sheet, told, tell);
}

// the exact values of an input on which this person may teach
export async function valuesOf(question) {
  return new Float32Array(await (await call(`${at}/values/${question}`)).arrayBuffer());
}

export function showDistances(sheet) {
  for (const [name, value] of Object.entries(sheet.distances())) {
    by(name).textContent = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
    by(name).dataset.exact = value;
  }
}

// ---- labels: buttons, and keys wherever nothing is typed or drawn

export function showLabel(label, barred = null) {
  for (const button of buttons) {
    const own = Number(button.dataset.label);
    button.setAttribute("aria-pressed", String(own === label));
    button.disabled = own === barred;
  }
}

export function onLabel(act) {
  const choose = (label) => {
    const button = buttons.find((one) => Number(one.dataset.label) === label);
    if (button && !button.disabled) act(label);
  };
  for (const button of buttons) button.addEventListener("click", () => choose(Number(button.dataset.label)));
  const keys = new Map(facts.keys.labels.map((key, label) => [key, label]).filter(([key]) => key));
  keys.set(facts.keys.cannotTell, -1);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("#editor, input, textarea, select")) return;
    const label = keys.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (label === undefined) return;
    event.preventDefault();
    choose(label);
  });
}

// Control and Enter teach from anywhere on the page; what is drawn is not left behind unasked
export function finish(unsaved) {
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter" || by("give").disabled) return;
    event.preventDefault();
    by("give").click();
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });
}
