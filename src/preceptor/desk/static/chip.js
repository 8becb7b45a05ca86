// What was just recorded, seen for two seconds, with a way to take it back.
const LASTS = 2000; // ms

const by = (id) => document.getElementById(id);
let timer = 0;

export function chip(text, undo) {
  clearTimeout(timer);
  by("chip-said").textContent = text;
  by("chip-undo").hidden = !undo;
  by("chip").hidden = false;
  by("chip-undo").onclick = () => undo?.();
  wait();
}

function wait() {
  timer = setTimeout(() => {
    // whoever is about to click is not robbed of it
    if (by("chip").matches(":hover, :focus-within")) wait();
    else by("chip").hidden = true;
  }, LASTS);
}
