/* Runs before the first paint: the reader's theme, when they chose one. */
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  /* Storage is closed in this browser: the system's preference rules. */
}
