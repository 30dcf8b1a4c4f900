/* The calendar's shortcuts, and its print button. Single letters can be turned off (WCAG 2.1.4), and never steal what one types. */

const help = document.querySelector("[data-keys]");
const choice = help?.querySelector("[data-keys-on]");
const REMEMBERED = "calendar-keys";

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) !== "off";
  } catch {
    return true;
  }
}

if (help) {
  help.hidden = false;
  choice.checked = remembered();
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(REMEMBERED, choice.checked ? "on" : "off");
    } catch {
      /* Kept until the page is left, then. */
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!choice.checked || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, select, textarea, dialog, [role=grid]")) return;
    const key = CSS.escape(event.key);
    const link = document.querySelector(`a[data-key="${key.toLowerCase()}"], a[data-key-code="${key}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
