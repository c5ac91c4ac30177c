"""Serving the built web application: its page with what it must know at once, and its files for ever."""

import asyncio
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from pathlib import Path, PurePosixPath
from typing import Any

from stoa.kit.http.etag import matches
from stoa.kit.http.page import Opening, Page
from stoa.kit.http.reply import choose_encoding

Headers = list[tuple[bytes, bytes]]
Message = MutableMapping[str, Any]  # any: an ASGI message is a mapping of mixed values
Open = Callable[[Message], Awaitable[Opening]]

_FOR_EVER = b"public, max-age=31536000, immutable"
_REVALIDATE = b"no-cache"
_SUFFIXES = {b"br": ".br", b"gzip": ".gz"}
_LONGEST_PATH = 1_024
_NOTHING = Opening()
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".map": "application/json",
}


# The application's own policy, and that of its editor's clipboard, which parses what is pasted into no document.
TRUSTED_TYPES = ("stoa", "ProseMirrorClipboard")


class ContentPolicy:
    """A Content-Security-Policy header, put together from sources per directive."""

    def __init__(self, directives: Mapping[str, Iterable[str]]) -> None:
        self._directives = {name: tuple(sources) for name, sources in directives.items()}

    @classmethod
    def for_app(cls, *, content_origin: str | None = None, connect: Iterable[str] = ()) -> "ContentPolicy":
        """Return the policy of the application's own pages: nothing inline, frames of the content origin only.

        Pictures and films may come over https from anywhere: they do nothing but show. Pages of other hosts are framed
        by the content origin. Markup enters the page through the one policy of the application.
        """
        content = (content_origin,) if content_origin else ()
        return cls(
            {
                "default-src": ("'none'",),
                "script-src": ("'self'",),
                "style-src": ("'self'",),
                # Elements positioned by script carry style attributes (drag and drop, virtual lists).
                "style-src-attr": ("'unsafe-inline'",),
                "img-src": ("'self'", "data:", "blob:", "https:", *content),
                "media-src": ("'self'", "blob:", "https:", *content),
                "font-src": ("'self'",),
                "connect-src": ("'self'", *connect),
                "frame-src": ("'self'", *content),
                "worker-src": ("'self'",),
                "manifest-src": ("'self'",),
                "base-uri": ("'none'",),
                "form-action": ("'self'",),
                "frame-ancestors": ("'none'",),
                "object-src": ("'none'",),
                "require-trusted-types-for": ("'script'",),
                "trusted-types": TRUSTED_TYPES,
            }
        )

    @classmethod
    def for_content(cls, *, embedded_by: Iterable[str]) -> "ContentPolicy":
        """Return the policy of pages that users wrote: scripts in a sandbox, embedded by the application only."""
        return cls(
            {
                "sandbox": ("allow-scripts", "allow-forms", "allow-popups", "allow-downloads"),
                "default-src": ("'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"),
                "base-uri": ("'none'",),
                "form-action": ("'none'",),
                "frame-ancestors": tuple(embedded_by),
            }
        )

    @classmethod
    def for_elsewhere(cls, *, embedded_by: Iterable[str]) -> "ContentPolicy":
        """Return the policy of a page that does nothing but frame another host's page over https."""
        return cls(
            {
                "default-src": ("'none'",),
                "style-src": ("'unsafe-inline'",),
                "frame-src": ("https:",),
                "base-uri": ("'none'",),
                "form-action": ("'none'",),
                "frame-ancestors": tuple(embedded_by),
            }
        )

    def extended(self, directive: str, *sources: str) -> "ContentPolicy":
        """Return a policy with more sources in a directive."""
        known = self._directives.get(directive, ())
        return ContentPolicy({**self._directives, directive: (*known, *sources)})

    def header(self) -> str:
        """Return the header's value."""
        for sources in self._directives.values():
            if any(sign in source for source in sources for sign in ";,\r\n "):
                raise ValueError("a source of a content policy holds a character that would end it")
        return "; ".join(" ".join((name, *sources)) for name, sources in self._directives.items())


