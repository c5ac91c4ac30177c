"""The price of many processes: CPU of one and the same journey, split and embedded."""

import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from bench.journey import AT_ONCE, whole_journey
from bench.processes import command_of, cpu_s, pss_mb
from bench.result import Goal, Result, Row, machine, save, versions
from bench.standing import Platform, running

PEOPLE, ROUNDS, TIMES = 16, 6, 5
WHOLE, STUDY = "whole journey", "reading alone"
# By a word of their command lines.
KINDS = {
    "PostgreSQL": "postgres",
    "Valkey": "valkey-server",
    "the broker": "--storage-engine",
    "the gateway": "--role gateway",
}


@dataclass
class Cost:
    """What one way of running took, a figure each time."""

    cpu_s: dict[str, list[float]] = field(default_factory=lambda: {WHOLE: [], STUDY: []})
    by_kind: list[dict[str, float]] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    memory_mb: float = 0.0

    def median(self, part: str) -> float:
        """Return the CPU seconds of a part in the middle."""
        return statistics.median(self.cpu_s[part])

    def rows(self, subject: str) -> list[Row]:
        """Return the figures as rows of a result."""
        found = []
        for part in (WHOLE, STUDY):
            cpu, per_request = self.median(part), self.median(part) / self.requests[part] * 1000
            found.append(Row(subject=subject, metric=f"{part}: CPU", value=cpu, unit="s"))
            found.append(Row(subject=subject, metric=f"{part}: CPU a request", value=per_request, unit="ms"))
        for kind in self.by_kind[0]:
            cpu = statistics.median(one.get(kind, 0.0) for one in self.by_kind)
            found.append(Row(subject=subject, metric=f"{WHOLE}: CPU of {kind}", value=cpu, unit="s"))
        return [*found, Row(subject=subject, metric="memory of all processes (PSS)", value=self.memory_mb, unit="MB")]


async def main() -> Result:
    """Run the journeys on both, in turns, and compare."""
    costs = {"embedded": Cost(), "split": Cost()}
    async with _standing() as embedded, _standing("--split") as split:
        both = [(costs["embedded"], embedded), (costs["split"], split)]
        for _, platform in both:
            await asyncio.to_thread(whole_journey, platform, title="Warm", people=AT_ONCE)
            await _read(platform)
        for turn in range(TIMES):
            for cost, platform in both:
                await _measure(cost, platform, WHOLE, partial(whole_journey, title=f"Journey {turn}", people=PEOPLE))
            for cost, platform in both:
                await _measure(cost, platform, STUDY, _reading)
        for cost, platform in both:
            cost.memory_mb = pss_mb(platform.pids())
    rows = [row for subject, cost in costs.items() for row in cost.rows(subject)]
    ratios = {}
    for part in (WHOLE, STUDY):
        pairs = zip(costs["split"].cpu_s[part], costs["embedded"].cpu_s[part], strict=True)
        ratios[f"CPU of the {part}, split / embedded"] = statistics.median(many / one for many, one in pairs)
    result = Result(
        name="split",
        scenario=(
            f"The whole journey: a teacher brings a course with every kind of problem in and publishes it; {PEOPLE}"
            f" people, {AT_ONCE} at a time, sign up, prove their address, log in, enrol, read every unit, answer"
            " every question wrongly and then rightly, watch the film and look at their progress, until the teacher"
            " sees that all are through. Reading alone: the demo course's units read and viewed by a learner who is"
            f" logged in, {ROUNDS} times over, {AT_ONCE} at a time. CPU seconds of all processes, PostgreSQL, the"
            " broker and Valkey included, after a warm-up; both platforms stand beside each other and take turns:"
            f" medians of {TIMES}, ratios of neighbours."
        ),
        machine=machine(),
        versions=versions("uvicorn", "asyncpg", "aiokafka", "redis"),
        rows=rows,
        ratios=ratios,
        goals=[Goal(ratio=f"CPU of the {WHOLE}, split / embedded", at_most=1.5)],
        first_bottleneck=(
            "Split: the broker, its clients in Python, the gateway and Valkey; twenty processes that keep house"
            " (a tenth of a core idle) and find the processor's caches cold; a hop for each answer that is scored."
        ),
    )
    save(result)
    return result


@contextlib.asynccontextmanager
async def _standing(*options: str) -> AsyncIterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as folder:
        async with running(Path(folder) / "home", *options, STOA_LIMIT_FACTOR="100000") as platform:
            await asyncio.sleep(1)
            yield platform


async def _measure(cost: Cost, platform: Platform, part: str, work: Callable[[Platform], int]) -> None:
    await asyncio.sleep(1)
    before = _by_kind(platform)
    cost.requests[part] = await asyncio.to_thread(work, platform)
    after = _by_kind(platform)
    spent = {kind: after[kind] - before.get(kind, 0.0) for kind in after}
    cost.cpu_s[part].append(sum(spent.values()))
    if part == WHOLE:
        cost.by_kind.append(spent)


def _by_kind(platform: Platform) -> dict[str, float]:
    found: dict[str, float] = {}
    for pid in platform.pids():
        command = command_of(pid)
        kind = next((kind for kind, word in KINDS.items() if word in command), "services")
        found[kind] = found.get(kind, 0.0) + cpu_s([pid])
    return found


def _reading(platform: Platform) -> int:
    return asyncio.run(_read(platform, rounds=ROUNDS))


async def _read(platform: Platform, *, rounds: int = 1) -> int:
    token = platform.token("learner")
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(
        base_url=platform.url, headers={"authorization": f"Bearer {token}"}, timeout=30
    ) as client:
        course = (await client.get("/api/v1/learn/home")).json()["items"][0]["course_id"]
        outline = (await client.get(f"/api/v1/learn/{course}/outline")).json()
        units = [
            unit["id"] for section in outline["sections"] for part in section["children"] for unit in part["children"]
        ]

        async def study(unit: str) -> None:
            async with gate:
                (await client.get(f"/api/v1/learn/{course}/units/{unit}")).raise_for_status()
                (await client.post(f"/api/v1/learn/{course}/units/{unit}/viewed")).raise_for_status()

        for _ in range(rounds):
            await asyncio.gather(*(study(unit) for unit in units))
            (await client.get(f"/api/v1/learn/{course}/progress")).raise_for_status()
    return rounds * (2 * len(units) + 1)
