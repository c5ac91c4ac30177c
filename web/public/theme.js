/* Runs before the first paint, so that a chosen theme, language or look never flashes. Kept outside the bundle: the page allows no inline script. */
(function () {
  try {
    var root = document.documentElement;
    var choice = localStorage.getItem('stoa.theme');
    if (choice === 'light' || choice === 'dark' || choice === 'contrast') root.dataset.theme = choice;
    if (localStorage.getItem('stoa.spacing') === 'wide') root.dataset.spacing = 'wide';
    var brand = localStorage.getItem('stoa.brand');
    if (brand) {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(brand);
      document.adoptedStyleSheets = [sheet];
    }
    var locale = localStorage.getItem('stoa.locale');
    if (locale) {
      root.lang = locale;
      root.dir = locale === 'ar' ? 'rtl' : 'ltr';
    }
  } catch {
    /* Storage is refused: the system's theme and the page's own language stay. */
  }
})();
