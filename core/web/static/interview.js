/* Autosave of the interview file. The page works without: every button of the form saves first.

   What is typed is kept on this device until the server has it, sent after a pause, and sent again while the network is away. What
   others write meanwhile joins it field by field; where both wrote, a question shows both. */

import { deviceCopy } from "./draft-copy.js";

const form = document.querySelector("form[data-draft]");
const state = form.querySelector("[data-state]");
const words = form.querySelector("[data-words]");
const signIn = form.querySelector("[data-signin]");
const copy = deviceCopy(form.dataset.account, form.dataset.key);
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
let late = false;
let tokenRenewed = false;
const deeds = [];

function typed() {
  const data = new URLSearchParams(new FormData(form));
  data.delete("_csrf_token");
  data.delete("revision");
  for (const name of [...data.keys()]) if (name.startsWith("clash_")) data.delete(name);
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
  copy.write({ typed: typed(), base, revision: form.elements.revision.value });
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
    if (action && ![401, 403].includes(answer.status)) deeds.shift();
    await take(answer, sent, action, mine);
  } catch {
    late = true;
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
  const renewed = answer.status === 403 && !tokenRenewed && (await renewToken());
  tokenRenewed = renewed;
  if (renewed) {
    schedule(0);
    return;
  }
  const signedOut = answer.status === 401 || answer.status === 403;
  signIn.hidden = !signedOut;
  if (signedOut) {
    late = true;
    say(form.dataset.saidSignedOut, "warn");
    schedule(MOST_WAIT);
    return;
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) {
    form.elements.revision.value = said.revision;
    base = receive(said.taken ?? {}, mine);
    if (version === sent) copy.drop();
    else copy.write({ typed: typed(), base, revision: said.revision });
    showFaults({});
    renew("ranking", said.ranking);
    renew("tags", said.tags);
    if (action) renew("kept", said.kept);
    say(late ? `${form.dataset.saidReplayed} ${said.state}` : said.state);
    late = false;
  } else if (answer.status === 409) {
    halted = true;
    say("");
    if (said.clashes?.length) choose(said, mine);
    else ask(said.message, () => saveOver(said.revision), reread);
  } else if (answer.status === 422) {
    showFaults(said.errors ?? {});
    say(said.message, "warn");
  } else {
    halted = true;
    say(form.dataset.saidRefused, "warn");
  }
}

/* A sign-in in another tab may have changed the token that proves that this page is ours. */
async function renewToken() {
  const page = await fetch(location.pathname);
  if (!page.ok || page.redirected) return false;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("meta[name=csrf-token]")?.content;
  if (!fresh) return false;
  document.querySelector("meta[name=csrf-token]").content = fresh;
  for (const field of document.querySelectorAll("[name=_csrf_token]")) field.value = fresh;
  return true;
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

function piece(name) {
  return document.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
}

/* Both wrote in the same fields: both values are shown, and nothing is sent before the choice. */
function choose(said, mine) {
  receive(said.taken, mine);
  const question = piece("clashes");
  question.querySelector("[data-message]").textContent = said.message;
  for (const clash of said.clashes) {
    const side = piece("clash");
    side.dataset.field = clash.field;
    side.querySelector("[data-label]").textContent = clash.label;
    for (const who of ["mine", "theirs"]) side.querySelector(`[data-${who}]`).textContent = clash[who] || form.dataset.saidNothing;
    for (const radio of side.querySelectorAll("input")) radio.name = `clash_${clash.field}`;
    side.addEventListener("input", (event) => event.stopPropagation());
    question.querySelector("[data-list]").append(side);
  }
  question.querySelector("[data-settle]").addEventListener("click", () => {
    const taken = new Map();
    for (const side of question.querySelectorAll("[data-field]")) {
      if (side.querySelector(":checked").value === "theirs") for (const name of controls(side.dataset.field)) taken.set(name, said.values[name]);
    }
    question.remove();
    base = over(base, { ...said.taken, ...said.values });
    fill(over(typed(), Object.fromEntries(taken)));
    saveOver(said.revision);
  });
  words.prepend(question);
  question.querySelector("input").focus();
}

/* The controls of the form that hold a field. */
function controls(field) {
  if (field === "languages") return ["language_code", "language_level"];
  if (field === "flags") return [...new Set([...form.elements].map((one) => one.name).filter((name) => name.startsWith("flag_")))];
  return [field];
}

/* A form's text with other values in some fields. */
function over(text, values) {
  const data = new URLSearchParams(text);
  for (const [name, held] of Object.entries(values)) {
    data.delete(name);
    for (const value of held) data.append(name, value);
  }
  data.sort();
  return data.toString();
}

/* A question that stays until it is answered. */
function ask(message, mine, theirs) {
  const question = piece("stale");
  question.querySelector("[data-message]").textContent = message;
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

addEventListener("focus", () => {
  if (!signIn.hidden) schedule(0);
});

/* What this device kept is sent again, as typed over what the page said then: others' words are joined, not replaced. */
const found = copy.read(form.elements.private_note?.value);
if (found && found.typed === base) copy.drop();
else if (found) {
  base = found.base;
  form.elements.revision.value = found.revision;
  fill(found.typed);
  late = true;
  changed();
  schedule(0);
}
