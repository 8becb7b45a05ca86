// The list of what was taught: each can be withdrawn.
import { post, token } from "./api.js";

const list = document.getElementById("taught");

list?.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-withdraw]");
  if (!button) return;
  button.disabled = true;
  try {
    const number = Number(button.dataset.withdraw);
    await post(`/study/${list.dataset.study}/teach/withdraw`, { number, token: token() });
    location.reload();
  } catch (error) {
    button.disabled = false;
    document.getElementById("kept").textContent = error.message;
  }
});
