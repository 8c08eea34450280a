// A KPI chart by mouse and keyboard: read point by point, choose a range, move dividers, lock limits.
//
// <figure data-chart> holds the drawings, an <output data-readout>, and for those who may edit a form[data-chart-form]
// with the fields dividers (start hours, comma between), locked_from and locked_to. Buttons in it marked
// data-chart-do = divide | lock | unlock | undo act on the chosen point or range; the form is sent by its own button.
const SVG = "http://www.w3.org/2000/svg";
const known = new WeakSet();

export function start(root) {
  for (const box of [...root.querySelectorAll("[data-chart]"), ...(root.matches?.("[data-chart]") ? [root] : [])]) {
    if (known.has(box)) continue;
    known.add(box);
    const charts = [...box.querySelectorAll("svg.chart")].filter((one) => one.querySelector(".points"));
    const form = box.querySelector("[data-chart-form]") ?? document.querySelector("form[data-chart-form]");
    const readout = box.querySelector("[data-readout]");
    charts.forEach((chart) => new Chart(chart, readout, form));
  }
}

class Chart {
  constructor(chart, readout, form) {
    Object.assign(this, { chart, readout, form, at: -1, from: -1 });
    this.list = chart.querySelector(".points");
    this.points = [...this.list.querySelectorAll(".pt")];
    this.frame = Object.fromEntries(["left", "right", "top", "bottom"].map((side) => [side, Number(chart.dataset[side])]));
    this.list.setAttribute("role", "listbox");
    this.list.tabIndex = 0;
    this.points.forEach((point, index) => {
      point.setAttribute("role", "option");
      point.setAttribute("aria-selected", "false");
      point.id = `${chart.querySelector("title").id}-${index}`;
    });
    this.reader = this.add("path", "reader");
    this.ring = this.add("circle", "reader-ring");
    this.chosen = this.add("rect", "chosen");
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("focus", () => { if (this.at < 0) this.read(this.points.length - 1); });
    chart.addEventListener("pointermove", (event) => this.hover(event));
    chart.addEventListener("pointerdown", (event) => this.press(event));
    this.dividers().forEach((one) => this.movable(one));
    if (readout && chart.checkVisibility()) readout.textContent = this.points.at(-1)?.getAttribute("aria-label") ?? "";
    form?.addEventListener("click", (event) => this.tool(event));
    const box = chart.closest("[data-chart]");
    // A form elsewhere on the page may leave its tools beside the chart.
    if (form && !box.contains(form)) box.addEventListener("click", (event) => this.tool(event));
  }

  add(kind, look) {
    const made = document.createElementNS(SVG, kind);
    made.setAttribute("class", look);
    made.setAttribute("aria-hidden", "true");
    made.setAttribute("pointer-events", "none");
    this.chart.insertBefore(made, this.list);
    return made;
  }

  dividers() { return [...this.chart.querySelectorAll(".divider[role=slider]")]; }

  read(index, extend = false) {
    this.points[this.at]?.setAttribute("aria-selected", "false");
    this.at = Math.max(0, Math.min(index, this.points.length - 1));
    if (!extend) this.from = this.at;
    const point = this.points[this.at];
    if (!point) return;
    const { x, y } = point.dataset;
    point.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", point.id);
    this.reader.setAttribute("d", `M${x} ${this.frame.top}V${this.frame.bottom}`);
    this.ring.setAttribute("cx", x);
    this.ring.setAttribute("cy", y);
    this.ring.setAttribute("r", 7);
    this.mark();
    if (this.readout) this.readout.textContent = this.words();
  }

  // A range is what lies between the point first chosen and the one reached with Shift.
  range() { return [Math.min(this.from, this.at), Math.max(this.from, this.at)]; }

  words() {
    const [first, last] = this.range();
    const said = this.points[this.at].getAttribute("aria-label");
    if (first === last) return said;
    return `${said} (${(this.readout?.dataset.range ?? "{count}").replace("{count}", last - first + 1)})`;
  }

