"""Everything static, two at a time: `python -m scripts.check [NAME...]`."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from scripts import node
from scripts.steps import ROOT, say

BIN = Path(sys.executable).parent
PYTEST = (sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider")
# The web was built by set-up a moment ago and its tests belong to `make test`.
WEB_CHECKS = ("types", "lint", "locales", "api", "budget")
STATIC_TESTS = ("tests/architecture/test_static.py", "tests/architecture/test_manifests.py")


@dataclass(frozen=True)
class Check:
    """One check: its name, what it looks at and the command that fails when something is wrong."""

    name: str
    looks_at: str
    command: tuple[str, ...]
    folder: Path = ROOT


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    check: Check
    passed: bool
    output: str
    seconds: float


def checks() -> list[Check]:
    """Return the checks of this clone, the longest first."""
    found = [
        Check("types", "mypy --strict", (str(BIN / "mypy"),)),
        Check("rooms", "caps, names, docstrings, clocks, borders in tests", (*PYTEST, *STATIC_TESTS)),
        Check("lint", "ruff", (str(BIN / "ruff"), "check", "--quiet", ".")),
        Check("format", "ruff format", (str(BIN / "ruff"), "format", "--quiet", "--check", ".")),
        Check("borders", "import-linter", (str(BIN / "lint-imports"),)),
        Check(
            "generated",
            "map, reference, OpenAPI, AsyncAPI, event schemas",
            (sys.executable, "-m", "stoa", "docs", "--check"),
        ),
        Check(
            "licences", "no GPL, AGPL, SSPL or BUSL among what we build on", (sys.executable, "-m", "scripts.licences")
        ),
        Check("locks", "hashes, completeness, no registry", (sys.executable, "-m", "scripts.locks")),
    ]
    chosen = node.find_node()
    if (ROOT / "web" / "package.json").exists() and chosen is not None:
        web = Check(
            "web",
            "types, lint, locales, budgets",
            (*chosen.npm, "run", "--silent", "check", "--", *WEB_CHECKS),
            ROOT / "web",
        )
        found.insert(0, web)
    return found


def carry_out(check: Check) -> Outcome:
    """Run one check with its output kept."""
    chosen = node.find_node() if check.folder != ROOT else None
    environment = {**os.environ, **(chosen.environment() if chosen else {}), "PYTHONDONTWRITEBYTECODE": "1"}
    since = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=check.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(check, done.returncode == 0, done.stdout + done.stderr, time.monotonic() - since)


def main(names: Sequence[str]) -> int:
    """Run the checks named, or all, and end with a line of how many passed."""
    wanted = [check for check in checks() if not names or check.name in names]
    if len(wanted) < len(names):
        say(f"There are these checks: {', '.join(check.name for check in checks())}.")
        return 2
    outcomes = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for number, done in enumerate(as_completed([pool.submit(carry_out, check) for check in wanted]), start=1):
            outcome = done.result()
            outcomes.append(outcome)
            word = f"[{number}/{len(wanted)}] " + ("ok    " if outcome.passed else "FAILED")
            say(f"{word} {outcome.check.name:<10} {outcome.seconds:5.1f} s  {outcome.check.looks_at}")
            if not outcome.passed:
                say(outcome.output.rstrip())
    failed = sum(not outcome.passed for outcome in outcomes)
    sys.stdout.write(f"{len(outcomes) - failed} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
