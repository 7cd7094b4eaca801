// Runs before the first paint, so that a chosen theme never flashes. A file, because the CSP forbids inline scripts.
(() => {
  try {
    const { theme } = JSON.parse(localStorage.getItem('concordat.preferences') ?? '{}');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Unreadable preferences: the system's theme applies.
    document.documentElement.removeAttribute('data-theme');
  }
})();
