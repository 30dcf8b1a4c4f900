/* The agenda under the hand: point at an hour of the grid, by mouse or by arrow keys, to add something; letters to turn pages. */

const QUARTERS = 56;
const FIRST_HOUR = 7;

const keys = document.querySelector("[data-keys]");
if (keys) keys.hidden = false;

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, dialog[open], [contenteditable]")) return;
  document.querySelector(`a[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
});

const dialog = document.getElementById("ajouter");
const columns = [...document.querySelectorAll(".week-events[data-day]")];
const wide = matchMedia("(width >= 60rem)");
if (dialog && columns.length) prepare();

function prepare() {
  const cursor = document.createElement("button");
  cursor.type = "button";
  cursor.className = "week-cursor";
  const item = document.createElement("li");
  item.className = "week-cursor-place";
  item.append(cursor);
  const title = dialog.querySelector("h2");
  let column = 0;
  let row = (10 - FIRST_HOUR) * 4;

  const hour = () => {
    const minutes = (FIRST_HOUR * 4 + row) * 15;
    return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  };
  const words = () => title.dataset.words.replace("{day}", columns[column].dataset.words).replace("{hour}", hour());

  function move(toColumn, toRow) {
    column = Math.min(Math.max(toColumn, 0), columns.length - 1);
    row = Math.min(Math.max(toRow, 0), QUARTERS - 4);
    item.className = `week-cursor-place at-${row} for-4`;
    if (item.parentElement !== columns[column]) columns[column].append(item);
    cursor.setAttribute("aria-label", words());
  }

  function ask() {
    title.textContent = words();
    for (const link of dialog.querySelectorAll("[data-to]")) {
      const to = new URL(link.dataset.to, location.href);
      to.searchParams.set("jour", columns[column].dataset.day);
      to.searchParams.set("debut", hour());
      link.href = to.pathname + to.search;
    }
    dialog.showModal();
  }

  const steps = { ArrowUp: [0, -2], ArrowDown: [0, 2], ArrowLeft: [-1, 0], ArrowRight: [1, 0], PageUp: [0, -8], PageDown: [0, 8] };
  cursor.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(column + step[0], row + step[1]);
    cursor.focus();
    cursor.scrollIntoView({ block: "nearest" });
  });
  cursor.addEventListener("click", ask);
  for (const [number, list] of columns.entries()) {
    list.addEventListener("click", (event) => {
      // An opening is the background: beside its words one points at the hour, not at the opening.
      const event_ = event.target.closest(".event");
      if (!wide.matches || event.target.closest("a, button") || (event_ && event_.dataset.kind !== "opening")) return;
      const box = list.getBoundingClientRect();
      move(number, Math.floor(((event.clientY - box.top) / box.height) * (QUARTERS / 2)) * 2);
      ask();
    });
  }
  dialog.addEventListener("close", () => cursor.focus({ preventScroll: true }));
  move(0, row);
}
