/* Autosave of the interview file. The page works without: every button of the form saves first.

   What is typed is kept on this device until the server has it, sent after a pause, and sent again while the network is away. */

const form = document.querySelector("form[data-draft]");
const state = form.querySelector("[data-state]");
const words = form.querySelector("[data-words]");
const key = `entretien:${form.dataset.key}`;
const PAUSE = 900;
const MOST_WAIT = 30_000;
const LIVE = /^(keep|set_aside|undo|up|down):/;

let timer = 0;
let wait = 2000;
let version = 0;
let base = "";
let busy = false;
let halted = false;
let waiting = null;
const deeds = [];

/* The device's own copy. Storage may be refused: then the network is all there is. */
const copy = {
  read() {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      /* Full or forbidden. */
    }
  },
  drop() {
    try {
      localStorage.removeItem(key);
    } catch {
      /* Nothing was kept, then. */
    }
  },
};

function typed() {
  const data = new URLSearchParams(new FormData(form));
  data.delete("_csrf_token");
  data.delete("revision");
  data.sort();
  return data.toString();
}

function say(text, tone = "") {
  state.textContent = text;
  state.dataset.tone = tone;
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

function changed() {
  version += 1;
  copy.write({ typed: typed(), revision: form.elements.revision.value });
  if (halted) return;
  say(form.dataset.saidDirty);
  schedule(PAUSE);
}

async function save() {
  clearTimeout(timer);
  if (busy || halted) return;
  busy = true;
  const sent = version;
  const action = deeds[0] ?? "";
  const body = new URLSearchParams(new FormData(form));
  const mine = typed();
  body.set("base", base);
  if (action) body.set("action", action);
  say(form.dataset.saidSaving);
  try {
    const answer = await fetch(form.dataset.draft, {
      method: "PUT",
      body,
      headers: {
        accept: "application/json",
        "x-csrftoken": document.querySelector("meta[name=csrf-token]").content,
      },
    });
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    wait = 2000;
    if (action && answer.status !== 401) deeds.shift();
    await take(answer, sent, action, mine);
  } catch {
    say(form.dataset.saidOffline, "warn");
    schedule(wait);
    wait = Math.min(wait * 2, MOST_WAIT);
  } finally {
    busy = false;
  }
  if (waiting) {
    const button = waiting;
    waiting = null;
    form.requestSubmit(button);
  } else if (!halted && wait === 2000 && (deeds.length || version !== sent)) schedule(deeds.length ? 0 : PAUSE);
}

async function take(answer, sent, action, mine) {
  if (answer.status === 401) {
    say(form.dataset.saidSignedOut, "warn");
    schedule(MOST_WAIT);
    return;
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) {
    form.elements.revision.value = said.revision;
    base = receive(said.taken ?? {}, mine);
    if (version === sent) copy.drop();
    showFaults({});
    renew("ranking", said.ranking);
    renew("tags", said.tags);
    if (action) renew("kept", said.kept);
    say(said.state);
  } else if (answer.status === 409) {
    halted = true;
    say("");
    ask("stale", said.message, () => saveOver(said.revision), reread);
  } else if (answer.status === 422) {
    showFaults(said.errors ?? {});
    say(said.message, "warn");
  } else {
    halted = true;
    say(form.dataset.saidRefused, "warn");
  }
}

function saveOver(revision) {
  form.elements.revision.value = revision;
  halted = false;
  save();
}

function reread() {
  copy.drop();
  location.reload();
}

/* A question that stays until it is answered. */
function ask(name, message, mine, theirs) {
  const question = document.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
  const text = question.querySelector("[data-message]");
  if (text) text.textContent = message;
  const answered = (deed) => () => {
    question.remove();
    deed();
  };
  question.querySelector("[data-mine]").addEventListener("click", answered(mine));
  question.querySelector("[data-theirs]").addEventListener("click", answered(theirs));
  words.prepend(question);
  question.querySelector("[data-mine]").focus();
}

/* A fresh piece of the page: what is open stays open, what is typed stays typed, the focus stays where it was. */
function renew(name, html) {
  const piece = form.querySelector(`[data-piece=${name}]`);
  const open = new Set([...piece.querySelectorAll("details[open]")].map((fold) => fold.id));
  const texts = new Map([...piece.querySelectorAll("textarea")].map((area) => [area.name, area.value]));
  const focused = piece.contains(document.activeElement) ? document.activeElement : null;
  const mark = focused?.value && focused.name === "action" ? `[value="${CSS.escape(focused.value)}"]` : focused?.id ? `#${CSS.escape(focused.id)}` : null;
  piece.innerHTML = html;
  for (const fold of piece.querySelectorAll("details")) fold.open = open.has(fold.id);
  for (const area of piece.querySelectorAll("textarea")) {
    if (texts.has(area.name)) area.value = texts.get(area.name);
  }
  if (!focused) return;
  const again = mark && piece.querySelector(`${mark}:not([disabled])`);
  if (again) again.focus({ preventScroll: true });
  else (piece.querySelector("button:not([disabled]), summary") ?? piece.closest("section")).focus({ preventScroll: true });
}

function showFaults(errors) {
  for (const fault of form.querySelectorAll(".fault")) fault.remove();
  for (const wrong of form.querySelectorAll(".is-wrong")) wrong.classList.remove("is-wrong");
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const [name, message] of Object.entries(errors)) {
    const control = document.getElementById(`f-${name}`);
    const field = control?.closest(".field");
    if (!field) continue;
    const fault = document.createElement("p");
    fault.className = "fault";
    fault.id = `f-${name}-error`;
    fault.textContent = message;
    field.classList.add("is-wrong");
    field.append(fault);
    control.setAttribute("aria-invalid", "true");
    const hint = document.getElementById(`f-${name}-hint`);
    control.setAttribute("aria-describedby", [hint?.id, fault.id].filter(Boolean).join(" "));
  }
}

