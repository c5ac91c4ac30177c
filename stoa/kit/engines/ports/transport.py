"""A lean HTTP/1.1 client for the internal listener: keep-alive over a unix socket or TCP, POST only."""

import asyncio
import time
from collections import deque
from typing import cast
from urllib.parse import urlsplit

import httptools

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
# Shorter than any server's keep-alive, so that a question is not written into a connection that is being closed.
IDLE_S = 4.0


class ConnectionRefused(OSError):
    """The other side could not be reached: nothing was asked."""


class ConnectionLost(OSError):
    """The connection broke after the question may have been read."""


class Target:
    """Where a process answers: `unix:/run/stoa/courses.sock` or `http://courses:8100`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.unix = address.removeprefix("unix:") if address.startswith("unix:") else None
        self.host, self.port = "localhost", 80
        if self.unix is None:
            parts = urlsplit(address)
            if parts.scheme != "http" or not parts.hostname:
                raise ValueError(f"{address!r} is neither unix:<path> nor http://<host>:<port>")
            self.host, self.port = parts.hostname, parts.port or 80


class Transport:
    """A bounded pool of connections to one target."""

    def __init__(self, target: Target, *, connections: int = 32, idle_s: float = IDLE_S) -> None:
        self._target = target
        self._idle: deque[tuple[_Connection, float]] = deque()
        self._free = asyncio.Semaphore(connections)
        self._idle_s = idle_s
        self._closed = False

    async def post(self, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[int, bytes]:
        """Send one question and return status and body; raise ConnectionRefused or ConnectionLost."""
        async with self._free:
            connection = self._reusable() or await self._connect()
            try:
                status, answer = await connection.ask(_request(path, headers, body))
            except BaseException:
                connection.close()
                raise
            if connection.is_open and not self._closed:
                self._idle.append((connection, time.monotonic()))
            else:
                connection.close()
            return status, answer

    async def close(self) -> None:
        """Close every idle connection; those in use close when their answer is there."""
        self._closed = True
        while self._idle:
            self._idle.pop()[0].close()

    def _reusable(self) -> "_Connection | None":
        oldest_allowed = time.monotonic() - self._idle_s
        while self._idle and self._idle[0][1] < oldest_allowed:
            self._idle.popleft()[0].close()
        while self._idle:
            connection, _ = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            if self._target.unix is not None:
                _, connection = await loop.create_unix_connection(_Connection, self._target.unix)
            else:
                _, connection = await loop.create_connection(_Connection, self._target.host, self._target.port)
        except OSError as problem:
            raise ConnectionRefused(f"{self._target.address}: {problem.strerror or problem}") from None
        return connection


class _Connection(asyncio.Protocol):
    """One connection with at most one question in flight."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self.is_open = False

    async def ask(self, request: list[bytes]) -> tuple[int, bytes]:
        """Write a request and wait for its whole answer."""
        if self._transport is None or not self.is_open:
            raise ConnectionLost("the connection was closed")
        self._parser = httptools.HttpResponseParser(self)
        self._parts, self._size = [], 0
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.writelines(request)
        return await self._answer

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
        """Fail the question in flight."""
        self.is_open = False
        self._fail("the connection was lost")

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        try:
            if self._parser is not None:
                self._parser.feed_data(data)
        except httptools.HttpParserError as problem:
            self._fail(f"the answer is not HTTP: {problem}")
            self.close()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the answer, within bounds."""
        self._size += len(body)
        if self._size > LARGEST_ANSWER_BYTES:
            self._fail("the answer is too large")
            self.close()
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        """Hand over the answer."""
        parser, answer = self._parser, self._answer
        if parser is None or answer is None:
            return
        if not parser.should_keep_alive():
            self.is_open = False
        if not answer.done():
            answer.set_result((parser.get_status_code(), b"".join(self._parts)))

    def _fail(self, sentence: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionLost(sentence))


def _request(path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> list[bytes]:
    lines = [b"POST %b HTTP/1.1\r\nhost: stoa\r\ncontent-length: %d\r\n" % (path.encode(), len(body))]
    lines += [b"%b: %b\r\n" % pair for pair in headers]
    lines += [b"\r\n", body]
    return lines
