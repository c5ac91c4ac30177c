/*
 * Runs before the first paint, so that a chosen theme, language or look never flashes, and asks at once what the page of
 * somebody signed in needs: the next token and the first answers come while the application's code is still on its way
 * (lib/session takes them up). Kept outside the bundle: the page allows no inline script.
 */
(function () {
  try {
    if (localStorage.getItem('stoa.signed-in') && navigator.locks) {
      var ask = function () {
        return fetch('/api/v1/identity/opening?page=' + encodeURIComponent(location.pathname + location.search), {
          method: 'POST',
          credentials: 'same-origin',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        }).then(function (response) {
          return response.ok ? response.json().then(seen) : { status: response.status };
        });
      };
      var seen = function (opening) {
        opening.images.forEach(function (url) {
          new Image().src = url;
        });
        return opening;
      };
      globalThis.stoaOpening = navigator.locks.request('stoa.refresh', ask);
      globalThis.stoaOpening.catch(function () {});
    }
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
      root.dataset.locale = root.lang = locale;
      root.dir = locale === 'ar' ? 'rtl' : 'ltr';
    }
  } catch {
    /* Storage is refused: the system's theme and the page's own language stay. */
  }
})();
