// One stream says what changed (topics only, never values); what shows it fetches itself again.
//
// An element with data-topics="kpi:uptime metric:uptime" and hx-trigger="sextant-changed" is refreshed when one of its
// topics is named. A stream that fell behind says "refresh", and everything live is fetched again.
const WAIT = 150;
const LOST_AFTER = 4000;
const ASK_AGAIN = 3000; // so long a form that was begun holds up the news around it, again and again
let stream = null;
let newest = "";
let waiting = new Set();
let timer = 0;
let lost = 0;
let kept = null;

const isTouched = (field) =>
  ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
const called = (one) => one.getAttribute("aria-label") ?? one.textContent.trim();
const place = (one) => one.parentElement.closest("[id]") ?? document.body;
const alike = (where, kind, name) =>
  [...where.querySelectorAll(kind)].filter((one) => place(one) === where && called(one) === name);
const note = () => document.getElementById("connection-note");

function tell() {
  timer = 0;
  const topics = waiting;
  waiting = new Set();
  for (const one of document.querySelectorAll("[data-topics]")) {
    const mine = one.dataset.topics.split(/\s+/);
    if (!topics.has("*") && !mine.some((topic) => topics.has(topic))) continue;
    if (isLeftAlone(one, mine)) continue;
    if (isUnderWay(one)) { noteTopics(mine); continue; }
    one.dispatchEvent(new CustomEvent("sextant-changed", { detail: { topics: [...topics] } }));
  }
}

// htmx drops what it is asked for while an answer is on its way, and that answer may be older than the news.
function isUnderWay(one) {
  const around = one.getAttribute("hx-sync")?.split(":")[0];
  const boxes = [one, ...(around ? document.querySelectorAll(around) : [])];
  return boxes.some((box) => box.matches(".htmx-request") || box.querySelector(".htmx-request"));
}

// Never pull a form away from somebody who is typing in it, or who has typed in one that would not come back.
function isLeftAlone(one, topics) {
  const field = document.activeElement;
  const isTyping = one.contains(field) && field.matches("input, textarea, select");
  if (isTyping) field.addEventListener("blur", () => setTimeout(() => noteTopics(topics), 50), { once: true });
  const isHeld = !isTyping && [...one.querySelectorAll("[data-holds] :is(input, textarea)")].some(isTouched);
  if (isHeld) setTimeout(() => noteTopics(topics), ASK_AGAIN);
  return isTyping || isHeld;
}

// What tells one "Why?" from the next: the nearest thing with an id around it, and its place among those called alike.
function sign(one) {
  const [where, kind, name] = [place(one), one.localName, called(one)];
  return { where: where.id, kind, name, nth: alike(where, kind, name).indexOf(one) };
}

function find({ where, kind, name, nth }) {
  return alike(document.getElementById(where) ?? document.body, kind, name)[nth];
}

// The answer comes later than the question: by then somebody may have begun to type. What is unfolded stays
// unfolded, and the keyboard stays where it is. What is kept is restored before anything else happens on the page,
// as htmx settles at once (its settings are in base.html): one place is enough for all that is live.
function receive({ detail }) {
  const topics = detail.requestConfig?.elt.dataset?.topics;
  if (!topics) return;
  const { target } = detail;
  if (isLeftAlone(target, topics.split(/\s+/))) { detail.shouldSwap = false; return; }
  const at = document.activeElement;
  kept = {
    id: target.id,
    unfolded: [...target.querySelectorAll("details[open] > summary")].map(sign),
    at: target.contains(at) && !at.id ? sign(at) : null, // htmx itself finds what has an id
  };
}

function restore({ detail: { elt } }) {
  if (!kept || elt.id !== kept.id) return;
  const { unfolded, at } = kept;
  kept = null;
  for (const one of unfolded) find(one)?.parentElement.toggleAttribute("open", true);
  if (at) find(at)?.focus({ preventScroll: true });
}

function noteTopics(topics) {
  for (const topic of topics) waiting.add(topic);
  timer ||= setTimeout(tell, WAIT);
}

function read(event) {
  if (event.lastEventId) newest = event.lastEventId;
  if (event.type === "refresh") return noteTopics(["*"]);
  let said;
  try { said = JSON.parse(event.data); } catch { said = event.data.split(/\s+/); }
  noteTopics(Array.isArray(said) ? said : said.topics ?? []);
}

function open() {
  if (stream || document.hidden) return;
  const address = document.body.dataset.events ?? "/events";
  // What the page shows is as old as the moment it was asked for; what happened since is to be told.
  const age = Math.ceil(performance.now() / 1000) + 1;
  stream = new EventSource(`${address}?${newest ? `after=${encodeURIComponent(newest)}` : `age=${age}`}`);
  for (const name of ["message", "changed", "refresh"]) stream.addEventListener(name, read);
  stream.onopen = () => { clearTimeout(lost); lost = 0; if (note()) note().hidden = true; };
  stream.onerror = () => {
    lost ||= setTimeout(() => { if (note() && !document.hidden) note().hidden = false; }, LOST_AFTER);
    if (stream?.readyState !== EventSource.CLOSED) return;
    stop();
    setTimeout(open, LOST_AFTER);
  };
}

function stop() {
  stream?.close();
  stream = null;
}

export function listen() {
  if (!document.querySelector("[data-topics]")) return;
  open();
  document.addEventListener("htmx:beforeSwap", receive);
  document.addEventListener("htmx:load", restore);
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : open()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", open);
}
