/* For who reads abroad: the hour on the wall where they are, beside the hour in France. Nothing shows where it is the same. */

const ours = "Europe/Paris";
const theirs = Intl.DateTimeFormat().resolvedOptions().timeZone;

/* The day and the hour on a wall: what must differ for the hint to be worth a line. */
const wall = (instant, zone) => new Intl.DateTimeFormat("fr", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(instant);

for (const hint of document.querySelectorAll("[data-local-hour]")) {
  const instant = new Date(hint.dataset.localHour);
  if (!theirs || wall(instant, ours) === wall(instant, theirs)) continue;
  const language = document.documentElement.lang;
  const sameDay = wall(instant, ours).split(" ")[0] === wall(instant, theirs).split(" ")[0];
  const day = sameDay ? {} : { weekday: "long", day: "numeric", month: "long" };
  const hour = new Intl.DateTimeFormat(language, { timeZone: theirs, hour: "numeric", minute: "2-digit", ...day }).format(instant);
  const place = theirs.split("/").pop().replaceAll("_", " ");
  hint.querySelector("[data-words]").textContent = hint.dataset.says.replace("{hour}", hour).replace("{place}", place);
  hint.hidden = false;
}
