import { post } from "./api.js";

const by = (id) => document.getElementById(id);

by("invite").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const made = await post(`/study/${by("settings").dataset.study}/people`, { name: by("name").value });
    by("link").textContent = `For ${made.name}, works once: ${location.origin}${made.link} ${made.known}`;
    by("name").value = "";
  } catch (error) {
    by("link").textContent = error.message;
  }
});

by("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { instructions: by("instructions").value, overlap: by("overlap").valueAsNumber };
  try {
    const kept = await post(`/study/${event.target.dataset.study}/settings`, body);
    by("kept").textContent = `Kept. Certain where ${kept.certainty}.`;
  } catch (error) {
    by("kept").textContent = error.message;
  }
});
