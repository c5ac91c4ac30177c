"""The SQL of messages to whole courses, and the unit of work of notifications."""

from datetime import datetime

from asyncpg import Record

from stoa.kit.contract import EventId, UserId
from stoa.services.courses.contract import CourseId
from stoa.services.live.contract import ClassId
from stoa.services.notifications.contract import Kind
from stoa.services.notifications.domain import ClassFacts, Message, Round
from stoa.services.notifications.store.notes import NotesTx


class NotificationsTx(NotesTx):
    """The questions that notifications asks of all its tables."""

    async def add_round(self, round_: Round, *, at: datetime) -> None:
        """Keep a message to many; it waits to be told."""
        message = round_.message
        await self.execute(
            "insert into notifications.rounds (organization_id, event_id, course_id, kind, parameters, collapse_key,"
            " series, times, subject, spared, occurred_at, started_at, only_users)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            self.organization,
            round_.event,
            round_.course,
            message.kind,
            message.parameters,
            message.collapse,
            message.series,
            message.times,
            round_.subject,
            round_.spared,
            round_.occurred_at,
            at,
            round_.only,
        )

    async def waiting_for(self, subject: str) -> Round | None:
        """Return the message on one thing that nobody was told yet, and let nobody begin with it until the end."""
        row = await self.fetchrow(
            "select * from notifications.rounds where organization_id = $1 and subject = $2 and state = 'waiting'"
            " and times = 1 and kind <> 'class-started' order by started_at limit 1 for update",
            self.organization,
            subject,
        )
        return _round(row) if row else None

    async def waiting_in(self, series: str, kind: Kind) -> Round | None:
        """Return the message of one kind on a series that nobody was told yet, and let nobody begin with it."""
        row = await self.fetchrow(
            "select * from notifications.rounds where organization_id = $1 and series = $2 and state = 'waiting'"
            " and kind = $3 and series <> '' order by started_at limit 1 for update",
            self.organization,
            series,
            kind,
        )
        return _round(row) if row else None

    async def replace_message(self, event: EventId, message: Message | None, *, occurred_at: datetime) -> None:
        """Say something else in a message that waits, or nothing at all."""
        if message is None:
            await self.execute(
                "update notifications.rounds set state = 'cancelled' where organization_id = $1 and event_id = $2",
                self.organization,
                event,
            )
            return
        await self.execute(
            "update notifications.rounds set kind = $3, parameters = $4, times = $5, collapse_key = $6,"
            " occurred_at = greatest(occurred_at, $7), version = version + 1"
            " where organization_id = $1 and event_id = $2",
            self.organization,
            event,
            message.kind,
            message.parameters,
            message.times,
            message.collapse,
            occurred_at,
        )

    async def may_tell_of(self, course: CourseId, *, at: datetime, told_before: datetime) -> bool:
        """Say whether learners may hear that a course was published, and note that they do; not of the first time."""
        found = await self.fetchval(
            "insert into notifications.courses as c (organization_id, course_id, told_at) values ($1, $2, $3)"
            " on conflict (organization_id, course_id) do update set told_at = $3 where c.told_at <= $4"
            " returning xmax <> 0",
            self.organization,
            course,
            at,
            told_before,
        )
        return bool(found)

    async def open_round(self, event: EventId) -> Round | None:
        """Return a message that has not reached all yet."""
        row = await self.fetchrow(
            "select * from notifications.rounds where organization_id = $1 and event_id = $2"
            " and state in ('waiting', 'running')",
            self.organization,
            event,
        )
        return _round(row) if row else None

    async def move_round(self, round_: Round, *, after: UserId | None, is_over: bool, people: int) -> bool:
        """Note that people up to one were told; False where another run was first, or the message has changed."""
        count = await self.execute(
            "update notifications.rounds set after_user = coalesce($4, after_user), told = told + $6,"
            " state = case when $5 then 'done' else 'running' end where organization_id = $1 and event_id = $2"
            " and state in ('waiting', 'running') and after_user is not distinct from $3 and version = $7",
            self.organization,
            round_.event,
            round_.after,
            after,
            is_over,
            people,
            round_.version,
        )
        return count > 0

    async def cancel_rounds(self, subject: str) -> int:
        """Tell nobody else of a subject, whoever was told already."""
        return await self.execute(
            "update notifications.rounds set state = 'cancelled'"
            " where organization_id = $1 and subject = $2 and times = 1 and state in ('waiting', 'running')",
            self.organization,
            subject,
        )

    async def learn_class(self, class_: ClassId, facts: ClassFacts) -> ClassFacts | None:
        """Keep what is known of a class, unless later facts are, and return what was known before."""
        row = await self.fetchrow(
            "select title, starts_at, ends_at, sequence from notifications.classes"
            " where organization_id = $1 and class_id = $2 for update",
            self.organization,
            class_,
        )
        await self.execute(
            "insert into notifications.classes as c (organization_id, class_id, title, starts_at, ends_at, sequence)"
            " values ($1, $2, $3, $4, $5, $6) on conflict (organization_id, class_id)"
            " do update set title = $3, starts_at = $4, ends_at = $5, sequence = $6 where c.sequence < $6",
            self.organization,
            class_,
            facts.title,
            facts.starts_at,
            facts.ends_at,
            facts.sequence,
        )
        return ClassFacts(**dict(row)) if row else None

    async def sweep_rounds(self, *, before: datetime) -> None:
        """Forget the messages to courses and the classes of long ago."""
        await self.execute(
            "delete from notifications.rounds where organization_id = $1 and started_at < $2", self.organization, before
        )
        await self.execute(
            "delete from notifications.classes where organization_id = $1 and ends_at < $2", self.organization, before
        )


def _round(row: Record) -> Round:
    return Round(
        event=row["event_id"],
        course=CourseId(row["course_id"]) if row["course_id"] else None,
        message=Message(
            kind=Kind(row["kind"]),
            parameters=row["parameters"],
            collapse=row["collapse_key"],
            series=row["series"],
            times=row["times"],
        ),
        subject=row["subject"],
        occurred_at=row["occurred_at"],
        spared=[UserId(user) for user in row["spared"]],
        only=None if row["only_users"] is None else [UserId(user) for user in row["only_users"]],
        after=row["after_user"],
        version=row["version"],
    )
