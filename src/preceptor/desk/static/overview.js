// The overview: links, settings, who takes part, files to take home.
import { call, post } from "./api.js";
import "./copying.js";

const by = (id) => document.getElementById(id);
const { study } = by("settings").dataset;
const at = `/study/${study}`;

by("invite").addEventListener("submit", async (event) => {
  event.preventDefault();
  by("linked").hidden = true;
  try {
    const made = await post(`${at}/people`, { name: by("name").value });
    by("made").value = `${location.origin}${made.link}`;
    by("linked").hidden = false;
    by("link").textContent = `For ${made.name}. Give it to nobody else. ${made.known}`;
    by("name").value = "";
  } catch (error) {
    by("link").textContent = error.message;
  }
});

by("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { instructions: by("instructions").value, overlap: by("overlap").valueAsNumber };
  try {
    const kept = await post(`${at}/settings`, body);
    by("kept").textContent = `Kept. Certain where ${kept.certainty}.`;
  } catch (error) {
    by("kept").textContent = error.message;
  }
});

const WHY = { paused: "Pause this person? Why (may stay empty):", excluded: "Exclude this person: their answers count no more. Why (may stay empty):" };

for (const button of document.querySelectorAll("[data-state]")) {
  button.addEventListener("click", async () => {
    const { person, state } = button.dataset;
    const note = state === "active" ? "" : prompt(WHY[state], "");
    if (note === null) return;
    try {
      await post(`${at}/participation`, { person: Number(person), state, note });
      location.reload();
    } catch (error) {
      by("part").textContent = error.message;
    }
  });
}

for (const button of document.querySelectorAll("[data-export]")) {
  button.addEventListener("click", async () => {
    by("exported").textContent = "Writing …";
    button.disabled = true;
    try {
      const reply = await call(`${at}/export/${button.dataset.export}`, { slow: true });
      const address = URL.createObjectURL(await reply.blob());
      const name = reply.headers.get("x-preceptor-file");
      Object.assign(document.createElement("a"), { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
      by("exported").textContent = `Written: ${name}`;
    } catch (error) {
      by("exported").textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
}
