/* What makes pages a little better; each of them works without. */

import "./sign-out.js";

/* The theme: the opposite of what shows now, remembered. */
for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const root = document.documentElement;
    const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      /* Not remembered, then. */
    }
  });
}

/* A password that is typed may be read by who types it, until it leaves. */
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const word = button.querySelector("span");
  const words = [word.textContent, button.dataset.hide];
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    word.textContent = words[Number(shown)];
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
}

/* The compact menu closes with Escape, and gives the focus back. */
const menu = document.querySelector(".menu-toggle");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* Faults are read at once. */
document.querySelector("[data-focus]")?.focus();

/* A form leaves once. The button is disabled after the browser took its value; coming back wakes it. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[method=post] button[disabled]")) button.disabled = false;
});

/* An address that is meant to be passed on: a button copies it. */
for (const input of navigator.clipboard ? document.querySelectorAll("input[data-copy]") : []) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: input.dataset.copy, ariaLive: "polite" });
  button.dataset.tone = "secondary";
  button.addEventListener("click", async () => {
    input.select();
    await navigator.clipboard.writeText(input.value);
    button.textContent = input.dataset.copied;
  });
  input.after(button);
}

if (document.querySelector("[data-commune]")) import("./commune.js");
