"""The empty page of the second origin that shows an author's page with scripts, handed over by the player."""

from starlette.responses import HTMLResponse
from starlette.routing import Route, Router

from stoa.kit.http.app import AsgiApp

PATH = "/frame"

# The policy of the second origin sandboxes this page: it has no origin, no cookies and no storage, so what is handed
# over may come from anybody who may embed it. It tells its height, so that nobody needs a second scrollbar.
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Activity</title>
<script>
// Pages without an origin have no storage; scripts that ask for it get one that lasts as long as the page.
for (const name of ['localStorage', 'sessionStorage']) {
  const kept = new Map();
  Object.defineProperty(window, name, {value: {
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() { return kept.size; },
  }});
}
addEventListener('message', function show(event) {
  if (event.source !== parent || typeof event.data?.html !== 'string') return;
  document.open();
  const {html} = event.data;
  const style = '<style>body{margin:0;font:16px/1.55 system-ui,sans-serif}</style>';
  const start = '<!doctype html><meta charset="utf-8">' + style;
  document.write(/^\\s*<!doctype/i.test(html) ? html : start + html);
  document.close();
  const tell = () => parent.postMessage({height: document.documentElement.getBoundingClientRect().height}, '*');
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
});
parent.postMessage({ready: true}, '*');
</script>
</html>
"""


_HEADERS = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}


def framed(otherwise: AsgiApp) -> AsgiApp:
    """Return an application that answers the path of the frame, and leaves all else to another one."""

    async def show(_: object) -> HTMLResponse:
        return HTMLResponse(_PAGE, headers=_HEADERS)

    return Router([Route(PATH, show, methods=["GET"])], default=otherwise)
