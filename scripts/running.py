"""A platform that runs for as long as somebody needs it: on a home and ports of its own, stopped at the end."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

START_S = 90.0
STOP_S = 60.0
CLEAN = (0, 130, -signal.SIGINT)


class DidNotRun(Exception):
    """The platform did not start, or did not stop cleanly; the message holds its log."""


@contextlib.contextmanager
def platform(
    stoa: Path, folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:  # any: the answer of `stoa status` is JSON of any shape
    """Start `stoa up` in a folder and yield what `stoa status` says of it."""
    log, home = folder / "stoa.log", folder / "home"
    command = [str(stoa), "up", "--home", str(home), "--port", "0", "--content-port", "0", *options]
    surroundings = dict(os.environ if environment is None else environment)
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
        try:
            yield _status(stoa, home, surroundings, process, log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
    if code not in CLEAN:
        raise DidNotRun(f"it stopped with {code}:\n{log.read_text()}")


def _status(
    stoa: Path, home: Path, environment: Mapping[str, str], process: subprocess.Popen[bytes], log: Path
) -> dict[str, Any]:  # any: as above
    command = [str(stoa), "status", "--json", "--home", str(home)]
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        done = subprocess.run(command, cwd=home.parent, env=environment, capture_output=True, text=True, check=False)
        status: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}  # any: as above
        if status.get("url"):
            return status
        time.sleep(0.1)
    raise DidNotRun(f"it did not start:\n{log.read_text()}")
