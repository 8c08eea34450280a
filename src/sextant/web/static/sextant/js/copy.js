// Buttons that copy: data-copy holds the text, or the selector (#id) of what holds it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const wanted = button.dataset.copy;
  const source = wanted.startsWith("#") ? document.querySelector(wanted) : null;
  const text = source ? (source.value ?? source.textContent).trim() : wanted;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure connection there is no clipboard; leave the text selected for Ctrl+C.
    source?.select?.();
    if (source && !source.select) getSelection().selectAllChildren(source);
    return;
  }
  const said = button.dataset.copied;
  if (!said) return;
  const before = button.textContent;
  button.textContent = said;
  setTimeout(() => { button.textContent = before; }, 1600);
});
