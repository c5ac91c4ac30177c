"""The job runner: does the declared jobs of the services in this process, over procrastinate."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import procrastinate
from procrastinate import exceptions, job_context, jobs, retry

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import surrounded
from stoa.kit.clock import Clock
from stoa.kit.contract import JobId, new_id
from stoa.kit.engines.postgres.database import Database, Login
from stoa.kit.engines.postgres.jobs import JobsSettings
from stoa.kit.errors import StoaError, TooMany, Unavailable
from stoa.kit.jobs import JobHandler, Jobs, Schedule, organization_of

SCHEDULE_ATTEMPTS = 3
PROGRESS_EVERY_S = 0.2
SWEEP_EVERY_S = 3600.0

_INTERRUPTIONS = (
    exceptions.ConnectorException,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    StoaError,
)

log = logging.getLogger("stoa.jobs")

Backoff = Callable[[int], float]
AroundJob = Callable[[str], AbstractContextManager[None]]


def exponential(attempt: int) -> float:
    """Return the seconds to wait after an attempt: 2, 8, 32, ... up to a quarter of an hour, jittered."""
    return min(900.0, 2.0 * 4.0 ** (attempt - 1)) * random.uniform(0.75, 1.25)


@contextmanager
def unobserved(type_: str) -> Iterator[None]:
    """Stand where nobody measures or traces the jobs."""
    yield


class JobWorker:
    """Runs until it is stopped; a lost database is waited for."""

    def __init__(
        self,
        *,
        login: Login,
        database: Database,
        services: Mapping[str, object],
        declared: Iterable[Jobs],
        clock: Clock,
        settings: JobsSettings,
        around: AroundJob = unobserved,
        backoff: Backoff = exponential,
    ) -> None:
        self._database = database
        self._services = services
        self._clock = clock
        self._settings = settings
        self._around = around
        self._backoff = backoff
        self._max_attempts: dict[str, int] = {}
        self._stopping = asyncio.Event()
        self.ready = asyncio.Event()
        self._app = procrastinate.App(connector=_connector(login, database.role))
        for declaration in declared:
            for handler in declaration.handlers:
                self._register(handler)
            for schedule in declaration.schedules:
                self._register_schedule(schedule)

    async def run(self) -> None:
        """Work until `stop` is called, or until cancelled."""
        # procrastinate logs the arguments of jobs, which may be people's addresses; the runner logs for itself.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL + 1)
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._run_once()
                failures = 0
            except _INTERRUPTIONS as problem:
                failures += 1
                log.warning(
                    "kit.jobs_interrupted",
                    extra={"problem": type(problem).__name__, "cause": type(problem.__cause__).__name__},
                )
            if not self._stopping.is_set():
                await self._wait(min(5.0, 0.2 * 2**failures))

    def stop(self) -> None:
        """Ask the worker to finish what it does within its grace and to return from `run`."""
        self._stopping.set()

    async def _run_once(self) -> None:
        lanes = (
            (("default", "mail", "grading"), self._settings.quick_jobs),
            (("transcode", "export"), self._settings.slow_jobs),
        )
        async with self._app.open_async():
            tasks = [asyncio.create_task(self._run_lane(queues, size)) for queues, size in lanes]
            tasks += [asyncio.create_task(self._keep_house()), asyncio.create_task(self._until_stopped())]
            self.ready.set()
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.ready.clear()
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _run_lane(self, queues: Sequence[str], concurrency: int) -> None:
        await self._app.run_worker_async(
            queues=list(queues),
            concurrency=concurrency,
            install_signal_handlers=False,
            fetch_job_polling_interval=self._settings.poll.total_seconds(),
            abort_job_polling_interval=self._settings.poll.total_seconds(),
            shutdown_graceful_timeout=self._settings.grace.total_seconds(),
            update_heartbeat_interval=self._settings.heartbeat.total_seconds(),
            stalled_worker_timeout=self._settings.takeover_after.total_seconds(),
        )

    async def _keep_house(self) -> None:
        swept_at = self._clock.monotonic() - SWEEP_EVERY_S
        while True:
            async with self._database.session(None) as connection:
                taken = await connection.fetchval("select jobs.take_over($1)", self._settings.takeover_after)
                if taken:
                    log.warning("kit.jobs_taken_over", extra={"jobs": taken})
                if self._clock.monotonic() - swept_at >= SWEEP_EVERY_S:
                    swept_at = self._clock.monotonic()
                    await connection.execute(
                        "select jobs.sweep($1, $2, 5000)", self._settings.keep, self._settings.keep_failed
                    )
            await asyncio.sleep(self._settings.takeover_after.total_seconds() / 3)

    async def _until_stopped(self) -> None:
        await self._stopping.wait()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _register(self, handler: JobHandler) -> None:
        type_ = handler.job_type.type_

        async def perform(context: job_context.JobContext, /, **arguments: Any) -> None:  # any: JSON of the job
            id_ = msgspec.convert(arguments["id"], JobId)
            run = _Run(self._database, self._clock, id_, (context.job.attempts or 0) + 1)
            await self._perform(context, run, handler, arguments["job"], traceparent=arguments.get("traceparent"))

        self._max_attempts[type_] = handler.job_type.max_attempts_
        self._app.task(name=type_, pass_context=True, retry=_Retry(self, self._clock))(perform)

    def _register_schedule(self, schedule: Schedule) -> None:
        async def perform(context: job_context.JobContext, /, timestamp: int) -> None:
            if await self._is_overtaken(schedule, context.job.id):
                return
            id_ = await self._record(schedule, context.job.id)
            run = _Run(self._database, self._clock, id_, (context.job.attempts or 0) + 1)
            await self._perform(context, run, schedule, None)

        self._max_attempts[schedule.name] = SCHEDULE_ATTEMPTS
        task = self._app.task(
            name=schedule.name,
            pass_context=True,
            retry=_Retry(self, self._clock),
            queue=schedule.queue,
            # No queueing_lock: a retried or taken-over run would collide with the next one that is queued.
            lock=schedule.name,
        )(perform)
        self._app.periodic(cron=schedule.cron)(task)

    async def _is_overtaken(self, schedule: Schedule, queued: int | None) -> bool:
        """Tell whether a later run of a schedule waits already: one of them is enough."""
        async with self._database.session(None) as connection:
            later: bool = await connection.fetchval(
                "select exists (select from jobs.procrastinate_jobs"
                " where task_name = $1 and lock = $1 and status = 'todo' and id > $2)",
                schedule.name,
                queued,
            )
        return later

    async def _record(self, schedule: Schedule, queued: int | None) -> JobId:
        async with self._database.session(None) as connection:
            id_: JobId = await connection.fetchval(
                "insert into jobs.runs (id, job_id, service, type, queue, max_attempts) values ($1, $2, $3, $4, $5, $6)"
                " on conflict (job_id) do update set queue = excluded.queue returning id",
                new_id(),
                queued,
                schedule.service,
                schedule.name,
                schedule.queue,
                SCHEDULE_ATTEMPTS,
            )
        return id_

    async def _perform(
        self,
        context: job_context.JobContext,
        run: "_Run",
        declared: JobHandler | Schedule,
        body: object,
        *,
        traceparent: str | None = None,
    ) -> None:
        type_ = context.job.task_name
        try:
            arguments: dict[str, object] = {}
            caller = Caller(service=declared.service)
            if isinstance(declared, JobHandler):
                job = msgspec.convert(body, declared.job_type)
                arguments[declared.job_parameter] = job
                caller = Caller(service=declared.service, organization=organization_of(job))
            if declared.run_parameter:
                arguments[declared.run_parameter] = run
            if declared.service_parameter:
                arguments[declared.service_parameter] = self._services[declared.service]
            with surrounded(caller=caller, request_id=str(run.id), traceparent=traceparent), self._around(type_):
                await declared.function(**arguments)
        except asyncio.CancelledError:
            if context.abort_reason() is job_context.AbortReason.USER_REQUEST:
                await run.end("cancelled", "")
                raise exceptions.JobAborted from None
            raise
        # The job runner is one of the three places where a bug is caught: it becomes a failed attempt.
        except Exception as problem:
            await self._note_failure(run, type_, problem)
            raise
        await run.end("succeeded", "")

    async def _note_failure(self, run: "_Run", type_: str, problem: Exception) -> None:
        is_last = self.wait_after(type_, run.attempt, problem) is None
        expected = isinstance(problem, StoaError)
        log.log(
            logging.WARNING if expected else logging.ERROR,
            "kit.job_failed",
            extra={"job": str(run.id), "type_": type_, "attempt": run.attempt, "is_last": is_last},
            exc_info=None if expected else problem,
        )
        sentence = str(problem) if expected else f"It failed on an error of ours ({type(problem).__name__})."
        await run.end("failed" if is_last else None, sentence)

    def wait_after(self, type_: str, attempt: int, problem: BaseException) -> float | None:
        """Return the seconds until the next attempt; None when this failure is for good."""
        if isinstance(problem, asyncio.CancelledError):
            return 0.0
        if isinstance(problem, StoaError) and not isinstance(problem, Unavailable | TooMany):
            return None
        if attempt >= self._max_attempts.get(type_, 1):
            return None
        asked_for = problem.retry_after_s if isinstance(problem, StoaError) else None
        return max(self._backoff(attempt), asked_for or 0.0)


class _Retry(retry.BaseRetryStrategy):
    def __init__(self, worker: JobWorker, clock: Clock) -> None:
        self._worker = worker
        self._clock = clock

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> retry.RetryDecision | None:
        wait = self._worker.wait_after(job.task_name, (job.attempts or 0) + 1, exception)
        return None if wait is None else retry.RetryDecision(retry_at=self._clock.now() + timedelta(seconds=wait))


class _Run:
    """One attempt at a job, writing its progress for everybody to read."""

    def __init__(self, database: Database, clock: Clock, id_: JobId, attempt: int) -> None:
        self._database = database
        self._clock = clock
        self._told_at: float | None = None
        self.id = id_
        self.attempt = attempt

    async def progress(self, done: int, total: int | None, note: str = "") -> None:
        """Record how far the job is; what comes too fast for a reader is left out, the end never."""
        now = self._clock.monotonic()
        if done != total and self._told_at is not None and now - self._told_at < PROGRESS_EVERY_S:
            return
        self._told_at = now
        async with self._database.session(None) as connection:
            await connection.execute(
                "update jobs.runs set done = $2, total = $3, note = $4 where id = $1", self.id, done, total, note[:500]
            )

    async def end(self, outcome: str | None, error: str) -> None:
        """Record how the attempt ended."""
        async with self._database.session(None) as connection:
            await connection.execute(
                "update jobs.runs set outcome = $2::text, error = $3,"
                " finished_at = case when $2::text is null then null else now() end where id = $1",
                self.id,
                outcome,
                error[:2000],
            )


def _connector(login: Login, role: str) -> procrastinate.PsycopgConnector:
    arguments = {
        "host": login.host,
        "port": login.port,
        "dbname": login.database,
        "user": login.user,
        "password": login.password,
        "options": f"-c role={role} -c search_path=jobs -c statement_timeout=30s",
        "application_name": "stoa jobs",
        "connect_timeout": 5,
    }
    return procrastinate.PsycopgConnector(
        min_size=1, max_size=2, timeout=10, kwargs={key: value for key, value in arguments.items() if value is not None}
    )
