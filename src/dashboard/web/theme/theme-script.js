// Runs before the first paint: a stored choice of theme must not flash. Without one, the system decides.
try {
  const chosen = localStorage.getItem('offstage-theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // Storage is off: the system decides.
}
