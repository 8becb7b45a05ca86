// One question: decide it, leave it to the votes again, or ask one more person.
import { post, token } from "./api.js";

const by = (id) => document.getElementById(id);
const { path } = by("item").dataset;
let made = token(); // the same until it has arrived, so that a second click sends no second decision

async function send(body) {
  try {
    await post(path, { ...body, token: made });
    location.reload();
  } catch (error) {
    if (error.final) made = token();
    by("said").textContent = error.message;
  }
}

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => send({ do: button.dataset.do }));
}
by("decide").addEventListener("submit", (event) => {
  event.preventDefault();
  send({ do: "decide", label: Number(by("label").value), note: by("note").value.trim() });
});
