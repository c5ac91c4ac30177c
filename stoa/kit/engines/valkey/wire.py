"""One connection to Valkey that speaks RESP2 itself: for rooms, where every message counts.

A question costs 3-16 µs here and 58 through redis-py; a lost connection is told at once, never mended unseen.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio.connection import SSLConnection, parse_url

from stoa.kit.errors import StoaError, Unavailable

Word = bytes | str | int
_CONNECT_S = 2.0


class RoomsUnavailable(Unavailable):
    """Valkey, which carries what is said in rooms, does not answer for the moment."""

    code, title = "stoa.rooms_unavailable", "Rooms cannot be reached for the moment"


class WireError(StoaError):
    """Valkey understood the question and refused it."""

    code, title = "stoa.valkey_refused", "Valkey refused a command"


class _Partial(Exception):
    """More bytes must come before this can be read."""


@dataclass(frozen=True)
class Address:
    """Where a Valkey answers, as its URL says."""

    url: str

    async def open(self, wire: "Wire") -> None:
        """Connect a wire, log in and choose the database; raise RoomsUnavailable."""
        given = parse_url(self.url)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_S):
                if path := given.get("path"):
                    await loop.create_unix_connection(lambda: wire, path)
                else:
                    secure = given.get("connection_class") is SSLConnection
                    context = ssl.create_default_context() if secure else None
                    host, port = given.get("host", "localhost"), given.get("port", 6379)
                    await loop.create_connection(lambda: wire, host, port, ssl=context)
                if password := given.get("password"):
                    await wire.ask("AUTH", given.get("username") or "default", password)
                if database := given.get("db"):
                    await wire.ask("SELECT", database)
        except (OSError, TimeoutError, WireError) as error:
            # One that refuses the login, or has no place for one more, may take it at the next try.
            wire.close()
            raise RoomsUnavailable(f"Valkey does not answer: {type(error).__name__}") from error
        except asyncio.CancelledError:
            # Whoever waits no longer does not know the wire, so nobody else would ever hang up.
            wire.close()
            raise


class Wire(asyncio.Protocol):
    """Answers come in the order of the questions; what comes unasked (pub/sub) goes to `pushed`."""

    def __init__(
        self,
        *,
        pushed: Callable[[list[object]], None] | None = None,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self._pushed = pushed
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiting: deque[asyncio.Future[object]] = deque()
        self._unsent: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Tell whether questions can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, *words: Word) -> "asyncio.Future[object]":
        """Send a command and return the future of its answer, which fails with WireError or RoomsUnavailable."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if not self.is_open:
            answer.set_exception(RoomsUnavailable("Valkey went away"))
            return answer
        self._waiting.append(answer)
        self.send(*words)
        return answer

    def send(self, *words: Word) -> None:
        """Send a command that has no answer of its own; all of one turn of the loop go out together."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(packed(words))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)  # cast: uvloop's is one in all but name

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits for an answer, and say that the connection is gone."""
        self._transport = None
        self._unsent.clear()
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(RoomsUnavailable("Valkey went away"))
        if self._lost is not None:
            self._lost()

    def data_received(self, data: bytes) -> None:
        """Read whole answers out of what has come."""
        self._buffer += data
        at = 0
        try:
            while at < len(self._buffer):
                value, at = _read(self._buffer, at)
                self._take(value)
        except _Partial:
            pass
        except (ValueError, IndexError):
            self.close()
            return
        del self._buffer[:at]

    def _take(self, value: object) -> None:
        if self._pushed is not None and isinstance(value, list):
            self._pushed(value)
        elif self._waiting:
            answer = self._waiting.popleft()
            if answer.done():
                return
            if isinstance(value, WireError):
                answer.set_exception(value)
            else:
                answer.set_result(value)

    def _flush(self) -> None:
        if self.is_open and self._transport is not None and self._unsent:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()


def packed(words: Sequence[Word]) -> bytes:
    """Return a command in RESP."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        raw = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


def _read(buffer: bytearray, at: int) -> tuple[object, int]:
    """Read one value that begins at a place; return it and where the next begins."""
    end = buffer.find(b"\r\n", at)
    if end < 0:
        raise _Partial
    kind, line, after = buffer[at], bytes(buffer[at + 1 : end]), end + 2
    if kind == 0x24:  # $
        length = int(line)
        if length < 0:
            return None, after
        if len(buffer) < after + length + 2:
            raise _Partial
        return bytes(buffer[after : after + length]), after + length + 2
    if kind == 0x3A:  # :
        return int(line), after
    if kind == 0x2A:  # *
        items: list[object] = []
        for _ in range(int(line)):
            item, after = _read(buffer, after)
            items.append(item)
        return items, after
    if kind == 0x2D:  # -
        return WireError(line.decode("utf-8", "replace")), after
    if kind == 0x2B:  # +
        return line, after
    raise ValueError(kind)
