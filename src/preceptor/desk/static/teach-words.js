// The words that matter: each is marked by a click, a stroke or a key.
import { Teaching, onPick, picked, subsetBits, tell } from "./teach.js";
import { element, page, running } from "./text.js";

const by = (id) => document.getElementById(id);
const ARROWS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 12, ArrowUp: -12 };

let words = []; // of the whole input, in order: { part, start, end, node }
let marked = new Set(); // their numbers
let past = [];
let here = 0; // the word that keys act on
let stroke = null; // whether a stroke marks or unmarks, while it is drawn

function build(parts) {
  words = [];
  marked = new Set();
  past = [];
  here = 0;
  let number = -1;
  by("marking").replaceChildren(page(parts, (part) => {
    number += 1;
    const where = element("div", { className: "text marked-up", dir: "auto", role: "group" });
    where.setAttribute("aria-label", part.name || "The words of the text");
    const first = words.length;
    part.words.forEach(([start, end]) => words.push({ part: number, start, end, node: null }));
    let at = -1;
    for (const piece of part.pieces) {
      if (piece[4] < 0) {
        running([piece], where);
        at = -1;
        continue;
      }
      const word = words[first + piece[4]];
      if (piece[4] !== at) {
        word.node = element("span", { className: "word", tabIndex: -1, role: "checkbox" });
        word.node.dataset.word = first + piece[4];
        word.node.setAttribute("aria-checked", "false");
        where.append(word.node);
      }
      running([piece], word.node);
      at = piece[4];
    }
    return where;
  }));
  if (words.length) words[0].node.tabIndex = 0;
}

function refresh() {
  words.forEach(({ node }, i) => node.setAttribute("aria-checked", String(marked.has(i))));
  by("unmark").disabled = !past.length;
  by("clear").disabled = !marked.size;
  by("count").textContent = words.length ? `${marked.size} of ${words.length} words marked.` : "There is no word in this text.";
  teaching.changed();
}

function change(numbers, on) {
  past.push(new Set(marked));
  for (const i of numbers) {
    if (on) marked.add(i);
    else marked.delete(i);
  }
  refresh();
}

function go(to, extend) {
  const next = Math.min(Math.max(to, 0), words.length - 1);
  if (!words.length || next === here) return;
  words[here].node.tabIndex = -1;
  words[next].node.tabIndex = 0;
  words[next].node.focus();
  if (extend) {
    const [low, high] = [Math.min(here, next), Math.max(here, next)];
    change(Array.from({ length: high - low + 1 }, (_, i) => low + i), true);
  }
  here = next;
}

const at = (event) => {
  const node = document.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-word]");
  return node ? Number(node.dataset.word) : null;
};

function listen(root) {
  root.addEventListener("pointerdown", (event) => {
    const i = at(event);
    if (i === null || event.button !== 0 || event.pointerType === "touch") return;
    event.preventDefault();
    stroke = !marked.has(i);
    change([i], stroke);
    words[here].node.tabIndex = -1;
    here = i;
    words[i].node.tabIndex = 0;
    words[i].node.focus({ preventScroll: true });
  });
  root.addEventListener("pointermove", (event) => {
    const i = stroke === null ? null : at(event);
    if (i === null || marked.has(i) === stroke) return;
    if (stroke) marked.add(i);
    else marked.delete(i);
    refresh();
  });
  addEventListener("pointerup", () => { stroke = null; });
  addEventListener("pointercancel", () => { stroke = null; });
  root.addEventListener("click", (event) => {
    const i = at(event);
    if (i !== null && event.pointerType === "touch") change([i], !marked.has(i)); // a finger scrolls, and taps
  });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("[data-word]")) return;
    const turn = getComputedStyle(event.target.closest(".text")).direction === "rtl" ? -1 : 1;
    if (ARROWS[event.key]) go(here + ARROWS[event.key] * (event.key.endsWith("t") ? turn : 1), event.shiftKey);
    else if (event.key === "Home") go(0, event.shiftKey);
    else if (event.key === "End") go(words.length - 1, event.shiftKey);
    else if (event.key === " " || event.key === "Enter") {
      change([here], !marked.has(here));
      tell(`${words[here].node.textContent} ${marked.has(here) ? "marked" : "not marked"}`);
    } else return;
    event.preventDefault();
  });
}

function undo() {
  if (!past.length) return;
  marked = past.pop();
  refresh();
}

// Neighbouring words are one stretch, with what lies between them.
function spans() {
  const found = [];
  [...marked].sort((a, b) => a - b).forEach((i, n, all) => {
    const { part, start, end } = words[i];
    const last = found.at(-1);
    if (last && all[n - 1] === i - 1 && last[0] === part) last[2] = end;
    else found.push([part, start, end]);
  });
  return found;
}

let example = null;
const tool = {
  show(one, parts) {
    example = one;
    build(parts);
    refresh();
  },
  give() {
    if (!example || !marked.size || marked.size === words.length) return null;
    return { kind: "words", body: { input: example.input, painted: picked("painted"), spans: spans() } };
  },
  unsaved: () => marked.size > 0,
  bits: () => (marked.size && marked.size < words.length ? subsetBits(words.length, marked.size) : null),
  given() {
    marked = new Set();
    return false;
  },
};

let teaching = null;
if (by("give")) {
  teaching = new Teaching(tool);
  listen(by("marking"));
  onPick("painted", () => teaching.changed());
  by("unmark").addEventListener("click", undo);
  by("clear").addEventListener("click", () => change([...marked], false));
  addEventListener("keydown", (event) => {
    if (event.target.closest("textarea, input")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      undo();
    }
  });
  teaching.start();
}
