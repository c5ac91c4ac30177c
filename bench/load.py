"""A cheap closed-loop client: so many keep-alive connections, each asking again as soon as it was answered."""

import asyncio
import time
from collections.abc import Callable

import httptools

from stoa.kit.contract import Struct


class Load(Struct, frozen=True, kw_only=True):
    """What a load run saw."""

    requests: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Return the answers a second."""
        return self.requests / self.seconds


class _Client(asyncio.Protocol):
    def __init__(self, make: Callable[[int], bytes], counter: "_Counter") -> None:
        self._make, self._counter = make, counter
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports are not subclasses of asyncio's
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._counter.note(time.perf_counter() - self._began, self._parser.get_status_code())
        if self._counter.is_open:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._counter.left()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._began = time.perf_counter()
        self._transport.write(self._make(self._counter.next()))


class _Counter:
    def __init__(self, connections: int) -> None:
        self.is_open = True
        self.times: list[float] = []
        self.failures = 0
        self._number = 0
        self._connections = connections
        self.ended = asyncio.Event()

    def next(self) -> int:
        self._number += 1
        return self._number

    def note(self, seconds: float, status: int) -> None:
        self.times.append(seconds)
        self.failures += not 200 <= status < 300

    def left(self) -> None:
        self._connections -= 1
        if self._connections == 0:
            self.ended.set()


async def load(host: str, port: int, make: Callable[[int], bytes], *, connections: int, seconds: float) -> Load:
    """Ask for some seconds; `make` writes the n-th request."""
    counter = _Counter(connections)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Client(make, counter), host, port)
    await asyncio.sleep(seconds)
    counter.is_open = False
    await asyncio.wait_for(counter.ended.wait(), 30)
    elapsed = time.perf_counter() - began
    times = sorted(counter.times)
    return Load(
        requests=len(times),
        failures=counter.failures,
        seconds=elapsed,
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[int(len(times) * 0.99)] * 1000,
    )


def request(method: str, path: str, *, token: str, body: bytes = b"") -> bytes:
    """Return one HTTP/1.1 request as bytes."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: bench",
        f"authorization: Bearer {token}",
        *(["content-type: application/json", f"content-length: {len(body)}"] if method != "GET" else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
