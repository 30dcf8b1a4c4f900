/* Who signs out leaves no draft of an interview behind on this device, and loses none without having been asked.

   Another person's draft is neither shown nor erased: it waits for them, a week at most (draft-copy.js). */

const dialog = document.querySelector("dialog[data-unsaved]");

function stores() {
  try {
    return [localStorage, sessionStorage];
  } catch {
    return []; /* Storage is refused: there is none. */
  }
}

/* What this account typed and the server does not have: when, by file. */
function unsaved(family) {
  const files = new Map();
  for (const key of Object.keys(stores()[0] ?? {})) {
    if (!key.startsWith(family)) continue;
    const file = key.slice(family.length).split(":")[0];
    files.set(file, Math.max(files.get(file) ?? 0, typedAt(key)));
  }
  return files;
}

function typedAt(key) {
  try {
    return JSON.parse(localStorage.getItem(key)).at || 0;
  } catch {
    return 0;
  }
}

function erase(family) {
  for (const store of stores()) {
    for (const key of Object.keys(store)) if (key.startsWith(family)) store.removeItem(key);
  }
}

function ask(files, form, family) {
  const list = dialog.querySelector("[data-files]");
  const row = dialog.querySelector("template").content;
  list.replaceChildren();
  for (const [file, at] of files) {
    const item = row.cloneNode(true);
    item.querySelector("a").href = `/entretiens/${encodeURIComponent(file)}`;
    item.querySelector("[data-at]").textContent = new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });
    list.append(item);
  }
  dialog.querySelector("[data-erase]").onclick = () => {
    erase(family);
    dialog.close();
    form.requestSubmit();
  };
  dialog.showModal();
}

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", (event) => {
    const family = `entretien:${form.dataset.signOut}:`;
    const files = unsaved(family);
    if (files.size === 0) {
      erase(family);
      return;
    }
    event.preventDefault();
    ask(files, form, family);
  });
}
