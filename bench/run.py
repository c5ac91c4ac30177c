"""Run benchmarks: all of them, or those that are named."""

import sys
from pathlib import Path

import uvloop

sys.path[0] = str(Path(__file__).parent.parent)

from bench import events, hot_paths, imports, split, start  # noqa: E402 (the path comes first)
from bench.live import main as live  # noqa: E402 (as above)
from bench.live.programs import Missing  # noqa: E402 (as above)
from bench.result import Result  # noqa: E402 (as above)

BENCHMARKS = {
    "hot-paths": hot_paths.main,
    "start": start.main,
    "import": imports.main,
    "events": events.main,
    "split": split.main,
    "live": live.main,
}


def main() -> int:
    """Run and say whether every goal was met."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"bench: there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.\n")
        return 2
    missed = 0
    for name in names:
        sys.stdout.write(f"{name} …\n")
        sys.stdout.flush()
        try:
            missed += _show(uvloop.run(BENCHMARKS[name]()))
        except Missing as problem:
            sys.stderr.write(f"bench: {problem}\n")
            return 3
    return 1 if missed else 0


def _show(result: Result) -> int:
    for row in result.rows:
        sys.stdout.write(f"  {row.subject:<44}{row.metric:<34}{row.value:>12,.4g} {row.unit}\n")
    missed = 0
    goals = {goal.ratio: goal for goal in result.goals}
    for name, value in result.ratios.items():
        goal = goals.get(name)
        verdict = "" if goal is None else f"{goal.words()}  {'met' if goal.is_met(value) else 'MISSED'}"
        missed += goal is not None and not goal.is_met(value)
        sys.stdout.write(f"  {name:<78}{value:>12.3g}  {verdict}\n")
    return missed


if __name__ == "__main__":
    sys.exit(main())
