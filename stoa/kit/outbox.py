"""The rows of a service's outbox: what waits, what was published, and what the dead letters hold."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stoa.kit.contract import EventId, Struct
from stoa.kit.engines.postgres.database import Database
from stoa.kit.store import Record

PURGE_BATCH = 5000


class OutboxCount(Struct, frozen=True, kw_only=True):
    """How full one service's outbox and dead letters are."""

    service: str
    waiting: int
    published: int
    dead: int
    oldest_waiting_at: datetime | None


class DeadLetter(Struct, frozen=True, kw_only=True):
    """An event that a consumer could not handle, with the last error."""

    service: str
    consumer: str
    event_id: EventId
    type_: str
    key: str
    attempts: int
    error: str
    at: datetime
    redrive_at: datetime | None


class Outbox:
    """One service's outbox, read and marked by a relay or an operator through any role that may."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._table = f'"{service}".outbox'
        self._dead = f'"{service}".dead_letters'
        self._inbox = f'"{service}".inbox'
        self.service = service

    async def next_after(
        self,
        done: Sequence[int],
        *,
        above: int,
        buckets: Sequence[int],
        not_in: Sequence[int],
        limit: int,
        reached: Mapping[int, int] | None = None,
        owner: str = "",
    ) -> list[Record]:
        """Mark rows as published and return the next that wait, oldest first, in one statement.

        `reached` records of the owner's buckets how far the broker has acknowledged them.
        """
        reached = reached or {}
        sql = (
            f"with marked as (update {self._table} set published_at = $1 where seq = any($2::bigint[])),"  # noqa: S608 (own names)
            " reached as (update kit.relay_buckets b set acknowledged = a.at"
            " from unnest($7::smallint[], $8::bigint[]) a(bucket, at)"
            " where b.service = $9 and b.bucket = a.bucket and b.owner = $10 and b.acknowledged <> a.at)"
            f" select seq, type, key, bucket, envelope from {self._table}"
            " where published_at is null and seq > $3 and bucket = any($4::smallint[]) and seq <> all($5::bigint[])"
            " order by seq limit $6"
        )
        async with self._database.session(None) as connection:
            return await connection.fetch(
                sql,
                self._database.clock.now(),
                done,
                above,
                buckets,
                not_in,
                limit,
                list(reached),
                list(reached.values()),
                self.service,
                owner,
            )

    async def forget_publishing(self, buckets: Sequence[int]) -> int:
        """Make the kept rows of some buckets wait again, because the broker has lost them; return how many."""
        sql = (
            f"with again as (update {self._table} set published_at = null"  # noqa: S608 (own names)
            " where published_at is not null and bucket = any($1::smallint[]) returning 1)"
            " select count(*) from again"
        )
        async with self._database.session(None) as connection:
            return int(await connection.fetchval(sql, buckets))

    async def replay(self, *, since: datetime, until: datetime | None = None, type_: str | None = None) -> int:
        """Make kept rows wait again, whatever the consumers did with them; return how many."""
        sql = (
            f"with again as (update {self._table} set published_at = null"  # noqa: S608 (own names)
            " where published_at is not null and at >= $1 and ($2::timestamptz is null or at < $2)"
            " and ($3::text is null or type = $3) returning 1) select count(*) from again"
        )
        async with self._database.session(None) as connection:
            return int(await connection.fetchval(sql, since, until, type_))

    async def purge(self, *, published_before: datetime, handled_before: datetime) -> int:
        """Delete a batch of rows that nobody will ask for again; return how many.

        The inbox forgets by when an event was handled, not by its age: one told late may be repeated for as long.
        """
        sql = (
            f"with old as (delete from {self._table} where seq in (select seq from {self._table}"  # noqa: S608 (own names)
            " where published_at < $1 order by seq limit $3) returning 1),"
            f" seen as (delete from {self._inbox} where (event_id, consumer) in (select event_id, consumer"
            f" from {self._inbox} where at < $2 limit $3) returning 1)"
            " select (select count(*) from old) + (select count(*) from seen)"
        )
        async with self._database.session(None) as connection:
            return int(await connection.fetchval(sql, published_before, handled_before, PURGE_BATCH))

    async def count(self) -> OutboxCount:
        """Count what waits, what is kept and what is dead."""
        sql = (
            "select count(*) filter (where published_at is null), count(*) filter (where published_at is not null),"  # noqa: S608 (own names)
            f" min(at) filter (where published_at is null), (select count(*) from {self._dead}) from {self._table}"
        )
        async with self._database.session(None) as connection:
            row = await connection.fetchrow(sql)
        assert row is not None
        return OutboxCount(
            service=self.service, waiting=row[0], published=row[1], oldest_waiting_at=row[2], dead=row[3]
        )

    async def dead(self, *, consumer: str | None = None, limit: int = 100) -> list[DeadLetter]:
        """List dead letters of this service's consumers, newest first."""
        sql = (
            "select consumer, event_id, type, key, attempts, error, at, redrive_at"  # noqa: S608 (own names)
            f" from {self._dead} where $1::text is null or consumer = $1 order by at desc, event_id desc limit $2"
        )
        async with self._database.session(None) as connection:
            rows = await connection.fetch(sql, consumer, limit)
        return [
            DeadLetter(
                service=self.service,
                consumer=row["consumer"],
                event_id=row["event_id"],
                type_=row["type"],
                key=row["key"],
                attempts=row["attempts"],
                error=row["error"],
                at=row["at"],
                redrive_at=row["redrive_at"],
            )
            for row in rows
        ]

    async def redrive(self, *, consumer: str | None = None, event: EventId | None = None) -> int:
        """Ask for dead letters to be handed to their consumer again; return how many."""
        sql = (
            f"with asked as (update {self._dead} set redrive_at = $3"  # noqa: S608 (own names)
            " where redrive_at is null and ($1::text is null or consumer = $1) and ($2::uuid is null or event_id = $2)"
            " returning 1) select count(*) from asked"
        )
        async with self._database.session(None) as connection:
            return int(await connection.fetchval(sql, consumer, event, self._database.clock.now()))


async def services_waiting(database: Database, services: Sequence[str]) -> set[str]:
    """Return which services have events that wait, in one trip."""
    sql = " union all ".join(
        f"select '{service}' where exists (select from \"{service}\".outbox where published_at is null)"  # noqa: S608 (own names)
        for service in services
    )
    async with database.session(None) as connection:
        return {row[0] for row in await connection.fetch(sql)}
