"""Who is alive on a data directory: the owner's lock on a home, and what a dead owner left behind."""

import asyncio
import contextlib
import fcntl
import os
import signal
from pathlib import Path

from stoa.kit.engines.postgres.errors import AlreadyRunning, SocketInUse

# Above the kernel's highest process id (2**22 - 1): PostgreSQL takes a lock file that names it for stale.
NOBODY = 1 << 22


class OwnerLock:
    """The exclusive right to a home; the kernel gives it back when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the right to the home, or say who has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunning(
                f"The home {self._path.parent.parent} is in use by the process {self.holder() or '(unknown)'}.",
                hint="Stop that process (Ctrl-C, or kill with its number), or choose another home with STOA_HOME.",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the home back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """Return the id of the process that wrote itself into the lock last."""
        try:
            return int(self._path.read_text().strip())
        except (OSError, ValueError):
            return None

    def is_held(self) -> bool:
        """Tell whether some process owns the home now."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


class PostmasterFile:
    """What the server itself writes into its data directory: pid, port, socket folder and state."""

    def __init__(self, data: Path) -> None:
        self._path = data / "postmaster.pid"

    def lines(self) -> list[str]:
        """Return the file's lines, none when there is no file."""
        try:
            return self._path.read_text().splitlines()
        except OSError:
            return []

    def pid(self) -> int | None:
        """Return the server's process id as recorded."""
        lines = self.lines()
        return int(lines[0]) if lines and lines[0].strip().lstrip("-").isdigit() else None

    def is_ready(self, pid: int) -> bool:
        """Tell whether this very server says that it takes connections."""
        lines = self.lines()
        return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def disown(self) -> None:
        """Name a process that cannot exist, keeping the shared memory key by which PostgreSQL spots live backends."""
        lines = self.lines()
        self._path.write_text("\n".join([str(NOBODY), *lines[1:]]) + "\n")


def living_on(data: Path) -> list[int]:
    """List the PostgreSQL processes that work in a data directory."""
    place = data.resolve()
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _works_in(entry, place)]


def _works_in(process: Path, data: Path) -> bool:
    try:
        if not (process / "comm").read_bytes().startswith(b"postgres"):
            return False
        with contextlib.suppress(PermissionError):
            return (process / "cwd").readlink() == data
        return os.fsencode(data) in (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


async def gone(pid: int, *, within_s: float) -> bool:
    """Wait for a process that is not our child to end, without polling."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        async with asyncio.timeout(within_s):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return True


def clear_socket(sockets: Path, port: int) -> None:
    """Remove a dead server's socket, or say which living server has it."""
    lock = sockets / f".s.PGSQL.{port}.lock"
    try:
        lines = lock.read_text().splitlines()
    except OSError:
        return
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else NOBODY
    if len(lines) > 1 and pid in living_on(Path(lines[1])):
        raise SocketInUse(
            f"The PostgreSQL server with the process {pid}, of {lines[1]}, uses the socket in {sockets}.",
            hint=f"Stop it with `kill -INT {pid}` and start again.",
        )
    lock.unlink(missing_ok=True)
    (sockets / f".s.PGSQL.{port}").unlink(missing_ok=True)


async def clear_leftovers(data: Path, *, grace_s: float) -> None:
    """Make sure that nothing of an earlier owner works on the data, so that a server may start on it."""
    file = PostmasterFile(data)
    postmaster = file.pid()
    if postmaster is None:
        return
    living = living_on(data)
    if postmaster in living and not await gone(postmaster, within_s=grace_s):
        raise AlreadyRunning(
            f"A PostgreSQL server that this Stoa did not start is running on {data}: process {postmaster}.",
            hint=f"Stop it with `kill -INT {postmaster}` and start again.",
        )
    for pid in set(living) - {postmaster}:
        await _put_down(pid, grace_s=grace_s)
    if file.lines() and _is_alive(postmaster):
        file.disown()


async def _put_down(pid: int, *, grace_s: float) -> None:
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if await gone(pid, within_s=0.2):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if await gone(pid, within_s=grace_s):
            return


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
