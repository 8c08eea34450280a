// Offers people while "@na" is being typed; Ctrl+Enter sends. Without it one types the name or key by hand.
const known = new WeakSet();
const BEGUN = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,40})$/u;

export function start(root) {
  const fields = [...root.querySelectorAll("textarea[data-mentions]"), ...(root.matches?.("textarea[data-mentions]") ? [root] : [])];
  for (const field of fields) {
    if (!known.has(field)) offer(field);
    known.add(field);
  }
}

function offer(field) {
  const list = document.createElement("ul");
  list.id = `${field.id}-people`;
  list.className = "mention-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "@");
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let asked = 0;

  const options = () => [...list.children];
  const chosen = () => list.querySelector('[aria-selected="true"]');
  const close = () => { asked += 1; list.hidden = true; list.replaceChildren(); field.removeAttribute("aria-activedescendant"); };
  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  };
  const begun = () => BEGUN.exec(field.value.slice(0, field.selectionStart))?.[1];
  const take = (option) => {
    const end = field.selectionStart;
    const start = end - begun().length;
    field.setRangeText(`${option.dataset.key} `, start, end, "end");
    close();
    field.focus();
  };

  field.addEventListener("input", async () => {
    const name = begun();
    if (name === undefined) return close();
    const turn = (asked += 1);
    const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(name)}`, { credentials: "same-origin" }).catch(() => null);
    if (turn !== asked || !answer?.ok || answer.redirected) return undefined;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== asked) return undefined;
    list.replaceChildren(...page.querySelectorAll("li"));
    for (const option of options()) option.id = `${list.id}-${option.dataset.key}`;
    list.hidden = !list.children.length;
    if (!list.hidden) choose(options()[0]);
    return undefined;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      close();
      field.form.requestSubmit();
      return;
    }
    if (list.hidden || event.isComposing) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(all[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) take(option);
  });
  field.addEventListener("blur", close);
}
