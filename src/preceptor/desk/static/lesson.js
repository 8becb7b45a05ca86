// What the pages on which inputs are edited have in common: the input, the label, the time, the price.
import { Refused, post, token } from "./api.js";
import { Cells } from "./cells.js";
import { Editor } from "./editor.js";
import { Sheet } from "./sheet.js";

export const by = (id) => document.getElementById(id);
export const facts = JSON.parse(by("facts").textContent);
export const at = `/study/${facts.study}/edit`;
export const numbers = facts.shape.reduce((a, b) => a * b, 1);
export const word = (label) => (label === -1 ? "can't tell" : facts.classes[label]);

const buttons = [...document.querySelectorAll("[data-label]")];
const clock = { began: performance.now(), spent: 0 };

const form = {
  parts: facts.kind === "pair" ? 2 : 1,
  channels: facts.kind === "row" ? 1 : facts.shape.at(-3),
  height: facts.kind === "row" ? 1 : facts.shape.at(-2),
  width: facts.kind === "row" ? numbers : facts.shape.at(-1),
  low: facts.low,
  high: facts.high,
};

export function sheetOf(values) {
  return new Sheet(form, values);
}

// told() is called after each change and returns a sentence on it
export function editorOf(sheet, told) {
  const root = by("editor");
  return facts.kind === "row" ? new Cells(root, sheet, facts.names, told) : new Editor(root, sheet, told);
}

export async function values(question) {
  const reply = await fetch(`${at}/values/${question}`);
  if (!reply.ok) throw new Error((await reply.json()).error);
  return new Float32Array(await reply.arrayBuffer());
}

export function encoded(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

export function decoded(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

// ---- time: what passes while the page is hidden does not count

export function seconds() {
  return (clock.spent + (document.hidden ? 0 : performance.now() - clock.began)) / 1000;
}

export function restart() {
  clock.spent = 0;
  clock.began = performance.now();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clock.spent += performance.now() - clock.began;
  else clock.began = performance.now();
});

export const shown = (number) => (Number.isInteger(number) ? String(number) : number.toPrecision(4));

export function showPrice(bits) {
  by("seconds").textContent = `${Math.round(seconds())} s`;
  by("bits").textContent = bits === null ? "–" : `${bits.toFixed(1)} bits`;
}

export function showDistances(sheet) {
  const found = sheet.distances();
  for (const [name, value] of Object.entries(found)) {
    by(name).textContent = shown(value);
    by(name).dataset.exact = value;
  }
  return found;
}

// ---- labels: buttons and keys

export function pressed(label, barred = null) {
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

// ---- giving it to the desk; what is not known to have arrived is sent again under the same token

let sent = null;

export async function give(kind, body) {
  const text = JSON.stringify(body);
  if (sent?.text !== text) sent = { text, token: token() };
  by("give").disabled = true;
  trouble("");
  try {
    const kept = await post(`${at}/${kind}`, { ...body, token: sent.token, seconds: seconds() });
    sent = null;
    by("withdraw").hidden = false;
    by("withdraw").dataset.number = kept.number;
    return kept;
  } catch (error) {
    if (error.status === 401) trouble("Your session has ended. Sign in by a new link in another tab, then teach this again.");
    else if (error instanceof Refused) trouble(error.message);
    else trouble(`It could not be sent: ${error.message}. Nothing is lost; try again.`);
    return null;
  } finally {
    by("give").disabled = false;
  }
}

export function trouble(text) {
  by("trouble").textContent = text;
  by("trouble").hidden = !text;
}

export function priced(kept) {
  return `${Math.round(kept.seconds)} s, ${kept.price.bits.toFixed(1)} bits`;
}

by("withdraw").addEventListener("click", async () => {
  try {
    await post(`${at}/withdraw`, { number: Number(by("withdraw").dataset.number), token: token() });
    by("kept").textContent = "Withdrawn.";
    by("withdraw").hidden = true;
  } catch (error) {
    trouble(error.message);
  }
});

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !by("give").disabled) {
    event.preventDefault();
    by("give").click();
  }
});
