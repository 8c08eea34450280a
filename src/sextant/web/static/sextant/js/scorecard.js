// A scorecard that keeps itself up to date, shows what a paste would do before it does it, and takes values back.
//
// [data-card] frames the table: data-rows is where rows are fetched again (?kpi=a&kpi=b), rows carry data-row.
import { toast } from "./toasts.js";
import { turns } from "./turns.js";

const card = document.querySelector("[data-card]");
const inTurn = turns();
const waiting = new Set();
const ASK_AGAIN = 3000; // so long a value or an action that somebody has begun to write holds up the table around it
let timer = 0;

const headers = () => ({ "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") });
const rowOf = (key) => document.getElementById(`row-${key}`);

function again(keys) {
  for (const key of keys) waiting.add(key);
  timer ||= setTimeout(() => inTurn(fetchRows), 60);
}

async function fetchRows() {
  timer = 0;
  const keys = [...waiting];
  waiting.clear();
  if (keys.length > 60) return whole();
  const asked = new URLSearchParams(location.search);
  asked.delete("kpi");
  for (const key of keys) asked.append("kpi", key);
  const answer = await fetch(`${card.dataset.rows}?${asked}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!answer.ok) return answer.status === 404 ? whole() : undefined;
  const part = document.createElement("template");
  part.innerHTML = await answer.text();
  for (const row of part.content.querySelectorAll("tr[data-row]")) swapRow(row);
  const summary = part.content.querySelector("#card-summary");
  const old = document.getElementById("card-summary");
  if (summary && old && !("noSummary" in card.dataset) && summary.innerHTML !== old.innerHTML) old.replaceWith(summary);
}

// The row stays the same place for whoever stands in it: focus, and the one cell the keyboard can reach.
function swapRow(row) {
  const old = rowOf(row.dataset.row);
  if (!old || old.outerHTML === row.outerHTML) return;
  if (old.querySelector("form, input")) return;
  const cells = [...old.cells];
  const focused = cells.findIndex((cell) => cell.contains(document.activeElement));
  const reachable = cells.findIndex((cell) => cell.tabIndex === 0 && cell.classList.contains("cell"));
  const before = cells.map((cell) => cell.textContent);
  old.replaceWith(row);
  window.htmx?.process(row);
  if (reachable >= 0) row.cells[reachable].tabIndex = 0;
  if (focused >= 0) (row.cells[focused].classList.contains("cell") ? row.cells[focused] : row.cells[focused].querySelector("a, button"))?.focus();
  [...row.cells].forEach((cell, at) => { if (cell.textContent !== before[at]) cell.classList.add("just-changed"); });
}

async function whole() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-card]");
  if (!fresh) return location.reload();
  if (card.querySelector("tr[data-row] :is(form, input)")) return setTimeout(() => inTurn(whole), ASK_AGAIN);
  for (const name of [".card-summary", ".card-region"]) {
    const [old, now] = [card.querySelector(name), fresh.querySelector(name)];
    if (old && now) { old.replaceWith(document.adoptNode(now)); window.htmx?.process(now); }
  }
  import("./grid.js").then((grid) => grid.start(card));
}

// Undo for what was just saved, beside the words that say so.
function saved(said) {
  toast(said.said, "success");
  const note = document.querySelector("#messages [data-toast]:last-child");
  if (!note || !said.undo) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = card.dataset.undo;
  button.addEventListener("click", async () => {
    const answer = await fetch(said.undo, { method: "POST", headers: headers(), credentials: "same-origin" });
    note.remove();
    if (answer.ok) { toast(card.dataset.undone, "success"); again(said.rows); }
    else toast(document.getElementById("messages")?.dataset.failed ?? "", "error");
  });
  note.append(button);
}

// What a block would do: the server reads it, the person decides.
async function preview({ changes, save }) {
  const dialog = document.getElementById("paste-preview");
  const body = dialog.querySelector("[data-preview-body]");
  const points = changes.map(([cell, value]) => ({ metric: cell.dataset.metric, period: cell.dataset.period, value }));
  const answer = await fetch(card.querySelector("[data-grid]").dataset.preview, {
    method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", ...headers() }, body: JSON.stringify({ points }),
  });
  if (!answer.ok) return toast(document.getElementById("messages")?.dataset.failed ?? "", "error");
  body.innerHTML = await answer.text();
  const rows = [...body.querySelectorAll("tbody tr")];
  const good = changes.filter((_, at) => !rows[at]?.classList.contains("problem-row"));
  const line = document.createElement("div");
  line.className = "button-row section";
  if (Number(body.querySelector("[data-good]").dataset.good)) {
    const button = document.createElement("button");
    button.className = "button primary";
    button.textContent = document.getElementById("paste-preview").dataset.save;
    button.addEventListener("click", () => { dialog.close(); save(good); });
    line.append(button);
  }
  body.append(line);
  dialog.showModal();
  line.querySelector("button")?.focus();
}

if (card) {
  // Rows hear by themselves what changed; the table hears when KPIs came, went or moved. The event does not bubble.
  document.addEventListener("sextant-changed", (event) => {
    if (event.target.matches("tr[data-row]")) again([event.target.dataset.row]);
    else if (event.target === card && event.detail.topics) inTurn(whole); // without topics it is the table's own saving
  }, true);
  document.addEventListener("scorecard-row", (event) => {
    const row = rowOf(event.detail.key);
    row?.querySelector("[data-action-form]")?.remove();
    again([event.detail.key]);
  });
  card.addEventListener("sextant-saved", (event) => {
    const keys = [...new Set(event.detail.changes.map(([cell]) => cell.closest("tr")?.dataset.row).filter(Boolean))];
    if (event.detail.said.accepted) saved({ ...event.detail.said, rows: keys });
    const refused = new Set(event.detail.changes.filter(([cell]) => cell.classList.contains("is-refused")).map(([cell]) => cell.closest("tr")?.dataset.row));
    again(keys.filter((key) => !refused.has(key)));
  });
  card.addEventListener("sextant-paste", (event) => {
    event.preventDefault();
    preview(event.detail);
  });
  card.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel-action]")) return;
    const row = event.target.closest("tr");
    row.querySelector("[data-action-form]").remove();
    again([row.dataset.row]);
  });
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("[data-action-form]")) event.target.closest("form").querySelector("[data-cancel-action]").click();
  });
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-auto-send]");
  if (form && event.target.matches("select")) form.requestSubmit();
});

// Choosing many drafts: all of them at once, and how many there are.
const drafts = document.querySelector("[data-drafts]");
if (drafts) {
  const boxes = [...drafts.querySelectorAll('tbody input[type="checkbox"]')];
  const all = drafts.querySelector("[data-choose-all]");
  const count = drafts.querySelector("[data-chosen]");
  const told = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    count.hidden = !chosen;
    count.textContent = chosen;
    if (all) { all.checked = chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; }
  };
  all?.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; told(); });
  drafts.addEventListener("change", told);
  told();
}
