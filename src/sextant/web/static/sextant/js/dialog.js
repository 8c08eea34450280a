// Links marked data-sheet open in a dialog; buttons marked data-open open a dialog of the page.
const sheet = document.getElementById("sheet");
const body = document.getElementById("sheet-body");

async function openSheet(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return location.assign(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector(".definition") ?? page.querySelector("main") ?? page.body;
  body.replaceChildren(document.adoptNode(part));
  window.htmx?.process(body);
  sheet.showModal();
  body.scrollTop = 0;
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-sheet]");
  if (link && sheet && !link.closest("dialog#sheet")) {
    event.preventDefault();
    openSheet(link).catch(() => location.assign(link.href));
    return;
  }
  const opener = event.target.closest("[data-open]");
  const dialog = opener && document.getElementById(opener.dataset.open);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (event.target.matches("dialog[open]")) {
    // A click beside the dialog lands on the dialog element itself, outside its box.
    const box = event.target.getBoundingClientRect();
    const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (outside) event.target.close();
  }
});
