"""The second origin: what users made, in sandboxes, beside nothing that knows a session."""

from pathlib import PurePosixPath

from starlette.responses import PlainTextResponse

from stoa.kit.http.app import AsgiApp, Receive, Scope, Send
from stoa.kit.http.static import ContentPolicy
from stoa.kit.manifest import Urls

_OPEN = ("/embed/", "/media/")
# On the first origin these go out as text or as a download; here they may act, for here they have nothing to act on.
_ACTING = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/xml",
    ".wasm": "application/wasm",
}
_TAMED = ("text/", "application/octet-stream", "application/json", "application/xml", "application/wasm")
_REPLACED = (b"content-type", b"content-disposition", b"content-security-policy")
_NOTHING = PlainTextResponse("There is nothing at this address.\n", 404)
_POWERS = b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"


class ContentOrigin:
    """Passes on what asks for pages and files of users, and lets files of courses act as what their names say."""

    def __init__(self, app: AsgiApp, urls: Urls) -> None:
        self._app = app
        policy = ContentPolicy.for_content(embedded_by=(urls.public_url, urls.content_url))
        self._policy = policy.extended("default-src", "https:").header().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith(_OPEN):
            await _NOTHING(scope, receive, send)
            return
        acting = _ACTING.get(PurePosixPath(scope["path"]).suffix.lower(), "")
        is_file = scope["path"].startswith("/media/")

        async def dressed(message: Scope) -> None:
            if message["type"] == "http.response.start":
                headers: list[tuple[bytes, bytes]] = list(message["headers"])
                if is_file and acting and message["status"] in (200, 206) and _is_tame(headers):
                    headers = [one for one in headers if one[0] not in _REPLACED]
                    headers += [(b"content-type", acting.encode()), (b"content-security-policy", self._policy)]
                message = {**message, "headers": [*headers, (b"permissions-policy", _POWERS)]}
            await send(message)

        stripped = [one for one in scope["headers"] if one[0] not in (b"cookie", b"authorization")]
        await self._app({**scope, "headers": stripped}, receive, dressed)


def _is_tame(headers: list[tuple[bytes, bytes]]) -> bool:
    kinds = [value.decode("latin-1") for name, value in headers if name == b"content-type"]
    return all(kind.startswith(_TAMED) for kind in kinds)
