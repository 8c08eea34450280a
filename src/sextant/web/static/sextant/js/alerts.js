// The inbox by keyboard: j and k move, Enter opens (the focus is on a link), x chooses, and a, s, o, c press what the
// line offers. What was chosen and where one was stay so when the list is fetched again.
const box = () => document.querySelector("[data-alerts]");
const rows = () => [...document.querySelectorAll("[data-alert]")];
const types = (target) => target.closest?.("textarea, select, [contenteditable], input:not([type=checkbox])");
const boxes = () => [...document.querySelectorAll(".alert-choose input")];
let here = { id: "", place: 0 };
let chosen = new Set();

function reach(row) {
  if (!row) return;
  const folded = row.closest("details:not([open])");
  if (folded) folded.open = true;
  row.querySelector("[data-alert-link]").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(steps) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const from = at >= 0 ? at : all.findIndex((row) => row.dataset.alert === here.id);
  reach(all[from < 0 ? (steps > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + steps))]);
}

function press(key) {
  const row = document.activeElement.closest?.("[data-alert]");
  if (!row) return false;
  if (key === "x") {
    const choice = row.querySelector(".alert-choose input");
    if (choice) choice.click();
    return Boolean(choice);
  }
  const act = row.querySelector(`[data-act="${key}"]`);
  if (!act) return false;
  act.click();
  if (key === "s") row.querySelector(".menu:popover-open button")?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
  if (document.querySelector("dialog[open], .menu:popover-open")) return;
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (!"asocx".includes(event.key) || !press(event.key)) return;
  event.preventDefault();
});

// In the menu of days the arrows go from one to the next.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".alert-buttons .menu:popover-open");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const all = [...menu.querySelectorAll("button")];
  all[(all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length].focus();
  event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-alert]");
  if (row) here = { id: row.dataset.alert, place: rows().indexOf(row) };
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose-all]")) for (const one of boxes()) one.checked = event.target.checked;
  if (event.target.matches("[data-auto-send] select")) event.target.form.requestSubmit();
});

// News wait while somebody chooses from a list: what they have open would close.
let isWaiting = false;
const isChoosing = () => box()?.querySelector(".menu:popover-open") || document.activeElement.matches(".filters select");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id !== "alerts-news" || !isChoosing()) return;
  event.preventDefault();
  isWaiting = true;
});

const goOn = () => setTimeout(() => {
  if (!isWaiting || isChoosing()) return;
  isWaiting = false;
  document.getElementById("alerts-news").dispatchEvent(new CustomEvent("sextant-changed"));
}, 50);
document.addEventListener("focusout", goOn);
document.addEventListener("toggle", goOn, true);

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== box()) return;
  chosen = new Set(boxes().filter((one) => one.checked).map((one) => one.value));
  here.isFocused = box().contains(document.activeElement);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const one of boxes()) one.checked ||= chosen.has(one.value);
  chosen.clear();
  const messages = document.getElementById("messages");
  if (messages?.children.length) messages.classList.add("floating");
  const wasFocused = here.isFocused;
  here.isFocused = false;
  if (!wasFocused || box()?.contains(document.activeElement)) return;
  const all = rows();
  reach(all.find((row) => row.dataset.alert === here.id) ?? all[Math.min(here.place, all.length - 1)]);
});
