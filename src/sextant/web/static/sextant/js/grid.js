// A scorecard by keyboard: move from cell to cell, type a value, paste a column.
//
// The table carries data-grid and data-save (where values are posted); a cell that takes a value carries data-metric,
// data-period and data-value. What is posted is {"batch", "points": [{metric, period, value}]}; the answer lists what
// was rejected and why. Cells show what was typed until the page refreshes itself.
import { toast } from "./toasts.js";

const known = new WeakSet();

export function start(root) {
  for (const table of [...root.querySelectorAll("[data-grid]"), ...(root.matches?.("[data-grid]") ? [root] : [])]) {
    if (!known.has(table)) { known.add(table); new Grid(table); }
  }
}

class Grid {
  constructor(table) {
    this.table = table;
    this.at = [0, 0];
    const first = this.cell(0, 0);
    if (!first) return;
    first.tabIndex = 0;
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("focusin", (event) => this.focused(event.target.closest(".cell")));
    // A click takes the focus to a cell, once it can have it.
    table.addEventListener("pointerdown", (event) => {
      const cell = event.target.closest(".cell");
      if (cell && !cell.hasAttribute("tabindex")) cell.tabIndex = -1;
    });
    table.addEventListener("dblclick", (event) => this.edit(event.target.closest(".cell")));
    table.addEventListener("paste", (event) => this.paste(event));
  }

  // Asked every time, because rows are replaced when their values change; cells a narrow page hides are no places.
  get rows() { return [...this.table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.querySelector(".cell")); }
  cells(row) { return [...this.rows[row]?.querySelectorAll(".cell") ?? []].filter((cell) => cell.offsetWidth); }
  cell(row, column) { return this.cells(row)[column]; }

  focused(cell) {
    if (!cell) return;
    const row = this.rows.indexOf(cell.parentElement);
    this.at = [row, this.cells(row).indexOf(cell)];
    for (const one of this.table.querySelectorAll('.cell[tabindex="0"]')) if (one !== cell) one.tabIndex = -1;
    cell.tabIndex = 0;
  }

  go(row, column) {
    const r = Math.max(0, Math.min(row, this.rows.length - 1));
    const cells = this.cells(r);
    const cell = cells[Math.max(0, Math.min(column, cells.length - 1))];
    if (!cell) return;
    cell.tabIndex = 0;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  key(event) {
    const cell = event.target.closest(".cell");
    if (!cell || event.target.matches("input")) return;
    const [row, column] = this.at;
    const jump = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
      Home: [jump ? 0 : row, 0], End: [jump ? Infinity : row, Infinity], PageUp: [row - 10, column], PageDown: [row + 10, column],
    };
    if (moves[event.key]) this.go(...moves[event.key]);
    else if (event.key === "Enter" || event.key === "F2") this.edit(cell);
    else if (/^[0-9.,<>~-]$/.test(event.key) && !jump && !event.altKey) this.edit(cell, event.key);
    else return;
    event.preventDefault();
  }

  edit(cell, typed) {
    if (!cell?.dataset.metric || cell.querySelector("input")) return;
    const input = document.createElement("input");
    input.className = "cell-input";
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.value = typed ?? cell.dataset.value ?? "";
    input.setAttribute("aria-label", cell.getAttribute("aria-label") ?? cell.title ?? cell.dataset.period);
    const before = [...cell.childNodes];
    cell.replaceChildren(input);
    input.focus();
    if (!typed) input.select();
    let finished = false;
    const finish = (save, move) => {
      if (finished) return;
      finished = true;
      const value = input.value.trim();
      cell.replaceChildren(...before);
      if (save && value !== (cell.dataset.value ?? "")) this.save([[cell, value]]);
      const [row, column] = this.at;
      if (move) this.go(row + move, column);
      else cell.focus();
    };
    input.addEventListener("blur", () => { if (!finished) finish(true, 0); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true, event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") finish(false, 0);
      else if (event.key === "Tab") finish(true, 0);
      else return;
      if (event.key !== "Tab") event.preventDefault();
      event.stopPropagation();
    });
  }

  paste(event) {
    const cell = event.target.closest(".cell");
    const text = event.clipboardData?.getData("text/plain");
    if (!cell || !text || (event.target.matches("input") && !/[\n\t]/.test(text.trim()))) return;
    event.preventDefault();
    const [row, column] = this.at;
    const changes = [];
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
      line.split("\t").forEach((value, across) => {
        const target = this.cell(row + down, column + across);
        if (target?.dataset.metric && value.trim() && value.trim() !== target.dataset.value) changes.push([target, value.trim()]);
      });
    });
    if (event.target.matches("input")) { event.target.value = ""; cell.focus(); }
    if (changes.length < 2 || this.tell("sextant-paste", { changes, save: (chosen) => this.save(chosen) })) {
      if (changes.length) this.save(changes);
    }
  }

  // Lets a page step in; false when it did.
  tell(name, detail) {
    return this.table.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
  }

  async save(changes) {
    for (const [cell, value] of changes) {
      cell.textContent = value;
      cell.classList.remove("is-refused");
      cell.classList.add("is-pending");
    }
    const points = changes.map(([cell, value]) => ({ metric: cell.dataset.metric, period: cell.dataset.period, value }));
    const headers = { "Content-Type": "application/json", Accept: "application/json", "HX-Request": "true" };
    Object.assign(headers, JSON.parse(document.body.getAttribute("hx-headers") ?? "{}"));
    let failed = document.getElementById("messages")?.dataset.failed ?? "";
    try {
      const answer = await fetch(this.table.dataset.save, {
        method: "POST", credentials: "same-origin", headers, body: JSON.stringify({ batch: crypto.randomUUID?.() ?? String(Date.now()), points }),
      });
      const said = await answer.json();
      if (answer.ok || said.rejected) {
        this.settle(changes, said.rejected ?? []);
        this.tell("sextant-saved", { changes, said });
        return;
      }
      failed = said.problems?.[0]?.message ?? said.detail ?? failed;
    } catch {
      // No answer, or none that could be read: the cells keep what was typed and say so.
    }
    this.settle(changes, changes.map((_, index) => ({ index, message: failed })));
  }

  settle(changes, rejected) {
    const refused = new Map(rejected.map((one) => [one.index, one.message]));
    changes.forEach(([cell, value], index) => {
      cell.classList.remove("is-pending");
      if (refused.has(index)) {
        cell.classList.add("is-refused");
        cell.title = refused.get(index);
      } else cell.dataset.value = value;
    });
    if (rejected.length) toast([...new Set(refused.values())].slice(0, 3).join(" "), "error");
    if (rejected.length < changes.length) {
      (this.table.closest("[data-topics]") ?? this.table).dispatchEvent(new CustomEvent("sextant-changed", { bubbles: true, detail: {} }));
    }
  }
}
