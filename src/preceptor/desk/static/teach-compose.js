// Write your own: a text, and what it is.
import { post } from "./api.js";
import { Labels } from "./labels.js";
import { Teaching } from "./teach.js";
import { element } from "./text.js";
import { Written } from "./written.js";

const PAUSE = 200; // ms
const by = (id) => document.getElementById(id);
const facts = JSON.parse(by("facts").textContent);
const names = facts.fields.length ? facts.fields : [""];

let label = null;
let seen = null;
let wait = 0;
let asked = 0;

const written = names.map((name) => {
  const box = element("textarea", { className: "text write", dir: "auto", rows: names.length > 1 ? 4 : 8 });
  box.setAttribute("aria-label", name || "Your text");
  const part = element("section", { className: "part" });
  if (name) part.append(element("h2", { className: "name" }, element("bdi", {}, name)));
  part.append(box);
  by("composing").append(part);
  return new Written(box, "", changed);
});
const made = () => written.map((one) => one.text);
const some = () => made().some((one) => one.trim());

function changed() {
  seen = null;
  clearTimeout(wait);
  wait = setTimeout(look, PAUSE);
  teaching.changed();
}

async function look() {
  const number = (asked += 1);
  if (!some()) return;
  try {
    const found = await post(`/study/${facts.study}/teach/compose/try`, { made: made() });
    if (number !== asked) return;
    seen = found;
    const signs = found.signs.length ? `It holds characters that nobody sees: ${found.signs.join(", ")}.` : "";
    by("problem").textContent = found.problem ? `Not like this: ${found.problem}.` : signs;
  } catch (error) {
    if (number === asked) by("problem").textContent = error.message;
  }
  by("problem").hidden = !by("problem").textContent;
  teaching.changed();
}

const labels = new Labels(facts.keys, (chosen) => {
  label = label === chosen ? null : chosen;
  labels.show(label);
  teaching.changed();
});

const teaching = new Teaching({
  show() {},
  give() {
    if (label === null || !some() || !seen || seen.problem) return null;
    return { kind: "example", body: { label, made: made() } };
  },
  bits: () => (some() && seen ? seen.bits : null),
  unsaved: some,
  given() {
    label = null;
    seen = null;
    labels.show(null);
    for (const one of written) {
      one.set("");
      one.past = [];
    }
    by("problem").hidden = true;
    written[0].box.focus();
    return true;
  },
});
teaching.start();
