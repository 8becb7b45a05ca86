// Write your own: draw on a blank input, or upload one, and say what it is.
import { exampleBits } from "./prices.js";
import { at, by, decoded, editorOf, encoded, facts, give, numbers, onLabel, pressed, priced, restart, seconds, sheetOf, showPrice, trouble, word } from "./lesson.js";

let editor = null;
let label = null;
let made = "drawn";

function blank() {
  const sheet = sheetOf(new Float32Array(numbers));
  for (let i = 0; i < numbers; i++) sheet.first[i] = sheet.values[i] = facts.kind === "row" ? (sheet.low(i) + sheet.high(i)) / 2 : sheet.low(i);
  return sheet;
}

function told() {
  if (!editor) return "";
  showPrice(exampleBits(numbers, facts.classes.length));
  const untouched = made === "drawn" && !editor.sheet.steps.length;
  by("give").disabled = label === null || untouched;
  return `${editor.sheet.distances().l0} values changed.`;
}

function anew() {
  label = null;
  made = "drawn";
  by("said").textContent = "";
  pressed(null);
  editor.open(blank());
  restart();
}

onLabel((chosen) => {
  label = label === chosen ? null : chosen;
  pressed(label);
  told();
});

by("give").addEventListener("click", async () => {
  if (editor.faulty) {
    trouble("A value is out of its range; see the table.");
    return;
  }
  const kept = await give("example", { label, made, note: by("note").value.trim(), values: encoded(editor.sheet.values) });
  if (!kept) return;
  by("kept").textContent = `Kept as ${word(label)}. ${priced(kept)}.`;
  by("note").value = "";
  anew();
  editor.canvas?.focus();
});

by("blank").addEventListener("click", anew);

by("file").addEventListener("change", async () => {
  const [file] = by("file").files;
  by("file").value = "";
  if (!file) return;
  if (file.size > facts.mostUpload) {
    by("said").textContent = `This file has ${(file.size / 2 ** 20).toFixed(1)} MiB; at most ${facts.mostUpload / 2 ** 20} are taken.`;
    return;
  }
  by("said").textContent = "Reading the file …";
  try {
    const headers = { "content-type": "application/octet-stream" };
    const reply = await fetch(`${at}/upload`, { method: "POST", headers, body: file });
    const found = await reply.json();
    if (!reply.ok) throw new Error(found.error);
    take(decoded(found.values));
    by("said").textContent = ["Read.", ...found.said].join(" ");
  } catch (error) {
    by("said").textContent = error.message;
  }
});

function take(values) {
  made = "uploaded";
  const whole = editor.sheet.values.slice();
  const part = by("into") ? Number(by("into").value) : 0;
  whole.set(values, part * values.length);
  editor.open(sheetOf(whole));
  told();
}

addEventListener("beforeunload", (event) => {
  if (editor?.sheet.steps.length) event.preventDefault();
});

editor = editorOf(blank(), told);
told();
restart();
setInterval(() => { by("seconds").textContent = `${Math.round(seconds())} s`; }, 1000);
