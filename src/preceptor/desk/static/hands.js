// Mouse, touch, pen and keys on an Editor.

const FAR = 8; // Page Up and the like go an eighth of the way
const TOOLS = { d: "draw", e: "erase", r: "restore", m: "shift", p: "patch" };

export function listen(editor) {
  pointers(editor);
  editor.canvas.addEventListener("keydown", (event) => key(editor, event));
  editor.root.addEventListener("keydown", (event) => shortcut(editor, event));
  for (const button of editor.root.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => editor.choose(button.dataset.tool));
  }
  const acts = { undo: "undo", redo: "redo", reset: "reset", drop: "leave", original: "compare" };
  for (const [name, act] of Object.entries(acts)) editor.part(name).addEventListener("click", () => editor[act]());
  editor.part("size").addEventListener("input", () => editor.resize(0));
  for (const name of ["ink", "paper"]) editor.part(name).addEventListener("input", () => editor.colour(name));
}

function pointers(editor) {
  const { canvas } = editor;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const [across, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [Math.floor(across * canvas.width), Math.floor(down * canvas.height)];
  };
  const bounded = ([x, y]) => [within(x, canvas.width), within(y, canvas.height)];
  let held = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    held = true;
    editor.press(...bounded(at(event)));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) {
      // a stroke may leave the picture; a patch is marked inside it
      editor.drag(...(held && !editor.corner ? at(one) : bounded(at(one))));
    }
    if (held) editor.refresh();
    else editor.showSpot();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!event.isPrimary || !held) return;
    held = false;
    editor.lift();
  });
  canvas.addEventListener("pointercancel", () => {
    held = false;
    editor.corner = null;
    editor.sheet.abort();
    editor.refresh();
  });
}

const within = (value, size) => Math.min(Math.max(value, 0), size - 1);

function key(editor, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const far = Math.max(1, Math.round(editor.sheet.columns / FAR));
  const deep = Math.max(1, Math.round(editor.sheet.rows / FAR));
  const steps = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    Home: [-far, 0], End: [far, 0], PageUp: [0, -deep], PageDown: [0, deep],
  };
  if (steps[event.key]) walk(editor, steps[event.key], event.shiftKey);
  else if (event.key === " " || event.key === "Enter") apply(editor);
  else if (event.key === "Escape") editor.leave();
  else return;
  event.preventDefault();
}

function walk(editor, [dx, dy], drawing) {
  const { sheet } = editor;
  const [x, y] = editor.spot;
  const to = [within(x + dx, sheet.columns), within(y + dy, sheet.rows)];
  if (editor.tool === "shift") {
    sheet.step(() => sheet.shift(editor.partAt(x), dx, dy, editor.paper));
    editor.refresh();
    editor.say(`Moved by ${sheet.moving.dx} across and ${sheet.moving.dy} down.`);
    return;
  }
  if (drawing && editor.isBrush) sheet.step(() => sheet.stroke(editor.spot, to, editor.size, editor.shares()));
  editor.spot = to;
  if (drawing) editor.refresh();
  else editor.showSpot();
  const shown = sheet.shares(...to, editor.source?.values).map((share) => share.toFixed(2)).join(", ");
  editor.say(`Column ${to[0] + 1}, row ${to[1] + 1}: ${shown}`);
}

function apply(editor) {
  if (editor.corner) {
    editor.lift();
    return;
  }
  editor.press(...editor.spot);
  if (editor.corner) editor.say("One corner is marked. Go to the other and press Space.");
  else editor.lift();
}

function shortcut(editor, event) {
  if (event.altKey || event.target.closest("input:not([type=range], [type=color]), textarea, select")) return;
  const name = event.key.toLowerCase();
  let act;
  if (event.ctrlKey || event.metaKey) {
    const again = name === "y" || (name === "z" && event.shiftKey);
    act = again ? () => editor.redo() : name === "z" ? () => editor.undo() : null;
  } else {
    const acts = {
      "[": () => editor.resize(-1),
      "]": () => editor.resize(1),
      i: () => editor.pick(),
      o: () => editor.compare(),
      backspace: () => editor.undo(),
    };
    act = TOOLS[name] ? () => editor.choose(TOOLS[name]) : acts[name];
  }
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
