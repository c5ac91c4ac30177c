"""Passing a request on to another process and its answer back, streamed in both directions."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import cast

import httptools

from stoa.kit.engines.ports.transport import Target
from stoa.kit.errors import Unavailable
from stoa.kit.http.app import Message, Receive, Scope, Send
from stoa.kit.http.problems import problem_of

# Named by RFC 9110 7.6.1 as belonging to one connection, or set anew by the server that answers the browser; that one
# has also told a client that waits for "100 Continue" to go on.
_HOP = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"proxy-connection", b"date"}
    | {b"expect", b"x-forwarded-proto"}
)
_HIGH_WATER = 256 * 1024
_IDLE = 64
# A body of this size is taken whole before it is sent on; a larger one passes through while the answer may come.
_AT_ONCE = 64 * 1024


class UpstreamGone(Unavailable):
    """The process behind the gateway does not answer."""

    code, title = "stoa.upstream_gone", "A part of the platform is restarting; try again in a moment"


class _ClientLeft(Exception):
    """Nobody waits for the answer any more."""


class Proxy:
    """An ASGI application that is another process; nothing is sent twice, for nobody knows what was read."""

    def __init__(self, address: str) -> None:
        self._target = Target(address)
        self._idle: deque[_Upstream] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and its answer back."""
        if scope["type"] != "http":
            return
        started = False
        try:
            body = await _whole_body(scope, receive)
            upstream = await self._connected()
            upstream.begin(_head(scope), is_bodiless=scope["method"] == "HEAD")
            uploading: asyncio.Task[None] | None = None
            try:
                if body is None:
                    uploading = asyncio.create_task(_upload(upstream, receive, is_chunked=_is_chunked(scope)))
                else:
                    await upstream.send(body, is_last=True)
                status, headers = await upstream.head()
                kept = [(name, value) for name, value in headers if name not in _HOP]
                await send({"type": "http.response.start", "status": status, "headers": kept})
                started = True
                async for piece in upstream.pieces():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                if uploading is not None:
                    uploading.cancel()
                    await asyncio.gather(uploading, return_exceptions=True)
                self._give_back(upstream)
        except _ClientLeft:
            return
        except OSError as problem:
            if started:
                raise
            error = UpstreamGone(retry_after_s=1)
            error.__cause__ = problem
            status, headers, body = problem_of(error, "")
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def check(self) -> None:
        """Ask the other process whether it is ready; raise UpstreamGone where it is not."""
        status = 0

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        probe = {
            "type": "http",
            "method": "GET",
            "path": "/readyz",
            "query_string": b"",
            "headers": [(b"host", b"stoa")],
        }
        await self(probe, receive, send)
        if status != 200:
            raise UpstreamGone

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    async def _connected(self) -> "_Upstream":
        while self._idle:
            upstream = self._idle.pop()
            if upstream.is_open:
                return upstream
        loop = asyncio.get_running_loop()
        if self._target.unix is not None:
            _, upstream = await loop.create_unix_connection(_Upstream, self._target.unix)
        else:
            _, upstream = await loop.create_connection(_Upstream, self._target.host, self._target.port)
        return upstream

    def _give_back(self, upstream: "_Upstream") -> None:
        if upstream.is_reusable and len(self._idle) < _IDLE:
            self._idle.append(upstream)
        else:
            upstream.close()


class _Upstream(asyncio.Protocol):
    """One connection to the other process, with one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._head: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]] | None = None
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._news = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._ended = False
        self._sent = False
        self._is_bodiless = False
        self.is_open = False

    @property
    def is_reusable(self) -> bool:
        """Say whether request and answer both ended and the connection is to be kept."""
        parser = self._parser
        if self._is_bodiless or parser is None:
            return False
        return self.is_open and self._ended and self._sent and bool(parser.should_keep_alive())

    def begin(self, head: bytes, *, is_bodiless: bool) -> None:
        """Write the head of a request; the answer to HEAD has no body, whatever length it announces."""
        self._is_bodiless = is_bodiless
        self._parser = httptools.HttpResponseParser(self)
        self._headers, self._ended, self._sent = [], False, False
        self._pieces.clear()
        self._held = 0
        self._news.clear()
        self._head = asyncio.get_running_loop().create_future()
        self._write(head)

    async def send(self, piece: bytes, *, is_last: bool) -> None:
        """Write a piece of the body, when the other side has taken what came before."""
        await self._drained.wait()
        if piece:
            self._write(piece)
        self._sent = self._sent or is_last

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Return the status and headers of the answer."""
        assert self._head is not None
        return await self._head

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it comes."""
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._held -= len(piece)
                if self._held < _HIGH_WATER and self._transport is not None:
                    self._transport.resume_reading()
                yield piece
            if self._ended:
                return
            if not self.is_open:
                raise ConnectionResetError("the other process went away in the middle of its answer")
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        """Close at once."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast(asyncio.Transport, transport)  # cast: uvloop's transports are not subclasses of it
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits."""
        self.is_open = False
        self._drained.set()
        self._news.set()
        if self._head is not None and not self._head.done():
            self._head.set_exception(ConnectionResetError("the other process went away"))

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        try:
            if self._parser is not None:
                self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def pause_writing(self) -> None:
        """Let the upload wait."""
        self._drained.clear()

    def resume_writing(self) -> None:
        """Let the upload go on."""
        self._drained.set()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Hand over the head of the answer; an interim one (1xx) is not it."""
        if self._head is None or self._parser is None or self._head.done():
            return
        status = self._parser.get_status_code()
        if status < 200:
            self._headers = []
            return
        self._ended = self._is_bodiless
        self._head.set_result((status, self._headers))

    def on_body(self, body: bytes) -> None:
        """Keep a piece until it is passed on; stop reading when too much is held."""
        self._pieces.append(body)
        self._held += len(body)
        if self._held >= _HIGH_WATER and self._transport is not None:
            self._transport.pause_reading()
        self._news.set()

    def on_message_complete(self) -> None:
        """Note the end of the answer."""
        self._ended = self._head is not None and self._head.done()
        self._news.set()

    def _write(self, data: bytes) -> None:
        if self._transport is None or not self.is_open:
            raise ConnectionResetError("the other process went away")
        self._transport.write(data)


async def _whole_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return a small body once all of it has come, so that nobody holds a connection by dawdling; None for others."""
    length = _length(scope)
    if length is None or length > _AT_ONCE:
        return None
    parts: list[bytes] = []
    while length:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientLeft
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def _upload(upstream: _Upstream, receive: Receive, *, is_chunked: bool) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            upstream.close()
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if is_chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (b"" if more else b"0\r\n\r\n")
        await upstream.send(body, is_last=not more)
        if not more:
            return


def _is_chunked(scope: Scope) -> bool:
    return any(name == b"transfer-encoding" for name, _ in scope["headers"])


def _length(scope: Scope) -> int | None:
    """Return the length of a request's body; None where only its end will tell."""
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value)
    return length


def _head(scope: Scope) -> bytes:
    target = scope.get("raw_path") or scope["path"].encode()
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    lines = [b"%b %b HTTP/1.1" % (scope["method"].encode(), target)]
    forwarded = b""
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for":
            forwarded = value + b", "
        elif name not in _HOP:
            lines.append(b"%b: %b" % (name, value))
    if _is_chunked(scope):
        lines.append(b"transfer-encoding: chunked")
    client = scope.get("client")
    if client:
        lines.append(b"x-forwarded-for: %b%b" % (forwarded, client[0].encode()))
    lines.append(b"x-forwarded-proto: %b" % scope.get("scheme", "http").encode())
    return b"\r\n".join(lines) + b"\r\n\r\n"
