"""Reading a unit and recording a progress event: Stoa beside the limit and beside what a user would pick instead."""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import jwt

from bench.load import load, request
from bench.processes import cpu_s, tree
from bench.recording import keep, record
from bench.result import HOUSE, Goal, Result, Row, machine, save, versions
from bench.rivals_environment import rival_python, rival_versions
from bench.standing import Platform, free_port, pin, running
from stoa.kit.engines.postgres.binaries import installed
from stoa.kit.engines.postgres.server import EmbeddedPostgres

SERVER_CORE, CLIENT_CORE = 0, 1
# Short rounds in turn, and many: what disturbs the machine for a moment then falls on all subjects alike.
CONNECTIONS, ROUNDS, SECONDS, WARM_S = 8, 25, 0.6, 0.1
SECRET = "the rivals sign their tokens with this"
RIVALS = ("minimal", "fastapi", "django")
TITLES = {
    "stoa": "Stoa",
    "minimal": "minimal Starlette + asyncpg",
    "fastapi": "FastAPI + SQLAlchemy ORM",
    "django": "Django REST",
}
GOALS = [
    Goal(ratio="read: CPU a request / minimal Starlette + asyncpg", at_most=1.35),
    Goal(ratio="write: CPU a request / minimal Starlette + asyncpg", at_most=1.35),
    Goal(ratio="read: throughput / FastAPI + SQLAlchemy ORM", at_least=2.0),
    Goal(ratio="write: throughput / FastAPI + SQLAlchemy ORM", at_least=2.0),
    Goal(ratio="read: throughput / Django REST", at_least=4.0),
    Goal(ratio="write: throughput / Django REST", at_least=4.0),
]


class Subject:
    """One server under load."""

    def __init__(self, name: str, pid: int, port: int, *, is_tree: bool) -> None:
        self.name, self.pid, self.port, self._is_tree = name, pid, port, is_tree
        self.requests: dict[str, Callable[[int], bytes]] = {}
        self.cpu_us: dict[str, list[float]] = {"read": [], "write": []}
        self.per_second: dict[str, list[float]] = {"read": [], "write": []}
        self.p99_ms: dict[str, list[float]] = {"read": [], "write": []}

    def pids(self) -> list[int]:
        """Return the processes whose CPU is the subject's; PostgreSQL's is nobody's."""
        return tree(self.pid) if self._is_tree else [self.pid]


async def main() -> Result:
    """Measure everything in one run."""
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as folder:
        work = Path(folder)
        async with running(work / "home", STOA_LIMIT_FACTOR="100000") as platform:
            subjects = await _subjects(work, platform)
            with contextlib.ExitStack() as stack:
                for subject in subjects[1:]:
                    stack.enter_context(_started(subject, work, platform))
                await _until_up(subjects)
                os.sched_setaffinity(0, {CLIENT_CORE})
                for _ in range(ROUNDS):
                    for kind in ("read", "write"):
                        for subject in subjects:
                            await _measure(subject, kind)
                bench_tps = await asyncio.to_thread(_pgbench, work, platform)
    return _result(subjects, bench_tps)


async def _subjects(work: Path, platform: Platform) -> list[Subject]:
    recording = await record(platform.home, learners=CONNECTIONS)
    tokens = [platform.logged_in(learner.email, learner.password) for learner in recording.learners]
    read = f"/api/v1/learn/{recording.course}/units/{recording.unit}"
    write = f"{read}/viewed"
    headers = {"authorization": f"Bearer {tokens[0]}"}
    answers = {
        "read": httpx.get(platform.url + read, headers=headers).content,
        "write": httpx.post(platform.url + write, headers=headers).content,
    }
    keep(recording, work / "record", tokens=tokens, answers=answers)
    users = [str(learner.user) for learner in recording.learners]
    await _fill_rival(platform, recording.course, recording.unit, json.loads(answers["read"]), users)
    until = int(time.time()) + 3600
    rival_tokens = [jwt.encode({"sub": user, "exp": until}, SECRET, algorithm="HS256") for user in users]
    found = []
    for name in ("stoa", *RIVALS):
        is_own = name == "stoa"
        subject = Subject(
            name,
            platform.process.pid if is_own else 0,
            platform.port if is_own else free_port(),
            is_tree=name == "django",
        )
        paths = {
            "stoa": (read, write),
            "minimal": ("/read", "/write"),
        }.get(name, (f"/read/bench/{recording.unit}", f"/write/bench/{recording.unit}"))
        bearers = tokens if name in ("stoa", "minimal") else rival_tokens
        reads = [request("GET", paths[0], token=bearer) for bearer in bearers]
        writes = [request("POST", paths[1], token=bearer) for bearer in bearers]
        # One learner after the other, so that no two requests under way wait for one learner's row.
        subject.requests = {
            "read": lambda number, of=reads: of[number % CONNECTIONS],
            "write": lambda number, of=writes: of[number % CONNECTIONS],
        }
        found.append(subject)
    return found


