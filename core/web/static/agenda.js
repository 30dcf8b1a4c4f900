/* The forms of openings and absences: fields of a recurrence only when there is one, slots shown while one types. */

const form = document.querySelector("[data-rule]");

function showRepeats() {
  const repeats = form.elements.repeat.value !== "none";
  for (const part of form.querySelectorAll("[data-repeats]")) part.hidden = !repeats;
}

let asked = 0;
async function showSlots() {
  const turn = ++asked;
  const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (turn !== asked || !answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const slots = page.getElementById("apercu");
  if (slots) document.getElementById("apercu").replaceChildren(...slots.childNodes);
}

if (form) {
  showRepeats();
  form.addEventListener("change", showRepeats);
  if (form.dataset.preview) {
    document.querySelector("[data-preview-button]").hidden = true;
    showSlots();
    let timer;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(showSlots, 400);
    });
  }
}
