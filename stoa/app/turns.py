"""Whose turn it is: one process works, another stands by, and takes over at once when the first is gone."""

import asyncio
import contextlib
import fcntl
import os
import threading
from pathlib import Path
from typing import TextIO


class Turn:
    """A lock that the kernel takes from whoever dies, so that nobody has to find out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    async def take(self, stopping: asyncio.Event) -> bool:
        """Wait until it is this process's turn; False when it is told to end before that."""
        file = self._path.open("a+")
        next_in_line(self._path).write_text(str(os.getpid()))
        held, told = _held(file), asyncio.create_task(stopping.wait())
        told.add_done_callback(lambda _: held.cancel())
        try:
            await asyncio.wait({held})
        finally:
            told.cancel()
            held.cancel()
        if held.cancelled():
            return False
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def give(self) -> None:
        """Let the next one work."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _held(file: TextIO) -> "asyncio.Future[None]":
    """Return a future that is done once the kernel gave us the lock; cancelled, it gives the lock away again.

    A thread waits, for the kernel tells nobody else, and it ends with the process.
    """
    loop = asyncio.get_running_loop()
    held: asyncio.Future[None] = loop.create_future()

    def taken() -> None:
        if held.cancelled():
            file.close()
        else:
            held.set_result(None)

    def stand_by() -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
        # A loop that has ended ends with its process, and so does the lock.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(taken)

    threading.Thread(target=stand_by, name="turn", daemon=True).start()
    return held


def next_in_line(path: Path) -> Path:
    """Return the file in which whoever stands by says so."""
    return path.with_suffix(".next")


def whose(path: Path) -> int:
    """Return the process whose turn it is or was last, 0 before anybody's."""
    try:
        return int(path.read_text() or 0)
    except (OSError, ValueError):
        return 0
