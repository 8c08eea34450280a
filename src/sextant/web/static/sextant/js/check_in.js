// One list, driven by the keyboard: Enter confirms and moves on. Everything here also works as plain forms.
import { toast } from "./toasts.js";

const list = document.querySelector("[data-check-in]");
const spent = new Map(); // seconds by address of the form, so that going back and forth is counted
const GOING = 1200; // after "g" a letter leads elsewhere

let current = null;
let since = 0;
let going = 0;

const every = () => [...list.querySelectorAll("[data-item]")];
const open = () => every().filter((one) => !("done" in one.dataset));
const formOf = (item) => item.querySelector("form.check-body");
const addressOf = (form) => form?.getAttribute("action"); // the form has a field of that name
const typesIn = (target) => target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select");

function pause() {
  if (current && since) {
    const place = addressOf(formOf(current));
    spent.set(place, (spent.get(place) ?? 0) + (performance.now() - since) / 1000);
  }
  since = 0;
}

function enter(item) {
  if (item === current) return;
  pause();
  current?.classList.remove("is-current");
  current = item;
  item.classList.add("is-current");
  since = document.hidden ? 0 : performance.now();
}

function go(item) {
  item?.focus({ preventScroll: true });
  item?.scrollIntoView({ block: "nearest" });
}

function step(from, by) {
  const all = open();
  go(all[Math.min(Math.max(all.indexOf(from) + by, 0), all.length - 1)]);
}

function progress() {
  const total = every().length;
  const done = total - open().length;
  const bar = document.querySelector("[data-progress]");
  bar.querySelector("progress").value = done;
  bar.querySelector("p").textContent = list.dataset.words.replace("__done__", done).replace("__total__", total);
}

function owed(answer) {
  const count = answer.headers.get("X-Owed");
  const shown = document.querySelector("[data-owed]");
  if (count === null || !shown) return;
  shown.textContent = Number(count) > 99 ? "99+" : count;
  shown.hidden = count === "0";
}

function part(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector("[data-item]");
}

async function send(form, submitter) {
  const answer = await fetch(addressOf(form), {
    method: "POST", body: new FormData(form, submitter), headers: { "HX-Request": "true" }, credentials: "same-origin",
  });
  const found = answer.redirected || !answer.ok ? null : part(await answer.text());
  if (answer.redirected) location.reload();
  if (!found) throw new Error(String(answer.status));
  return [answer, document.adoptNode(found)];
}

async function confirm(item, form, submitter) {
  if (item.classList.contains("is-sending")) return;
  pause();
  form.elements.seconds.value = (spent.get(addressOf(form)) ?? 0).toFixed(1);
  item.classList.add("is-sending");
  try {
    const [answer, found] = await send(form, submitter);
    const all = open();
    const next = all[all.indexOf(item) + 1] ?? all.find((one) => one !== item);
    item.replaceWith(found);
    current = null;
    owed(answer);
    progress();
    if (!("done" in found.dataset)) {
      go(found);
      (found.querySelector("[aria-invalid]") ?? found).focus();
    } else if (next) go(next);
    else await finish();
  } catch {
    item.classList.remove("is-sending");
    since = performance.now();
    toast(document.getElementById("messages").dataset.failed, "error");
  }
}

async function finish() {
  const answer = await fetch(list.dataset.listUrl, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!answer.ok) return;
  const box = document.getElementById("check-in-summary");
  box.innerHTML = await answer.text();
  list.hidden = true;
  document.querySelector("h1").textContent = list.dataset.allSaid;
  box.querySelector("h2")?.focus();
}

async function undo(item, form) {
  try {
    const [answer, found] = await send(form);
    spent.delete(addressOf(formOf(found)));
    item.replaceWith(found);
    owed(answer);
    progress();
    go(found);
  } catch {
    toast(document.getElementById("messages").dataset.failed, "error");
  }
}

function choose(item, name, value) {
  const one = item.querySelector(`input[name="${name}"][value="${value}"]`);
  if (one) one.checked = true;
}

function nextStatus(item) {
  const all = [...item.querySelectorAll('input[name="status"]')];
  const at = all.findIndex((one) => one.checked);
  if (all.length) all[(at + 1) % all.length].checked = true;
}

function write(item, selector) {
  const field = item.querySelector(selector);
  if (!field) return;
  const fold = field.closest("details");
  if (fold) fold.open = true;
  field.focus();
  field.select();
}

const digit = (event) => {
  if (/^[0-9]$/.test(event.key)) return event.key; // on some keyboards with Shift
  return event.shiftKey && event.code === "Digit0" ? "10" : null;
};

const keys = {
  s: nextStatus,
  b: (item) => write(item, "[data-blocker]"),
  n: (item) => write(item, "[data-note]"),
  v: (item) => write(item, "[data-value]"),
  j: (item) => step(item, 1),
  k: (item) => step(item, -1),
  ArrowDown: (item) => step(item, 1),
  ArrowUp: (item) => step(item, -1),
};

function whileWriting(event, item) {
  if (event.key === "Escape") go(item);
  else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) formOf(item).requestSubmit();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  const target = event.target;
  const item = target.closest?.("[data-item]") ?? (target === document.body ? current : null);
  if (!item || "done" in item.dataset || !formOf(item) || document.querySelector("dialog[open]")) return;
  if (typesIn(target)) return whileWriting(event, item);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "g") { going = Date.now(); return; }
  if (Date.now() - going < GOING) { going = 0; return; }
  const level = digit(event);
  const isChoice = target.matches("input");
  if (level !== null) choose(item, "confidence", level);
  else if (event.key === "Enter" && (target === item || isChoice || target === document.body)) formOf(item).requestSubmit();
  else if (keys[event.key] && !(isChoice && event.key.startsWith("Arrow"))) keys[event.key](item);
  else return;
  event.preventDefault();
});

list.addEventListener("focusin", (event) => {
  const item = event.target.closest("[data-item]");
  if (item && !("done" in item.dataset)) enter(item);
});

list.addEventListener("submit", (event) => {
  event.preventDefault();
  const item = event.target.closest("[data-item]");
  if (event.target.matches("[data-undo]")) undo(item, event.target);
  else confirm(item, event.target, event.submitter);
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) pause();
  else if (current) since = performance.now();
});

go(open()[0]);
