// The token stands behind # in the link, so that it never reaches a log. Sign in with it and forget it.
import { keepKey, post } from "./api.js";

const by = (id) => document.getElementById(id);
let asked = null; // the token of a link for somebody else than who is signed in here

async function enter(token, leave = false) {
  by("said").textContent = "Signing in …";
  by("change").hidden = true;
  try {
    const { to, key } = await post("/in", { token, leave });
    keepKey(key);
    location.replace(to);
  } catch (error) {
    by("said").textContent = error.message;
    if (!error.final || error.status !== 409) return;
    asked = token;
    by("guest").textContent = error.body.guest;
    by("here").textContent = error.body.here;
    by("change").hidden = false;
  }
}

function fromAddress() {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  enter(token);
}

by("door").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(by("token").value.trim());
});
by("change").addEventListener("submit", (event) => {
  if (asked === null) return; // a page without script asked: the form holds the token
  event.preventDefault();
  enter(asked, true);
});
addEventListener("hashchange", fromAddress);
fromAddress();
