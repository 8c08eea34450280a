// Objectives that keep themselves up to date, and a map one walks through with the arrow keys.
//
// [data-objectives] frames the page: data-rows is where rows and cards are fetched again (?key=a&key=b). A row or card
// carries data-objective and listens to its own topics; the frame listens to what changes the order of things.
import { turns } from "./turns.js";

const page = document.querySelector("[data-objectives]");
const inTurn = turns();
const waiting = new Set();
let timer = 0;
let wholeAt = 0;
let wholeTimer = 0;
const BETWEEN_WHOLES = 5000;

const get = (address) => fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });

function again(key) {
  waiting.add(key);
  timer ||= setTimeout(() => inTurn(fetchRows), 80);
}

async function fetchRows() {
  timer = 0;
  const keys = [...waiting];
  waiting.clear();
  if (keys.length > 60) return whole();
  const asked = new URLSearchParams(location.search);
  for (const key of keys) asked.append("key", key);
  for (const row of page.querySelectorAll("[data-objective]:has(> .okr-results[open])")) asked.append("open", row.dataset.objective);
  const answer = await get(`${page.dataset.rows}?${asked}`);
  if (!answer.ok) return;
  const part = document.createElement("template");
  part.innerHTML = await answer.text();
  for (const fresh of part.content.querySelectorAll("[data-objective]")) swap(fresh);
}

const results = (row) => row.querySelector(":scope > details.okr-results");

// What stands elsewhere on the page stays where it is: focus, unfolded key results, the place of a card.
function swap(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old) return;
  const isTurned = results(old) && results(fresh) && results(old).open !== results(fresh).open;
  if (isTurned) return again(fresh.dataset.objective); // by somebody, since it was asked for
  if (old.hasAttribute("transform")) {
    fresh.setAttribute("transform", old.getAttribute("transform"));
    fresh.dataset.column = old.dataset.column;
  }
  const before = old.textContent;
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const isReachable = old.querySelector(".m-link")?.tabIndex === 0;
  old.replaceWith(fresh);
  window.htmx?.process(fresh);
  if (fresh.textContent !== before) {
    fresh.classList.add("just-changed");
    setTimeout(() => fresh.classList.remove("just-changed"), 2000);
  }
  const link = fresh.querySelector(".m-link");
  if (link) link.tabIndex = isReachable ? 0 : -1;
  if (focused) [...fresh.querySelectorAll("a")].find((one) => one.getAttribute("href") === focused)?.focus();
}

// The whole again, not more often than every few seconds: numbers move at once, the order of things may follow.
function whole() {
  if (wholeTimer) return;
  wholeTimer = setTimeout(() => inTurn(refill), Math.max(300, wholeAt + BETWEEN_WHOLES - Date.now()));
}

async function refill(address = location.href) {
  wholeTimer = 0;
  wholeAt = Date.now();
  const asked = new URL(address, location.href);
  const shown = page.querySelectorAll(".okr-list > [data-objective]").length;
  if (shown) asked.searchParams.set("rows", shown);
  const answer = await get(asked);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-objectives]");
  if (!fresh) return;
  const box = page.querySelector(".amap-box");
  const place = box && [box.scrollLeft, box.scrollTop];
  const focused = document.activeElement?.closest?.("[data-objectives] [id]")?.id;
  const open = new Set([...page.querySelectorAll(".okr-results[open]")].map((one) => one.parentElement.id));
  page.replaceChildren(...[...fresh.childNodes].map((one) => document.adoptNode(one)));
  window.htmx?.process(page);
  for (const id of open) document.getElementById(id)?.querySelector(".okr-results")?.setAttribute("open", "");
  const now = page.querySelector(".amap-box");
  if (now && place) [now.scrollLeft, now.scrollTop] = place;
  startMap();
  if (focused) document.getElementById(focused)?.querySelector("a")?.focus({ preventScroll: true });
}

// The map: one card can be reached by Tab, the arrows go on from there.
const nodes = () => [...page.querySelectorAll(".m-node")];
const placeOf = (node) => node.getAttribute("transform").match(/-?[\d.]+/g).map(Number);

function startMap() {
  const all = nodes();
  all.forEach((node, at) => {
    node.querySelector(".m-link").tabIndex = at ? -1 : 0;
    const fold = node.querySelector(".m-fold");
    if (fold) fold.tabIndex = -1;
  });
}

function reach(node) {
  if (!node) return;
  for (const one of page.querySelectorAll('.m-link[tabindex="0"]')) one.tabIndex = -1;
  const link = node.querySelector(".m-link");
  link.tabIndex = 0;
  link.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// The nearest card of the wanted column: children stand to the right and down, a parent to the left and up.
function beside(node, key) {
  const [x, y] = placeOf(node);
  const column = Number(node.dataset.column);
  const others = nodes().filter((one) => one !== node).map((one) => [one, ...placeOf(one), Number(one.dataset.column)]);
  const best = (found, distance) => found.sort((a, b) => distance(a) - distance(b))[0]?.[0];
  if (key === "ArrowDown") return best(others.filter((one) => one[3] === column && one[2] > y), (one) => one[2]);
  if (key === "ArrowUp") return best(others.filter((one) => one[3] === column && one[2] < y), (one) => -one[2]);
  if (key === "ArrowRight") return best(others.filter((one) => one[3] === column + 1 && one[2] >= y), (one) => one[2]);
  if (key === "ArrowLeft") return best(others.filter((one) => one[3] === column - 1 && one[2] <= y), (one) => -one[2]);
  const same = others.filter((one) => one[3] === column);
  return best(same, (one) => (key === "Home" ? one[2] : -one[2]));
}

const ARROWS = ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft", "Home", "End"];

function keyOnMap(event) {
  const node = event.target.closest?.(".m-node");
  if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
  const fold = node.querySelector(".m-fold");
  if (ARROWS.includes(event.key)) {
    event.preventDefault();
    reach(beside(node, event.key));
  } else if (["+", "-", " "].includes(event.key) && fold) {
    event.preventDefault();
    turn(fold.getAttribute("href"));
  } else if (event.key === "f" && node.dataset.objective) {
    event.preventDefault();
    const asked = new URL(location.href);
    asked.searchParams.set("focus", node.dataset.objective);
    location.assign(asked);
  }
}

// Folding changes the address, so that the link shows the same map; the page itself stays.
async function turn(address) {
  history.replaceState(null, "", address);
  await inTurn(() => refill(address));
}

if (page) {
  document.addEventListener("sextant-changed", (event) => {
    if (event.target.matches("[data-objective]")) again(event.target.dataset.objective);
    else if (event.target === page) whole();
  }, true);
  page.addEventListener("keydown", keyOnMap);
  page.addEventListener("click", (event) => {
    const fold = event.target.closest("[data-fold]");
    if (!fold || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    turn(fold.getAttribute("href"));
  });
  startMap();
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-auto-send]");
  if (form && event.target.matches("select")) form.requestSubmit();
});
