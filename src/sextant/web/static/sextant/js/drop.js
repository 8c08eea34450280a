// A file field that takes dropped files and says which ones it holds.
const known = new WeakSet();

export function start(root) {
  for (const zone of [...root.querySelectorAll("[data-drop-zone]"), ...(root.matches?.("[data-drop-zone]") ? [root] : [])]) {
    if (known.has(zone)) continue;
    known.add(zone);
    const field = zone.querySelector("input[type=file]");
    const names = zone.querySelector("[data-drop-names]");
    const say = () => {
      names.textContent = [...field.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
    };
    field.addEventListener("change", say);
    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("is-over"); });
    }
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let at = 0;
  while (bytes >= 1000 && at < 3) { bytes /= 1000; at += 1; }
  return `${bytes.toFixed(at && bytes < 10 ? 1 : 0)} ${units[at]}`;
}
