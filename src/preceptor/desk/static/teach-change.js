// Change it: an input, and the least change that makes it another class.
import { get } from "./api.js";
import { at, by, editorOf, facts, finish, numbers, onLabel, sheetOf, showDistances, showLabel, valuesOf, word } from "./editing.js";
import { pairBits } from "./prices.js";
import { Teaching, array, tell } from "./teach.js";

const MOST_OTHERS = 12;

const works = new Map(); // question -> { sheet, before, after }, so that going on and back loses nothing
let work = null;
let editor = null;
let pool = null;
let teaching = null;

function changed() {
  if (!work) return;
  showDistances(work.sheet);
  teaching.changed();
}

function ask() {
  const { example } = teaching;
  showLabel(work.after, work.before);
  by("again").hidden = example.label !== null || work.before === null;
  if (work.before === null) {
    by("ask").textContent = "What is this, before you change it?";
  } else if (work.before === -1) {
    by("ask").textContent = "You could not tell. Change it by the least that makes it something, and say what it is then.";
  } else {
    const who = example.label === null ? "You say" : "You said";
    by("ask").textContent = `${who} ${word(work.before)}. Change it by the least that makes it something else, and say what it is then.`;
  }
}

async function open(example) {
  work = null;
  if (!works.has(example.question)) {
    const sheet = sheetOf(await valuesOf(example.question));
    works.set(example.question, { sheet, before: example.label, after: null });
  }
  if (example !== teaching.example) return; // gone on meanwhile
  work = works.get(example.question);
  if (editor) editor.open(work.sheet);
  else editor = editorOf(work.sheet, changed);
  ask();
  changed();
}

const tool = {
  show(example) {
    open(example).catch((error) => tell(error.message));
  },
  give() {
    if (!work || work.before === null || work.after === null || editor.faulty) return null;
    if (!work.sheet.distances().l0) return null;
    const { sheet, before, after } = work;
    return {
      kind: "pair",
      body: { input: teaching.example.input, before, after },
      get arrays() {
        return { changed: array(sheet.values, facts.shape, "float32") };
      },
    };
  },
  bits() {
    const count = work ? work.sheet.distances().l0 : 0;
    return count && pool ? pairBits(numbers, count, facts.classes.length, pool) : null;
  },
  given() {
    works.delete(teaching.example.question);
    work = null;
    return false;
  },
};

onLabel((label) => {
  if (!work) return;
  if (work.before === null) work.before = label;
  else work.after = work.after === label ? null : label;
  ask();
  changed();
});

by("again")?.addEventListener("click", () => {
  work.before = work.after = null;
  ask();
  changed();
});

finish(() => [...works.values()].some(({ sheet }) => sheet.steps.length));

// pictures from which a patch can be taken
function offer() {
  const others = facts.examples.map((one) => [Math.random(), one]).sort((a, b) => a[0] - b[0]).slice(0, MOST_OTHERS);
  by("others").hidden = facts.kind === "row" || others.length < 2;
  by("strip").replaceChildren(...others.map(([, one]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "thumb";
    const image = new Image();
    image.src = teaching.picture(one);
    image.alt = `Take a patch from an input: ${one.word ?? "not labelled"}`;
    image.className = "pixels";
    button.append(image);
    button.addEventListener("click", async () => editor?.borrow(await valuesOf(one.question)));
    return button;
  }));
}

if (by("give")) {
  teaching = new Teaching(tool);
  if (facts.kind !== "row") offer();
  await teaching.start();
  ({ pool } = await get(`${at}/pool`));
  teaching.changed();
}
