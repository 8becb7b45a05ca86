// What matters and what does not: painted on a picture, or ticked in a row.
import { Painter } from "./paint.js";
import { Teaching, array, onPick, picked, subsetBits, tell } from "./teach.js";

const facts = JSON.parse(document.getElementById("facts").textContent);

function body(example) {
  const every = picked("every") === "every";
  return { every, input: example.input };
}

// Bits: of one input one for each number; of every input, which of them.
function price(kept, all) {
  if (kept === 0 || kept === all) return null;
  return picked("every") === "every" ? subsetBits(facts.numbers, (kept * facts.numbers) / all) : facts.numbers;
}

function onPictures() {
  let example = null;
  const painter = new Painter(document.getElementById("paint"), () => teaching?.changed(), tell);
  const matters = () => (picked("painted") === "matters" ? painter.mask : painter.mask.map((one) => 1 - one));
  return {
    show(one, image) {
      example = one;
      painter.open(image);
    },
    give() {
      if (!example || !painter.count || painter.count === painter.mask.length) return null;
      return {
        kind: "mask",
        body: { ...body(example), painted: picked("painted") },
        arrays: { mask: array(matters(), [painter.height, painter.width], "bool") },
      };
    },
    unsaved: () => Boolean(painter.mask) && painter.count > 0,
    bits() {
      if (!painter.mask) return null;
      const kept = picked("painted") === "matters" ? painter.count : painter.mask.length - painter.count;
      return price(kept, painter.mask.length);
    },
  };
}

function onRows() {
  let example = null;
  const ticked = new Set();
  const matters = () => facts.names.map((_, i) => i).filter((i) => ticked.has(i) === (picked("painted") === "matters"));
  return {
    show(one, features) {
      example = one;
      ticked.clear();
      document.getElementById("rows").replaceChildren(table(features, ticked));
    },
    give() {
      const features = matters();
      if (!example || !features.length || features.length === facts.names.length) return null;
      return { kind: "features", body: { ...body(example), features } };
    },
    bits: () => price(matters().length, facts.names.length),
  };
}

function table(features, ticked) {
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  for (const word of ["Feature", "Value", "Range"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = word;
    head.append(cell);
  }
  const rows = made.createTBody();
  features.forEach((feature, i) => {
    const row = rows.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.dataset.feature = i;
    box.addEventListener("change", () => {
      if (box.checked) ticked.add(i);
      else ticked.delete(i);
      teaching.changed();
    });
    label.append(box, ` ${feature.name}`);
    name.append(label);
    row.append(name);
    row.insertCell().textContent = feature.value;
    row.insertCell().textContent = `${feature.low} to ${feature.high}`;
  });
  return made;
}

let teaching = null;
if (document.getElementById("give")) {
  teaching = new Teaching(facts.kind === "image" ? onPictures() : onRows());
  for (const name of ["painted", "every"]) onPick(name, () => teaching.changed());
  teaching.start();
}
