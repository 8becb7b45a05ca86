// The list of what the desk did not take: with its question, why, and what can be done about it.

const by = (id) => document.getElementById(id);

function element(tag, facts, ...inner) {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...inner);
  return made;
}

function picture(entry) {
  const paths = entry.shown?.pictures ?? [];
  return paths.map((src) => element("img", { src, alt: "The question", className: "pixels" }));
}

function words(entry) {
  if (entry.broken !== undefined) return "This cannot be read:";
  const row = entry.shown?.excerpt ?? entry.shown?.features?.slice(0, 6).map(({ name, value }) => `${name} ${value}`).join(", ");
  const said = entry.shown?.said ?? (entry.path.includes("/teach/") ? "Something that you taught" : "An answer");
  const note = entry.body.note ?? entry.body.body?.note;
  return [said, row, note].filter(Boolean).join(". ");
}

// actions(entry): a list of [title, work]
export function showRefused(refused, actions) {
  by("refused").hidden = !refused.length;
  const line = (entry) => {
    const buttons = actions(entry).map(([title, work]) => {
      const button = element("button", { type: "button", textContent: title });
      button.addEventListener("click", work);
      return button;
    });
    const why = entry.broken === undefined ? entry.refused : `${entry.name}: ${entry.broken.slice(0, 300)}`;
    const text = element("p", {}, element("b", { textContent: words(entry) }), element("br", {}), why);
    return element("li", {}, ...picture(entry), element("div", {}, text, element("div", { className: "row" }, ...buttons)));
  };
  by("refused-list").replaceChildren(...refused.map(line));
}

export function thrownAway(outbox, entry) {
  return ["Throw away", () => {
    if (confirm("Throw this away? It cannot be brought back.")) outbox.drop(entry);
  }];
}

// What the bar says of answers that are not at the desk yet.
export function counts({ waiting, refused, error, loose }) {
  const parts = [];
  if (waiting.length && (error || loose)) parts.push(`${waiting.length} waiting`);
  if (refused.length) parts.push(`${refused.length} not kept`);
  return parts.join(", ");
}

export function trouble({ waiting, error, loose }, what) {
  const many = `${waiting.length} ${what}${waiting.length === 1 ? "" : "s"}`;
  const keep = loose ? "Keep this page open until they are sent." : "They wait in this browser.";
  if (error && waiting.length) {
    if (!error.ours || error.status !== 401) {
      return `${many} cannot be sent at the moment. ${keep} The page tries again; go on. (${error.message})`;
    }
    return `Not signed in: ${error.message}. ${many} not sent yet. ${keep} Sign in by a new link in another tab and they are sent.`;
  }
  if (loose) return "This browser is full, or keeps nothing for this page. Each answer is sent before the next question comes.";
  return "";
}
