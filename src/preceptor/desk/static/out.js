import { post } from "./api.js";

document.getElementById("out")?.addEventListener("click", async () => {
  location.replace((await post("/out", {})).to);
});
