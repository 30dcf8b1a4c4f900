/* Turning weeks without reloading, and how long a slot is still kept. Both are plain links and words without this. */

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-week]");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  show(link.href);
});
addEventListener("popstate", () => show(location.href));

async function show(address) {
  const week = document.getElementById("semaine");
  if (!week) return location.assign(address);
  week.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("semaine");
    if (!answer.ok || !fresh) throw new Error("no week in the answer");
    week.replaceWith(fresh);
    fresh.focus({ preventScroll: true });
  } catch {
    location.assign(address);
  }
}

const left = document.querySelector("[data-expires]");
if (left) {
  const words = left.querySelector("span");
  const end = Date.parse(left.dataset.expires);
  const tell = () => {
    const minutes = Math.ceil((end - Date.now()) / 60000);
    const said = minutes > 1 ? left.dataset.many.replace("{n}", minutes) : minutes === 1 ? left.dataset.one : left.dataset.over;
    if (words.textContent !== said) words.textContent = said;
    if (minutes > 0) setTimeout(tell, 5000);
  };
  tell();
}
