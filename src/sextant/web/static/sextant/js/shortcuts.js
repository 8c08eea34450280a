// Keys that work everywhere, never while somebody types.
import { openPalette } from "./palette.js";

const places = { h: "home", s: "scorecards", k: "kpis", i: "imports", t: "teams", c: "check_in", a: "alerts" };
let going = 0;

const types = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || types(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/") openPalette();
  else if (event.key === "?") document.getElementById("shortcuts")?.showModal();
  else if (event.key === "g") { going = Date.now(); return; }
  else if (Date.now() - going < 1200 && places[event.key]) document.querySelector(`[data-nav="${places[event.key]}"]`)?.click();
  else { going = 0; return; }
  going = 0;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-show-shortcuts]")) return;
  document.getElementById("person-menu")?.hidePopover();
  document.getElementById("shortcuts")?.showModal();
});
