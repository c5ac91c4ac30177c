"""The SQL of breakout groups."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stoa.kit.contract import Struct
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId


class Breakout(Struct, frozen=True, kw_only=True):
    """A time in which the class works in groups."""

    id: UUID
    opened_at: datetime
    ends_at: datetime | None


class Group(Struct, frozen=True, kw_only=True):
    """One group of a breakout."""

    id: UUID
    number: int
    name: str
    size: int


class GroupsTx(UnitOfWork):
    """The questions about groups."""

    async def open_breakout(self, class_id: ClassId, *, lock: bool = False) -> Breakout | None:
        """Return the breakout that is open."""
        row = await self.fetchrow(_OPEN_LOCKED if lock else _OPEN, self.organization, class_id)
        return Breakout(id=row["breakout_id"], opened_at=row["opened_at"], ends_at=row["ends_at"]) if row else None

    async def add_breakout(
        self, class_id: ClassId, breakout: Breakout, groups: Sequence[tuple[Group, Sequence[ParticipantId]]]
    ) -> None:
        """Add a breakout with its groups, who is in them and their chats."""
        await self.execute(
            "insert into live.breakouts (organization_id, class_id, breakout_id, opened_at, ends_at)"
            " values ($1, $2, $3, $4, $5)",
            self.organization,
            class_id,
            breakout.id,
            breakout.opened_at,
            breakout.ends_at,
        )
        await self.executemany(
            "insert into live.groups (organization_id, class_id, breakout_id, group_id, number, name, size)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            [
                (self.organization, class_id, breakout.id, group.id, group.number, group.name, len(people))
                for group, people in groups
            ],
        )
        await self.executemany(
            "insert into live.chats (organization_id, class_id, room_id, is_open) values ($1, $2, $3, true)",
            [(self.organization, class_id, group.id) for group, _ in groups],
        )
        await self.execute(
            "insert into live.group_members (organization_id, class_id, breakout_id, participant_id, group_id)"
            " select $1, $2, $3, m.participant_id, m.group_id from unnest($4::uuid[], $5::uuid[])"
            " as m(participant_id, group_id)",
            self.organization,
            class_id,
            breakout.id,
            [person for _, people in groups for person in people],
            [group.id for group, people in groups for _ in people],
        )

    async def groups(self, class_id: ClassId, breakout: UUID) -> list[Group]:
        """Return the groups of a breakout, at most 100."""
        rows = await self.fetch(
            "select * from live.groups where organization_id = $1 and class_id = $2 and breakout_id = $3"
            " order by number limit 100",
            self.organization,
            class_id,
            breakout,
        )
        return [_group(row) for row in rows]

    async def group_of(self, class_id: ClassId, breakout: UUID, participant: ParticipantId) -> Group | None:
        """Return the group that somebody is in."""
        row = await self.fetchrow(
            "select g.* from live.group_members m join live.groups g using (organization_id, class_id, breakout_id,"
            " group_id) where m.organization_id = $1 and m.class_id = $2 and m.breakout_id = $3"
            " and m.participant_id = $4",
            self.organization,
            class_id,
            breakout,
            participant,
        )
        return _group(row) if row else None

    async def place_late(self, class_id: ClassId, breakout: UUID, participant: ParticipantId) -> Group | None:
        """Put somebody who came late into the smallest group; the breakout is locked."""
        row = await self.fetchrow(
            "update live.groups set size = size + 1 where organization_id = $1 and class_id = $2"
            " and breakout_id = $3 and group_id = (select group_id from live.groups where organization_id = $1"
            " and class_id = $2 and breakout_id = $3 order by size, number limit 1) returning *",
            self.organization,
            class_id,
            breakout,
        )
        if row is None:
            return None
        await self.execute(
            "insert into live.group_members (organization_id, class_id, breakout_id, participant_id, group_id)"
            " values ($1, $2, $3, $4, $5)",
            self.organization,
            class_id,
            breakout,
            participant,
            row["group_id"],
        )
        return _group(row)

    async def is_in_group(self, class_id: ClassId, group: UUID, participant: ParticipantId | None) -> bool:
        """Say whether somebody is in a group of the class; with None, whether there is such a group."""
        return bool(
            await self.fetchval(
                "select exists (select from live.groups where organization_id = $1 and class_id = $2"
                " and group_id = $3) and ($4::uuid is null or exists (select from live.group_members"
                " where organization_id = $1 and class_id = $2 and group_id = $3 and participant_id = $4))",
                self.organization,
                class_id,
                group,
                participant,
            )
        )

    async def close_breakout(self, class_id: ClassId, breakout: UUID) -> bool:
        """End a breakout and close the chats of its groups; say whether it was open."""
        closed = await self.execute(
            "update live.breakouts set closed_at = $4 where organization_id = $1 and class_id = $2"
            " and breakout_id = $3 and closed_at is null",
            self.organization,
            class_id,
            breakout,
            self.clock.now(),
        )
        if closed:
            await self.execute(
                "update live.chats set is_open = false where organization_id = $1 and class_id = $2 and room_id in"
                " (select group_id from live.groups where organization_id = $1 and class_id = $2 and breakout_id = $3)",
                self.organization,
                class_id,
                breakout,
            )
        return bool(closed)

    async def set_timer(self, class_id: ClassId, breakout: UUID, *, ends_at: datetime) -> None:
        """Say when a breakout ends."""
        await self.execute(
            "update live.breakouts set ends_at = $4 where organization_id = $1 and class_id = $2 and breakout_id = $3",
            self.organization,
            class_id,
            breakout,
            ends_at,
        )


_OPEN = "select * from live.breakouts where organization_id = $1 and class_id = $2 and closed_at is null"
_OPEN_LOCKED = f"{_OPEN} for update"


def _group(row: Record) -> Group:
    return Group(id=row["group_id"], number=row["number"], name=row["name"], size=row["size"])
