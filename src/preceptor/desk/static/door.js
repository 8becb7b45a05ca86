// The token stands behind # in the link, so that it never reaches a log. Sign in with it and forget it.
import { keepKey, post } from "./api.js";

const said = document.getElementById("said");

async function enter(token) {
  said.textContent = "Signing in …";
  try {
    const { to, key } = await post("/in", { token });
    keepKey(key);
    location.replace(to);
  } catch (error) {
    said.textContent = error.message;
  }
}

function fromAddress() {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  enter(token);
}

document.getElementById("door").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(document.getElementById("token").value.trim());
});
addEventListener("hashchange", fromAddress);
fromAddress();
