// Frames of what the user's own function shows. No script runs in them; they are as high as what is in them.

const LEAST = 48; // px
const MOST = 4000;

export function fit(frame) {
  const inside = frame.contentDocument?.documentElement;
  if (!inside) return;
  frame.style.height = "0";
  frame.style.height = `${Math.min(Math.max(inside.scrollHeight, LEAST), MOST)}px`;
}

for (const frame of document.querySelectorAll(".own iframe")) {
  frame.addEventListener("load", () => fit(frame));
  if (frame.contentDocument?.readyState === "complete") fit(frame);
}
// whoever clicks into a frame goes on with the keys of the page
addEventListener("blur", () => {
  const frame = document.activeElement;
  if (frame?.matches?.("iframe")) setTimeout(() => { frame.blur(); window.focus(); });
});
addEventListener("resize", () => {
  for (const frame of document.querySelectorAll(".own iframe")) fit(frame);
});
