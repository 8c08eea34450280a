// Everything here makes a working page quicker to use; nothing here is needed to read or to send a form.
import "./frame.js";
import "./dialog.js";
import "./toasts.js";
import "./palette.js";
import "./shortcuts.js";
import { listen } from "./live.js";

document.documentElement.classList.add("js");

// The larger parts are fetched only by pages that have something for them.
const parts = { "[data-grid]": "./grid.js", "[data-chart]": "./chart.js", "[data-mentions]": "./mentions.js",
  "[data-copy]": "./copy.js" };
const found = (root) => {
  for (const [selector, file] of Object.entries(parts)) {
    if (root.matches?.(selector) || root.querySelector(selector)) import(file).then((part) => part.start?.(root));
  }
};
found(document);
// Not afterSwap: a part replaced as a whole has left the page by then, and its event reaches nobody.
document.addEventListener("htmx:load", (event) => found(event.detail.elt));
listen();
