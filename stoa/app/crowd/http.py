"""A small HTTP client for thousands of small requests: a few connections that stay open, nothing else."""

import asyncio
import contextlib
from collections.abc import Mapping

import msgspec

from stoa.kit.contract import Struct

_DEADLINE_S = 30.0


class Answer(Struct, frozen=True, kw_only=True):
    """What came back."""

    status: int
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        """Say whether it was done."""
        return 200 <= self.status < 300

    def read(self) -> dict[str, object]:
        """Return the body as JSON."""
        return msgspec.json.decode(self.body, type=dict[str, object])


NO_ANSWER = Answer(status=0)


class Asking:
    """Asks one server over at most so many connections; a broken one is opened again at the next request."""

    def __init__(self, host: str, port: int, *, connections: int) -> None:
        self._host, self._port = host, port
        self._idle: asyncio.LifoQueue[_Line | None] = asyncio.LifoQueue()
        for _ in range(connections):
            self._idle.put_nowait(None)

    async def ask(
        self, method: str, path: str, *, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once; an answer of status 0 says that none came."""
        payload = b"" if body is None else msgspec.json.encode(body)
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}:{self._port}", f"content-length: {len(payload)}"]
        if payload:
            lines.append("content-type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        request = "\r\n".join([*lines, "", ""]).encode() + payload
        line = await self._idle.get()
        try:
            async with asyncio.timeout(_DEADLINE_S):
                if line is None:
                    line = _Line(*await asyncio.open_connection(self._host, self._port))
                answer = await line.ask(request)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            if line is not None:
                line.close()
            line, answer = None, NO_ANSWER
        finally:
            self._idle.put_nowait(line)
        return answer

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                line = self._idle.get_nowait()
                if line is not None:
                    line.close()


class _Line:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request: bytes) -> Answer:
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if "content-length" in fields:
            body = await self._reader.readexactly(int(fields["content-length"]))
        else:
            body = await self._chunks() if fields.get("transfer-encoding") == "chunked" else b""
        return Answer(status=status, body=body)

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return body

    def close(self) -> None:
        self._writer.close()
