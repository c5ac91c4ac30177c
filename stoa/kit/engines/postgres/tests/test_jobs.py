"""Jobs on a real PostgreSQL: queued with the transaction, retried, cancelled, taken over, never two of one lock."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any

import asyncpg
import pytest

from stoa.kit.auth.context import surrounded
from stoa.kit.clock import SystemClock
from stoa.kit.contract import JobId, OrganizationId, new_id
from stoa.kit.engines.postgres.database import Database
from stoa.kit.engines.postgres.jobs import PostgresJobBoard, jobs_migrations
from stoa.kit.engines.postgres.tests.fields import (
    Fail,
    FieldsBook,
    Hold,
    Obey,
    Plough,
    worker_of,
)
from stoa.kit.errors import TransactionOpen
from stoa.kit.jobs import JobNotFound, JobNotMovable, JobState, JobStatus
from stoa.kit.store import Store
from stoa.kit.testing.lemmas import LEMMAS, LemmasTx
from stoa.kit.testing.postgres import SUPERUSER, ThrowawayPostgres

pytestmark = pytest.mark.timeout(90)
NAME = "jobs_test"


@pytest.fixture
async def fields(postgres: ThrowawayPostgres) -> AsyncIterator["Fields"]:
    login = await postgres.migrated(NAME, [LEMMAS, jobs_migrations()])
    pool = postgres.pool(NAME, size=6)
    yield Fields(postgres, pool, login)
    await pool.close(deadline_s=2)


class Fields:
    def __init__(self, postgres: ThrowawayPostgres, pool: Any, login: Any) -> None:
        self.postgres, self.pool, self.login = postgres, pool, login
        self.lemmas = Database(pool, "lemmas")
        self.board = PostgresJobBoard(self.lemmas)
        self.book = FieldsBook()

    @asynccontextmanager
    async def working(self, poll: timedelta = timedelta(seconds=0.2)) -> AsyncIterator[None]:
        worker = worker_of(self.login, Database(self.pool, "jobs"), self.book, poll=poll)
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            await task

    async def until(self, job: JobId, is_so: Callable[[JobState], bool]) -> JobState:
        return await until(lambda: self.board.state_of(job), is_so)


async def until(look: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool], *, deadline_s: float = 40) -> Any:
    clock = SystemClock()
    end = clock.monotonic() + deadline_s
    while True:
        seen = await look()
        if is_so(seen):
            return seen
        assert clock.monotonic() < end, f"still {seen!r}"
        await asyncio.sleep(0.02)


def is_over(state: JobState) -> bool:
    return state.status in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


def an_organization() -> OrganizationId:
    return OrganizationId(new_id())


async def test_a_job_is_done_with_its_arguments_and_tells_its_progress(fields: Fields) -> None:
    organization = an_organization()
    async with fields.working():
        job = await fields.board.enqueue(Plough(organization_id=organization, field="north", rows=3))
        state = await fields.until(job, is_over)

    assert (state.status, state.done, state.total, state.note, state.error) == (
        JobStatus.SUCCEEDED, 3, 3, "Row 3", "",
    )  # fmt: skip
    assert state.finished_at is not None
    assert fields.book.ploughed == [("north", 3, 1)]
    assert fields.book.callers[0].organization == organization


async def test_a_job_exists_only_if_its_transaction_commits(fields: Fields) -> None:
    store = Store(fields.lemmas, LemmasTx)
    organization = an_organization()
    with pytest.raises(KeyError):
        async with store.transaction(organization=organization) as tx:
            lost = tx.enqueue(Plough(organization_id=organization, field="lost", rows=1))
            raise KeyError
    async with store.transaction(organization=organization) as tx:
        kept = tx.enqueue(Plough(organization_id=organization, field="it's", rows=1))

    with pytest.raises(JobNotFound):
        await fields.board.state_of(lost)
    assert (await fields.board.state_of(kept)).status is JobStatus.QUEUED
    async with fields.working():
        await fields.until(kept, is_over)
    assert [field for field, _, _ in fields.book.ploughed] == ["it's"]


async def test_a_job_goes_on_in_the_trace_of_whoever_queued_it(fields: Fields) -> None:
    traces = [f"00-{digit * 32}-{digit * 16}-01" for digit in "abc"]
    organization = an_organization()
    with surrounded(traceparent=traces[0]):
        async with Store(fields.lemmas, LemmasTx).transaction(organization=organization) as tx:
            first = tx.enqueue(Plough(organization_id=organization, field="1", rows=1), lock="one by one")
    with surrounded(traceparent=traces[1]):
        second = await fields.board.enqueue(Plough(organization_id=organization, field="2", rows=1), lock="one by one")
    third = await fields.board.enqueue(Plough(organization_id=organization, field="3", rows=1), lock="one by one")

    with surrounded(traceparent=traces[2]):
        async with fields.working():
            for job in (first, second, third):
                await fields.until(job, is_over)

    seen = dict(zip((field for field, _, _ in fields.book.ploughed), fields.book.traces, strict=True))
    assert (seen["1"], seen["2"]) == (traces[0], traces[1])


async def test_a_process_of_the_release_before_queues_as_it_did(fields: Fields) -> None:
    id_, body = new_id(), f'{{"organization_id": "{an_organization()}", "field": "old", "rows": 1}}'
    async with fields.lemmas.session(None) as connection:
        await connection.execute(
            "select jobs.defer($1, 'lemmas.plough', 'default', $2, null, null, 3)", id_, body
        )  # fmt: skip

    async with fields.working():
        state = await fields.until(JobId(id_), is_over)

    assert (state.status, fields.book.ploughed, fields.book.traces) == (JobStatus.SUCCEEDED, [("old", 1, 1)], [None])


async def test_the_board_is_refused_inside_a_transaction(fields: Fields) -> None:
    async with Store(fields.lemmas, LemmasTx).transaction(organization=None):
        with pytest.raises(TransactionOpen):
            await fields.board.enqueue(Plough(organization_id=an_organization(), field="x", rows=1))


async def test_a_service_queues_its_own_jobs_only_and_reads_no_table(fields: Fields) -> None:
    async with fields.lemmas.session(None) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "select jobs.defer($1, 'kit.steal', 'default', '{}', null, null, 1)", new_id()
            )  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "select jobs.defer($1, 'kit.steal', 'default', '{}', null, null, 1, null)", new_id()
            )  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from jobs.runs")


async def test_a_failing_job_is_tried_again_then_lies_dead_until_it_is_redriven(fields: Fields) -> None:
    fields.book.failures = 3
    async with fields.working():
        job = await fields.board.enqueue(Fail(organization_id=an_organization(), expected=False))
        state = await fields.until(job, is_over)
        dead = await fields.board.dead(service="lemmas")
        await fields.board.redrive(job)
        again = await fields.until(job, lambda now: now.status is JobStatus.SUCCEEDED)

    assert (state.status, state.attempts) == (JobStatus.FAILED, 3)
    assert state.error == "It failed on an error of ours (RuntimeError)."
    assert [one.id for one in dead] == [job]
    assert fields.book.failed_attempts == [1, 2, 3]
    assert again.error == ""


async def test_an_expected_refusal_is_final_at_once(fields: Fields) -> None:
    fields.book.failures = 1
    async with fields.working():
        job = await fields.board.enqueue(Fail(organization_id=an_organization(), expected=True))
        state = await fields.until(job, is_over)

    assert (state.status, state.error) == (JobStatus.FAILED, "The field is stone")
    assert fields.book.failed_attempts == [1]


async def test_a_waiting_and_a_running_job_can_be_cancelled(fields: Fields) -> None:
    waiting = await fields.board.enqueue(Hold(organization_id=an_organization()), at=far_away())
    await fields.board.cancel(waiting)
    async with fields.working():
        running = await fields.board.enqueue(Hold(organization_id=an_organization()))
        await fields.until(running, lambda state: state.note == "Holding")
        await fields.board.cancel(running)
        state = await fields.until(running, is_over)

    assert (await fields.board.state_of(waiting)).status is JobStatus.CANCELLED
    assert state.status is JobStatus.CANCELLED
    with pytest.raises(JobNotMovable):
        await fields.board.cancel(running)
    with pytest.raises(JobNotMovable):
        await fields.board.redrive(running)
    with pytest.raises(JobNotFound):
        await fields.board.cancel(JobId(new_id()))


async def test_jobs_of_one_lock_never_run_together(fields: Fields) -> None:
    organization = an_organization()
    jobs = [
        await fields.board.enqueue(Obey(organization_id=organization, number=n), lock="gate") for n in range(6)
    ]  # fmt: skip
    async with fields.working():
        for job in jobs:
            await fields.until(job, is_over)

    assert fields.book.most_inside == 1
    assert sorted(fields.book.obeyed) == list(range(6))


async def test_a_job_waits_for_its_moment(fields: Fields) -> None:
    later = await fields.board.enqueue(Plough(organization_id=an_organization(), field="later", rows=1), at=far_away())
    async with fields.working():
        now = await fields.board.enqueue(Plough(organization_id=an_organization(), field="now", rows=1))
        await fields.until(now, is_over)

    assert (await fields.board.state_of(later)).status is JobStatus.QUEUED
    assert [field for field, _, _ in fields.book.ploughed] == ["now"]


async def test_one_organizations_bulk_does_not_hold_up_anothers_job(fields: Fields) -> None:
    bulk, small = an_organization(), an_organization()
    for n in range(40):
        await fields.board.enqueue(Obey(organization_id=bulk, number=n))
    job = await fields.board.enqueue(Obey(organization_id=small, number=1000))
    async with fields.working():
        await fields.until(job, is_over)

    assert 1000 in fields.book.obeyed[:20]


async def test_a_schedule_runs_once_however_many_workers_there_are(fields: Fields) -> None:
    async with fields.working(), fields.working():
        await until(_value(lambda: len(fields.book.ticks)), lambda count: count >= 3)

    assert len(set(fields.book.ticks)) == len(fields.book.ticks)


async def test_a_killed_workers_job_is_finished_by_another(fields: Fields) -> None:
    job = await fields.board.enqueue(Hold(organization_id=an_organization()))
    child = subprocess.Popen(
        [sys.executable, "-m", "stoa.kit.engines.postgres.tests.fields", fields.login.host, NAME],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        await fields.until(job, lambda state: state.note == "Holding")
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    fields.book.gate.set()

    async with fields.working():
        state = await fields.until(job, is_over)

    assert (state.status, state.attempts) == (JobStatus.SUCCEEDED, 2)


async def test_a_job_that_kills_its_workers_is_given_up(fields: Fields) -> None:
    job = await fields.board.enqueue(Hold(organization_id=an_organization()))
    async with Database(fields.pool, "jobs").session(None) as connection:
        await connection.execute(
            "begin; set local search_path = jobs; update procrastinate_jobs set status = 'doing', attempts = 2; commit"
        )
        await connection.execute("select jobs.take_over(interval '1 second')")

    state = await fields.board.state_of(job)
    assert (state.status, state.error) == (JobStatus.FAILED, "The process that worked on it died each time.")


async def test_a_stopping_worker_leaves_its_job_to_the_next(fields: Fields) -> None:
    job = await fields.board.enqueue(Hold(organization_id=an_organization()))
    async with fields.working():
        await fields.until(job, lambda state: state.note == "Holding")
    assert (await fields.board.state_of(job)).status is JobStatus.QUEUED

    fields.book.gate.set()
    async with fields.working():
        state = await fields.until(job, is_over)
    assert state.status is JobStatus.SUCCEEDED


async def test_no_log_line_carries_a_jobs_arguments(fields: Fields, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with fields.working():
        job = await fields.board.enqueue(Plough(organization_id=an_organization(), field="canary@example.org", rows=1))
        await fields.until(job, is_over)

    assert "canary@example.org" not in caplog.text


async def test_a_job_is_picked_up_by_the_wake_up_not_by_polling(fields: Fields) -> None:
    admin = await asyncpg.connect(host=fields.login.host, database=NAME, user=SUPERUSER)
    listening = "select count(*) from pg_stat_activity where datname = $1 and query ilike 'listen%'"
    async with fields.working(poll=timedelta(hours=1)):
        await until(lambda: admin.fetchval(listening, NAME), lambda count: count >= 2)
        for _ in range(5):
            job = await fields.board.enqueue(Plough(organization_id=an_organization(), field="soon", rows=1))
            await fields.until(job, is_over)
    await admin.close()

    assert len(fields.book.ploughed) == 5


async def test_what_is_over_is_forgotten_after_its_time(fields: Fields) -> None:
    async with fields.working():
        job = await fields.board.enqueue(Plough(organization_id=an_organization(), field="old", rows=1))
        await fields.until(job, is_over)
    async with Database(fields.pool, "jobs").session(None) as connection:
        await connection.fetchval("select jobs.sweep(interval '1 day', interval '2 days', 100)")
        await fields.board.state_of(job)
        await connection.execute("update jobs.runs set finished_at = now() - interval '3 days'")
        swept = await connection.fetchval("select jobs.sweep(interval '1 day', interval '2 days', 100)")

    assert swept >= 1
    with pytest.raises(JobNotFound):
        await fields.board.state_of(job)


def test_the_schema_we_keep_is_the_one_that_the_library_wants() -> None:
    theirs = (files("procrastinate.sql") / "schema.sql").read_text()
    ours = jobs_migrations().migrations[0].sql

    # Where this fails, procrastinate was upgraded: add its new migrations as a migration of ours.
    assert ours.split("\n", 2)[2] == theirs


def far_away() -> Any:
    return SystemClock().now() + timedelta(days=1)


def _value(look: Callable[[], int]) -> Callable[[], Awaitable[int]]:
    async def value() -> int:
        return look()

    return value