class WebApp:
    """An ASGI application over a folder: hashed files for ever, the page for every other address.

    `opening` gives what the page is opened with, for each request anew; `headers` go out with the page, and `meta`
    stands in it by name.
    """

    def __init__(
        self,
        folder: Path,
        *,
        policy: ContentPolicy,
        opening: Open | None = None,
        hashed: str = "assets",
        headers: Mapping[str, str] | None = None,
        meta: Mapping[str, str] | None = None,
    ) -> None:
        self._root = folder.resolve()
        self._hashed = hashed
        self._opening = opening
        self._page = Page((self._root / "index.html").read_bytes(), meta=meta or {})
        policy = policy.extended("style-src", *self._page.style_sources)
        self._page_headers: Headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", _REVALIDATE),
            (b"content-security-policy", policy.header().encode()),
            # Which words are sent along goes by the reader's language.
            (b"vary", b"Accept-Encoding, Accept-Language"),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
            *((name.lower().encode(), value.encode()) for name, value in (headers or {}).items()),
        ]
        self._tags: dict[Path, str] = {}

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method, path = scope["method"], scope["path"]
        if method not in ("GET", "HEAD"):
            await _send(send, 405, [(b"allow", b"GET, HEAD"), (b"content-type", b"text/plain")], b"GET or HEAD\n")
            return
        file = self._file(path)
        if file is not None:
            status, answer, body = await asyncio.to_thread(self._file_answer, path, file, headers)
        elif self._is_file_like(path):
            status, answer, body = 404, [(b"content-type", b"text/plain"), (b"cache-control", _REVALIDATE)], b"gone\n"
        else:
            status, answer, body = await self._page_answer(scope, headers)
        await _send(send, status, answer, b"" if method == "HEAD" else body, length=len(body))

    def _file(self, path: str) -> Path | None:
        """Return the file of a path, None for the page, for what is outside, hidden, or not there."""
        parts = PurePosixPath(path).parts[1:]
        if not parts or path == "/index.html" or len(path) > _LONGEST_PATH:
            return None
        if any(part.startswith(".") or "\\" in part or "\x00" in part for part in parts):
            return None
        file = self._root.joinpath(*parts)
        if not file.is_file() or not file.resolve().is_relative_to(self._root):
            return None
        return file

    def _is_file_like(self, path: str) -> bool:
        """Tell whether a path asks for a file of an older build: it must fail, not become the page."""
        return path.startswith(f"/{self._hashed}/") or "\x00" in path

    def _file_answer(self, path: str, file: Path, headers: dict[bytes, bytes]) -> tuple[int, Headers, bytes]:
        chosen, encoding = self._variant(file, headers.get(b"accept-encoding"))
        tag = self._tag(chosen)
        kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        hashed = path.startswith(f"/{self._hashed}/")
        answer: Headers = [
            (b"content-type", kind.encode()),
            (b"cache-control", _FOR_EVER if hashed else _REVALIDATE),
            (b"etag", tag.encode()),
            (b"vary", b"Accept-Encoding"),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if encoding is not None:
            answer.append((b"content-encoding", encoding))
        wanted = headers.get(b"if-none-match")
        if wanted is not None and matches(wanted.decode("latin-1"), tag):
            return 304, answer, b""
        return 200, answer, chosen.read_bytes()

    def _variant(self, file: Path, accepted: bytes | None) -> tuple[Path, bytes | None]:
        encoding = choose_encoding(accepted) if accepted else None
        for one in (encoding, b"gzip") if encoding == b"br" else (encoding,):
            if one is not None:
                packed = file.with_name(file.name + _SUFFIXES[one])
                if packed.is_file():
                    return packed, one
        return file, None

    def _tag(self, file: Path) -> str:
        tag = self._tags.get(file)
        if tag is None:
            tag = self._tags[file] = f'"{hashlib.blake2b(file.read_bytes(), digest_size=12).hexdigest()}"'
        return tag

    async def _page_answer(self, scope: Message, headers: dict[bytes, bytes]) -> tuple[int, Headers, bytes]:
        # What works without the network keeps the bare page: it is every address's.
        opening = self._opening if scope["path"] != "/index.html" else None
        page = self._page.opened(await opening(scope) if opening else _NOTHING)
        tag = f'"{hashlib.blake2b(page, digest_size=12).hexdigest()}"'
        answer: Headers = [*self._page_headers, (b"etag", tag.encode())]
        wanted = headers.get(b"if-none-match")
        if wanted is not None and matches(wanted.decode("latin-1"), tag):
            return 304, answer, b""
        body, encoding = self._page.packed(page, tag, headers.get(b"accept-encoding"))
        return 200, [*answer, (b"content-encoding", encoding)] if encoding else answer, body


async def _send(
    send: Callable[[Message], Awaitable[None]], status: int, headers: Headers, body: bytes, *, length: int | None = None
) -> None:
    size = len(body) if length is None else length
    if status != 304:
        headers = [*headers, (b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
