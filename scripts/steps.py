"""Steps with a stamp, visible progress and a log: the standard library only, so that a bare Python can run them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "stamps"
LOG = VENV / "bootstrap.log"
ENVIRONMENT_EXIT = 3
NEVER_HASHED = {"node_modules", "dist", ".vite", "test-results", "playwright-report", "coverage", "__pycache__"}


def say(text: str) -> None:
    """Print one line for the person at the terminal."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def stop(sentence: str) -> NoReturn:
    """Leave with one sentence that says what is missing and what to do."""
    say("stoa: " + sentence)
    raise SystemExit(ENVIRONMENT_EXIT)


def digest_of(paths: Iterable[Path], *, salt: str = "") -> str:
    """Return one hash over the names and contents of files and folders."""
    total = hashlib.sha256(salt.encode())
    for path in paths:
        for file in sorted(_files_under(path)):
            total.update(str(file.relative_to(ROOT)).encode() + b"\0")
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _files_under(path: Path) -> Iterable[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name not in NEVER_HASHED]
            yield from (Path(folder) / name for name in names)


@dataclass(frozen=True)
class Step:
    """One piece of set-up: it runs when its key differs from the stamp or when what it makes is gone."""

    name: str
    title: str
    key: str
    makes: Path
    run: Callable[[], None]

    def is_done(self) -> bool:
        """Tell whether this step already ran for the same inputs."""
        stamp = STAMPS / self.name
        return self.makes.exists() and stamp.is_file() and stamp.read_text() == self.key

    def mark(self) -> None:
        """Remember the inputs this step ran for."""
        STAMPS.mkdir(parents=True, exist_ok=True)
        (STAMPS / self.name).write_text(self.key)


class Progress:
    """Numbered lines with elapsed seconds: redrawn on a terminal, repeated every 15 s elsewhere."""

    def __init__(self, total: int, *, out: IO[str] | None = None) -> None:
        self.total = total
        self.number = 0
        self.title = ""
        self.since = 0.0
        self._out = out if out is not None else sys.stderr
        self._said_at = 0.0

    def start(self, title: str) -> None:
        """Announce the next step."""
        self.number += 1
        self.total = max(self.total, self.number)
        self.title = title
        self.since = self._said_at = time.monotonic()
        self._write("…", end="" if self._out.isatty() else "\n")

    def tick(self) -> None:
        """Show that the step still works."""
        now = time.monotonic()
        if self._out.isatty():
            self._write(f"… {now - self.since:.0f} s", end="")
        elif now - self._said_at >= 15:
            self._said_at = now
            self._write(f"… still working, {now - self.since:.0f} s")

    def finish(self, word: str = "done") -> None:
        """Close the step's line with its time."""
        self._write(f"{word}, {time.monotonic() - self.since:.1f} s")

    def _write(self, rest: str, *, end: str = "\n") -> None:
        lead = "\r\033[K" if self._out.isatty() else ""
        self._out.write(f"{lead}[{self.number}/{self.total}] {self.title} {rest}{end}")
        self._out.flush()


class CommandFailed(Exception):
    """A command of a step ended with an error; its last lines are kept."""

    def __init__(self, command: Sequence[str], tail: str) -> None:
        super().__init__(f"`{' '.join(command[:4])} …` failed")
        self.tail = tail


def run_quietly(
    command: Sequence[str], *, progress: Progress, cwd: Path = ROOT, more: Mapping[str, str] | None = None
) -> None:
    """Run a command with the whole environment and its output in the log; raise CommandFailed with the last lines."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        start = log.tell()
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        environment = {**os.environ, **(more or {})}
        with subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        ) as process:
            while True:
                try:
                    code = process.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    progress.tick()
    if code != 0:
        with LOG.open("rb") as log:
            log.seek(start)
            tail = log.read().decode(errors="replace").splitlines()[-25:]
        raise CommandFailed(command, "\n".join(tail))
