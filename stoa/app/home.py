"""The home: the one folder with all data of an embedded platform, and what it says about the one that runs."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.errors import EnvironmentProblem

_LEAST_FREE_BYTES = 200 * 1024 * 1024
FORMAT = 1


class HomeInUse(EnvironmentProblem):
    """Another platform runs on this home."""

    code, title = "stoa.home_in_use", "Stoa is already running on this home"


class HomeUnusable(EnvironmentProblem):
    """The home cannot be used; the detail says why and the hint what to do."""

    code, title = "stoa.home_unusable", "The home cannot be used"


class NoHome(EnvironmentProblem):
    """The folder that is called the home holds no data of Stoa."""

    code, title = "stoa.no_home", "There is no data of Stoa"


class ServiceState(Struct, frozen=True, kw_only=True):
    """One process and what it does."""

    name: str
    pid: int
    state: str


class DemoAccount(Struct, frozen=True, kw_only=True):
    """A demo account; its password exists nowhere but in the home."""

    role: str
    email: str
    password: str


class Running(Struct, frozen=True, kw_only=True):
    """What a running platform says about itself."""

    url: str
    content_url: str
    home: str
    mode: str
    services: list[ServiceState]
    accounts: list[DemoAccount]
    sockets_url: str = ""


class Home:
    """The folders and small files of a home."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.blobs = self.root / "blobs"
        self.mail = self.root / "mail"
        self.run = self.root / "run"
        self.logs = self.root / "logs"
        self._status = self.run / "status.json"
        self._accounts = self.root / "secrets" / "demo-accounts.json"

    def prepare(self) -> None:
        """Make the folders, or raise HomeUnusable with what stands in the way; a folder of others stays as it is."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.check_format()
            self._check_room()
            for folder in (self.blobs, self.mail, self.run, self.logs, self._accounts.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            probe = self.run / ".probe"
            probe.write_bytes(b"")
            probe.unlink()
            if not self._format():
                _write_private(self.root / "format", f"{FORMAT}\n".encode())
        except OSError as error:
            raise HomeUnusable(
                f"{self.root} cannot be written: {error.strerror}",
                hint="Choose another folder with --home or STOA_HOME, or mend its rights",
            ) from error

    def _check_room(self) -> None:
        free = os.statvfs(self.root)
        if free.f_bavail * free.f_frsize < _LEAST_FREE_BYTES:
            raise HomeUnusable(
                f"The disk of {self.root} has less than {_LEAST_FREE_BYTES // 1024**2} MB left",
                hint="Make room, or choose another folder with --home or STOA_HOME",
            )

    def check_made(self) -> None:
        """Raise NoHome unless a database was made here; nothing is made by asking."""
        folder = self.root / "postgres"
        if not any(folder.glob("*/PG_VERSION")) and not (folder / "location").exists():
            raise NoHome(f"There is no data of Stoa in {self.root}", hint="Say where it lies with --home or STOA_HOME")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Own the home for a while, or raise HomeInUse with who does."""
        path = self.run / "lock"
        with path.open("a+") as lock:
            if not _taken(lock):
                raise self._in_use()
            lock.seek(0)
            lock.truncate()
            lock.write(str(os.getpid()))
            lock.flush()
            # What a platform that was killed said about itself is not true of whoever owns the home now.
            self._status.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._status.unlink(missing_ok=True)

    def is_held(self) -> bool:
        """Say whether a platform runs on this home."""
        try:
            with (self.run / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def root_secret(self, given: str) -> bytes:
        """Return the root of all secrets: the one given, else the home's own, made at the first start."""
        if given:
            try:
                raw = bytes.fromhex(given)
            except ValueError:
                raw = b""
            if len(raw) < 32:
                raise HomeUnusable("STOA_SECRET is not made of at least 64 hexadecimal digits")
            return raw
        path = self._accounts.parent / "root"
        if not path.exists():
            _write_private(path, secrets.token_bytes(32))
        return path.read_bytes()

    def demo_accounts(self) -> list[DemoAccount]:
        """Return the demo accounts that were made here."""
        if not self._accounts.exists():
            return []
        return msgspec.json.decode(self._accounts.read_bytes(), type=list[DemoAccount])

    def keep_demo_accounts(self, accounts: list[DemoAccount]) -> None:
        """Keep the demo accounts where only their owner reads them."""
        _write_private(self._accounts, msgspec.json.encode(accounts))

    def announce(self, running: Running) -> None:
        """Say what runs on this home."""
        _write_private(self._status, msgspec.json.encode(running))

    def running(self) -> Running | None:
        """Return what runs on this home, None when nothing does."""
        if not self.is_held():
            return None
        try:
            return msgspec.json.decode(self._status.read_bytes(), type=Running)
        except FileNotFoundError:
            return None

    def holder(self) -> str:
        """Return the number of the process that owns this home, or owned it last."""
        with contextlib.suppress(OSError):
            return (self.run / "lock").read_text().strip() or "unknown"
        return "unknown"

    def _in_use(self) -> HomeInUse:
        running, holder = self.running(), self.holder()
        if running is None:
            return HomeInUse(
                f"Process {holder} is at work on {self.root}: a start that is not ready yet, or a command",
                hint="Wait until it is done, or use another home with --home or STOA_HOME",
            )
        return HomeInUse(
            f"Stoa is already running on {self.root}: {running.url}, process {holder}",
            hint=f"Use it there, or stop it first (Ctrl-C, or kill {holder}); a second one needs another home (--home)",
        )

    def _format(self) -> str:
        """Return the format of the home, empty where there is none or its writing was cut short."""
        path = self.root / "format"
        return path.read_text(errors="replace").strip() if path.exists() else ""

    def check_format(self) -> None:
        """Raise HomeUnusable unless the folder is new, or a home of this Stoa; nothing is made by asking."""
        found = self._format()
        if not found:
            entries = self.root.iterdir() if self.root.exists() else ()
            others = [entry.name for entry in entries if entry.name not in _OURS]
            if others:
                raise HomeUnusable(
                    f"{self.root} holds other things ({', '.join(sorted(others)[:3])})",
                    hint="Choose an empty folder with --home or STOA_HOME",
                )
        elif found != str(FORMAT):
            raise HomeUnusable(
                f"{self.root} was written by another Stoa (format {found}, this one knows {FORMAT})",
                hint="Use the Stoa that wrote it, or move its data with `stoa backup` and `stoa restore`",
            )


def _taken(lock: TextIO) -> bool:
    """Take the lock for oneself; who only looks whether it is taken shares it for a moment and is waited for."""
    while True:
        for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            try:
                fcntl.flock(lock, kind | fcntl.LOCK_NB)
            except OSError:
                continue
            break
        else:
            return False
        if kind == fcntl.LOCK_EX:
            return True
        fcntl.flock(lock, fcntl.LOCK_UN)


_OURS = frozenset({"blobs", "mail", "run", "logs", "secrets", "postgres", "format", "format.new", "broker"})


def _write_private(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