async def _fill_rival(platform: Platform, course: str, unit: str, answer: dict[str, object], users: list[str]) -> None:
    connection = await asyncpg.connect(host=_socket(platform), database="stoa", user="stoa")
    await connection.execute((HOUSE / "bench" / "rivals" / "schema.sql").read_text())
    await connection.execute(
        "insert into rival.member select user_id, 'learner' from unnest($1::uuid[]) user_id", users
    )
    await connection.execute(
        "insert into rival.course values ($1::uuid, 'bench', $2, 'published')", course, answer["course_title"]
    )
    await connection.execute(
        "insert into rival.seat (course_id, user_id, state) select $1::uuid, user_id, 'active'"
        " from unnest($2::uuid[]) user_id",
        course, users,
    )  # fmt: skip
    await connection.execute(
        "insert into rival.unit values ($1::uuid, $2::uuid, $3, $4, $5)",
        unit, course, answer["title"], answer["section"], answer["subsection"],
    )  # fmt: skip
    blocks = answer["blocks"]
    assert isinstance(blocks, list)
    for position, block in enumerate(blocks):
        await connection.execute(
            "insert into rival.block values ($1::uuid, $2::uuid, $3, $4, $5, $6::jsonb)",
            block["id"], unit, position, block["title"], block["content"]["kind"], json.dumps(block["content"]),
        )  # fmt: skip
    await connection.execute(
        "insert into rival.completion (user_id, course_id, block_id, completed_at)"
        " select user_id, course_id, block_id, first_completed_at from progress.completions"
        " where user_id = any($1::uuid[])",
        users,
    )
    await connection.execute(
        "insert into rival.journey (user_id, course_id, active_at) select user_id, $2::uuid, now()"
        " from unnest($1::uuid[]) user_id",
        users, course,
    )  # fmt: skip
    await connection.execute("analyze")
    await connection.close()


@contextlib.contextmanager
def _started(subject: Subject, work: Path, platform: Platform) -> Iterator[None]:
    python = str(rival_python())
    listen, quiet = str(subject.port), ["--no-access-log", "--log-level", "warning"]
    django = ["-b", f"127.0.0.1:{listen}", "--workers", "1", "--threads", "4", "--log-level", "warning"]
    commands = {
        "minimal": [sys.executable, "-m", "uvicorn", "bench.rivals.minimal:app", "--port", listen, *quiet],
        "fastapi": [python, "-m", "uvicorn", "bench.rivals.fastapi_orm:app", "--port", listen, *quiet],
        "django": [python, "-m", "gunicorn", "bench.rivals.django_rest:application", *django],
    }
    environment = {
        **os.environ,
        "BENCH_PG": _socket(platform),
        "BENCH_RECORD": str(work / "record"),
        "BENCH_SECRET": SECRET,
        "PYTHONPATH": str(HOUSE),
    }
    process = subprocess.Popen(commands[subject.name], cwd=HOUSE, env=environment)
    subject.pid = process.pid
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _until_up(subjects: list[Subject]) -> None:
    for subject in subjects:
        for _ in range(500):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", subject.port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        # PostgreSQL's processes may run anywhere; only the subject's own stay on the server's core.
        pin(subject.pids(), SERVER_CORE)


