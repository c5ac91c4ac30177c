"""The load client in C as an object: it is asked one thing at a time and answers with what it counted."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bench.live.programs import built

CLIENT_CORE = 1


class People:
    """Thousands of people in one process on one core."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, float]] = asyncio.Queue()
        self.whole: list[dict[str, float]] = []
        self._reading = asyncio.create_task(self._read(), name="load client")

    async def ask(self, command: str, *, within_s: float = 90) -> dict[str, float]:
        """Ask one thing and wait for its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        await self._process.stdin.drain()
        return await self.answer(within_s=within_s)

    async def answer(self, *, within_s: float) -> dict[str, float]:
        """Wait for the next answer."""
        async with asyncio.timeout(within_s):
            return await self._answers.get()

    async def stop(self) -> None:
        """Let them go."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "whole":
                self.whole.append(event)
            else:
                self._answers.put_nowait(event)


@contextlib.asynccontextmanager
async def crowd(
    ports: Sequence[int],
    people: int,
    *,
    path: str = "/connection/websocket",
    channel: str = "bench",
    dialect: str = "centrifugo",
    tokens: Path | None = None,
    watched: Sequence[int] = (),
    sources: int = 1,
    size: int = 150,
    in_flight: int = 1000,
    deflate: bool = False,
    returning: bool = False,
    at_random: bool = False,
    core: int = CLIENT_CORE,
) -> AsyncIterator[People]:
    """Start the load client for the length of a block."""
    command = [
        str(built("load")), "-p", ",".join(map(str, ports)), "-n", str(people), "-u", path, "-c", channel,
        "-d", dialect, "-s", str(sources), "-b", str(size), "-i", str(in_flight),
        *(["-t", str(tokens)] if tokens else []), *(["-w", ",".join(map(str, watched))] if watched else []),
        *(["-z"] if deflate else []), *(["-r"] if returning else []), *(["-x"] if at_random else []),
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {core % (os.cpu_count() or 1)}),
    )
    found = People(process)
    try:
        await found.answer(within_s=10)
        yield found
    finally:
        await found.stop()
