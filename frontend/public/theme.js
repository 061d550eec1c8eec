// Runs before the first paint, so that a page whose reader chose a theme never flashes in the other one.
try {
  const theme = localStorage.getItem("noc.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: then the system's wish stands.
}
