/* The hours of the calendar under the hand: a grid of half hours behind what is planned. One points at a moment with the mouse
   (click, or drag down a day), the finger or the arrow keys, and a small dialogue leads to the form, its times filled in.
   Without this, each day has its « + ». */

const STEP = 30;
const week = document.querySelector("[data-grid]");
const dialog = document.querySelector("[data-chooser]");
if (week && dialog) build();

function build() {
  const days = [...week.querySelectorAll(".week-day")];
  const first = Number(week.dataset.first) * 60;
  const last = Number(week.dataset.last) * 60;
  const rows = [];
  const now = Date.now();
  let here;
  let anchor;
  let dragging = false;

  const grid = document.createElement("div");
  grid.className = "cells";
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-multiselectable", "true");
  grid.setAttribute("aria-label", week.dataset.grid);
  for (let minute = first; minute < last; minute += STEP) {
    const row = document.createElement("div");
    row.className = "cells-row";
    row.setAttribute("role", "row");
    rows.push(days.map((day, column) => row.appendChild(makeCell(day, column, minute))));
    grid.append(row);
  }
  days[0].before(grid);
  place(startingCell());

  function makeCell(day, column, minute) {
    const cell = document.createElement("div");
    cell.className = "cell";
    cell.tabIndex = -1;
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-selected", "false");
    cell.setAttribute("aria-label", [words(day, minute, minute + STEP), planned(day, minute, minute + STEP)].join(". "));
    if (isPast(day, minute)) cell.setAttribute("aria-disabled", "true");
    Object.assign(cell, { column, row: (minute - first) / STEP, minute, day });
    return cell;
  }

  /* The page knows which days are past; of today, the browser's clock says enough to point at. */
  function isPast(day, minute) {
    if ("past" in day.dataset) return true;
    return "today" in day.dataset && new Date(`${day.dataset.day}T${clock(minute)}`).getTime() < now - STEP * 60_000;
  }

  function planned(day, start, end) {
    const found = [...day.querySelectorAll(".event")]
      .filter(({ dataset }) => Number(dataset.from) < end && Number(dataset.to) > start)
      .map(({ dataset }) => dataset.what);
    return [...new Set(found)].join(", ") || week.dataset.nothing;
  }

  function startingCell() {
    const column = Math.max(days.findIndex((day) => "chosen" in day.dataset), 0);
    const opening = days[column].querySelector(".event[data-kind=opening]");
    const minute = Math.max(Number(opening?.dataset.from ?? 9 * 60), first);
    return rows[Math.min(Math.floor((minute - first) / STEP), rows.length - 1)][column];
  }

  /* One cell is in the order of the Tab key: the last where one was. */
  function place(cell) {
    if (here) here.tabIndex = -1;
    here = cell;
    here.tabIndex = 0;
  }

  function select(from, to) {
    const [top, bottom] = [Math.min(from.row, to.row), Math.max(from.row, to.row)];
    for (const row of rows) {
      for (const cell of row) {
        const chosen = cell.column === from.column && cell.row >= top && cell.row <= bottom;
        cell.setAttribute("aria-selected", String(chosen));
      }
    }
    return [rows[top][from.column], rows[bottom][from.column]];
  }

  function clear() {
    anchor = undefined;
    for (const cell of grid.querySelectorAll("[aria-selected=true]")) cell.setAttribute("aria-selected", "false");
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-4, 0], PageDown: [4, 0] };

  function target(event) {
    if (event.key in STEPS) return [here.row + STEPS[event.key][0], here.column + STEPS[event.key][1]];
    if (event.key === "Home") return event.ctrlKey ? [0, 0] : [here.row, 0];
    if (event.key === "End") return event.ctrlKey ? [rows.length - 1, days.length - 1] : [here.row, days.length - 1];
    return null;
  }

  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(anchor ?? here, here);
      return;
    }
    if (event.key === "Escape") clear();
    const to = target(event);
    if (!to) return;
    event.preventDefault();
    const row = Math.min(Math.max(to[0], 0), rows.length - 1);
    const column = event.shiftKey ? here.column : Math.min(Math.max(to[1], 0), days.length - 1);
    if (event.shiftKey) anchor ??= here;
    else clear();
    place(rows[row][column]);
    if (anchor) select(anchor, here);
    here.focus();
  });

  /* A mouse draws along a day; a finger scrolls, and taps. */
  grid.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest(".cell");
    if (!cell || event.button !== 0 || event.pointerType === "touch" || cell.ariaDisabled === "true") return;
    clear();
    place(cell);
    anchor = cell;
    dragging = true;
    select(cell, cell);
  });
  grid.addEventListener("pointerover", (event) => {
    const cell = event.target.closest(".cell");
    if (!dragging || !cell) return;
    place(rows[cell.row][anchor.column]);
    select(anchor, here);
  });
  addEventListener("pointerup", (event) => {
    if (!dragging) return;
    dragging = false;
    if (event.target.closest?.(".week")) open(anchor, here);
    else clear();
  });
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (!cell || dialog.open || event.pointerType !== "touch") return;
    place(cell);
    open(cell, cell);
  });

  /* A single half hour asks for an hour: nobody receives for less. */
  function open(from, to) {
    const [start, end] = select(from, to);
    if (start.ariaDisabled === "true") {
      clear();
      return;
    }
    const until = start === end ? Math.min(start.minute + 60, 24 * 60 - 1) : end.minute + STEP;
    dialog.querySelector("h2").textContent = sentence(words(start.day, start.minute, until));
    dialog.querySelector("[data-what]").textContent = sentence(planned(start.day, start.minute, until));
    for (const link of dialog.querySelectorAll("[data-add]")) {
      const address = new URL(link.href);
      address.searchParams.set("jour", start.day.dataset.day);
      address.searchParams.set("debut", clock(start.minute));
      address.searchParams.set("fin", clock(until));
      link.href = address.href;
    }
    here.focus({ preventScroll: true });
    dialog.showModal();
  }
  dialog.addEventListener("close", clear);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

function clock(minute) {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/* As the page writes them: « 9 h », « 9 h 30 »; 09:30 in English. */
function hour(minute) {
  if (document.documentElement.lang === "en") return clock(minute);
  const rest = minute % 60;
  return `${Math.floor(minute / 60)} h${rest ? ` ${String(rest).padStart(2, "0")}` : ""}`;
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function words(day, start, end) {
  return week.dataset.slot.replace("{day}", day.dataset.name).replace("{start}", hour(start)).replace("{end}", hour(end));
}

/* The line of the present moment follows it. */
const line = week?.querySelector("[data-now]");
if (line) {
  const started = Date.now();
  const from = line.offsetTop;
  const column = line.parentElement.clientHeight / (Number(week.dataset.last) - Number(week.dataset.first));
  setInterval(() => {
    line.style.insetBlockStart = `${from + ((Date.now() - started) / 3_600_000) * column}px`;
  }, 60_000);
}
