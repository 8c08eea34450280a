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

const isTouched = (field) =>
  ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;

const note = () => document.getElementById("connection-note");

function tell() {
  timer = 0;
  const topics = waiting;
  waiting = new Set();
  for (const one of document.querySelectorAll("[data-topics]")) {
    const mine = one.dataset.topics.split(/\s+/);
    if (!topics.has("*") && !mine.some((topic) => topics.has(topic))) continue;
    // Never pull a form away from somebody who is typing in it, or who has typed in one that would not come back.
    if (one.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) {
      document.activeElement.addEventListener("blur", () => setTimeout(() => noteTopics(mine), 50), { once: true });
      continue;
    }
    if ([...one.querySelectorAll("[data-holds] :is(input, textarea)")].some(isTouched)) {
      setTimeout(() => noteTopics(mine), ASK_AGAIN);
      continue;
    }
    one.dispatchEvent(new CustomEvent("sextant-changed", { detail: { topics: [...topics] } }));
  }
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
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : open()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", open);
}
