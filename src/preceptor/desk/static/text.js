// A text as people read it. What nobody sees stands there as a mark, drawn beside the character itself:
// what a node holds is the text, unchanged. Nothing is ever read as HTML.

export function element(tag, facts = {}, ...inner) {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...inner);
  return made;
}

// pieces: [text, sign, turns, kept], as the desk gives them
export function running(pieces, where) {
  for (const [text, sign, turns, kept] of pieces) {
    if (!sign && !kept && !turns) {
      where.append(text);
      continue;
    }
    const span = element("span", { className: [sign && "sign", turns && "turns", kept && "kept"].filter(Boolean).join(" ") }, text);
    if (sign) span.dataset.sign = sign;
    if (kept) span.title = "This stays as it is.";
    where.append(span);
  }
  return where;
}

// What changed, word by word: [kind, text], as the desk gives it.
export function difference(pieces, where) {
  const tags = { gone: "del", new: "ins" };
  for (const [kind, text] of pieces) where.append(kind === "same" ? text : element(tags[kind], {}, text));
  return where;
}

// What is read: one text, or its parts side by side.
export function page(parts, body = (part) => running(part.pieces, element("div", { className: "text", dir: "auto" }))) {
  const made = element("div", { className: parts.length === 2 ? "reading two" : "reading" });
  for (const part of parts) {
    const section = element("section", { className: part.fixed ? "part fixed" : "part" });
    if (part.name) {
      const name = element("h2", { className: "name" }, element("bdi", {}, part.name));
      if (part.fixed) name.append(" ", element("small", {}, "stays as it is"));
      section.append(name);
    }
    section.append(body(part));
    if (!part.characters) section.append(element("p", { className: "soft none" }, "This text is empty."));
    if (!part.all) section.append(element("p", { className: "soft none" }, "It holds more characters that nobody sees than are marked here."));
    made.append(section);
  }
  return made;
}
