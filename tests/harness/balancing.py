"""Socket servers beside those of a platform, and a balancer before them that knows nothing but who answers."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from stoa.kit.engines.kafka.broker import free_port
from tests.harness.client import wait_for
from tests.harness.platform import ROOT, Platform

_START_S = 30.0


class SocketServer:
    """One more socket server over a platform's services and Valkey; without events it has no broker of events."""

    def __init__(self, platform: Platform, *, with_events: bool = True) -> None:
        raw = Path(f"/proc/{platform.pid_of('sockets')}/environ").read_bytes().decode().split("\0")
        environment = dict(one.split("=", 1) for one in raw if "=" in one)
        # It is the test's child, not the platform's, so it does not end with it.
        environment["STOA_OWNER"] = ""
        if not with_events:
            environment.pop("STOA_KAFKA", None)
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stoa", "serve", "--role", "sockets", "--port", str(self.port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers, why="one more socket server listens", deadline_s=_START_S)

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        """End it, if it lives."""
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        assert self.process.poll() is None, "the socket server ended"
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0


class Balancer:
    """Hands each connection to the next server that takes it."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.port = 0
        self._turn = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator["Balancer"]:
        """Balance for the length of a block."""
        self._thread.start()
        assert self._ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._take, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self.ports:
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
            return
        writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until that way ends; either end closes both."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
