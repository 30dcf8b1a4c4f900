/* Pieces of a page follow what happens elsewhere: see core/web/stream.py. Without this, a reload shows the same. */

const page = document.querySelector("[data-stream]");
const title = document.title;
const speaker = document.createElement("p");
let stream;

/* Only a page that is looked at keeps a connection: browsers allow six to a server, over all tabs. */
function follow() {
  stream?.close();
  if (document.hidden) return;
  stream = new EventSource(page.dataset.stream);
  stream.addEventListener("message", ({ data }) => show(JSON.parse(data)));
}

function show({ pieces, said, count }) {
  for (const [key, html] of Object.entries(pieces)) {
    for (const place of document.querySelectorAll(`[data-live="${CSS.escape(key)}"]`)) put(place, html);
  }
  document.title = count ? `(${count}) ${title}` : title;
  if (said.length) speaker.textContent = said.join(" ");
}

/* Whoever is at a button of the piece stays there. */
function put(place, html) {
  const at = [...place.querySelectorAll("a, button")].indexOf(document.activeElement);
  place.innerHTML = html;
  if (at >= 0) place.querySelectorAll("a, button")[at]?.focus();
}

if (page) {
  speaker.className = "sr-only";
  speaker.setAttribute("role", "status");
  document.body.append(speaker);
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", follow);
}
