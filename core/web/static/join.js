/* The way in follows the time: the room opens without anybody reloading. The words are the server's. */

const EVERY = 20_000;

async function follow() {
  if (document.hidden) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const place of document.querySelectorAll("[data-join]")) {
    const news = fresh.querySelector(`[data-join="${place.dataset.join}"]`);
    if (news && news.innerHTML !== place.innerHTML) place.replaceChildren(...news.childNodes);
  }
}

if (document.querySelector("[data-join][data-follow]")) {
  setInterval(follow, EVERY);
  document.addEventListener("visibilitychange", follow);
}
