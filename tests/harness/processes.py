"""The processes of a home, as the kernel knows them."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


def living_on(home: Path) -> dict[int, str]:
    """Return the command line of every process that belongs to a home, by its id."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            surroundings = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if command and (os.fsencode(home) in command or b"STOA_HOME=" + os.fsencode(home) in surroundings):
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def kill(pid: int) -> None:
    """End a process as a power cut would, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), why=f"process {pid} is gone")


def eventually(condition: Callable[[], object], *, why: str, deadline_s: float = 60.0) -> None:
    """Poll until a condition holds; the deadline is a generous bound and decides nothing."""
    until = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < until, f"still not so after {deadline_s:g} s: {why}"
        time.sleep(0.02)