  mark() {
    const [first, last] = this.range();
    const isRange = first !== last;
    const begin = Number(this.points[first].dataset.x) - 4;
    this.chosen.setAttribute("x", begin);
    this.chosen.setAttribute("y", this.frame.top);
    this.chosen.setAttribute("height", Math.max(0, this.frame.bottom - this.frame.top));
    this.chosen.setAttribute("width", isRange ? Number(this.points[last].dataset.x) + 4 - begin : 0);
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 12, PageUp: -12 }[event.key];
    if (step) this.read(this.at + step, event.shiftKey);
    else if (event.key === "Home") this.read(0, event.shiftKey);
    else if (event.key === "End") this.read(this.points.length - 1, event.shiftKey);
    else if (event.key === "Escape") this.read(this.at);
    else if (this.form && event.key === "d") this.divide();
    else if (this.form && event.key === "l") this.lock();
    else return;
    event.preventDefault();
  }

  place(event) {
    const box = this.chart.getBoundingClientRect();
    return (event.clientX - box.left) * (this.chart.viewBox.baseVal.width / box.width);
  }

  nearest(x) {
    let best = 0;
    this.points.forEach((point, index) => {
      if (Math.abs(point.dataset.x - x) < Math.abs(this.points[best].dataset.x - x)) best = index;
    });
    return best;
  }

  hover(event) {
    if (this.dragging) return;
    const near = this.nearest(this.place(event));
    if (near !== this.at || event.buttons) this.read(near, Boolean(event.buttons) && this.pressed);
  }

  press(event) {
    if (event.target.closest(".divider")) return;
    this.pressed = true;
    this.read(this.nearest(this.place(event)), event.shiftKey);
    addEventListener("pointerup", () => { this.pressed = false; }, { once: true });
  }

  // The place halfway before a point: where a segment that starts with it begins.
  edge(index) {
    const here = Number(this.points[index].dataset.x);
    return index ? (here + Number(this.points[index - 1].dataset.x)) / 2 : here;
  }

  movable(divider) {
    const shift = (index) => {
      const to = Math.max(1, Math.min(index, this.points.length - 1));
      const point = this.points[to];
      divider.dataset.start = point.dataset.t;
      divider.setAttribute("transform", `translate(${this.edge(to) - Number(divider.dataset.x)} 0)`);
      divider.setAttribute("aria-valuenow", to);
      divider.setAttribute("aria-valuetext", point.getAttribute("aria-label").split(":")[0]);
      if (this.readout) this.readout.textContent = divider.getAttribute("aria-valuetext");
    };
    divider.addEventListener("keydown", (event) => {
      const now = this.points.findIndex((point) => point.dataset.t === divider.dataset.start);
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: 12, PageUp: -12 }[event.key];
      if (step) { shift(now + step); this.tell(); }
      else if (event.key === "Delete" || event.key === "Backspace") { divider.remove(); this.tell(); this.list.focus(); }
      else return;
      event.preventDefault();
    });
    divider.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      divider.focus();
      divider.setPointerCapture(event.pointerId);
      this.dragging = true;
      const move = (moved) => shift(this.nearest(this.place(moved)));
      divider.addEventListener("pointermove", move);
      divider.addEventListener("pointerup", () => {
        divider.removeEventListener("pointermove", move);
        this.dragging = false;
        this.tell();
      }, { once: true });
    });
  }

  field(name) { return this.form?.elements.namedItem(name); }

  tell(extra = []) {
    const field = this.field("dividers");
    if (!field) return;
    const starts = [...this.dividers().map((one) => one.dataset.start), ...extra];
    field.value = [...new Set(starts)].sort((a, b) => a - b).join(",");
    this.changed();
  }

  changed() {
    this.form.hidden = false;
    this.form.classList.add("is-changed");
    this.form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  divide() {
    if (this.at > 0) this.tell([this.points[this.at].dataset.t]);
  }

  lock(on = true) {
    const [first, last] = this.range();
    const from = this.field("locked_from");
    const to = this.field("locked_to");
    if (!from || !to) return;
    from.value = on ? this.points[first].dataset.t : "";
    to.value = on ? this.points[last].dataset.t : "";
    this.changed();
  }

  tool(event) {
    const wanted = event.target.closest("[data-chart-do]")?.dataset.chartDo;
    if (!wanted || !this.chart.checkVisibility()) return;
    event.preventDefault();
    if (wanted === "divide") this.divide();
    if (wanted === "lock") this.lock();
    if (wanted === "unlock") this.lock(false);
    if (wanted === "undo") location.reload();
  }
}
