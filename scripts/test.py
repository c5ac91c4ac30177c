"""Everything that runs, in the order of what fails first: `python -m scripts.test [NAME...]`."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import chromium, node
from scripts.running import DidNotRun, platform
from scripts.steps import ROOT, say

NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Suite:
    """One run: its name, what it covers and its command; pytest finding nothing to run is no failure."""

    name: str
    covers: str
    command: tuple[str, ...]
    folder: Path = ROOT
    is_pytest: bool = True
    needs_platform: bool = False


def suites() -> list[Suite]:
    """Return the suites of this clone."""
    pytest = (sys.executable, "-m", "pytest")
    # One embedded PostgreSQL a worker; what starts whole platforms or kills processes runs alone.
    found = [
        Suite("units", "kit, services, command line, architecture", (*pytest, "-n", "2", "stoa", "tests/architecture"))
    ]
    whole = {
        "journeys": "over HTTP",
        "parity": "one process and many",
        "chaos": "kill -9 of every process",
        "conformance": "the SDKs of npm and PyPI against the sockets",
        "packaging": "the wheel in a fresh environment, the bootstrap",
    }
    found += [
        Suite(name, what, (*pytest, f"tests/{name}"))
        for name, what in whole.items()
        if (ROOT / "tests" / name).is_dir()
    ]
    chosen = node.find_node()
    if (ROOT / "web" / "package.json").exists() and chosen is not None:
        run = (*chosen.npm, "run", "--silent")
        found.append(Suite("web", "components and lib", (*run, "test"), ROOT / "web", is_pytest=False))
        if (ROOT / "web" / "e2e" / "run.mjs").exists() and chromium.find_chromium():
            found.append(
                Suite("browser", "pages in Chromium", (*run, "e2e"), ROOT / "web", is_pytest=False, needs_platform=True)
            )
    return found


def carry_out(suite: Suite) -> bool:
    """Run one suite with its output shown and tell whether it passed."""
    chosen = node.find_node() if suite.folder != ROOT else None
    browser = chromium.find_chromium()
    environment = {**os.environ, **(chosen.environment() if chosen else {})}
    if browser:
        environment |= {"STOA_CHROMIUM": browser, "CHROMIUM": browser}
    with contextlib.ExitStack() as stack:
        if suite.needs_platform:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stoa-browser-")))
            try:
                status = stack.enter_context(platform(Path(sys.executable).parent / "stoa", folder))
            except DidNotRun as error:
                say(str(error))
                return False
            environment |= {"STOA_URL": status["url"], "STOA_STATUS": json.dumps(status)}
        done = subprocess.run(suite.command, cwd=suite.folder, env=environment, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0 or (suite.is_pytest and done.returncode == NOTHING_COLLECTED)


def main(names: Sequence[str]) -> int:
    """Run the suites named, or all, and end with a line for each."""
    wanted = [suite for suite in suites() if not names or suite.name in names]
    if len(wanted) < len(names):
        say(f"There are these suites: {', '.join(suite.name for suite in suites())}.")
        return 2
    lines, failed = [], 0
    for number, suite in enumerate(wanted, start=1):
        say(f"[{number}/{len(wanted)}] {suite.name}: {suite.covers}")
        since = time.monotonic()
        passed = carry_out(suite)
        failed += not passed
        lines.append(f"{'ok    ' if passed else 'FAILED'} {suite.name:<9} {time.monotonic() - since:6.1f} s")
    for line in lines:
        say(line)
    if chromium.find_chromium() is None:
        say(f"*** THE BROWSER TESTS WERE SKIPPED: there is no Chromium here; {chromium.HOW}. ***")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
