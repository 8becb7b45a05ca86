// What a question looks like: one picture, two side by side, a text, or a table of features.
import { get } from "./api.js";
import { page } from "./text.js";

export async function prepare(item) {
  if (item.node) return item;
  if (item.pictures) {
    const images = item.pictures.map((path, i) => {
      const image = new Image();
      image.src = path;
      image.alt = item.pictures.length > 1 ? `Picture ${i + 1} of 2` : "The input to label";
      return image;
    });
    await Promise.all(images.map((image) => image.decode()));
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
  return item;
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
