"""The protocol over plain HTTP, for where WebSockets do not get through: http_stream, SSE, and /emulation to speak."""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from stoa.kit.errors import StoaError
from stoa.kit.http.address import Proxies
from stoa.kit.realtime import wire
from stoa.kit.realtime.client import Client
from stoa.kit.realtime.codes import Code
from stoa.kit.realtime.frames import Frame
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.pipe import Pipe
from stoa.kit.realtime.realtime import EMULATION, HTTP_STREAM, SSE

Message = MutableMapping[str, Any]  # any: an ASGI message
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]  # any: an ASGI scope
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STREAM_HEADERS = [(b"cache-control", b"private, no-cache, no-store, no-transform"), (b"x-accel-buffering", b"no")]
_CORS = [(b"access-control-allow-headers", b"content-type"), (b"access-control-allow-methods", b"POST, GET")]


class Emulated(msgspec.Struct):
    """What a client says on the side of its stream."""

    session: str
    node: str
    data: str


class Stream(Pipe):
    """An answer that goes on: what is written waits until the HTTP server takes it."""

    __slots__ = ("_has_more", "_is_sse", "_wait", "client", "is_closed", "name", "node", "queued_bytes", "waiting")

    is_emulated = True

    def __init__(self, node: Node, *, is_sse: bool) -> None:
        self.node = node
        self.name = "sse" if is_sse else "http_stream"
        self.client: Client | None = None
        self.waiting: deque[bytes] = deque()
        self.queued_bytes = 0
        self.is_closed = False
        self._is_sse = is_sse
        self._has_more = asyncio.Event()

    def write(self, payload: bytes) -> None:
        """Queue lines."""
        if self.is_closed:
            return
        data = b"data: " + payload.replace(b"\n", b"\ndata: ") + b"\n\n" if self._is_sse else payload + b"\n"
        self.waiting.append(data)
        self.queued_bytes += len(data)
        self._has_more.set()
        if self.queued_bytes > self.node.settings.behind_bytes // 4 and self.client is not None:
            self.node.choked(self.client, is_choked=True)

    def frame(self, frame: Frame) -> None:
        """Queue the lines of a shared frame."""
        self.write(frame.payload)

    def close(self, why: Code) -> None:
        """Say why as the last line, since HTTP has no close frame."""
        self.write(wire.disconnect_push(why))
        self.is_closed = True
        self._has_more.set()

    def abort(self) -> None:
        """End the answer where it is."""
        self.waiting.clear()
        self.is_closed = True
        self._has_more.set()

    def behind_bytes(self) -> int:
        """Return how much is queued."""
        return self.queued_bytes

    async def take(self) -> bytes | None:
        """Return what is queued once there is something, None at the end."""
        while not self.waiting:
            if self.is_closed:
                return None
            self._has_more.clear()
            await self._has_more.wait()
        data = b"".join(self.waiting)
        self.waiting.clear()
        return data

    def taken(self, size: int) -> None:
        """Learn that the server passed on what it took."""
        self.queued_bytes -= size
        if self.client is not None and self.queued_bytes <= self.node.settings.behind_bytes // 8:
            self.node.choked(self.client, is_choked=False)


def fallback_app(node: Node, *, proxies: Proxies | None = None, allow_origins: bool = False) -> App:
    """Return the ASGI application of the three paths; `allow_origins` lets pages of other origins use it."""
    return _Fallbacks(node, proxies or Proxies(), allow_origins=allow_origins)


class _Fallbacks:
    def __init__(self, node: Node, proxies: Proxies, *, allow_origins: bool) -> None:
        self._node = node
        self._proxies = proxies
        self._allow_origins = allow_origins
        node.on_passed = self._take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        headers = self._cors(scope)
        # JSON's clients say so; the others would not understand why they are put out.
        is_binary = (b"content-type", b"application/octet-stream") in scope["headers"]
        if method == "OPTIONS" and self._allow_origins:
            await _answer(send, 204, headers=[*headers, *_CORS])
        elif is_binary and path.endswith((EMULATION, HTTP_STREAM)):
            await _answer(send, 415, headers=headers)
        elif path.endswith(EMULATION) and method == "POST":
            await self._emulation(receive, send, headers)
        elif path.endswith(HTTP_STREAM) and method == "POST":
            body = await _body(receive, self._node.settings.message_bytes)
            await self._stream(scope, receive, send, body, headers, is_sse=False)
        elif path.endswith(SSE) and method in {"GET", "POST"}:
            query = parse_qs(scope.get("query_string", b"")).get(b"cf_connect", [b""])[0]
            body = query if method == "GET" else await _body(receive, self._node.settings.message_bytes)
            await self._stream(scope, receive, send, body, headers, is_sse=True)
        else:
            known = (EMULATION, HTTP_STREAM, SSE)
            await _answer(send, 405 if path.endswith(known) else 404, headers=headers)

    async def _stream(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        body: bytes | None,
        headers: list[tuple[bytes, bytes]],
        *,
        is_sse: bool,
    ) -> None:
        if not body:
            await _answer(send, 400 if body is not None else 413, headers=headers)
            return
        # What its client says may come by another server; without the broker it must come by this one.
        with contextlib.suppress(StoaError):
            await self._node.broker.reach(self._node.name)
        pipe = Stream(self._node, is_sse=is_sse)
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        address = self._proxies.client_of(scope.get("client"), scope["headers"])
        pipe.client = self._node.open(pipe, address=address, headers=given)
        if pipe.client is None:
            await _answer(send, 503, headers=headers)
            return
        kind = b"text/event-stream; charset=utf-8" if is_sse else b"application/octet-stream"
        start = [*headers, *_STREAM_HEADERS, (b"content-type", kind)]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        gone = self._node.tasks.start(_until_gone(receive, pipe))
        try:
            # The head of the answer opens the stream for the reader, even before anything is said.
            await send({"type": "http.response.body", "body": b"\r\n" if is_sse else b"", "more_body": True})
            pipe.client.receive(body)
            while (data := await pipe.take()) is not None:
                # Whoever reads nothing would hold this answer open long after the node has given up on them.
                async with asyncio.timeout(self._node.settings.behind_s * 2):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                pipe.taken(len(data))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            self._node.tally.slow += 1
        finally:
            gone.cancel()
            pipe.client.lost()

    async def _emulation(self, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        body = await _body(receive, self._node.settings.message_bytes * 2)
        if body is None:
            await _answer(send, 413, headers=headers)
            return
        try:
            said = msgspec.json.decode(body, type=Emulated)
        except (msgspec.DecodeError, RecursionError):
            await _answer(send, 400, headers=headers)
            return
        if said.node == self._node.name:
            self._said(said)
            await _answer(send, 204, headers=headers)
            return
        try:
            is_there = _NAME.fullmatch(said.node) is not None and await self._node.broker.pass_on(said.node, body)
        except StoaError:
            await _answer(send, 503, headers=headers)
            return
        # A server that is no more has ended its streams as well: the SDK begins a new one.
        await _answer(send, 204 if is_there else 404, headers=headers)

    def _take(self, data: bytes) -> None:
        """Take what a client of this node said to another one, which has looked at its form."""
        self._said(msgspec.json.decode(data, type=Emulated))

    def _said(self, said: Emulated) -> None:
        client = self._node.by_session(said.session)
        if client is not None:
            client.receive(said.data.encode())

    def _cors(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if not self._allow_origins:
            return []
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        if not origin:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]


async def _until_gone(receive: Receive, pipe: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    pipe.abort()


async def _body(receive: Receive, at_most: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        size += len(message.get("body", b""))
        if size > at_most:
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(send: Send, status: int, *, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
