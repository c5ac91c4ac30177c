"""The price of many processes: CPU of one and the same journey, split and embedded."""

import asyncio
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.journey import AT_ONCE, whole_journey
from bench.processes import cpu_s, pss_mb
from bench.result import Goal, Result, Row, machine, save, versions
from bench.standing import Platform, running

PEOPLE, ROUNDS, TIMES = 16, 6, 3
WHOLE, STUDY = "whole journey", "reading alone"


@dataclass
class Cost:
    """What one way of running took, a figure each time."""

    cpu_s: dict[str, list[float]] = field(default_factory=lambda: {WHOLE: [], STUDY: []})
    requests: dict[str, int] = field(default_factory=dict)
    memory_mb: float = 0.0

    def median(self, part: str) -> float:
        """Return the CPU seconds of a part in the middle."""
        return statistics.median(self.cpu_s[part])


async def main() -> Result:
    """Run the journeys on both and compare."""
    costs = {"embedded": await _cost(), "split": await _cost("--split")}
    rows, ratios = [], {}
    for subject, cost in costs.items():
        for part in (WHOLE, STUDY):
            cpu, per_request = cost.median(part), cost.median(part) / cost.requests[part] * 1000
            rows.append(Row(subject=subject, metric=f"{part}: CPU", value=cpu, unit="s"))
            rows.append(Row(subject=subject, metric=f"{part}: CPU a request", value=per_request, unit="ms"))
        rows.append(Row(subject=subject, metric="memory of all processes (PSS)", value=cost.memory_mb, unit="MB"))
    for part in (WHOLE, STUDY):
        ratios[f"CPU of the {part}, split / embedded"] = costs["split"].median(part) / costs["embedded"].median(part)
    result = Result(
        name="split",
        scenario=(
            f"The whole journey: a teacher brings a course with every kind of problem in and publishes it; {PEOPLE}"
            f" people, {AT_ONCE} at a time, sign up, prove their address, log in, enrol, read every unit, answer"
            " every question wrongly and then rightly, watch the film and look at their progress, until the teacher"
            " sees that all are through. Reading alone: the demo course's units read and viewed by a learner who is"
            f" logged in, {ROUNDS} times over, {AT_ONCE} at a time. CPU seconds of all processes, PostgreSQL, the"
            f" broker and Valkey included, after a warm-up; medians of {TIMES}."
        ),
        machine=machine(),
        versions=versions("uvicorn", "asyncpg", "aiokafka", "redis"),
        rows=rows,
        ratios=ratios,
        goals=[Goal(ratio=f"CPU of the {WHOLE}, split / embedded", at_most=1.5)],
        first_bottleneck=(
            "Split: twenty processes that keep house (clients of the broker, relays, leases: a fifth of a core idle),"
            " events that are read by aiokafka in Python, and a hop for each request and question."
        ),
    )
    save(result)
    return result


async def _cost(*options: str) -> Cost:
    found = Cost()
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as folder:
        async with running(Path(folder) / "home", *options, STOA_LIMIT_FACTOR="100000") as platform:
            await asyncio.sleep(1)
            await asyncio.to_thread(whole_journey, platform, title="Warm", people=AT_ONCE)
            await _read(platform, rounds=1)
            for turn in range(TIMES):
                await _measure(
                    found,
                    platform,
                    WHOLE,
                    lambda turn=turn: whole_journey(platform, title=f"Lighthouse {turn}", people=PEOPLE),
                )
                await _measure(found, platform, STUDY, lambda: asyncio.run(_read(platform, rounds=ROUNDS)))
            found.memory_mb = pss_mb(platform.pids())
    return found


async def _measure(cost: Cost, platform: Platform, part: str, work: Callable[[], int]) -> None:
    await asyncio.sleep(1)
    before = cpu_s(platform.pids())
    cost.requests[part] = await asyncio.to_thread(work)
    cost.cpu_s[part].append(cpu_s(platform.pids()) - before)


async def _read(platform: Platform, *, rounds: int) -> int:
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