async def _measure(subject: Subject, kind: str) -> None:
    make = subject.requests[kind]
    await load("127.0.0.1", subject.port, make, connections=CONNECTIONS, seconds=WARM_S)
    pids = subject.pids()
    before = cpu_s(pids)
    seen = await load("127.0.0.1", subject.port, make, connections=CONNECTIONS, seconds=SECONDS)
    if seen.failures:
        raise RuntimeError(f"{subject.name} {kind}: {seen.failures} of {seen.requests} requests failed")
    subject.cpu_us[kind].append((cpu_s(pids) - before) / seen.requests * 1e6)
    subject.per_second[kind].append(seen.per_second)
    subject.p99_ms[kind].append(seen.p99_ms)


def _pgbench(work: Path, platform: Platform) -> float:
    """Return the reads a second that pgbench makes of the same statements over eight connections."""
    import pickle

    record = pickle.loads((work / "record").read_bytes())
    script = work / "read.sql"
    lines = []
    for sql, arguments in next(iter(record["people"].values()))["read"]:
        filled = sql
        for number in range(len(arguments), 0, -1):
            filled = filled.replace(f"${number}", _literal(arguments[number - 1]))
        lines.append(" ".join(filled.split()) + ";")
    script.write_text("\n".join(lines) + "\n")
    pgbench = str(installed(18).postgres.parent / "pgbench")
    connect = ["-h", _socket(platform), "-U", "stoa", "stoa"]
    command = [pgbench, "-n", "-f", str(script), "-c", "8", "-j", "1", "-T", "5", "-M", "prepared", *connect]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split("=")[1].split()[0])


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, list):
        return "array[" + ",".join(f"'{one}'" for one in value) + "]::uuid[]"
    return "'" + str(value).replace("'", "''") + "'"


def _socket(platform: Platform) -> str:
    endpoint = EmbeddedPostgres(platform.home).attach()
    assert endpoint is not None
    return endpoint.socket_dir


def _beside(own: dict[str, list[float]], other: dict[str, list[float]], kind: str) -> float:
    """Return the median of the ratios of the rounds: those of one round ran next to each other in time."""
    return statistics.median(mine / theirs for mine, theirs in zip(own[kind], other[kind], strict=True))


def _figures(subjects: list[Subject]) -> tuple[list[Row], dict[str, float]]:
    median = statistics.median
    by_name = {subject.name: subject for subject in subjects}
    own, rows, ratios = by_name["stoa"], [], {}
    for kind in ("read", "write"):
        for subject in subjects:
            for metric, values, unit in (
                ("CPU a request", subject.cpu_us[kind], "µs"),
                ("requests a second", subject.per_second[kind], "1/s"),
                ("p99", subject.p99_ms[kind], "ms"),
            ):
                title = TITLES[subject.name]
                rows.append(Row(subject=title, metric=f"{kind}: {metric}", value=median(values), unit=unit))
        ratios[f"{kind}: CPU a request / {TITLES['minimal']}"] = _beside(own.cpu_us, by_name["minimal"].cpu_us, kind)
        for name in ("fastapi", "django"):
            ratios[f"{kind}: throughput / {TITLES[name]}"] = _beside(own.per_second, by_name[name].per_second, kind)
    return rows, ratios


def _result(subjects: list[Subject], bench_tps: float) -> Result:
    rows, ratios = _figures(subjects)
    bench = "pgbench, 8 clients, the statements of a read"
    rows.append(Row(subject=bench, metric="read: transactions a second", value=bench_tps, unit="1/s"))
    ratios["read: throughput / pgbench"] = statistics.median(subjects[0].per_second["read"]) / bench_tps
    result = Result(
        name="hot-paths",
        scenario=(
            "Read a unit and record that it was viewed: token, permission, enrolment, PostgreSQL, JSON; one worker on"
            f" one core, the client on the other, {CONNECTIONS} keep-alive connections and as many learners in turn,"
            f" medians of {ROUNDS} interleaved rounds of {SECONDS:g} s, ratios taken round by round. The minimal"
            " program runs the very statements of Stoa, as superuser without row-level security; the ORM rivals read"
            " the same facts from tables of their own."
        ),
        machine=machine(),
        versions={
            **versions("starlette", "msgspec", "asyncpg", "uvicorn"),
            **rival_versions("fastapi", "sqlalchemy", "django", "gunicorn"),
            "postgresql": "18",
        },
        rows=rows,
        ratios=ratios,
        goals=GOALS,
        first_bottleneck="The one Python process: PostgreSQL and the client have CPU left.",
    )
    save(result)
    return result
