"""Whose turn it is: one process works, another stands by, and takes over at once when the first is gone."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import TextIO

_LOOK_S = 0.02


class Turn:
    """A lock that the kernel takes from whoever dies, so that nobody has to find out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    async def take(self, stopping: asyncio.Event) -> bool:
        """Wait until it is this process's turn; False when it is told to end before that."""
        file = self._path.open("a+")
        next_in_line(self._path).write_text(str(os.getpid()))
        while not stopping.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                await asyncio.sleep(_LOOK_S)
                continue
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
            self._file = file
            return True
        file.close()
        return False

    def give(self) -> None:
        """Let the next one work."""
        if self._file is not None:
            self._file.close()
            self._file = None


def next_in_line(path: Path) -> Path:
    """Return the file in which whoever stands by says so."""
    return path.with_suffix(".next")


def whose(path: Path) -> int:
    """Return the process whose turn it is or was last, 0 before anybody's."""
    try:
        return int(path.read_text() or 0)
    except (OSError, ValueError):
        return 0
