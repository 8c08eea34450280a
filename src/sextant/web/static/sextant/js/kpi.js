// A metric chosen from the list is written into the formula at the cursor, in its brackets.
for (const box of document.querySelectorAll("[data-formula]")) {
  const formula = box.querySelector("textarea");
  const insert = box.querySelector("[data-formula-insert]");
  const keys = new Set([...document.querySelectorAll("#known-metrics option")].map((one) => one.value));
  insert?.addEventListener("input", () => {
    if (!keys.has(insert.value)) return;
    formula.setRangeText(`[${insert.value}]`, formula.selectionStart, formula.selectionEnd, "end");
    insert.value = "";
    formula.focus();
    formula.dispatchEvent(new Event("input", { bubbles: true }));
  });
  insert?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}

// What was chosen on a chart is drawn again after a short pause; nothing is saved by it.
const PAUSE = 600;
for (const form of document.querySelectorAll("form[data-chart-live]")) {
  let waiting = 0;
  form.addEventListener("change", (event) => {
    if (event.target !== form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => redraw(form), PAUSE);
  });
}

async function redraw(form) {
  const target = form.dataset.chartLive;
  const chosen = document.activeElement?.closest(".divider")?.dataset.start;
  const wasInChart = document.querySelector(target)?.contains(document.activeElement);
  await window.htmx.ajax("POST", form.action, { source: form, values: { do: "preview" }, target, select: target, swap: "outerHTML" });
  if (!wasInChart) return;
  const visible = [...document.querySelectorAll(`${target} svg.chart`)].filter((one) => one.checkVisibility());
  const focus = visible.map((one) => one.querySelector(chosen ? `.divider[data-start="${chosen}"]` : ".points")).find(Boolean);
  setTimeout(() => focus?.focus(), 120); // the new chart can be focused once its script has run
}
