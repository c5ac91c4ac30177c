"""The jobs that the tests of the runner do, also run as a process of its own that is killed."""

import asyncio
import sys
from datetime import timedelta
from typing import ClassVar

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import current_caller, current_traceparent
from stoa.kit.clock import SystemClock
from stoa.kit.contract import Job, OrganizationId
from stoa.kit.engines.postgres.database import Database, Login, pool_of
from stoa.kit.engines.postgres.jobs import JobsSettings
from stoa.kit.engines.postgres.worker import JobWorker
from stoa.kit.errors import Conflict
from stoa.kit.jobs import JobRun, Jobs


class Stone(Conflict):
    code, title = "fields.stone", "The field is stone"


class Plough(Job, frozen=True, kw_only=True):
    type_: ClassVar[str] = "lemmas.plough"
    organization_id: OrganizationId
    field: str
    rows: int


class Fail(Job, frozen=True, kw_only=True):
    type_: ClassVar[str] = "lemmas.fail"
    max_attempts_: ClassVar[int] = 3
    organization_id: OrganizationId
    expected: bool


class Hold(Job, frozen=True, kw_only=True):
    type_: ClassVar[str] = "lemmas.hold"
    queue_: ClassVar[str] = "export"
    max_attempts_: ClassVar[int] = 3
    organization_id: OrganizationId


class Obey(Job, frozen=True, kw_only=True):
    type_: ClassVar[str] = "lemmas.obey"
    organization_id: OrganizationId
    number: int


class FieldsBook:
    """What the jobs did, for the tests to read."""

    def __init__(self) -> None:
        self.ploughed: list[tuple[str, int, int]] = []
        self.callers: list[Caller] = []
        self.traces: list[str | None] = []
        self.failures = 0
        self.failed_attempts: list[int] = []
        self.gate = asyncio.Event()
        self.inside = 0
        self.most_inside = 0
        self.obeyed: list[int] = []
        self.ticks: list[str] = []


declared = Jobs("lemmas")


@declared.on(Plough)
async def plough(job: Plough, run: JobRun, book: FieldsBook) -> None:
    for row in range(1, job.rows + 1):
        await run.progress(row, job.rows, f"Row {row}")
    book.callers.append(current_caller())
    book.traces.append(current_traceparent())
    book.ploughed.append((job.field, job.rows, run.attempt))


@declared.on(Fail)
async def fail(job: Fail, run: JobRun, book: FieldsBook) -> None:
    if book.failures:
        book.failures -= 1
        book.failed_attempts.append(run.attempt)
        raise Stone if job.expected else RuntimeError("a bug")


@declared.on(Hold)
async def hold(job: Hold, run: JobRun, book: FieldsBook) -> None:
    await run.progress(0, None, "Holding")
    await book.gate.wait()


@declared.on(Obey)
async def obey(job: Obey, book: FieldsBook) -> None:
    book.inside += 1
    book.most_inside = max(book.most_inside, book.inside)
    await asyncio.sleep(0)
    book.obeyed.append(job.number)
    book.inside -= 1


@declared.every("* * * * * */1")
async def tick(run: JobRun, book: FieldsBook) -> None:
    book.ticks.append(str(run.id))


def worker_of(
    login: Login, database: Database, book: FieldsBook, *, poll: timedelta = timedelta(seconds=0.2)
) -> JobWorker:
    """Make a worker that retries at once and takes over after a second of silence."""
    return JobWorker(
        login=login,
        database=database,
        services={"lemmas": book},
        declared=[declared],
        clock=SystemClock(),
        settings=JobsSettings(
            heartbeat=timedelta(seconds=0.2),
            takeover_after=timedelta(seconds=1),
            grace=timedelta(seconds=0.1),
            poll=poll,
        ),
        backoff=lambda attempt: 0.0,
    )


async def _work(host: str, name: str) -> None:
    login = Login(host=host, database=name)
    await worker_of(login, Database(pool_of(login, size=2), "jobs"), FieldsBook()).run()


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], sys.argv[2]))
