"""The SQL of the chat: messages numbered in batches, and the row that says up to where they were shown."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId, Role
from stoa.services.live.domain.sampling import Pace, Tick


class Offered(Struct, frozen=True, kw_only=True):
    """A message on its way into a room; `is_shown` says that no sample decides about it."""

    participant: ParticipantId
    name: str
    role: Role
    body: str
    client_msg_id: UUID
    kind: str = "message"
    reply_to: int | None = None
    question: UUID | None = None
    held_because: str | None = None
    is_shown: bool = False

    @property
    def key(self) -> tuple[ParticipantId, UUID]:
        """Return what makes it the same message when it is sent again."""
        return self.participant, self.client_msg_id


class Message(Struct, frozen=True, kw_only=True):
    """A message as it is kept; one that was removed has no words any more."""

    seq: int
    room: UUID
    kind: str
    participant: ParticipantId
    name: str
    role: Role
    body: str
    reply_to: int | None
    question: UUID | None
    client_msg_id: UUID
    at: datetime
    is_shown: bool
    held_because: str | None
    is_removed: bool


class ChatRow(Struct, frozen=True, kw_only=True):
    """Where the chat of a room is."""

    last_seq: int
    shown_seq: int
    shown_at: datetime | None
    recent: list[Tick]
    is_open: bool
    pace: Pace


class ChatTx(UnitOfWork):
    """The questions about the chat."""

    async def lock_chat(self, class_id: ClassId, room: UUID) -> ChatRow | None:
        """Return where a chat is, and let nobody number or show messages meanwhile."""
        row = await self.fetchrow(
            "select * from live.chats where organization_id = $1 and class_id = $2 and room_id = $3 for update",
            self.organization,
            class_id,
            room,
        )
        if row is None:
            return None
        return ChatRow(
            last_seq=row["last_seq"],
            shown_seq=row["shown_seq"],
            shown_at=row["shown_at"],
            recent=msgspec.convert(row["recent"], list[Tick]),
            is_open=row["is_open"],
            pace=Pace(slow_s=row["auto_slow_s"], calm_since=row["calm_since"]),
        )

    async def open_chats(self, class_id: ClassId, *, is_open: bool) -> None:
        """Open or close all chats of a class: a message on its way is refused from the commit on."""
        await self.execute(
            "update live.chats set is_open = $3 where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
            is_open,
        )

    async def add_chat(self, class_id: ClassId, room: UUID) -> None:
        """Add the chat of a group, open."""
        await self.execute(
            "insert into live.chats (organization_id, class_id, room_id, is_open) values ($1, $2, $3, true)",
            self.organization,
            class_id,
            room,
        )

    async def close_chat(self, class_id: ClassId, rooms: Sequence[UUID]) -> None:
        """Close the chats of groups."""
        await self.execute(
            "update live.chats set is_open = false where organization_id = $1 and class_id = $2"
            " and room_id = any($3::uuid[])",
            self.organization,
            class_id,
            rooms,
        )

    async def add_messages(
        self, class_id: ClassId, room: UUID, offered: Sequence[Offered], *, last_seq: int
    ) -> list[Message]:
        """Number and keep messages of a locked chat in one statement; one that is there already is not added again."""
        rows = await self.fetch(
            "with fresh as (select o.*, row_number() over (order by o.n) + $4::bigint as seq"
            " from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::bigint[],"
            " $12::uuid[], $13::text[], $14::boolean[]) with ordinality as o(participant_id, name, role, body,"
            " client_msg_id, kind, reply_to, question_id, held_because, is_shown, n)"
            " where not exists (select from live.messages m where m.organization_id = $1 and m.class_id = $2"
            " and m.participant_id = o.participant_id and m.client_msg_id = o.client_msg_id)),"
            " numbered as (update live.chats set last_seq = last_seq + (select count(*) from fresh)"
            " where organization_id = $1 and class_id = $2 and room_id = $3)"
            " insert into live.messages (organization_id, class_id, room_id, seq, kind, participant_id, name, role,"
            " body, reply_to, question_id, client_msg_id, at, is_shown, held_because)"
            " select $1, $2, $3, seq, kind, participant_id, name, role, body, reply_to, question_id, client_msg_id,"
            " $15, is_shown, held_because from fresh on conflict do nothing returning *",
            self.organization,
            class_id,
            room,
            last_seq,
            [one.participant for one in offered],
            [one.name for one in offered],
            [str(one.role) for one in offered],
            [one.body for one in offered],
            [one.client_msg_id for one in offered],
            [one.kind for one in offered],
            [one.reply_to for one in offered],
            [one.question for one in offered],
            [one.held_because for one in offered],
            [one.is_shown for one in offered],
            self.clock.now(),
        )
        return [message_of(row) for row in rows]

    async def messages_sent(self, class_id: ClassId, keys: Sequence[tuple[ParticipantId, UUID]]) -> list[Message]:
        """Return the messages that were sent under these ids."""
        rows = await self.fetch(
            "select m.* from unnest($3::uuid[], $4::uuid[]) as k(participant_id, client_msg_id)"
            " join live.messages m using (participant_id, client_msg_id)"
            " where m.organization_id = $1 and m.class_id = $2",
            self.organization,
            class_id,
            [participant for participant, _ in keys],
            [id_ for _, id_ in keys],
        )
        return [message_of(row) for row in rows]

    async def waiting_to_be_shown(self, class_id: ClassId, room: UUID, *, after: int, until: int) -> list[int]:
        """Return the numbers of the messages between two that a sample decides about."""
        rows = await self.fetch(
            "select seq from live.messages where organization_id = $1 and class_id = $2 and room_id = $3"
            " and seq > $4 and seq <= $5 and not is_shown and held_because is null and removed_at is null"
            " order by seq",
            self.organization,
            class_id,
            room,
            after,
            until,
        )
        return [row["seq"] for row in rows]

    async def show(self, class_id: ClassId, room: UUID, seqs: Sequence[int]) -> list[Message]:
        """Mark messages as shown to all and return them in order."""
        rows = await self.fetch(
            "update live.messages set is_shown = true where organization_id = $1 and class_id = $2 and room_id = $3"
            " and seq = any($4::bigint[]) returning *",
            self.organization,
            class_id,
            room,
            seqs,
        )
        return sorted((message_of(row) for row in rows), key=lambda one: one.seq)

    async def shown_until(
        self, class_id: ClassId, room: UUID, *, seq: int, at: datetime, recent: list[Tick], pace: Pace
    ) -> None:
        """Keep up to where a chat was shown, and how fast it goes."""
        await self.execute(
            "update live.chats set shown_seq = $4, shown_at = $5, recent = $6, auto_slow_s = $7, calm_since = $8"
            " where organization_id = $1 and class_id = $2 and room_id = $3",
            self.organization,
            class_id,
            room,
            seq,
            at,
            recent,
            pace.slow_s,
            pace.calm_since,
        )

    async def auto_slow_s(self, class_id: ClassId) -> int:
        """Return the slow mode that a room gave itself."""
        found: int | None = await self.fetchval(
            "select auto_slow_s from live.chats where organization_id = $1 and class_id = $2 and room_id = $2",
            self.organization,
            class_id,
        )
        return found or 0

    async def tell_people(self, class_id: ClassId, *, people: int, at: datetime, not_since: datetime) -> bool:
        """Say whether it is this process's turn to tell how many people there are: the count moved, and time passed."""
        return bool(
            await self.execute(
                "update live.chats set told_people = $3, told_people_at = $4 where organization_id = $1"
                " and class_id = $2 and room_id = $2 and told_people <> $3"
                " and (told_people_at is null or told_people_at <= $5)",
                self.organization,
                class_id,
                people,
                at,
                not_since,
            )
        )

    async def message(self, class_id: ClassId, room: UUID, seq: int) -> Message | None:
        """Return one message."""
        row = await self.fetchrow(
            "select * from live.messages where organization_id = $1 and class_id = $2 and room_id = $3 and seq = $4",
            self.organization,
            class_id,
            room,
            seq,
        )
        return message_of(row) if row else None

    async def messages(
        self,
        class_id: ClassId,
        room: UUID,
        *,
        after: int | None,
        before: int | None,
        own: ParticipantId,
        everything: bool,
        limit: int,
    ) -> list[Message]:
        """Return shown messages and one's own (all, for a moderator): the first beyond `after`, else the last before.

        What is held is its author's and the moderators' alone; what was said to a question stands in its thread.
        """
        rows = await self.fetch(
            _AFTER if after is not None else _BEFORE,
            self.organization,
            class_id,
            room,
            after if after is not None else (before or 2**62),
            own,
            everything,
            limit,
        )
        return sorted((message_of(row) for row in rows), key=lambda one: one.seq)

    async def thread(self, class_id: ClassId, question: UUID, *, after: int, limit: int) -> list[Message]:
        """Return what was said to a question."""
        rows = await self.fetch(
            "select * from live.messages where organization_id = $1 and class_id = $2 and question_id = $3"
            " and seq > $4 and held_because is null order by seq limit $5",
            self.organization,
            class_id,
            question,
            after,
            limit,
        )
        return [message_of(row) for row in rows]

    async def held(self, class_id: ClassId, *, after: int, limit: int) -> list[Message]:
        """Return the messages that wait for a moderator."""
        rows = await self.fetch(
            "select * from live.messages where organization_id = $1 and class_id = $2 and held_because is not null"
            " and removed_at is null and seq > $3 order by seq limit $4",
            self.organization,
            class_id,
            after,
            limit,
        )
        return [message_of(row) for row in rows]

    async def release(self, class_id: ClassId, room: UUID, seq: int) -> Message | None:
        """Show a held message to all."""
        row = await self.fetchrow(
            "update live.messages set held_because = null, is_shown = true where organization_id = $1"
            " and class_id = $2 and room_id = $3 and seq = $4 and held_because is not null and removed_at is null"
            " returning *",
            self.organization,
            class_id,
            room,
            seq,
        )
        return message_of(row) if row else None

    async def remove_message(self, class_id: ClassId, room: UUID, seq: int, *, by: ParticipantId) -> Message | None:
        """Take the words of a message away; its place and author stay."""
        row = await self.fetchrow(
            "update live.messages set body = '', removed_at = $5, removed_by = $6 where organization_id = $1"
            " and class_id = $2 and room_id = $3 and seq = $4 and removed_at is null returning *",
            self.organization,
            class_id,
            room,
            seq,
            self.clock.now(),
            by,
        )
        return message_of(row) if row else None

    async def count_minutes(self, class_id: ClassId, counts: Sequence[tuple[str, int]]) -> None:
        """Add what happened to the counts of the present minute."""
        await self.execute(
            "insert into live.minutes as m (organization_id, class_id, minute, kind, count)"
            " select $1, $2, date_trunc('minute', $3::timestamptz), kind, count"
            " from unnest($4::text[], $5::bigint[]) as c(kind, count)"
            " on conflict (organization_id, class_id, minute, kind) do update set count = m.count + excluded.count",
            self.organization,
            class_id,
            self.clock.now(),
            [kind for kind, _ in counts],
            [count for _, count in counts],
        )


_SEEN = "(is_shown or participant_id = $5 or $6) and (held_because is null or participant_id = $5 or $6)"
_ROOM = "select * from live.messages where organization_id = $1 and class_id = $2 and room_id = $3"
_AFTER = f"{_ROOM} and seq > $4 and question_id is null and {_SEEN} order by seq limit $7"
_BEFORE = f"{_ROOM} and seq < $4 and question_id is null and {_SEEN} order by seq desc limit $7"


def message_of(row: Record) -> Message:
    """Read a row of live.messages."""
    return Message(
        seq=row["seq"],
        room=row["room_id"],
        kind=row["kind"],
        participant=row["participant_id"],
        name=row["name"],
        role=Role(row["role"]),
        body=row["body"],
        reply_to=row["reply_to"],
        question=row["question_id"],
        client_msg_id=row["client_msg_id"],
        at=row["at"],
        is_shown=row["is_shown"],
        held_because=row["held_because"],
        is_removed=row["removed_at"] is not None,
    )
