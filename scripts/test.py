"""Everything that runs: `python -m scripts.test [NAME...]`; what leaves a core idle runs beside something else."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from scripts import chromium, node
from scripts.lanes import INTERRUPTED, Commands, Job, Lanes, Outcome, carry_out, ended_by_a_signal
from scripts.running import DidNotRun, platform
from scripts.steps import ROOT, say

NOTHING_COLLECTED = 5
SIDE_BY_SIDE = 2
# What fails first, then the longest first: so both lanes end at about the same time.
ORDER = ("units", "browser", "chaos", "journeys", "parity", "packaging", "web", "conformance")


@dataclass(frozen=True)
class Suite:
    """One run: its name, what it covers and its command; pytest finding nothing to run is no failure."""

    name: str
    covers: str
    command: tuple[str, ...]
    folder: Path = ROOT
    more: Mapping[str, str] = field(default_factory=dict)
    is_pytest: bool = True
    needs_platform: bool = False
    is_alone: bool = False


def suites() -> list[Suite]:
    """Return the suites of this clone, in the order in which they begin."""
    return sorted([*_python_suites(), *_web_suites()], key=lambda suite: ORDER.index(suite.name))


def _python_suites() -> list[Suite]:
    pytest = (sys.executable, "-m", "pytest")
    # Two workers with an embedded PostgreSQL each: nothing runs beside them.
    command = (*pytest, "-n", "2", "stoa", "tests/architecture")
    units = Suite("units", "kit, services, command line, architecture", command, is_alone=True)
    # What starts whole platforms or kills processes waits much; each has homes and ports of its own.
    whole = {
        "chaos": "kill -9 of every process",
        "journeys": "over HTTP",
        "parity": "one process and many",
        "conformance": "the SDKs of npm and PyPI against the sockets",
        "packaging": "the wheel in a fresh environment, the bootstrap",
    }
    there = [name for name in whole if (ROOT / "tests" / name).is_dir()]
    return [units, *(Suite(name, whole[name], (*pytest, f"tests/{name}")) for name in there)]


def _web_suites() -> list[Suite]:
    """Return the web's suites, where there is a Node, and for the browser's a Chromium."""
    chosen = node.find_node()
    if not (ROOT / "web" / "package.json").exists() or chosen is None:
        return []
    run = (*chosen.npm, "run", "--silent")
    more = chosen.environment()
    web = Suite("web", "components and lib", (*run, "test"), ROOT / "web", more, is_pytest=False)
    browser = chromium.find_chromium()
    if not (ROOT / "web" / "e2e" / "run.mjs").exists() or browser is None:
        return [web]
    more = {**more, "STOA_CHROMIUM": browser, "CHROMIUM": browser}
    command = (*run, "e2e")
    pages = Suite("browser", "pages in Chromium", command, ROOT / "web", more, is_pytest=False, needs_platform=True)
    return [web, pages]


def run(suite: Suite, commands: Commands, out: IO[bytes] | None) -> bool:
    """Run one suite, its output shown or written to a file, and tell whether it passed."""
    environment = {**os.environ, **suite.more}
    try:
        with contextlib.ExitStack() as stack:
            if suite.needs_platform:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stoa-browser-")))
                status = stack.enter_context(platform(Path(sys.executable).parent / "stoa", folder))
                environment |= {"STOA_URL": status["url"], "STOA_STATUS": json.dumps(status)}
            code = commands.run(suite.command, folder=suite.folder, environment=environment, out=out)
    except DidNotRun as error:
        say(str(error))
        return False
    return code == 0 or (suite.is_pytest and code == NOTHING_COLLECTED)


def main(names: Sequence[str]) -> int:
    """Run the suites named, or all, and end with a line for each."""
    wanted = [suite for suite in suites() if not names or suite.name in names]
    if len(wanted) < len(names):
        say(f"There are these suites: {', '.join(suite.name for suite in suites())}.")
        return 2
    try:
        with ended_by_a_signal():
            outcomes = carry_out_all(wanted)
    except KeyboardInterrupt:
        say("Interrupted: everything that ran has been ended.")
        return INTERRUPTED
    for outcome in outcomes:
        say(f"{'ok    ' if outcome.passed else 'FAILED'} {outcome.name:<11} {outcome.seconds:6.1f} s")
    if chromium.find_chromium() is None:
        say(f"*** THE BROWSER TESTS WERE SKIPPED: there is no Chromium here; {chromium.HOW}. ***")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def carry_out_all(wanted: Sequence[Suite]) -> list[Outcome]:
    """Run what must be alone, its output shown as it comes, then the others side by side."""
    commands, covers = Commands(), {suite.name: suite.covers for suite in wanted}
    outcomes: list[Outcome] = []

    def begin(name: str) -> None:
        say(f"[{len(outcomes) + 1}/{len(wanted)}] {name}: {covers[name]}")

    def end(outcome: Outcome) -> None:
        begin(outcome.name)
        outcomes.append(outcome)

    beside = [suite for suite in wanted if not suite.is_alone]
    alone = [suite for suite in wanted if suite.is_alone or len(beside) == 1]
    for suite in alone:
        begin(suite.name)
        outcomes.append(carry_out(job_of(suite, commands)))
    jobs = [job_of(suite, commands) for suite in beside if suite not in alone]
    Lanes(SIDE_BY_SIDE, commands, tell=end).carry_out(jobs)
    return sorted(outcomes, key=lambda outcome: list(covers).index(outcome.name))


def job_of(suite: Suite, commands: Commands) -> Job:
    """Return the suite as something that runs in a lane."""
    return Job(suite.name, lambda out: run(suite, commands, out))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
