"""Hands events to this process's consumers: in order per key, again after a failure, buried after too many."""

import asyncio
import contextlib
import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from stoa.kit.auth.context import surrounded
from stoa.kit.bus import NO_OFFSET
from stoa.kit.contract import Event, Struct
from stoa.kit.engines.postgres.database import Database
from stoa.kit.errors import StoaError, Unavailable
from stoa.kit.events import AlreadyHandled, Cause, Envelope, Heard, Subscription, current_cause, decode, encode
from stoa.kit.telemetry.logs import logger
from stoa.kit.telemetry.red import Series
from stoa.kit.telemetry.telemetry import Telemetry

# Each event waits for its commit to reach the disk, and those who wait together share a flush: twelve at once hear a
# fifth more a second than eight, and of a pool of twenty leave eight connections to requests.
WIDTH: Final = 12
REDRIVE_BATCH: Final = 50
REDRIVE_AGAIN_AFTER: Final = timedelta(minutes=2)

log = logger("kit")


# A consumer's events of one key, or, for a consumer in batches, of one organization.
Lane = tuple[str, str | UUID]


class Retry(Struct, frozen=True, kw_only=True):
    """How often and how patiently a failing event is tried again before it goes to the dead letters."""

    attempts: int = 6
    first_s: float = 0.05
    factor: float = 4.0
    longest_s: float = 15.0
    handler_s: float = 30.0
    unavailable_s: float = 600.0
    redrive_every_s: float = 5.0

    def pause_after(self, attempt: int) -> float:
        """Return the jittered pause after a failed attempt."""
        longest = min(self.longest_s, self.first_s * self.factor ** min(attempt - 1, 16))
        return longest * random.uniform(0.7, 1.0)


class Consumer:
    """One subscription bound to the service object that handles it and the database that keeps its dead letters."""

    def __init__(self, subscription: Subscription, service: object, database: Database | None) -> None:
        self._handle = subscription.bind(service)
        self._decoder = msgspec.json.Decoder(subscription.event_type)
        self.group = subscription.group
        self.type_ = subscription.event_type.type_
        self.broadcast = subscription.broadcast
        self.batch = subscription.batch
        self.patience_s = subscription.patience_s
        self.database = database

    def heard(self, envelope: Envelope, *, attempt: int) -> Heard[Event]:
        """Decode the event in an envelope."""
        delivery = envelope.delivery_to(self.group, attempt=attempt)
        return Heard(event=self._decoder.decode(envelope.data), delivery=delivery)

    async def handle(self, heard: list[Heard[Event]]) -> None:
        """Call the declared function."""
        await self._handle(heard)

    def series(self, telemetry: Telemetry) -> Series:
        """Return where its calls are counted."""
        service, _, name = self.group.partition(".")
        return telemetry.consumers.series(service, name)

    async def handle_once(self, envelope: Envelope) -> None:
        """Call the declared function with an envelope's event, taking a repeat as success."""
        with contextlib.suppress(AlreadyHandled):
            await self.handle([self.heard(envelope, attempt=1)])


class _Visit:
    """One event on its way to one consumer."""

    __slots__ = ("attempt", "began_at", "consumer", "done", "envelope")

    def __init__(self, consumer: Consumer, envelope: Envelope, done: Callable[[], None]) -> None:
        self.consumer = consumer
        self.envelope = envelope
        self.done = done
        self.attempt = 1
        self.began_at = 0.0


