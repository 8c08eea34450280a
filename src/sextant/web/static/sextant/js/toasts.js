// Messages: dismissed by hand, good news by itself after a while; answers may add one by the HX-Trigger header
// {"sextant-toast": {"text": "...", "level": "success"}}.
const box = document.getElementById("messages");
const LINGER = 8000;

export function toast(text, level = "info") {
  if (!box) return;
  box.classList.add("floating");
  const note = document.createElement("div");
  note.className = `toast toast-${level}`;
  note.dataset.toast = "";
  const words = document.createElement("p");
  words.textContent = text;
  note.append(words);
  box.append(note);
  fade(note);
}

function fade(note) {
  if (note.matches(".toast-error, .toast-warning") || note.querySelector("form")) return;
  let timer = setTimeout(() => note.remove(), LINGER);
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("pointerleave", () => { timer = setTimeout(() => note.remove(), LINGER); });
}

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove());
document.addEventListener("sextant-toast", (event) => toast(event.detail.text, event.detail.level));
