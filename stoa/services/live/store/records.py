"""The SQL of what remains of a class: its graph, its replay, its lists for download, and the forgetting of it all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stoa.kit.contract import Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.live.contract import ClassId
from stoa.services.live.store.chat import Message, message_of

# Everything that people said and did; the class, its history and its sessions stay.
_FORGOTTEN = (
    "delete from live.publications where organization_id = $1 and class_id = $2",
    "delete from live.messages where organization_id = $1 and class_id = $2",
    "delete from live.moderation where organization_id = $1 and class_id = $2",
    "delete from live.minutes where organization_id = $1 and class_id = $2",
    "delete from live.ballots where organization_id = $1 and class_id = $2",
    "delete from live.polls where organization_id = $1 and class_id = $2",
    "delete from live.question_votes where organization_id = $1 and class_id = $2",
    "delete from live.questions where organization_id = $1 and class_id = $2",
    "delete from live.hands where organization_id = $1 and class_id = $2",
    "delete from live.decks where organization_id = $1 and class_id = $2",
    "delete from live.elements where organization_id = $1 and class_id = $2",
    "delete from live.group_members where organization_id = $1 and class_id = $2",
    "delete from live.groups where organization_id = $1 and class_id = $2",
    "delete from live.breakouts where organization_id = $1 and class_id = $2",
    "delete from live.visits where organization_id = $1 and class_id = $2",
    "delete from live.attendance_marks where organization_id = $1 and class_id = $2",
    "delete from live.viewings where organization_id = $1 and class_id = $2",
    # Recordings have a rule of their own; who was on the stage and who agreed goes with the people.
    "delete from live.stage_marks where organization_id = $1 and class_id = $2",
    "delete from live.recording_consents where organization_id = $1 and class_id = $2",
    "delete from live.recording_viewings where organization_id = $1 and class_id = $2",
    "delete from live.participants where organization_id = $1 and class_id = $2",
)


class Minute(Struct, frozen=True, kw_only=True):
    """How often something happened within one minute."""

    minute: datetime
    kind: str
    count: int


class Moment(Struct, frozen=True, kw_only=True):
    """One thing of the replay: a publication of the lane, or a message of the chat."""

    at: datetime
    kind: str
    number: int
    body: bytes


class RecordsTx(UnitOfWork):
    """The questions about what remains."""

    async def minutes(self, class_id: ClassId, *, since: datetime) -> list[Minute]:
        """Return what happened by minute, at most 5,000 counts."""
        rows = await self.fetch(
            "select minute, kind, count from live.minutes where organization_id = $1 and class_id = $2"
            " and minute >= $3 order by minute, kind limit 5000",
            self.organization,
            class_id,
            since,
        )
        return [Minute(minute=row["minute"], kind=row["kind"], count=row["count"]) for row in rows]

    async def said_between(
        self, class_id: ClassId, *, since: datetime, until: datetime, after: int, limit: int
    ) -> list[Moment]:
        """Return what the lane carried within a session, beyond a number; messages come from the chat."""
        rows = await self.fetch(
            "select position, at, kind, body from live.publications where organization_id = $1 and class_id = $2"
            " and at >= $3 and at <= $4 and position > $5 and message_seq is null order by position limit $6",
            self.organization,
            class_id,
            since,
            until,
            after,
            limit,
        )
        return [Moment(at=row["at"], kind=row["kind"], number=row["position"], body=bytes(row["body"])) for row in rows]

    async def replayed(
        self, class_id: ClassId, *, since: datetime, until: datetime, after: int, limit: int
    ) -> list[Message]:
        """Return what all could read within a session in the class's own chat, beyond a number."""
        rows = await self.fetch(
            "select * from live.messages where organization_id = $1 and class_id = $2 and room_id = $2 and seq > $5"
            " and at >= $3 and at <= $4 and held_because is null order by seq limit $6",
            self.organization,
            class_id,
            since,
            until,
            after,
            limit,
        )
        return [message_of(row) for row in rows]

    async def all_messages(
        self, class_id: ClassId, *, after: tuple[datetime, int, UUID] | None, limit: int
    ) -> list[Message]:
        """Return messages of all rooms of a class in the order of time."""
        rows = await self.fetch(
            "select * from live.messages where organization_id = $1 and class_id = $2"
            " and ($3::timestamptz is null or (at, seq, room_id) > ($3, $4, $5)) order by at, seq, room_id limit $6",
            self.organization,
            class_id,
            *(after or (None, None, None)),
            limit,
        )
        return [message_of(row) for row in rows]

    async def note_viewing(self, class_id: ClassId, user: UserId) -> None:
        """Count somebody who looks at the replay, apart from who was there."""
        await self.execute(
            "insert into live.viewings as v (organization_id, class_id, user_id, first_at, last_at)"
            " values ($1, $2, $3, $4, $4) on conflict (organization_id, class_id, user_id)"
            " do update set last_at = excluded.last_at,"
            " times = v.times + case when excluded.last_at > v.last_at + interval '1 hour' then 1 else 0 end",
            self.organization,
            class_id,
            user,
            self.clock.now(),
        )

    async def viewers(self, class_id: ClassId) -> int:
        """Count the people who looked at the replay."""
        found: int = await self.fetchval(
            "select count(*) from live.viewings where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
        )
        return found

    async def users_who_came(self, class_id: ClassId, users: Sequence[UserId]) -> set[UserId]:
        """Return which of these users are among the participants."""
        rows = await self.fetch(
            "select user_id from live.participants where organization_id = $1 and class_id = $2"
            " and user_id = any($3::uuid[])",
            self.organization,
            class_id,
            users,
        )
        return {row["user_id"] for row in rows}

    async def forget_class(self, class_id: ClassId) -> None:
        """Forget everything that people said and did in a class."""
        for sql in _FORGOTTEN:
            await self.execute(sql, self.organization, class_id)