class Dispatcher:
    """The consumer loop: `width` workers, each with one key at a time, so that a failing key blocks only itself."""

    def __init__(
        self,
        consumers: Iterable[Consumer],
        *,
        width: int = WIDTH,
        retry: Retry | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.consumers = list(consumers)
        self._by_type: Mapping[str, list[Consumer]] = _by_type(self.consumers)
        self._lanes: dict[Lane, deque[_Visit]] = {}
        self._ready: asyncio.Queue[Lane] = asyncio.Queue()
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._width = width
        self._retry = retry or Retry()
        self._telemetry = telemetry or Telemetry()

    def wants(self, type_: str) -> bool:
        """Say whether any consumer here listens to a type."""
        return type_ in self._by_type

    def dispatch(self, envelope: Envelope, *, only: str | None = None) -> "asyncio.Future[int]":
        """Queue an event for its consumers; the future is done, without an offset, when each handled or buried it."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        consumers = [one for one in self._by_type.get(envelope.type, ()) if only in (None, one.group)]
        if not consumers:
            future.set_result(NO_OFFSET)
            return future
        left = len(consumers)

        def done() -> None:
            nonlocal left
            left -= 1
            if not left and not future.done():
                future.set_result(NO_OFFSET)

        for consumer in consumers:
            self._enter(_Visit(consumer, envelope, done))
        return future

    async def start(self) -> None:
        """Start the workers and the watch for dead letters to be tried again."""
        self._tasks = [asyncio.create_task(self._work(), name=f"consumer-{n}") for n in range(self._width)]
        self._tasks.append(asyncio.create_task(self._redrive(), name="consumer-redrive"))

    async def stop(self, *, deadline_s: float = 5.0) -> None:
        """Let handlers that run finish, drop what has not begun: it was not acknowledged and comes again."""
        for timer in self._timers:
            timer.cancel()
        self._lanes.clear()
        while not self._ready.empty():
            self._ready.get_nowait()
        for task in self._tasks:
            task.cancel() if task.get_name() == "consumer-redrive" else None
        for _ in range(self._width):
            self._ready.put_nowait(_END)
        _, late = await asyncio.wait(self._tasks, timeout=deadline_s) if self._tasks else (set(), set())
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def _enter(self, visit: _Visit) -> None:
        group, envelope = visit.consumer.group, visit.envelope
        lane: Lane = (group, envelope.partitionkey)
        waiting = self._lanes.get(lane)
        if waiting is None and visit.consumer.batch > 1:
            lane = (group, envelope.organization)
            waiting = self._lanes.get(lane)
        if waiting is None:
            self._lanes[lane] = deque([visit])
            self._ready.put_nowait(lane)
        else:
            waiting.append(visit)

    async def _work(self) -> None:
        while (lane := await self._ready.get()) is not _END:
            visits = self._lanes.get(lane)
            if visits is None:
                continue
            size = visits[0].consumer.batch if isinstance(lane[1], UUID) else 1
            taken = list(islice(visits, size))
            pause = await self._try(taken)
            if pause is None:
                for visit in taken:
                    visits.popleft()
                    visit.done()
            if self._lanes.get(lane) is not visits:
                continue
            if pause is not None and len(taken) > 1:
                self._part(lane, {visit.envelope.partitionkey for visit in taken})
            if not visits:
                del self._lanes[lane]
            elif pause:
                self._later(pause, lane)
            else:
                self._ready.put_nowait(lane)

    def _part(self, lane: Lane, keys: set[str]) -> None:
        """Give each key of a failed batch a lane of its own, with whatever of it waits behind."""
        visits = self._lanes[lane]
        for visit in list(visits):
            if (key := visit.envelope.partitionkey) in keys:
                own: Lane = (lane[0], key)
                if own not in self._lanes:
                    self._lanes[own] = deque()
                    self._ready.put_nowait(own)
                self._lanes[own].append(visit)
        staying = [visit for visit in visits if visit.envelope.partitionkey not in keys]
        visits.clear()
        visits.extend(staying)

    def _later(self, pause: float, lane: Lane) -> None:
        def ready() -> None:
            self._timers.discard(timer)
            self._ready.put_nowait(lane)

        timer = asyncio.get_running_loop().call_later(pause, ready)
        self._timers.add(timer)

    async def _try(self, visits: list[_Visit]) -> float | None:
        """Return None when the events are done with, else the pause before the next try."""
        visit = visits[0]
        began = time.perf_counter()
        visit.began_at = visit.began_at or began
        try:
            await self._handle(visit.consumer, visits)
        except AlreadyHandled:
            outcome, pause = "repeated", None
        except Exception as error:  # the consumer loop: whatever a handler raises is a failed try
            outcome, pause = ("parted", 0.0) if len(visits) > 1 else await self._failed(visit, error)
        else:
            outcome, pause = "handled", None
        visit.consumer.series(self._telemetry).observe(time.perf_counter() - began, outcome)
        return pause

    async def _handle(self, consumer: Consumer, visits: list[_Visit]) -> None:
        first = visits[0].envelope
        token = current_cause.set(Cause(correlation_id=first.correlationid, causation_id=str(first.id)))
        try:
            heard = [consumer.heard(visit.envelope, attempt=visit.attempt) for visit in visits]
            with (
                surrounded(request_id=first.correlationid, traceparent=first.traceparent),
                self._telemetry.tracing.span(consumer.group, kind="consumer"),
            ):
                async with asyncio.timeout(self._retry.handler_s):
                    await consumer.handle(heard)
        finally:
            current_cause.reset(token)

    async def _failed(self, visit: _Visit, error: Exception) -> tuple[str, float | None]:
        consumer, envelope = visit.consumer, visit.envelope
        waited = time.perf_counter() - visit.began_at
        hopeless = isinstance(error, msgspec.DecodeError)
        if isinstance(error, Unavailable) and waited < self._retry.unavailable_s:
            # Not the event's fault: it is not counted, or an outage would bury whatever came during it.
            return "unavailable", min(self._retry.pause_after(3), 1.0)
        log.warning("event.failed", consumer=consumer.group, event_id=str(envelope.id), attempt=visit.attempt,
                    error=type(error).__name__)  # fmt: skip
        if visit.attempt < self._retry.attempts and not hopeless:
            visit.attempt += 1
            return "failed", self._retry.pause_after(visit.attempt - 1)
        try:
            await bury(consumer, envelope, attempts=visit.attempt, error=error)
        except (StoaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as trouble:
            log.warning("event.not_buried", consumer=consumer.group, event_id=str(envelope.id), error=repr(trouble))
            return "failed", self._retry.pause_after(visit.attempt)
        return "dead", None

    async def _redrive(self) -> None:
        databases = {id(one.database): one.database for one in self.consumers if one.database and not one.broadcast}
        while True:
            await asyncio.sleep(self._retry.redrive_every_s)
            for database in databases.values():
                try:
                    await self._redrive_from(database)
                except (StoaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                    log.warning("events.redrive_paused", service=database.service, error=repr(error))

    async def _redrive_from(self, database: Database) -> None:
        groups = [one.group for one in self.consumers if one.database is database]
        now = database.clock.now()
        async with database.session(None) as connection:
            rows = await connection.fetch(
                f'update "{database.schema}".dead_letters set redrive_at = $4 where (consumer, event_id) in'  # noqa: S608 (own names)
                f' (select consumer, event_id from "{database.schema}".dead_letters'
                " where redrive_at <= $3 and consumer = any($1)"
                " order by redrive_at limit $2 for update skip locked) returning consumer, event_id, envelope",
                groups,
                REDRIVE_BATCH,
                now,
                now + REDRIVE_AGAIN_AFTER,
            )
        for group, event_id, wire in rows:
            await self.dispatch(decode(wire), only=group)
            async with database.session(None) as connection:
                # A letter that failed again was buried anew, with its wish for a redrive taken back.
                await connection.execute(
                    f'delete from "{database.schema}".dead_letters'  # noqa: S608 (own names)
                    " where consumer = $1 and event_id = $2 and redrive_at is not null",
                    group,
                    event_id,
                )


_END = ("", "")


async def bury(consumer: Consumer, envelope: Envelope, *, attempts: int, error: Exception) -> None:
    """Put an event that a consumer cannot handle into the dead letters of the consumer's schema."""
    database = consumer.database
    log.error("event.dead", consumer=consumer.group, event_id=str(envelope.id), type=envelope.type)
    if database is None or consumer.broadcast:
        return
    async with database.session(None) as connection:
        await connection.execute(
            f'insert into "{database.schema}".dead_letters'  # noqa: S608 (own names)
            " (consumer, event_id, type, key, organization_id, envelope, attempts, error, at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " on conflict (consumer, event_id) do update set attempts = excluded.attempts, error = excluded.error,"
            " at = excluded.at, redrive_at = null",
            consumer.group,
            envelope.id,
            envelope.type,
            envelope.partitionkey,
            envelope.organization,
            encode(envelope).decode(),
            attempts,
            f"{type(error).__name__}: {error}"[:2000],
            database.clock.now(),
        )


def bound(subscriptions: Iterable[Subscription], service: object, database: Database | None) -> list[Consumer]:
    """Bind a service's declared subscriptions to its object and its database."""
    return [Consumer(subscription, service, database) for subscription in subscriptions]


def _by_type(consumers: Iterable[Consumer]) -> dict[str, list[Consumer]]:
    found: dict[str, list[Consumer]] = defaultdict(list)
    for consumer in consumers:
        found[consumer.type_].append(consumer)
    return dict(found)
