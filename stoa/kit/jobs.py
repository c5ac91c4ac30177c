"""Work done later: how a service declares its jobs and schedules, and how anybody asks how far one is."""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from stoa.kit.contract import Job, JobId, OrganizationId, Struct
from stoa.kit.errors import Conflict, NotFound

QUEUES = ("default", "mail", "transcode", "grading", "export")

Handler = Callable[..., Awaitable[None]]
H = TypeVar("H", bound=Handler)

_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]*)+")
_CRON = re.compile(r"\S+( \S+){4,5}")


class JobNotFound(NotFound):
    """There is no such job, or its record has been cleared away."""

    code, title = "stoa.job_not_found", "There is no such job"


class JobNotMovable(Conflict):
    """The job is not in a state that allows to cancel or to redrive it."""

    code, title = "stoa.job_not_movable", "The job cannot be moved in its present state"


class JobStatus(Enum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobState(Struct, frozen=True, kw_only=True):
    """How far one job is; `error` is the last failure's sentence and stays while it is tried again."""

    id: JobId
    type_: str
    queue: str
    status: JobStatus
    attempts: int
    done: int
    total: int | None
    note: str
    error: str
    queued_at: datetime
    finished_at: datetime | None


class JobRun(Protocol):
    """One attempt at a job, as its handler sees it."""

    id: JobId
    attempt: int

    async def progress(self, done: int, total: int | None, note: str = "") -> None:
        """Record how far the job is, for whoever asks `state_of`."""
        ...


class JobBoard(Protocol):
    """Queues jobs outside a transaction and answers for those that exist; inside one, use `tx.enqueue`."""

    async def enqueue(self, job: Job, *, at: datetime | None = None, lock: str | None = None) -> JobId:
        """Queue a job; jobs of the same lock never run at the same time."""
        ...

    async def state_of(self, job: JobId) -> JobState:
        """Say how far a job is; raise JobNotFound."""
        ...

    async def cancel(self, job: JobId) -> None:
        """Take a waiting job off its queue, or stop a running one where it awaits next (it sees CancelledError)."""
        ...

    async def dead(self, *, service: str | None = None, limit: int = 100) -> list[JobState]:
        """List the jobs that failed for good, newest first."""
        ...

    async def redrive(self, job: JobId) -> None:
        """Put a job that failed for good back on its queue with its attempts counted anew."""
        ...


@dataclass(frozen=True, kw_only=True)
class JobHandler:
    """A declared job: its struct, its function and the names of the parameters that are filled in."""

    service: str
    job_type: type[Job]
    function: Handler
    job_parameter: str
    run_parameter: str | None
    service_parameter: str | None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A function that runs at the moments of a cron line (UTC), once across all processes."""

    service: str
    name: str
    cron: str
    queue: str
    function: Handler
    run_parameter: str | None
    service_parameter: str | None


class Jobs:
    """The jobs and schedules of one service, declared by decorators in its jobs.py."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.handlers: list[JobHandler] = []
        self.schedules: list[Schedule] = []

    def on(self, job_type: type[Job]) -> Callable[[H], H]:
        """Declare the function that does jobs of one type: `async def name(job: X, run: JobRun, service: S)`."""
        _check_job(self.service, job_type)

        def declare(function: H) -> H:
            named = _parameters(function)
            wanted = [name for name, form in named.items() if form is job_type]
            if len(wanted) != 1:
                raise TypeError(f"{function.__qualname__} must take exactly one {job_type.__name__}")
            del named[wanted[0]]
            run, service = _run_and_service(function, named)
            self.handlers.append(
                JobHandler(
                    service=self.service,
                    job_type=job_type,
                    function=function,
                    job_parameter=wanted[0],
                    run_parameter=run,
                    service_parameter=service,
                )
            )
            return function

        return declare

    def every(self, cron: str, *, queue: str = "default") -> Callable[[H], H]:
        """Declare a function that runs on a schedule: `async def name(run: JobRun, service: S)`."""
        if not _CRON.fullmatch(cron):
            raise TypeError(f"{cron!r} is not a cron line of five or six fields")
        _check_queue(queue)

        def declare(function: H) -> H:
            run, service = _run_and_service(function, _parameters(function))
            name = f"{self.service}.{getattr(function, '__name__', 'schedule')}"
            self.schedules.append(
                Schedule(
                    service=self.service,
                    name=name,
                    cron=cron,
                    queue=queue,
                    function=function,
                    run_parameter=run,
                    service_parameter=service,
                )
            )
            return function

        return declare


def organization_of(job: Job) -> OrganizationId | None:
    """Return the organization a job works for, if it says so."""
    return getattr(job, "organization_id", None)


def _check_job(service: str, job_type: type[Job]) -> None:
    type_ = getattr(job_type, "type_", "")
    if not _TYPE.fullmatch(type_) or type_.split(".")[0] != service:
        raise TypeError(f"{job_type.__name__}.type_ must begin with '{service}.', and is {type_!r}")
    _check_queue(job_type.queue_)
    if job_type.max_attempts_ < 1:
        raise TypeError(f"{job_type.__name__}.max_attempts_ must be at least 1")


def _check_queue(queue: str) -> None:
    if queue not in QUEUES:
        raise TypeError(f"{queue!r} is none of the queues {', '.join(QUEUES)}")


def _parameters(function: Handler) -> dict[str, Any]:  # any: type forms, for which 3.11 has no type
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function!r} must be an async function")
    forms = typing.get_type_hints(function)
    names = list(inspect.signature(function).parameters)
    missing = [name for name in names if name not in forms]
    if missing:
        raise TypeError(f"{function.__qualname__} must annotate {', '.join(missing)}")
    return {name: forms[name] for name in names}


def _run_and_service(function: Handler, named: dict[str, Any]) -> tuple[str | None, str | None]:  # any: as above
    runs = [name for name, form in named.items() if form is JobRun]
    services = [name for name, form in named.items() if form is not JobRun]
    if len(runs) > 1 or len(services) > 1:
        raise TypeError(f"{function.__qualname__} may take one JobRun and one service, not {', '.join(named)}")
    return (runs[0] if runs else None), (services[0] if services else None)
