/* The keyboard of the interview file: each shortcut holds Alt, so that none is typed by chance (WCAG 2.1.4).

   Letters are read by their place, the same on the French and the English keyboards: with Alt, some systems type another sign. */

const help = document.querySelector("[data-keys]");
const opener = document.querySelector("[data-keys-open]");
const PARTS = { KeyP: "profil", KeyJ: "projet", KeyN: "notes", KeyG: "gardees", KeyC: "classement", KeyT: "cloture" };
const CONTROL = "input:not([type=hidden]), select, textarea, button, summary";

function go(id) {
  const part = document.getElementById(id);
  part.scrollIntoView({ block: "start" });
  (part.querySelector(CONTROL) ?? part.querySelector("a"))?.focus({ preventScroll: true });
}

function move(verb) {
  const sheet = document.activeElement.closest(".kept-sheet");
  const button = sheet?.querySelector(`button[value^="${verb}:"]:not([aria-disabled])`);
  if (!button) return false;
  button.focus();
  button.click();
  return true;
}

function press(selector) {
  const button = document.querySelector(selector);
  button?.focus();
  return button;
}

const DEEDS = {
  KeyK: () => press("[data-piece=ranking] button[value^='keep:']")?.click(),
  KeyI: () => press("[data-tag]"),
  KeyH: () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || help.open) return;
  if (event.code === "ArrowUp" || event.code === "ArrowDown") {
    if (move(event.code === "ArrowUp" ? "up" : "down")) event.preventDefault();
    return;
  }
  const deed = DEEDS[event.code] ?? (PARTS[event.code] && (() => go(PARTS[event.code])));
  if (!deed) return;
  event.preventDefault();
  deed();
});

opener.hidden = false;
opener.addEventListener("click", () => help.showModal());
