"""A platform that runs for a test: `stoa up` as its own process on a home and ports of its own."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from tests.harness.client import Api
from tests.harness.processes import eventually, is_alive, kill, living_on

Mode = Literal["embedded", "split"]
START_S = 90.0
STOP_S = 60.0
ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Platform:
    """One running platform; `stop` (or the end of `started`) leaves no process behind."""

    def __init__(self, mode: Mode, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.mode: Mode = mode
        self.home = home
        self.log = home.parent / f"{home.name}.log"
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = ("0", "0", "0")
        self._seen: set[int] = set()
        self._addresses = 0
        self._apis: list[Api] = []

    @classmethod
    @contextlib.contextmanager
    def started(cls, mode: Mode, home: Path, environment: Mapping[str, str] | None = None) -> Iterator["Platform"]:
        """Start a platform for the length of a block."""
        platform = cls(mode, home, environment)
        try:
            platform.start()
            yield platform
        except BaseException:
            print(f"\n--- log of the platform ({mode}) ---\n{platform.log_tail()}")
            raise
        finally:
            platform.end()

    @property
    def pid(self) -> int:
        """Return the process that was started: the platform itself, or the supervisor of a split one."""
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        """Return where the platform is reached."""
        return str(self.status()["url"])

    def status(self) -> dict[str, Any]:
        """Return what the platform says about itself, {} before it is ready."""
        try:
            found: dict[str, Any] = json.loads((self.home / "run" / "status.json").read_text())
        except (OSError, json.JSONDecodeError):
            return {}
        return found

    def start(self) -> None:
        """Start, on the ports of the last start, and wait until it is ready."""
        command = [sys.executable, "-m", "stoa", "up", "--home", str(self.home)]
        command += ["--port", self._ports[0], "--content-port", self._ports[1]]
        command += ["--sockets-port", self._ports[2], "--split"] if self.mode == "split" else []
        own = {name: value for name, value in os.environ.items() if not name.startswith("STOA_")}
        # Every client of a test comes from an address of its own, so that they do not share one address's limits.
        # One root secret for all platforms of the tests: ids of problems are keyed by it, and parity compares them.
        own |= {"STOA_TRUSTED_PROXIES": "127.0.0.1/32", "STOA_SECRET": "5a" * 32, **self._environment}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_the_tests,  # noqa: PLW1509 (one system call of a library that is loaded already)
            )
        started = self._process
        eventually(lambda: self.status() or started.poll() is not None, why="the platform is up", deadline_s=START_S)
        assert started.poll() is None, f"the platform did not start:\n{self.log_tail()}"
        status = self.status()
        url, content, sockets = (str(status[name]) for name in ("url", "content_url", "sockets_url"))
        self._ports = (url.rpartition(":")[2], content.rpartition(":")[2], sockets.rpartition(":")[2])

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask the platform to end, as Ctrl-C does, and return its exit code."""
        assert self._process is not None
        self._seen |= set(living_on(self.home))
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(timeout=STOP_S)

    def end(self) -> None:
        """Stop what runs, however it stands, and leave nothing behind."""
        for api in self._apis:
            api.close()
        if self._process is None:
            return
        try:
            self.stop()
        finally:
            left = {pid for pid in self._seen | set(living_on(self.home)) if is_alive(pid)}
            for pid in left & set(living_on(self.home)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process = None

    def kill(self, name: str) -> int:
        """End a process by its name as a power cut would: a service, gateway, jobs, postgres, broker, valkey, all."""
        pid = self.pid_of(name)
        if name == "all":
            assert self._process is not None
            self._process.kill()
            self._process.wait()
            (self.home / "run" / "status.json").unlink(missing_ok=True)
            return pid
        kill(pid)
        return pid

    def pid_of(self, name: str) -> int:
        """Return the present process of a name."""
        if name == "all":
            return self.pid
        if name == "postgres":
            files = sorted(self.home.glob("postgres/*/postmaster.pid"))
            return int(files[-1].read_text().split()[0])
        found = 0

        def is_known() -> bool:
            nonlocal found
            pids = {one["name"]: one["pid"] for one in self.status().get("services", [])}
            found = pids.get(name, 0)
            return found > 0 and is_alive(found)

        eventually(is_known, why=f"{name} runs")
        return found

    def living(self) -> dict[int, str]:
        """Return the processes that belong to the home."""
        return living_on(self.home)

    def services(self) -> list[str]:
        """Return the names of the services."""
        return sorted(one.name for one in (ROOT / "stoa" / "services").iterdir() if (one / "manifest.py").exists())

    def account(self, role: str) -> tuple[str, str]:
        """Return the e-mail address and password of a demo account."""
        found = next(one for one in self.status()["accounts"] if one["role"] == role)
        return found["email"], found["password"]

    def api(self, *, organization: str = "", is_patient: bool = False) -> Api:
        """Return a client of its own: another browser at another address."""
        self._addresses += 1
        address = f"10.{self._addresses >> 16 & 255}.{self._addresses >> 8 & 255}.{self._addresses & 255}"
        api = Api(self.url, address=address, organization=organization, is_patient=is_patient)
        self._apis.append(api)
        return api

    def log_tail(self, lines: int = 60) -> str:
        """Return the end of what the platform wrote."""
        if not self.log.exists():
            return "(nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _die_with_the_tests() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
