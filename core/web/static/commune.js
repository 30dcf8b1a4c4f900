/* Suggestions for a field `data-commune`: an ARIA combobox over /api/v1/communes. Free text still goes through. */

const WAIT_MS = 150;
let count = 0;

for (const input of document.querySelectorAll("input[data-commune]")) equip(input);

function equip(input) {
  const list = document.createElement("ul");
  list.id = `communes-${++count}`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? "");
  list.hidden = true;
  const frame = document.createElement("div");
  frame.className = "combobox";
  input.replaceWith(frame);
  frame.append(input, list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    autocomplete: "off",
  })) input.setAttribute(name, value);

  /* Filled when a suggestion is chosen, emptied as soon as one types again. */
  const code = input.form?.querySelector("input[data-commune-code]");
  let timer;
  let asked = 0;
  let active = -1;

  input.addEventListener("input", () => {
    if (code) code.value = "";
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT_MS);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const options = list.children;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length > 0 && !list.hidden) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark((active + step + options.length) % options.length);
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      choose(options[active]);
    }
  });
  /* pointerdown comes before blur: the choice is not lost. */
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("li");
    if (!option) return;
    event.preventDefault();
    choose(option);
  });

  async function suggest() {
    const text = input.value.trim();
    const number = ++asked;
    if (text.length < 2) return close();
    try {
      const answer = await fetch(`/api/v1/communes?q=${encodeURIComponent(text)}`);
      if (!answer.ok || number !== asked) return;
      show(await answer.json());
    } catch {
      close(); /* Offline: free text it is. */
    }
  }

  function show(communes) {
    if (document.activeElement !== input) return;
    list.replaceChildren(
      ...communes.map((commune, index) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.name = commune.name;
        option.dataset.insee = commune.insee;
        const postcode = document.createElement("span");
        postcode.className = "suggestion-postcode";
        postcode.textContent = commune.postcodes[0] ?? commune.department;
        option.append(commune.name, " ", postcode);
        return option;
      }),
    );
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = communes.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  function mark(index) {
    active = index;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    input.setAttribute("aria-activedescendant", list.children[index].id);
    list.children[index].scrollIntoView({ block: "nearest" });
  }

  function choose(option) {
    asked++;
    input.value = option.dataset.name;
    if (code) code.value = option.dataset.insee;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
}