/* Rows of languages and countries: one empty row always waits. */
function growRows(rows) {
  const last = rows.lastElementChild;
  if (![...last.querySelectorAll("select")].some((select) => select.value)) return;
  const row = last.cloneNode(true);
  const number = rows.children.length + 1;
  for (const select of row.querySelectorAll("select")) {
    select.removeAttribute("id");
    select.value = "";
    select.setAttribute("aria-label", select.getAttribute("aria-label").replace(/\d+$/, number));
  }
  rows.append(row);
}

/* Puts a kept copy back into the form. */
function fill(text) {
  const data = new URLSearchParams(text);
  for (const rows of form.querySelectorAll("[data-rows]")) {
    const name = rows.querySelector("select").name;
    while (rows.children.length < data.getAll(name).length) rows.append(rows.lastElementChild.cloneNode(true));
  }
  const queues = new Map([...new Set(data.keys())].map((name) => [name, data.getAll(name)]));
  for (const control of form.elements) {
    if (!control.name || ["_csrf_token", "revision", "action"].includes(control.name)) continue;
    if (control.type === "checkbox" || control.type === "radio") control.checked = data.getAll(control.name).includes(control.value);
    else control.value = queues.get(control.name)?.shift() ?? "";
  }
}

/* What another wrote meanwhile goes into the fields that were not touched since; returns what the file says now. */
function receive(taken, mine) {
  const saved = new URLSearchParams(mine);
  const present = new URLSearchParams(typed());
  const untouched = new Map();
  for (const [name, values] of Object.entries(taken)) {
    if (present.getAll(name).join("\n") === saved.getAll(name).join("\n")) untouched.set(name, values);
    saved.delete(name);
    for (const value of values) saved.append(name, value);
  }
  if (untouched.size) {
    for (const name of untouched.keys()) present.delete(name);
    for (const [name, values] of untouched) for (const value of values) present.append(name, value);
    fill(present.toString());
  }
  saved.sort();
  return saved.toString();
}

base = typed();
form.addEventListener("input", changed);
form.addEventListener("change", (event) => {
  const rows = event.target.closest("[data-rows]");
  if (rows) growRows(rows);
});

/* A suggested tag ticks its box, or takes the first empty row. */
form.addEventListener("click", (event) => {
  const tag = event.target.closest("[data-tag]");
  if (!tag) return;
  const { tag: name, value } = tag.dataset;
  const boxes = [...form.querySelectorAll(`[name="${name}"]`)];
  const box = boxes.find((one) => one.type === "checkbox" && one.value === value) ?? boxes.find((one) => one.localName === "select" && !one.value);
  if (!box) return;
  event.preventDefault();
  if (box.type === "checkbox") box.checked = true;
  else box.value = value;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  tag.closest("li").remove();
  changed();
});

form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  const action = event.submitter?.value ?? "save";
  const live = !halted && (action === "save" || LIVE.test(action));
  if (!live && !busy) return;
  event.preventDefault();
  if (!live) {
    waiting = event.submitter;
    return;
  }
  if (action !== "save") deeds.push(action);
  save();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save();
  }
});

addEventListener("online", () => schedule(0));

const found = copy.read();
if (found && found.typed === typed()) copy.drop();
else if (found) {
  ask("found", "", () => {
    fill(found.typed);
    changed();
  }, () => copy.drop());
}
