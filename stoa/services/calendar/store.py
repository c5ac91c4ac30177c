"""The SQL of calendar."""

from datetime import date, datetime
from typing import NamedTuple

from asyncpg import Record

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.calendar.contract import EntryId, Source
from stoa.services.calendar.domain.entries import Entry, View
from stoa.services.courses.contract import CourseId

_ROW = (
    "select e.*, array(select h.user_id from calendar.hosts h where h.organization_id = e.organization_id"
    " and h.entry_id = e.entry_id order by 1) as hosts from calendar.entries e"
)


class FeedHolder(NamedTuple):
    """Whose feed an address is."""

    organization: OrganizationId
    user: UserId


class FeedState(Struct, frozen=True, kw_only=True):
    """Whether somebody has a feed, since when its address is good, and the day it was last fetched."""

    made_at: datetime
    fetched_on: date | None


class CalendarTx(UnitOfWork):
    """The questions that calendar asks of its tables."""

    async def hear(self, entry: Entry) -> bool:
        """Keep what was told of an entry unless something later is known; a later change is later to the second."""
        count = await self.execute(
            "insert into calendar.entries as e (organization_id, entry_id, source, course_id, title, description,"
            " starts_at, ends_at, time_zone, sequence, is_hidden, created_at, changed_at, cancelled_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)"
            " on conflict (organization_id, entry_id) do update set course_id = $4, title = $5,"
            " description = case when $13::timestamptz is null then $6 else e.description end, starts_at = $7,"
            " ends_at = $8, time_zone = $9, sequence = $10, is_hidden = $11,"
            " changed_at = greatest($12, e.changed_at + interval '1 second'), cancelled_at = $13"
            " where e.sequence < $10",
            self.organization,
            entry.id,
            entry.source,
            entry.course,
            entry.title,
            entry.description,
            entry.starts_at,
            entry.ends_at,
            entry.time_zone,
            entry.sequence,
            entry.is_hidden,
            entry.changed_at,
            entry.cancelled_at,
        )
        return count > 0

    async def write(self, entry: Entry) -> None:
        """Write an entry of a course, a new one or a changed one."""
        await self.execute(
            "insert into calendar.entries (organization_id, entry_id, source, course_id, title, description, starts_at,"
            " ends_at, time_zone, rrule, series_id, occurs_at, sequence, is_hidden, created_at, changed_at,"
            " cancelled_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
            " on conflict (organization_id, entry_id) do update set title = $5, description = $6, starts_at = $7,"
            " ends_at = $8, time_zone = $9, rrule = $10, sequence = $13, is_hidden = $14, changed_at = $16,"
            " cancelled_at = $17",
            self.organization,
            entry.id,
            entry.source,
            entry.course,
            entry.title,
            entry.description,
            entry.starts_at,
            entry.ends_at,
            entry.time_zone,
            entry.rrule,
            entry.series,
            entry.occurs_at,
            entry.sequence,
            entry.is_hidden,
            entry.created_at,
            entry.changed_at,
            entry.cancelled_at,
        )

    async def replace_hosts(self, entry: EntryId, hosts: list[UserId]) -> None:
        """Note who holds an entry."""
        await self.execute(
            "delete from calendar.hosts where organization_id = $1 and entry_id = $2 and not (user_id = any($3))",
            self.organization,
            entry,
            hosts,
        )
        await self.execute(
            "insert into calendar.hosts (organization_id, user_id, entry_id) select $1::uuid, u, $2::uuid"
            " from unnest($3::uuid[]) as u on conflict do nothing",
            self.organization,
            entry,
            hosts,
        )

    async def seen_by(self, view: View, *, since: datetime, until: datetime | None, limit: int) -> list[Entry]:
        """Return what somebody may see from an instant on, the next to happen first, with what replaces occurrences.

        Series come with all that replaces their occurrences, whenever that was.
        """
        # Three looks by index, not one that has to read the organization's calendar through for an "or" over tables.
        rows = await self.fetch(
            "with near as (select entry_id from calendar.entries where organization_id = $1 and course_id = any($2)"  # noqa: S608
            " and (ends_at > $4 or rrule <> '' or occurs_at is not null)"
            " union select entry_id from calendar.entries where organization_id = $1 and course_id is null"
            " and (ends_at > $4 or rrule <> '' or occurs_at is not null)"
            " union select entry_id from calendar.hosts where organization_id = $1 and user_id = $3)"
            f" {_ROW} join near on near.entry_id = e.entry_id where e.organization_id = $1"
            " and (e.ends_at > $4 or e.rrule <> '' or e.occurs_at is not null)"
            " and ($5::timestamptz is null or e.starts_at < $5 or e.occurs_at < $5)"
            " order by e.ends_at, e.entry_id limit $6",
            self.organization,
            list(view.courses),
            view.user,
            since,
            until,
            limit,
        )
        return [entry for row in rows if view.shows(entry := _entry(row))]

    async def entry_for_update(self, course: CourseId, entry: EntryId) -> Entry | None:
        """Return an entry that a course's staff wrote, and keep others from changing it until the end."""
        row = await self.fetchrow(
            f"{_ROW} where e.organization_id = $1 and e.course_id = $2 and e.entry_id = $3 and e.source = 'course'"
            " and e.series_id is null for update of e",
            self.organization,
            course,
            entry,
        )
        return _entry(row) if row else None

    async def replacing(self, series: EntryId) -> list[Entry]:
        """Return what replaces occurrences of a series."""
        rows = await self.fetch(
            f"{_ROW} where e.organization_id = $1 and e.series_id = $2 and e.occurs_at is not null"
            " order by e.occurs_at",
            self.organization,
            series,
        )
        return [_entry(row) for row in rows]

    async def forget_replacing(self, series: EntryId) -> None:
        """Let a series happen by its rule alone again."""
        await self.execute(
            "delete from calendar.entries where organization_id = $1 and series_id = $2 and occurs_at is not null",
            self.organization,
            series,
        )

    async def entries_in(self, course: CourseId, *, after: EntryId | None, limit: int) -> list[Entry]:
        """Return what a course's staff wrote into its calendar, the latest first."""
        rows = await self.fetch(
            f"{_ROW} where e.organization_id = $1 and e.course_id = $2 and e.source = 'course'"
            " and e.series_id is null and ($3::uuid is null or e.entry_id < $3) order by e.entry_id desc limit $4",
            self.organization,
            course,
            after,
            limit,
        )
        return [_entry(row) for row in rows]

    async def held_by(self, user: UserId, *, limit: int) -> list[Entry]:
        """Return what somebody holds, the latest first."""
        rows = await self.fetch(
            f"{_ROW} join calendar.hosts mine on mine.organization_id = e.organization_id"
            " and mine.entry_id = e.entry_id and mine.user_id = $2 where e.organization_id = $1"
            " order by e.starts_at desc, e.entry_id limit $3",
            self.organization,
            user,
            limit,
        )
        return [_entry(row) for row in rows]

    async def set_feed(self, user: UserId, token_hash: bytes, *, at: datetime) -> None:
        """Give somebody's feed an address; the one before is good no longer."""
        await self.execute(
            "insert into calendar.feeds (token_hash, user_id, organization_id, made_at) values ($1, $2, $3, $4)"
            " on conflict (user_id, organization_id) do update set token_hash = $1, made_at = $4, fetched_on = null",
            token_hash,
            user,
            self.organization,
            at,
        )

    async def drop_feed(self, user: UserId) -> None:
        """Take the address of somebody's feed back."""
        await self.execute(
            "delete from calendar.feeds where user_id = $1 and organization_id = $2", user, self.organization
        )

    async def feed_of(self, user: UserId) -> FeedState | None:
        """Return what is known of somebody's feed."""
        row = await self.fetchrow(
            "select made_at, fetched_on from calendar.feeds where user_id = $1 and organization_id = $2",
            user,
            self.organization,
        )
        return FeedState(made_at=row["made_at"], fetched_on=row["fetched_on"]) if row else None

    async def holder_of(self, token_hash: bytes, *, on: date) -> FeedHolder | None:
        """Return whose feed an address is, and note the day it was fetched on."""
        row = await self.fetchrow(
            "select user_id, organization_id, fetched_on from calendar.feeds where token_hash = $1", token_hash
        )
        if row is None:
            return None
        if row["fetched_on"] != on:
            await self.execute("update calendar.feeds set fetched_on = $2 where token_hash = $1", token_hash, on)
        return FeedHolder(organization=row["organization_id"], user=row["user_id"])

    async def forget(self, user: UserId) -> None:
        """Forget what somebody held, and their feed."""
        await self.drop_feed(user)
        await self.execute(
            "delete from calendar.hosts where organization_id = $1 and user_id = $2", self.organization, user
        )


def _entry(row: Record) -> Entry:
    return Entry(
        id=row["entry_id"],
        source=Source(row["source"]),
        course=row["course_id"],
        title=row["title"],
        description=row["description"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        time_zone=row["time_zone"],
        rrule=row["rrule"],
        series=row["series_id"],
        occurs_at=row["occurs_at"],
        sequence=row["sequence"],
        is_hidden=row["is_hidden"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        cancelled_at=row["cancelled_at"],
        hosts=list(row["hosts"]),
    )
