// Write your own: draw on a blank input, or upload one, and say what it is.
import { call } from "./api.js";
import { by, editorOf, facts, finish, numbers, onLabel, sheetOf, showLabel } from "./editing.js";
import { exampleBits } from "./prices.js";
import { Teaching, array, tell } from "./teach.js";

const MEGABYTE = 2 ** 20;

let editor = null;
let label = null;
let made = "drawn";
let teaching = null;

// black, or for rows the middle of each range
function blank() {
  const sheet = sheetOf(new Float32Array(numbers));
  for (let i = 0; i < numbers; i++) {
    sheet.first[i] = facts.choices[i]?.[0][0] ?? sheet.valued(i, facts.kind === "row" ? 0.5 : 0);
    if (facts.choices.length) sheet.first[i] = Math.round(sheet.first[i]); // columns of tables are often whole
  }
  sheet.values.set(sheet.first);
  return sheet;
}

function anew() {
  label = null;
  made = "drawn";
  by("said").textContent = "";
  showLabel(null);
  if (editor) editor.open(blank());
  else {
    editor = editorOf(blank(), () => teaching.changed());
    // a line of one pixel is thin for a picture that is drawn whole
    editor.resize?.(Math.round(Math.min(editor.sheet.columns, editor.sheet.rows) / 14) - 1);
  }
}

const tool = {
  show() {
    anew();
  },
  give() {
    if (label === null || !editor || editor.faulty || (made === "drawn" && !editor.sheet.steps.length)) return null;
    const { values } = editor.sheet;
    return {
      kind: "example",
      body: { label, made },
      get arrays() {
        return { made: array(values, facts.shape, "float32") };
      },
    };
  },
  bits: () => exampleBits(numbers, facts.classes.length),
  given() {
    anew();
    return true;
  },
};

onLabel((chosen) => {
  label = label === chosen ? null : chosen;
  showLabel(label);
  teaching.changed();
});

finish(() => editor?.sheet.steps.length || made === "uploaded");

by("blank").addEventListener("click", () => {
  anew();
  teaching.changed();
});

by("file").addEventListener("change", async () => {
  const [file] = by("file").files;
  if (!file) return;
  try {
    say("Reading the file …");
    say(await take(file));
  } catch (error) {
    say(error.message);
  }
  by("file").value = "";
});

function say(text) {
  by("said").textContent = text;
}

async function take(file) {
  if (file.size > facts.mostUpload) {
    throw new Error(`This file has ${(file.size / MEGABYTE).toFixed(1)} MiB; at most ${facts.mostUpload / MEGABYTE} are taken. Shrink the picture and give it again.`);
  }
  const headers = { "content-type": "application/octet-stream" };
  const reply = await call(`/study/${facts.study}/teach/upload`, { method: "POST", headers, body: file });
  const found = await reply.json();
  const bytes = Uint8Array.from(atob(found.values), (letter) => letter.charCodeAt(0));
  const values = new Float32Array(bytes.buffer);
  const whole = editor.sheet.values.slice();
  whole.set(values, (by("into") ? Number(by("into").value) : 0) * values.length);
  made = "uploaded";
  editor.open(sheetOf(whole));
  teaching.changed();
  tell("Read.");
  return ["Read. You can draw on it.", ...found.said].join(" ");
}

if (by("give")) {
  teaching = new Teaching(tool);
  await teaching.start();
}
