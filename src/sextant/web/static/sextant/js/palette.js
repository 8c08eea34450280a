// Search and commands: what the server finds, below the pages and actions that are already here.
const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-results");

export function openPalette() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  input.setAttribute("aria-expanded", "true");
  input.select();
  if (!input.value) commands();
}

const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
const chosen = () => list.querySelector('[aria-selected="true"]');

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

// Pages of the rail and actions of this page whose words contain what was typed.
function commands() {
  const asked = input.value.trim().toLowerCase();
  list.querySelector("[data-here]")?.remove();
  const group = document.createElement("div");
  group.dataset.here = "";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", dialog.getAttribute("aria-label"));
  const here = document.querySelectorAll(".rail-list a, .page-head .actions a, .page-head .actions button");
  [...here].forEach((source, at) => {
    const words = source.textContent.trim();
    if (!words || !words.toLowerCase().includes(asked)) return;
    const option = document.createElement("a");
    option.id = `here-${at}`;
    option.tabIndex = -1;
    option.href = source.href ?? "#";
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const mark = source.querySelector(".icon")?.cloneNode(true);
    const label = document.createElement("span");
    label.textContent = words;
    option.append(...(mark ? [mark] : []), label);
    if (!source.href) option.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); source.click(); });
    group.append(option);
  });
  if (group.children.length) list.prepend(group);
  if (!chosen()) choose(options()[0]);
}

if (dialog) {
  input.addEventListener("input", () => {
    if (!input.value.trim()) list.replaceChildren();
    commands();
  });
  list.addEventListener("htmx:afterSwap", () => { commands(); choose(options()[0]); });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[Math.min(at + 1, all.length - 1)]);
    else if (event.key === "ArrowUp") choose(all[Math.max(at - 1, 0)]);
    else if (event.key === "Enter" && chosen()) chosen().click();
    else if (event.key === "Escape") dialog.close(); // a search field would only empty itself
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => input.setAttribute("aria-expanded", "false"));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openPalette();
  });
}
