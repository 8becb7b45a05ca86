import { post } from "./api.js";
import "./copying.js";

const said = document.getElementById("said");
const sure = {
  end: "End every session and cancel every unused link of this person?",
  remove: "Remove this person? They cannot come in any more; what they said stays.",
  owner: "Make this person an owner, who sees and changes everything?",
};

document.querySelector(".access").addEventListener("click", async (event) => {
  const { do: what, person, study } = event.target.dataset;
  if (!what || (sure[what] && !confirm(sure[what]))) return;
  try {
    const body = study === undefined ? { do: what } : { do: what, study: Number(study) };
    const made = await post(`/people/${person}`, body);
    if (!made.link) {
      location.reload();
      return;
    }
    document.getElementById("made").value = `${location.origin}${made.link}`;
    document.getElementById("linked").hidden = false;
    said.textContent = `For ${made.name}. Give it to nobody else.`;
  } catch (error) {
    said.textContent = error.message;
  }
});
