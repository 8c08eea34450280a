// The rail that folds, the theme that is kept, and menus placed beside their button in browsers that need help.
const keep = (name, value) => {
  const age = value ? 31536000 : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`;
};
const root = document.documentElement;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fold-rail]")) {
    const folded = root.dataset.rail === "folded";
    if (folded) delete root.dataset.rail;
    else root.dataset.rail = "folded";
    keep("rail", folded ? "" : "folded");
  }
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) {
    const chosen = theme.dataset.themeChoice;
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    keep("theme", chosen);
    for (const one of document.querySelectorAll("[data-theme-choice]")) one.setAttribute("aria-pressed", one === theme);
  }
});

if (!CSS.supports("position-area: bottom")) {
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (event.newState !== "open" || !menu.matches?.(".menu")) return;
    const button = document.querySelector(`[popovertarget="${menu.id}"]`)?.getBoundingClientRect();
    if (!button) return;
    menu.classList.add("is-placed");
    const { offsetWidth: width, offsetHeight: height } = menu;
    const fits = button.bottom + 4 + height < innerHeight;
    menu.style.left = `${Math.max(8, Math.min(button.left, innerWidth - width - 8))}px`;
    menu.style.top = `${fits ? button.bottom + 4 : Math.max(8, button.top - height - 4)}px`;
  }, true);
}
