"""Jobs side by side: in the order given, each one's output shown whole when it ends, all of them ended by Ctrl-C."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

SAY_EVERY_S = 15.0
# What starts whole platforms stops them before it ends; what has not ended by then is killed.
STOP_S = 90.0
INTERRUPTED = 130


class Commands:
    """Commands in process groups of their own, so that all that run can be ended at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_over = False

    def run(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        out: IO[bytes] | None,
    ) -> int:
        """Run one command, its output shown or written to a file, and return its exit code."""
        errors = None if out is None else subprocess.STDOUT
        with self._lock:
            if self._is_over:
                return INTERRUPTED
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )
            self._running.add(process)
        try:
            return process.wait()
        except KeyboardInterrupt:
            self.stop()
            raise
        finally:
            with self._lock:
                self._running.discard(process)

    def stop(self, *, patience_s: float = STOP_S) -> None:
        """End what runs as Ctrl-C does, and for good what is still there then; nothing starts any more."""
        with self._lock:
            self._is_over = True
            running = list(self._running)
        try:
            _signal(running, signal.SIGINT)
            until = time.monotonic() + patience_s
            for process in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=max(0.0, until - time.monotonic()))
        finally:
            _signal(running, signal.SIGKILL)


def _signal(processes: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    """Send a signal to the groups of processes, whose leaders may be gone already."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


@contextlib.contextmanager
def ended_by_a_signal() -> Iterator[None]:
    """Treat a request to end as Ctrl-C for the length of a block, and Ctrl-C as such.

    Where a shell has started this in the background, Ctrl-C is ignored here and by all that is started from here.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class Job:
    """Something with a name that writes its output where it is told, or shows it, and says whether it passed."""

    name: str
    run: Callable[[IO[bytes] | None], bool]


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    name: str
    passed: bool
    seconds: float


def carry_out(job: Job, out: IO[bytes] | None = None) -> Outcome:
    """Run one job and measure it."""
    since = time.monotonic()
    passed = job.run(out)
    return Outcome(job.name, passed, time.monotonic() - since)


class Lanes:
    """Some jobs at a time, the next one taken when one ends."""

    def __init__(
        self, width: int, commands: Commands, *, tell: Callable[[Outcome], None], out: IO[str] | None = None
    ) -> None:
        self._width = width
        self._commands = commands
        self._tell = tell
        self._out = out if out is not None else sys.stderr
        self._since: dict[str, float] = {}
        self._said_at = 0.0

    def carry_out(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Run the jobs, tell of each when it ends and show its output then; say meanwhile what runs."""
        outcomes = []
        with tempfile.TemporaryDirectory(prefix="stoa-lanes-") as folder, ThreadPoolExecutor(self._width) as pool:
            logs: dict[Future[Outcome], Path] = {}
            shown: set[Future[Outcome]] = set()
            try:
                for job in jobs:
                    log = Path(folder) / job.name
                    logs[pool.submit(self._run, job, log)] = log
                pending = set(logs)
                while pending:
                    done, pending = wait(pending, timeout=1.0, return_when=FIRST_COMPLETED)
                    for each in sorted(done, key=lambda one: logs[one].name):
                        outcomes.append(each.result())
                        self._clear()
                        self._tell(outcomes[-1])
                        _show(logs[each])
                        shown.add(each)
                    self._say_what_runs()
            except BaseException:
                # The jobs that wait their turn never begin; what the others wrote says how far they came.
                pool.shutdown(wait=False, cancel_futures=True)
                self._commands.stop()
                pool.shutdown()
                self._clear()
                for log in (log for each, log in logs.items() if each not in shown):
                    _show(log)
                raise
        return outcomes

    def _run(self, job: Job, log: Path) -> Outcome:
        self._since[job.name] = time.monotonic()
        try:
            with log.open("wb") as out:
                return carry_out(job, out)
        finally:
            del self._since[job.name]

    def _say_what_runs(self) -> None:
        now = time.monotonic()
        running = ", ".join(f"{name} {now - since:.0f} s" for name, since in list(self._since.items()))
        if not running:
            return
        if self._out.isatty():
            self._clear()
            self._out.write(f"… {running}")
        elif now - self._said_at >= SAY_EVERY_S:
            self._out.write(f"… {running}\n")
            self._said_at = now
        self._out.flush()

    def _clear(self) -> None:
        if self._out.isatty():
            self._out.write("\r\033[K")
            self._out.flush()


def _show(log: Path) -> None:
    if not log.exists():
        return
    sys.stdout.flush()
    with log.open("rb") as written:
        shutil.copyfileobj(written, sys.stdout.buffer)
    sys.stdout.buffer.flush()
