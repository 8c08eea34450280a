// The import pages: folders and files dropped together, a progress bar while they are sent, lists that are ticked whole.
// Without it files are chosen one by one and everything else works the same.
import { toast } from "./toasts.js";

class Upload {
  constructor(form) {
    this.form = form;
    this.zone = form.querySelector("[data-import-zone]");
    this.field = this.zone.querySelector("input[name=files]");
    this.folder = this.zone.querySelector("[data-folder]");
    this.names = this.zone.querySelector("[data-chosen]");
    this.chosen = []; // [file, its place in the folder]
    this.field.addEventListener("change", () => this.take([...this.field.files].map((file) => [file, file.name])));
    this.folder.addEventListener("change", () => this.take([...this.folder.files].map((file) => [file, file.webkitRelativePath])));
    form.querySelector("[data-choose-folder]").addEventListener("click", () => this.folder.click());
    for (const name of ["dragenter", "dragover"]) {
      this.zone.addEventListener(name, (event) => { event.preventDefault(); this.zone.classList.add("is-over"); });
    }
    for (const name of ["dragleave", "drop"]) this.zone.addEventListener(name, () => this.zone.classList.remove("is-over"));
    this.zone.addEventListener("drop", (event) => { event.preventDefault(); this.drop(event.dataTransfer); });
    document.addEventListener("paste", (event) => this.paste(event));
    form.addEventListener("submit", (event) => this.submit(event));
  }

  take(files) {
    if (files.length) this.chosen = files.filter(([, place]) => !place.split("/").some((part) => part.startsWith(".")));
    const bytes = this.chosen.reduce((sum, [file]) => sum + file.size, 0);
    const first = this.chosen.slice(0, 5).map(([, place]) => place).join(", ");
    const more = this.chosen.length > 5 ? ` … (${this.chosen.length})` : "";
    this.names.textContent = this.chosen.length ? `${first}${more}, ${size(bytes)}` : "";
    this.names.classList.toggle("error", bytes > Number(this.form.dataset.limit));
    if (bytes > Number(this.form.dataset.limit)) this.names.textContent = this.form.dataset.tooLarge;
    return bytes;
  }

  async drop(data) {
    const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...data.files];
    this.take(entries.some((entry) => entry.isDirectory) ? (await Promise.all(entries.map(walk))).flat() : files.map((file) => [file, file.name]));
  }

  paste(event) {
    if (event.target.closest("input, textarea, select")) return;
    const files = [...event.clipboardData.files];
    const text = event.clipboardData.getData("text/plain");
    if (text.includes("\t") || text.includes("\n")) {
      const area = this.form.querySelector("textarea[name=table]");
      area.value = text;
      area.focus();
    } else if (files.length) this.take(files.map((file) => [file, file.name]));
    else return;
    event.preventDefault();
  }

  submit(event) {
    const bytes = this.take([]);
    if (!this.chosen.length) return;
    event.preventDefault();
    if (bytes > Number(this.form.dataset.limit)) return this.names.focus?.();
    const body = new FormData(this.form);
    body.delete("files");
    body.set("paths", JSON.stringify(this.chosen.map(([, place]) => place)));
    for (const [file] of this.chosen) body.append("files", file, file.name);
    this.send(body);
  }

  send(body) {
    const box = this.form.querySelector("[data-sending-box]");
    const bar = box.querySelector("progress");
    const words = box.querySelector("[data-sending-words]");
    const button = this.form.querySelector("button.primary");
    box.hidden = false;
    button.disabled = true;
    words.textContent = this.form.dataset.sending;
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = 100 * event.loaded / event.total; });
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); words.textContent = this.form.dataset.reading; });
    request.addEventListener("load", () => {
      if (request.status < 400) return location.assign(request.responseURL);
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const notices = page.querySelectorAll(".notice");
      box.hidden = true;
      button.disabled = false;
      this.form.querySelectorAll(".notice").forEach((one) => one.remove());
      this.form.prepend(...[...notices].map((one) => document.adoptNode(one)));
      this.form.scrollIntoView({ block: "start" });
    });
    request.addEventListener("error", () => { words.textContent = this.form.dataset.failed; button.disabled = false; });
    request.open("POST", this.form.action);
    request.send(body);
  }
}

async function walk(entry, before = "") {
  const place = `${before}${entry.name}`;
  if (entry.isFile) return [[await new Promise((done, failed) => entry.file(done, failed)), place]];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a folder is told a hundred entries at a time
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!part.length) break;
    found.push(...part);
  }
  return (await Promise.all(found.map((one) => walk(one, `${place}/`)))).flat();
}

function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let at = 0;
  while (bytes >= 1000 && at < 3) { bytes /= 1000; at += 1; }
  return `${bytes.toFixed(at && bytes < 10 ? 1 : 0)} ${units[at]}`;
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return;
  for (const one of event.target.closest("table").querySelectorAll("input[name=draft]")) one.checked = event.target.checked;
});
// Writing a large import takes a moment; a second click would only be refused.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-once]")) setTimeout(() => event.target.querySelectorAll("button").forEach((one) => { one.disabled = true; }));
});
// Tables that were open stay open when the page is read again.
let open = [];
document.addEventListener("htmx:beforeSwap", () => { open = [...document.querySelectorAll("#import details[id][open]")].map((one) => one.id); });
document.addEventListener("htmx:afterSwap", () => { for (const id of open) document.getElementById(id)?.setAttribute("open", ""); });

// While the files are read again nothing else is answered or sent: the page that comes would overwrite it. Forms are
// held back at once; the page rests only a moment later, so that Tab still reaches the next field and comes back to it.
let field = null;
const comeBack = () => { const found = document.getElementById(field); found?.focus({ preventScroll: true }); found?.select?.(); };
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target.closest("#import");
  if (!part || event.detail.requestConfig.verb !== "post") return;
  part.ariaBusy = "true";
  setTimeout(() => {
    field = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.inert = true;
  });
});
document.addEventListener("submit", (event) => {
  if (!event.target.closest("#import[aria-busy=true]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.requestConfig?.verb === "post") comeBack(); });
document.addEventListener("htmx:afterRequest", (event) => {
  const part = event.target.closest("#import[aria-busy=true]");
  if (!part || event.detail.successful) return;
  part.ariaBusy = null;
  part.inert = false;
  comeBack();
  const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  toast(answer.querySelector(".notice p")?.textContent ?? document.getElementById("messages").dataset.failed, "error");
});

const form = document.querySelector("[data-import-form]");
if (form) new Upload(form);
