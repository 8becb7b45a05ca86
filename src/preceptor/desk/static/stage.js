// What a question looks like: one picture, two side by side, a text, or a table of features.
import { get } from "./api.js";
import { fit } from "./frames.js";
import { element, page } from "./text.js";

export async function prepare(item) {
  if (item.node) return item;
  if (item.own) {
    await prepareOwn(item);
  } else if (item.pictures) {
    const images = await decoded(item.pictures);
    item.node = document.createElement("div");
    item.node.className = images.length > 1 ? "pictures pair" : "pictures";
    for (const image of images) {
      item.node.append(image);
    }
    item.images = images;
  } else if (item.text) {
    const { parts, excerpt } = await get(item.text);
    item.excerpt = excerpt;
    item.node = page(parts);
  } else {
    item.node = table(item.features);
  }
  if (item.finding) item.node = element("div", { className: "found" }, element("p", { className: "finding" }, `Shown plainly, since the way it should be shown failed: ${item.finding}`), item.node);
  return item;
}

async function decoded(paths) {
  const images = paths.map((path, i) => {
    const image = new Image();
    image.src = path;
    image.alt = paths.length > 1 ? `Picture ${i + 1} of ${paths.length}` : "The input to label";
    return image;
  });
  await Promise.all(images.map((image) => image.decode()));
  return images;
}

// What the user's own function shows: a part of a pair each, side by side.
async function prepareOwn(item) {
  item.images = await decoded(item.own.filter((part) => part.picture).map((part) => part.picture));
  item.letters = item.own.some((part) => part.text);
  item.excerpt = item.own.flatMap((part) => part.rows?.slice(0, 6).map((row) => row.join(" ")) ?? []).join(", ");
  if (item.own.every((part) => part.text)) {
    item.node = page(item.own.flatMap((part) => part.text)); // one page, so that all has letters of one size
    return;
  }
  const images = [...item.images];
  const nodes = item.own.map((part, i) => {
    if (part.picture) return images.shift();
    if (part.text) return page(part.text);
    if (part.rows) return named(part.rows);
    return frame(part.frame, item.own.length > 1 ? `Input ${i + 1} of ${item.own.length}` : "The input to label");
  });
  const several = nodes.length > 1 ? " pair" : "";
  item.node = element("div", { className: `${item.images.length ? "pictures" : "own"}${several}`, tabIndex: 0 }, ...nodes);
}

function named(rows) {
  const made = element("table", { className: "features" });
  const body = made.createTBody();
  for (const [name, value] of rows) {
    const row = body.insertRow();
    row.append(element("th", { scope: "row" }, name));
    row.insertCell().textContent = value;
  }
  return made;
}

function frame(src, title) {
  const made = element("iframe", { title, tabIndex: -1 });
  made.setAttribute("sandbox", "allow-same-origin"); // before it is loaded: no script runs in it
  made.src = src;
  made.addEventListener("load", () => fit(made));
  return made;
}

function table(features) {
  const made = document.createElement("table");
  made.className = "features";
  const head = made.createTHead().insertRow();
  for (const word of ["Feature", "Value", "Range"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = word;
    if (word === "Range") cell.className = "range";
    head.append(cell);
  }
  const body = made.createTBody();
  for (const feature of features) {
    const row = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = feature.name;
    row.append(name);
    row.insertCell().textContent = feature.value;
    const meter = scale(feature);
    const ends = [feature.low, feature.high].map((text) => {
      const span = document.createElement("span");
      span.className = "soft";
      span.textContent = text;
      return span;
    });
    const cell = row.insertCell();
    cell.className = "range";
    if (feature.place !== null) cell.append(ends[0], meter, ends[1]); // a word lies in no range
  }
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.append(made);
  return scroll;
}

// Where a value lies between its bounds: a dot on a line.
function scale({ low, high, place }) {
  const made = document.createElement("span");
  made.className = "scale";
  made.role = "img";
  made.setAttribute("aria-label", `${Math.round(100 * place)} % of the way from ${low} to ${high}`);
  const dot = document.createElement("span");
  dot.style.left = `${100 * place}%`;
  made.append(dot);
  return made;
}
