"""A platform to be measured: started as its users start it, on a home of its own."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from bench.processes import tree


class Platform:
    """A running `stoa up`."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path, port: int, started_s: float) -> None:
        self.process = process
        self.home = home
        self.port = port
        self.started_s = started_s

    @property
    def url(self) -> str:
        """Return the address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def pids(self) -> list[int]:
        """Return all its processes."""
        return tree(self.process.pid)

    def status(self) -> dict[str, object]:
        """Return what it says about itself."""
        found: dict[str, object] = json.loads((self.home / "run" / "status.json").read_text())
        return found

    def account(self, role: str) -> tuple[str, str]:
        """Return the e-mail address and password of a demo account."""
        accounts = {account["role"]: account for account in self.status()["accounts"]}  # type: ignore[attr-defined,index]  # JSON
        return accounts[role]["email"], accounts[role]["password"]

    def token(self, role: str) -> str:
        """Return the access token of a demo account."""
        return self.logged_in(*self.account(role))

    def logged_in(self, email: str, password: str) -> str:
        """Return the access token of an account."""
        answer = httpx.post(f"{self.url}/api/v1/identity/login", json={"email": email, "password": password})
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@contextlib.asynccontextmanager
async def running(home: Path, *options: str, wait_ready: bool = True, **environment: str) -> AsyncIterator[Platform]:
    """Run the platform for the length of a block; `started_s` is the time to the first page that was served."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "stoa",
        "up",
        "--home",
        str(home),
        "--port",
        str(port),
        "--content-port",
        "0",
        *options,
    ]
    began = time.perf_counter()
    with (home.parent / "stoa.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get(f"http://127.0.0.1:{port}/")
                    if answer.status_code == 200:
                        break
                    if "was not built" in answer.text:
                        raise RuntimeError("the pages are not built: run `make setup`")
                if process.poll() is not None:
                    raise RuntimeError(f"stoa up ended with {process.returncode}: see {home.parent / 'stoa.log'}")
                await asyncio.sleep(0.01)
        started_s = time.perf_counter() - began
        while wait_ready and not (home / "run" / "status.json").exists():
            await asyncio.sleep(0.02)
        yield Platform(process, home, port, started_s)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 40)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin(pids: list[int], core: int) -> None:
    """Keep processes, with all their threads, on one core."""
    for pid in pids:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {core})
