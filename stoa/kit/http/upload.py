"""A body that is too large to hold: read as it comes, counted as it is read."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from stoa.kit.errors import Malformed, TooLarge

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]  # any: an ASGI message is a mapping of mixed values
_FILENAME = re.compile(r"filename\*=(?:UTF-8|utf-8)''([^;]+)|filename=\"([^\"]*)\"|filename=([^;\s]+)")


class Upload:
    """The raw body of a request, as a stream that stops at a limit."""

    __slots__ = ("_limit", "_read", "_receive", "content_type", "filename", "length")

    def __init__(self, headers: dict[bytes, bytes], receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._read = False
        self.content_type = headers.get(b"content-type", b"").decode("latin-1") or None
        self.length = content_length(headers)
        self.filename = filename_of(headers.get(b"content-disposition", b"").decode("latin-1"))

    async def chunks(self, *, limit: int | None = None) -> AsyncIterator[bytes]:
        """Yield the body once; past the limit (the route's, or a smaller one) it raises TooLarge."""
        if self._read:
            raise RuntimeError("an upload is read once")
        self._read = True
        most = self._limit if limit is None else min(limit, self._limit)
        if self.length is not None and self.length > most:
            raise too_large(most)
        count = 0
        async for chunk in body_chunks(self._receive):
            count += len(chunk)
            if count > most:
                raise too_large(most)
            yield chunk

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.chunks()

    async def read(self, *, limit: int) -> bytes:
        """Return a small body as a whole."""
        return b"".join([chunk async for chunk in self.chunks(limit=limit)])


def content_length(headers: dict[bytes, bytes]) -> int | None:
    """Return the declared length, None where there is none; nonsense is Malformed."""
    text = headers.get(b"content-length")
    if text is None:
        return None
    if not text.isdigit() or len(text) > 18:
        raise Malformed("The Content-Length header is not a number.")
    return int(text)


def filename_of(disposition: str) -> str | None:
    """Return the bare file name of a Content-Disposition header."""
    found = _FILENAME.search(disposition)
    if found is None:
        return None
    encoded, quoted, bare = found.groups()
    name = unquote(encoded) if encoded else (quoted or bare or "")
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip("\x00 ") or None


def too_large(limit: int) -> TooLarge:
    """Return the outcome of a body past its limit."""
    return TooLarge(f"The body is larger than {limit:,} bytes.", fields={"limit_bytes": limit})


async def body_chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the parts of a body; a client that leaves half-way is Malformed."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The connection closed before the body ended.")
        chunk = message.get("body", b"")
        if chunk:
            yield chunk
        if not message.get("more_body", False):
            return


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """Return a whole body, counted while it is read and not only by what it declares."""
    length = content_length(headers)
    if length is not None and length > limit:
        raise too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        return body
    if message["type"] == "http.disconnect":
        raise Malformed("The connection closed before the body ended.")
    parts = [message.get("body", b"")]
    count = len(parts[0])
    if count > limit:
        raise too_large(limit)
    async for chunk in body_chunks(receive):
        count += len(chunk)
        if count > limit:
            raise too_large(limit)
        parts.append(chunk)
    return b"".join(parts)
