"""The unit of work: one use case, one transaction, with the events and jobs that leave with it.

A service's store.py subclasses `UnitOfWork`; each method is one query.

    class CoursesTx(UnitOfWork):
        async def title_of(self, course: CourseId) -> str | None:
            return await self.fetchval("select title from courses.courses where course_id = $1", course)

    async with self.store.transaction(organization=caller.organization) as tx:
        await tx.save_title(course, "Logic")
        tx.publish(CourseRenamed(organization_id=caller.organization, course_id=course))
"""

import re
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar, Token
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import asyncpg
import msgspec

from stoa.kit.auth.context import current_traceparent
from stoa.kit.contract import Event, EventId, Job, JobId, OrganizationId, new_id
from stoa.kit.engines.postgres.database import Database, Session
from stoa.kit.engines.postgres.overdue import Connection
from stoa.kit.engines.postgres.pool import DatabaseUnavailable, Slot
from stoa.kit.errors import TransactionOpen
from stoa.kit.events import AlreadyHandled, Delivery, Envelope, bucket_of, check_event_type, encode, seal

Record: TypeAlias = asyncpg.Record

_FORBIDDEN = re.compile(
    r"(?:^|;)\s*(?:begin|start|commit|rollback|end|abort|set|reset|discard|listen|unlisten|prepare)\b|\bset_config\b",
    re.IGNORECASE,
)
_MOST_STATEMENTS = 4096
_checked: set[str] = set()


class _Mark:
    """Whether one transaction is still open; tasks started inside it look at the same mark."""

    __slots__ = ("is_open",)

    def __init__(self) -> None:
        self.is_open = True


_transaction: ContextVar[_Mark | None] = ContextVar("stoa_transaction", default=None)


def in_transaction() -> bool:
    """Say whether the present task is inside an open transaction."""
    mark = _transaction.get()
    return mark is not None and mark.is_open


def refuse_in_transaction(what: str) -> None:
    """Raise TransactionOpen if the present task is inside an open transaction."""
    if in_transaction():
        raise TransactionOpen(f"{what} inside an open transaction: ask first, then open the unit of work")


