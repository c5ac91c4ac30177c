"""Serving a blob to a browser: single ranges, conditions, and headers that keep a stranger's file from doing harm."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stoa.kit.blobs import BlobHead, Blobs
from stoa.kit.http.etag import matches

# A browser may show these where they are; everything else it is told to save. SVG and HTML can carry scripts.
SHOWN_INLINE = re.compile(
    r"(image/(png|jpeg|gif|webp|avif|bmp|x-icon)|(audio|video)/[a-z0-9.+-]+|text/(plain|vtt)|application/pdf"
    r"|application/vnd\.apple\.mpegurl)(\s*;.*)?"
)
# Whatever a stranger's file is, a browser that opens it runs nothing of it and gives it no origin.
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_RANGE = re.compile(r"bytes\s*=\s*(\d*)-(\d*)\s*")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}(\s*;\s*[a-z]+=[A-Za-z0-9_.-]+)?")
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()-]")


class Unsatisfiable(Exception):
    """The range starts behind the end."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the (start, end) a Range header asks for, end not included; None where the whole is to be sent."""
    found = _RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]) or len(header) > 60:
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        if length == 0:
            raise Unsatisfiable
        return size - length, size
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    if found[2] and int(found[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def safe_type(content_type: str) -> str:
    """Return a content type that can stand in a header; what is none becomes bytes."""
    return content_type if _TYPE.fullmatch(content_type) else "application/octet-stream"


def disposition(content_type: str, filename: str | None, *, inline: bool | None = None) -> str:
    """Return the Content-Disposition: a name makes it a download, and so does a type that could act in the browser."""
    shown = filename is None and SHOWN_INLINE.fullmatch(content_type) is not None if inline is None else inline
    kind = "inline" if shown else "attachment"
    if not filename:
        return kind
    plain = _UNSAFE.sub("_", filename).strip() or "file"
    return f"{kind}; filename=\"{plain[-150:]}\"; filename*=UTF-8''{quote(filename[-150:], safe='')}"


class BlobResponse(Response):
    """A blob as an answer: 200, 206, 304 or 416, streamed; return it from a route.

    `inline` decides against what the type and the name would decide; then `policy` must keep the file from doing harm.
    """

    def __init__(
        self,
        blobs: Blobs,
        head: BlobHead,
        *,
        content_type: str,
        filename: str | None = None,
        cache_control: str = "private, max-age=0",
        etag: str | None = None,
        headers: dict[str, str] | None = None,
        inline: bool | None = None,
        policy: str = HARMLESS,
    ) -> None:
        super().__init__(None, 200)
        self._blobs = blobs
        self._head = head
        self._etag = etag or head.etag
        kind = safe_type(content_type)
        self._about = {
            "etag": self._etag,
            "last-modified": format_datetime(head.modified_at.astimezone(UTC), usegmt=True),
            "cache-control": cache_control,
            "accept-ranges": "bytes",
            "x-content-type-options": "nosniff",
            **(headers or {}),
        }
        self._described = {
            "content-type": kind,
            "content-disposition": disposition(kind, filename, inline=inline),
            "content-security-policy": policy,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, streaming what is asked for."""
        headers = Headers(scope=scope)
        is_head = scope["method"] == "HEAD"
        if _is_unchanged(headers, self._etag, self._head.modified_at):
            await _send_all(send, 304, self._about, b"")
            return
        try:
            asked = self._range(headers)
        except Unsatisfiable:
            await _send_all(send, 416, {**self._about, "content-range": f"bytes */{self._head.size}"}, b"")
            return
        start, end = asked or (0, self._head.size)
        answer = {**self._about, **self._described, "content-length": str(end - start)}
        if asked is not None:
            answer["content-range"] = f"bytes {start}-{end - 1}/{self._head.size}"
        source = None if is_head or start == end else self._open(start, end)
        await _stream(send, 200 if asked is None else 206, answer, source)

    def _open(self, start: int, end: int) -> Callable[[], AsyncIterator[bytes]]:
        return lambda: self._blobs.open(self._head.key, start=start, end=end)

    def _range(self, headers: Headers) -> tuple[int, int] | None:
        header = headers.get("range")
        if header is None:
            return None
        condition = headers.get("if-range")
        if condition is not None and not _is_same(condition, self._etag, self._head.modified_at):
            return None
        return parse_range(header, self._head.size)


def _is_unchanged(headers: Headers, etag: str, modified_at: datetime) -> bool:
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or matches(tags, etag)
    since = _date(headers.get("if-modified-since"))
    return since is not None and modified_at.replace(microsecond=0) <= since


def _is_same(condition: str, etag: str, modified_at: datetime) -> bool:
    if condition.startswith(('"', "W/")):
        return condition.strip() == etag and not etag.startswith("W/")
    return _date(condition) == modified_at.astimezone(UTC).replace(microsecond=0)


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo else None


async def _send_all(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _stream(
    send: Send, status: int, headers: dict[str, str], source: Callable[[], AsyncIterator[bytes]] | None
) -> None:
    if source is None:
        await _send_all(send, status, headers, b"")
        return
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    async for part in source():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
