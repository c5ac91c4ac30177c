"""The servers of a room, each alone on its core: the limit in C, Node with the same tick, rivals, and ours."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bench.live import programs
from bench.processes import pss_mb, tree
from bench.result import HOUSE
from bench.rivals_environment import rival_python
from bench.standing import free_port
from stoa.kit.contract import Struct
from stoa.kit.engines.valkey.server import LocalValkey

SERVER_CORE = 0
RIVALS = HOUSE / "bench" / "rivals"


class Server(Struct, frozen=True, kw_only=True):
    """A running server and how its people speak to it."""

    name: str
    port: int
    pids: list[int]
    path: str = "/connection/websocket"
    dialect: str = "centrifugo"
    channel: str = "bench"
    tokens: Path | None = None

    def memory_mb(self) -> float:
        """Return what its processes hold."""
        return pss_mb(self.pids)

    def open_sockets(self) -> int:
        """Return how many sockets its processes have."""
        held = (one for pid in self.pids for one in Path(f"/proc/{pid}/fd").iterdir())
        return sum(str(one.readlink()).startswith("socket:") for one in held)


Opening = Callable[[], AbstractAsyncContextManager[Server]]


@contextlib.asynccontextmanager
async def limit() -> AsyncIterator[Server]:
    """Run the minimal server in C."""
    port = free_port()
    async with process([str(programs.built("limit")), str(port)], port) as pids:
        yield Server(name="minimal C", port=port, pids=pids)


@contextlib.asynccontextmanager
async def node_tick() -> AsyncIterator[Server]:
    """Run Node with the same shared tick."""
    port = free_port()
    async with process([programs.node(), str(programs.HERE / "node" / "shared_tick.mjs"), str(port)], port) as pids:
        yield Server(name="Node, same tick", port=port, pids=pids)


@contextlib.asynccontextmanager
async def node_ws() -> AsyncIterator[Server]:
    """Run ws as its users do."""
    port = free_port()
    async with process([programs.node(), str(programs.HERE / "node" / "ws_room.mjs"), str(port)], port) as pids:
        yield Server(name="Node ws", port=port, pids=pids, dialect="plain")


@contextlib.asynccontextmanager
async def socket_io() -> AsyncIterator[Server]:
    """Run Socket.IO as its users do."""
    port = free_port()
    async with process([programs.node(), str(programs.HERE / "node" / "socketio_room.mjs"), str(port)], port) as pids:
        path = "/socket.io/?EIO=4&transport=websocket"
        yield Server(name="Socket.IO", port=port, pids=pids, dialect="socketio", path=path)


@contextlib.asynccontextmanager
async def python_socketio() -> AsyncIterator[Server]:
    """Run python-socketio as its users do: with uvicorn."""
    port = free_port()
    async with process(_uvicorn("socketio_room:app", port), port, cwd=RIVALS) as pids:
        path = "/socket.io/?EIO=4&transport=websocket"
        yield Server(name="python-socketio", port=port, pids=pids, dialect="socketio", path=path)


@contextlib.asynccontextmanager
async def channels() -> AsyncIterator[Server]:
    """Run Django Channels as its users do: with uvicorn and a Redis channel layer, here Valkey; both on the core."""
    port, valkey = free_port(), LocalValkey()
    await valkey.start()
    try:
        assert valkey.pid is not None
        os.sched_setaffinity(valkey.pid, {SERVER_CORE})
        environment = {"RIVAL_VALKEY": valkey.url}
        async with process(_uvicorn("channels_room:app", port), port, cwd=RIVALS, environment=environment) as pids:
            yield Server(name="Django Channels + Valkey", port=port, pids=[*pids, valkey.pid], dialect="plain")
    finally:
        await valkey.stop()


def _uvicorn(app: str, port: int) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", "--no-access-log"]
    return [str(rival_python()), "-m", "uvicorn", app, "--backlog", "4096", *options]


@contextlib.asynccontextmanager
async def process(
    command: Sequence[str],
    port: int,
    *,
    cwd: Path = HOUSE,
    environment: dict[str, str] | None = None,
    core: int | None = SERVER_CORE,
    within_s: float = 30,
) -> AsyncIterator[list[int]]:
    """Run a server on one core for the length of a block, from when its port answers."""
    pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
    programs.BUILT.mkdir(parents=True, exist_ok=True)
    log = (programs.BUILT / "servers.log").open("ab")
    running = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=pin,
    )
    log.close()
    try:
        async with asyncio.timeout(within_s):
            while not await _answers(port):
                if running.returncode is not None:
                    raise RuntimeError(f"{command[0]} ended with {running.returncode}: see {log.name}")
                await asyncio.sleep(0.05)
        yield tree(running.pid)
    finally:
        if running.returncode is None:
            running.terminate()
        try:
            await asyncio.wait_for(running.wait(), 10)
        except TimeoutError:
            running.kill()
            await running.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
