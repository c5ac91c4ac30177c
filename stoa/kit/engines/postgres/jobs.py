"""The job board: queueing jobs and asking after them over the functions of schema `jobs`, by any service's own role."""

from datetime import datetime, timedelta
from importlib.resources import files

import asyncpg
import msgspec

from stoa.kit.auth.context import current_traceparent
from stoa.kit.contract import Job, JobId, new_id
from stoa.kit.engines.postgres.database import Database
from stoa.kit.engines.postgres.migrate import MigrationSet, read_migrations
from stoa.kit.jobs import JobNotFound, JobNotMovable, JobState, JobStatus
from stoa.kit.settings import Settings, setting
from stoa.kit.store import refuse_in_transaction

_STATE = "select * from jobs.state_of($1)"
_DEAD = "select s.* from jobs.dead($1, $2) as d(id) cross join lateral jobs.state_of(d.id) s"


class JobsSettings(Settings, prefix="jobs"):
    """The knobs of the job runner."""

    quick_jobs: int = setting(8, help="Jobs of the queues default, mail and grading at the same time.", minimum=1)
    slow_jobs: int = setting(2, help="Jobs of the queues transcode and export at the same time.", minimum=1)
    heartbeat: timedelta = setting(timedelta(seconds=3), help="How often a worker says that it is alive.")
    takeover_after: timedelta = setting(
        timedelta(seconds=15), help="After this silence of a worker others take over its jobs."
    )
    grace: timedelta = setting(timedelta(seconds=10), help="How long a stopping worker lets its jobs finish.")
    poll: timedelta = setting(timedelta(seconds=2), help="How often to look for due jobs that nobody announced.")
    keep: timedelta = setting(timedelta(days=7), help="How long jobs that are over are remembered.")
    keep_failed: timedelta = setting(timedelta(days=60), help="How long jobs that failed for good are remembered.")


def jobs_migrations() -> MigrationSet:
    """Return the migrations of schema `jobs`: procrastinate's tables and our functions over them."""
    return read_migrations("jobs", files("stoa.kit.engines.postgres") / "migrations" / "jobs", house=False)


class PostgresJobBoard:
    """The JobBoard of one service; it needs no worker and imports no job library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enqueue(self, job: Job, *, at: datetime | None = None, lock: str | None = None) -> JobId:
        """Queue a job; jobs of the same lock never run at the same time."""
        refuse_in_transaction("queueing on the board (use tx.enqueue)")
        id_ = JobId(new_id())
        body = msgspec.json.encode(job).decode()
        async with self._database.session(None) as connection:
            await connection.execute(
                "select jobs.defer($1, $2, $3, $4, $5, $6, $7, $8)",
                id_,
                job.type_,
                job.queue_,
                body,
                lock,
                at,
                job.max_attempts_,
                current_traceparent(),
            )
        return id_

    async def state_of(self, job: JobId) -> JobState:
        """Say how far a job is; raise JobNotFound."""
        async with self._database.session(None) as connection:
            row = await connection.fetchrow(_STATE, job)
        if row is None:
            raise JobNotFound
        return _state(row)

    async def cancel(self, job: JobId) -> None:
        """Take a waiting job off its queue, or stop a running one where it awaits next."""
        await self._move("select jobs.cancel($1)", job, "it is over already")

    async def dead(self, *, service: str | None = None, limit: int = 100) -> list[JobState]:
        """List the jobs that failed for good, newest first."""
        async with self._database.session(None) as connection:
            rows = await connection.fetch(_DEAD, service, limit)
        return [_state(row) for row in rows]

    async def redrive(self, job: JobId) -> None:
        """Put a job that failed for good back on its queue with its attempts counted anew."""
        await self._move("select jobs.redrive($1)", job, "it has not failed for good")

    async def _move(self, sql: str, job: JobId, otherwise: str) -> None:
        async with self._database.session(None) as connection:
            moved = await connection.fetchval(sql, job)
        if not moved:
            await self.state_of(job)
            raise JobNotMovable(f"The job stays as it is: {otherwise}")


def _state(row: asyncpg.Record) -> JobState:
    return JobState(
        id=row["id"],
        type_=row["type"],
        queue=row["queue"],
        status=JobStatus(row["status"]),
        attempts=row["attempts"],
        done=row["done"],
        total=row["total"],
        note=row["note"],
        error=row["error"],
        queued_at=row["queued_at"],
        finished_at=row["finished_at"],
    )
