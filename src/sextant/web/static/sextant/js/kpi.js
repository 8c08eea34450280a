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
