"""The price of many processes: CPU of one and the same journey, split and embedded."""

import asyncio
import tempfile
from pathlib import Path

import httpx

from bench.processes import cpu_s, pss_mb
from bench.result import Goal, Result, Row, machine, save, versions
from bench.standing import Platform, running

LEARNERS, ROUNDS = 8, 6


async def main() -> Result:
    """Run the journey on both and compare."""
    embedded = await _cost()
    split = await _cost("--split")
    rows = []
    for subject, (cpu, per_request, memory) in (("embedded", embedded), ("split", split)):
        rows.append(Row(subject=subject, metric="CPU of the journey", value=cpu, unit="s"))
        rows.append(Row(subject=subject, metric="CPU a request", value=per_request * 1000, unit="ms"))
        rows.append(Row(subject=subject, metric="memory of all processes (PSS)", value=memory, unit="MB"))
    result = Result(
        name="split",
        scenario=(
            f"The learner's demo course studied {ROUNDS} times over: every unit read and viewed, {LEARNERS}"
            f" requests at a time; CPU seconds "
            "of all processes, PostgreSQL, the broker and Valkey included, after a warm-up round."
        ),
        machine=machine(),
        versions=versions("uvicorn", "asyncpg", "aiokafka", "redis"),
        rows=rows,
        ratios={"CPU of the journey, split / embedded": split[0] / embedded[0]},
        goals=[Goal(ratio="CPU of the journey, split / embedded", at_most=1.5)],
        first_bottleneck="Split: hops between gateway and services, readers that ask the broker while little comes.",
    )
    save(result)
    return result


async def _cost(*options: str) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as folder:
        async with running(Path(folder) / "home", *options, STOA_LIMIT_FACTOR="100000") as platform:
            await _journey(platform, rounds=1)
            await asyncio.sleep(1)
            before = cpu_s(platform.pids())
            requests = await _journey(platform, rounds=ROUNDS)
            cpu = cpu_s(platform.pids()) - before
            return cpu, cpu / requests, pss_mb(platform.pids())


async def _journey(platform: Platform, *, rounds: int) -> int:
    token = platform.token("learner")
    gate = asyncio.Semaphore(LEARNERS)
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