class UnitOfWork:
    """The base of a service's Tx: its SQL goes through here, acting as the service, for one organization."""

    def __init__(self, session: Connection, database: Database, organization: OrganizationId | None) -> None:
        self._connection: Connection | None = session
        self._database = database
        self._events: list[str] = []
        self._is_urgent = False
        self._changes: list[Envelope] = []
        self._jobs: list[str] = []
        self._first: set[EventId] = set()
        self._afterwards: list[Callable[[], object]] = []
        self.organization = organization
        self.clock = database.clock

    # The coroutines of the connection itself: another around each is a frame more on every statement.
    def fetch(self, sql: str, *args: object) -> Coroutine[Any, Any, list[Record]]:  # any: nothing is sent or returned
        """Return all rows."""
        return self._at(sql).fetch(sql, *args)

    def fetchrow(self, sql: str, *args: object) -> Coroutine[Any, Any, Record | None]:  # any: as above
        """Return the first row, if there is one."""
        return self._at(sql).fetchrow(sql, *args)

    def fetchval(self, sql: str, *args: object) -> Coroutine[Any, Any, Any]:  # any: a column of any type
        """Return the first column of the first row, None without one."""
        return self._at(sql).fetchval(sql, *args)

    def run(self, sql: str, *args: object) -> Coroutine[Any, Any, str]:  # any: as above
        """Run a statement; how many rows it touched is of no interest."""
        return self._at(sql).execute(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        """Run a statement and return how many rows it touched."""
        tag = await self._at(sql).execute(sql, *args)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once a row, in one go."""
        await self._at(sql).executemany(sql, rows)

    def publish(self, event: Event) -> EventId:
        """Tell the other services once this transaction has committed; it goes into the outbox with the commit."""
        check_event_type(type(event))
        self._must_write("publish")
        id_ = EventId(new_id())
        at = self.clock.now()
        envelope = seal(event, id_=id_, service=self._database.service, at=at)
        key = envelope.partitionkey
        values = (str(id_), event.type_, key, str(event.organization_id), encode(envelope).decode(), at.isoformat())
        self._is_urgent |= event.is_urgent_
        if event.type_ in self._database.pool.told.announced:
            self._changes.append(envelope)
        id_text, type_, key_text, organization, body, at_text = map(_literal, values)
        self._events.append(f"({id_text},{type_},{key_text},{bucket_of(key)},{organization},{body},{at_text})")
        return id_

    def enqueue(self, job: Job, *, at: datetime | None = None, lock: str | None = None) -> JobId:
        """Queue a job that exists once this transaction has committed; jobs of one lock never run together.

        The contract of the jobs engine is the SECURITY DEFINER function
        `jobs.defer(id uuid, type text, queue text, arguments text, lock text, at timestamptz, max_attempts integer,
        traceparent text)`.
        """
        self._must_write("enqueue")
        id_ = JobId(new_id())
        body = msgspec.json.encode(job).decode()
        values = (str(id_), job.type_, job.queue_, body, lock, at.isoformat() if at else None)
        literals = ",".join(map(_literal_or_null, values))
        trace = _literal_or_null(current_traceparent())
        self._jobs.append(f"jobs.defer({literals},{job.max_attempts_},{trace})")
        return id_

    def afterwards(self, what: Callable[[], object]) -> None:
        """Call something once this transaction has committed: quick, and missing where the process dies before."""
        self._must_write("afterwards")
        self._afterwards.append(what)

    def is_first(self, delivery: Delivery) -> bool:
        """Say of a batch's delivery, once, whether this consumer hears it for the first time."""
        if delivery.event_id not in self._first:
            return False
        self._first.discard(delivery.event_id)
        return True

    def _must_write(self, what: str) -> None:
        if not isinstance(self._connection, asyncpg.Connection):
            raise RuntimeError(f"{what} needs an open transaction")
        if self._connection.is_closed():
            raise DatabaseUnavailable("PostgreSQL went away", retry_after_s=1)
        if not self._connection.is_in_transaction():
            raise RuntimeError(f"{what} needs an open transaction")

    def _at(self, sql: str) -> Connection:
        if sql not in _checked:
            _check(sql)
        connection = self._connection
        if connection is None:
            raise RuntimeError("this unit of work is over")
        connection.looks = 0
        return connection

    def _leaving(self) -> str:
        parts = []
        if self._events:
            parts.append(
                f'INSERT INTO "{self._database.schema}".outbox (id,type,key,bucket,organization_id,envelope,at) VALUES '  # noqa: S608 (literals are quoted below)
                + ",".join(self._events)
            )
        if self._jobs:
            parts.append("SELECT " + ",".join(self._jobs))
        return "; ".join(parts)

    def _close(self) -> bool:
        self._connection = None
        return self._is_urgent


Tx = TypeVar("Tx", bound=UnitOfWork)


class Store(Generic[Tx]):
    """Opens units of work of one service."""

    def __init__(self, database: Database, tx: type[Tx]) -> None:
        self.database = database
        self._tx = tx

    def transaction(
        self,
        *,
        organization: OrganizationId | None,
        delivery: Delivery | None = None,
        deliveries: Sequence[Delivery] = (),
    ) -> "Work[Tx]":
        """Open a transaction that commits at the end of the `async with`, and rolls back if that raises.

        With a `delivery` it records the event as handled, and raises AlreadyHandled if it was; with the `deliveries`
        of a batch it raises that if all were, else `tx.is_first` tells them apart.
        """
        return Work(self.database, self._tx, organization, delivery=delivery, deliveries=deliveries)

    def reading(self, *, organization: OrganizationId | None) -> "Lent[Tx]":
        """Lend a unit of work for single statements, each its own transaction; publishing is refused."""
        return Lent(self.database, self._tx, organization)


class Lent(Generic[Tx]):
    """An `async with` around single statements: no transaction to watch over, and nothing to tell at its end."""

    __slots__ = ("_database", "_organization", "_session", "_slot", "_tx", "_type")

    def __init__(self, database: Database, tx: type[Tx], organization: OrganizationId | None) -> None:
        self._database = database
        self._type = tx
        self._organization = organization
        self._session: Session
        self._slot: Slot | None = None
        self._tx: Tx

    async def __aenter__(self) -> Tx:
        refuse_in_transaction("opening a unit of work")
        database, organization = self._database, self._organization
        slot = self._slot = database.at_hand(organization)
        if slot is None:
            self._session = database.session(organization)
            connection = await self._session.__aenter__()
        else:
            connection = slot.connection
        self._tx = self._type(connection, database, organization)
        return self._tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._tx._close()
        slot = self._slot
        if slot is None:
            await self._session.__aexit__(kind, error, trace)
        elif kind is None:
            self._database.pool.release(slot)
        else:
            await Session.over(self._database, slot).__aexit__(kind, error, trace)


class Work(Generic[Tx]):
    """An `async with` around one transaction."""

    __slots__ = (
        "_database",
        "_deliveries",
        "_delivery",
        "_mark",
        "_organization",
        "_session",
        "_token",
        "_tx",
        "_type",
    )

    def __init__(
        self,
        database: Database,
        tx: type[Tx],
        organization: OrganizationId | None,
        *,
        delivery: Delivery | None = None,
        deliveries: Sequence[Delivery] = (),
    ) -> None:
        self._database = database
        self._type = tx
        self._organization = organization
        self._delivery = delivery
        self._deliveries = deliveries
        self._session: Session
        self._tx: Tx
        self._mark: _Mark | None = None
        self._token: Token[_Mark | None] | None = None

    async def __aenter__(self) -> Tx:
        refuse_in_transaction("opening a unit of work")
        then = self._inbox() if self._delivery else ""
        self._session = self._database.session(self._organization, begin=True, then=then)
        connection = await self._session.__aenter__()
        self._tx = self._type(connection, self._database, self._organization)
        try:
            if self._deliveries:
                self._tx._first = await self._record(connection)
            if self._session.tag == "INSERT 0 0" or (self._deliveries and not self._tx._first):
                raise AlreadyHandled
        except BaseException as error:
            await self._session.__aexit__(type(error), error, None)
            raise
        self._mark = _Mark()
        self._token = _transaction.set(self._mark)
        return self._tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        leaving = self._tx._leaving() if kind is None else ""
        is_urgent = self._tx._close()
        if self._mark is not None and self._token is not None:
            self._mark.is_open = False
            _transaction.reset(self._token)
        if kind is None:
            try:
                await self._session.commit(first=leaving)
            except BaseException as failure:
                await self._session.__aexit__(type(failure), failure, None)
                raise
        await self._session.__aexit__(kind, error, trace)
        if kind is None:
            if is_urgent:
                self._database.pool.told.tell(self._database.service)
            try:
                if self._tx._changes and (announce := self._database.pool.told.announce) is not None:
                    await announce(self._tx._changes)
            finally:
                # It is committed, though the caller's time may be over while others are told.
                for what in self._tx._afterwards:
                    what()

    async def _record(self, connection: Connection) -> set[EventId]:
        rows = await connection.fetch(
            f'INSERT INTO "{self._database.schema}".inbox (consumer, event_id)'
            " SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id",
            self._deliveries[0].consumer,
            [delivery.event_id for delivery in self._deliveries],
        )
        return {row[0] for row in rows}

    def _inbox(self) -> str:
        assert self._delivery is not None
        consumer, event = _literal(self._delivery.consumer), _literal(str(self._delivery.event_id))
        return (
            f'INSERT INTO "{self._database.schema}".inbox (consumer, event_id)'  # noqa: S608 (quoted above)
            f" VALUES ({consumer}, {event}) ON CONFLICT DO NOTHING"
        )


def _literal_or_null(value: str | None) -> str:
    return "null" if value is None else _literal(value)


def _literal(value: str) -> str:
    # The simple protocol carries the last statement and COMMIT in one trip; standard_conforming_strings is on.
    if "\0" in value:
        raise ValueError("PostgreSQL's text cannot hold a NUL character")
    return "'" + value.replace("'", "''") + "'"


def _check(sql: str) -> None:
    if _FORBIDDEN.search(sql):
        raise ValueError(f"the kit opens transactions and sets sessions, a store does not: {sql[:80]}")
    if len(_checked) < _MOST_STATEMENTS:
        _checked.add(sql)
