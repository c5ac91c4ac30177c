"""The SQL of the people in a room: who they are, when they were there, what was done with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stoa.kit.contract import Struct, UserId, new_id
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId, Role
from stoa.services.live.domain.attendance import Interval, Mark
from stoa.services.live.domain.classes import Participant

_PERSON = "participant_id, user_id, name, role, family, joined_at, seen_at, muted_until, removed_at, consented_at"


class Arrival(Struct, frozen=True, kw_only=True):
    """Somebody who comes in."""

    user: UserId | None
    name: str
    name_key: str
    role: Role
    at: datetime
    consented: bool
    address_key: bytes | None


class PeopleTx(UnitOfWork):
    """The questions about people in a room."""

    async def arrive(self, class_id: ClassId, arrival: Arrival) -> Participant:
        """Let somebody in; who has an account is the same participant each time, with the role they were given here."""
        row = await self.fetchrow(
            "insert into live.participants as p (organization_id, class_id, participant_id, user_id, name, name_key,"  # noqa: S608 (a constant)
            " role, family, joined_at, consented_at, address_key)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " on conflict (organization_id, class_id, user_id) where user_id is not null do update set"
            " name = excluded.name, name_key = excluded.name_key,"
            " address_key = coalesce(excluded.address_key, p.address_key),"
            " role = case when excluded.role in ('host', 'cohost') or p.role in ('host', 'guest') then excluded.role"
            " else p.role end, consented_at = coalesce(p.consented_at, excluded.consented_at)"
            f" returning {_PERSON}",
            self.organization,
            class_id,
            new_id(),
            arrival.user,
            arrival.name,
            arrival.name_key,
            arrival.role,
            new_id(),
            arrival.at,
            arrival.at if arrival.consented else None,
            arrival.address_key,
        )
        assert row is not None
        return _person(row)

    async def person(self, class_id: ClassId, participant: ParticipantId) -> Participant | None:
        """Return one participant."""
        row = await self.fetchrow(
            f"select {_PERSON} from live.participants"  # noqa: S608 (a constant)
            " where organization_id = $1 and class_id = $2 and participant_id = $3",
            self.organization,
            class_id,
            participant,
        )
        return _person(row) if row else None

    async def person_shown(self, class_id: ClassId) -> Participant | None:
        """Return who is in the spotlight of a class."""
        row = await self.fetchrow(
            f"select {_PERSON} from live.participants"  # noqa: S608 (a constant)
            " where organization_id = $1 and class_id = $2 and participant_id ="
            " (select spotlight from live.classes where organization_id = $1 and class_id = $2)",
            self.organization,
            class_id,
        )
        return _person(row) if row else None

    async def person_of(self, class_id: ClassId, user: UserId) -> Participant | None:
        """Return the participant that somebody with an account is."""
        row = await self.fetchrow(
            f"select {_PERSON} from live.participants"  # noqa: S608 (a constant)
            " where organization_id = $1 and class_id = $2 and user_id = $3",
            self.organization,
            class_id,
            user,
        )
        return _person(row) if row else None

    async def lock_door(self, class_id: ClassId) -> None:
        """Let people into a class one after the other until the transaction ends."""
        await self.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"live.door:{class_id}")

    async def seen(
        self, class_id: ClassId, participant: ParticipantId, device: UUID, *, at: datetime, away_since: datetime
    ) -> None:
        """Note a sign of life of a device: its visit goes on, or a new one begins where it was away."""
        await self.execute(
            "with person as (update live.participants set seen_at = $5 where organization_id = $1 and class_id = $2"
            " and participant_id = $3),"
            " on_and_on as (update live.visits set until = $5 where organization_id = $1 and class_id = $2"
            " and participant_id = $3 and device_id = $4 and not is_over and until >= $6 returning 1)"
            " insert into live.visits (organization_id, class_id, participant_id, device_id, since, until)"
            " select $1, $2, $3, $4, $5, $5 where not exists (select from on_and_on) on conflict do nothing",
            self.organization,
            class_id,
            participant,
            device,
            at,
            away_since,
        )

    async def left(self, class_id: ClassId, participant: ParticipantId, device: UUID, *, at: datetime) -> None:
        """Note that a device has gone; a person whose other device is there stays."""
        await self.execute(
            "with gone as (update live.visits set until = greatest(until, $5), is_over = true"
            " where organization_id = $1 and class_id = $2 and participant_id = $3 and device_id = $4"
            " and not is_over returning 1)"
            " update live.participants p set seen_at = (select max(until) from live.visits v"
            " where v.organization_id = $1 and v.class_id = $2 and v.participant_id = $3 and v.device_id <> $4"
            " and not v.is_over) where p.organization_id = $1 and p.class_id = $2 and p.participant_id = $3"
            # The visit before the person, as a sign of life locks them.
            " and (select count(*) from gone) >= 0",
            self.organization,
            class_id,
            participant,
            device,
            at,
        )

    async def here(self, class_id: ClassId, *, since: datetime) -> int:
        """Count the people, not the devices, that gave a sign since."""
        count: int = await self.fetchval(
            "select count(*) from live.participants where organization_id = $1 and class_id = $2"
            " and seen_at >= $3 and removed_at is null",
            self.organization,
            class_id,
            since,
        )
        return count

    async def host_is_here(self, class_id: ClassId, *, since: datetime, acting: ParticipantId | None) -> bool:
        """Say whether a host, or who stands in for them, gave a sign since."""
        return bool(
            await self.fetchval(
                "select exists (select from live.participants where organization_id = $1 and class_id = $2"
                " and (role = 'host' or participant_id = $4) and seen_at >= $3)",
                self.organization,
                class_id,
                since,
                acting,
            )
        )

    async def everybody_here(self, class_id: ClassId, *, since: datetime) -> list[ParticipantId]:
        """Return the learners and guests that gave a sign since, for groups: at most 20,000."""
        rows = await self.fetch(
            "select participant_id from live.participants where organization_id = $1 and class_id = $2"
            " and seen_at >= $3 and removed_at is null and role in ('learner', 'guest') limit 20000",
            self.organization,
            class_id,
            since,
        )
        return [row["participant_id"] for row in rows]

    async def people(
        self,
        class_id: ClassId,
        *,
        search: str,
        since: datetime | None,
        after: tuple[str, UUID] | None,
        limit: int,
    ) -> list[tuple[str, Participant]]:
        """Return a window of people by name, those here since a time or all, with the keys they are sorted by."""
        rows = await self.fetch(
            f"select {_PERSON}, name_key from live.participants"  # noqa: S608 (a constant)
            " where organization_id = $1 and class_id = $2"
            " and ($3 = '' or position($3 in name_key) > 0) and ($4::timestamptz is null or seen_at >= $4)"
            " and (name_key, participant_id) > ($5, $6) order by name_key, participant_id limit $7",
            self.organization,
            class_id,
            search,
            since,
            after[0] if after else "",
            after[1] if after else UUID(int=0),
            limit,
        )
        return [(row["name_key"], _person(row)) for row in rows]

    async def mute(self, class_id: ClassId, participant: ParticipantId, *, until: datetime | None) -> bool:
        """Let somebody write nothing until a time, or let them write again."""
        return bool(
            await self.execute(
                "update live.participants set muted_until = $4"
                " where organization_id = $1 and class_id = $2 and participant_id = $3",
                self.organization,
                class_id,
                participant,
                until,
            )
        )

    async def give_role(self, class_id: ClassId, participant: ParticipantId, role: Role) -> bool:
        """Give somebody a role in this room."""
        return bool(
            await self.execute(
                "update live.participants set role = $4"
                " where organization_id = $1 and class_id = $2 and participant_id = $3 and removed_at is null",
                self.organization,
                class_id,
                participant,
                role,
            )
        )

    async def take_roles(self, class_id: ClassId, users: Sequence[UserId]) -> None:
        """Make learners of those who do not hold the class any more."""
        await self.execute(
            "update live.participants set role = 'learner' where organization_id = $1 and class_id = $2"
            " and user_id = any($3::uuid[]) and role in ('host', 'cohost')",
            self.organization,
            class_id,
            users,
        )

    async def remove(self, class_id: ClassId, participant: ParticipantId, *, at: datetime | None) -> Participant | None:
        """Take somebody out of the room with all their tokens, or let them come back (`at=None`)."""
        row = await self.fetchrow(
            "update live.participants set removed_at = $4, family = $5, seen_at = null"  # noqa: S608 (a constant)
            f" where organization_id = $1 and class_id = $2 and participant_id = $3 returning {_PERSON}",
            self.organization,
            class_id,
            participant,
            at,
            new_id(),
        )
        return _person(row) if row else None

    async def was_removed_from_here(self, class_id: ClassId, address_key: bytes, *, since: datetime) -> bool:
        """Say whether somebody from this address was removed since."""
        return bool(
            await self.fetchval(
                "select exists (select from live.participants where organization_id = $1 and class_id = $2"
                " and address_key = $3 and removed_at >= $4)",
                self.organization,
                class_id,
                address_key,
                since,
            )
        )

    async def note_moderation(
        self,
        class_id: ClassId,
        act: str,
        *,
        actor: ParticipantId,
        subject: ParticipantId | None = None,
        message: int | None = None,
        reason: str = "",
    ) -> None:
        """Append what a moderator did."""
        await self.execute(
            "insert into live.moderation (organization_id, class_id, entry_id, act, actor, subject, message_seq,"
            " reason, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.organization,
            class_id,
            new_id(),
            act,
            actor,
            subject,
            message,
            reason,
            self.clock.now(),
        )

    async def visits_of(
        self, class_id: ClassId, participants: Sequence[ParticipantId]
    ) -> dict[ParticipantId, list[Interval]]:
        """Return the connected intervals of some people."""
        rows = await self.fetch(
            "select participant_id, since, until from live.visits where organization_id = $1 and class_id = $2"
            " and participant_id = any($3::uuid[])",
            self.organization,
            class_id,
            participants,
        )
        found: dict[ParticipantId, list[Interval]] = {}
        for row in rows:
            found.setdefault(row["participant_id"], []).append(Interval(since=row["since"], until=row["until"]))
        return found

    async def add_mark(
        self,
        class_id: ClassId,
        *,
        participant: ParticipantId | None,
        user: UserId | None,
        mark: str,
        reason: str,
        actor: UserId,
    ) -> None:
        """Append a correction of somebody's attendance; the latest one counts."""
        await self.execute(
            "insert into live.attendance_marks (organization_id, class_id, mark_id, participant_id, user_id, mark,"
            " reason, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.organization,
            class_id,
            new_id(),
            participant,
            user,
            mark,
            reason,
            actor,
            self.clock.now(),
        )

    async def marks_of(self, class_id: ClassId, *, people: Sequence[UUID]) -> dict[UUID, Mark]:
        """Return the marks that count now of participants and users by their ids; one that was taken back is none."""
        rows = await self.fetch(
            "select distinct on (who) coalesce(user_id, participant_id) as who, mark from live.attendance_marks"
            " where organization_id = $1 and class_id = $2 and coalesce(user_id, participant_id) = any($3::uuid[])"
            " order by who, mark_id desc",
            self.organization,
            class_id,
            people,
        )
        return {row["who"]: Mark(row["mark"]) for row in rows if row["mark"] != "counted"}


def _person(row: Record) -> Participant:
    return Participant(
        id=row["participant_id"],
        user=row["user_id"],
        name=row["name"],
        role=Role(row["role"]),
        family=row["family"],
        joined_at=row["joined_at"],
        seen_at=row["seen_at"],
        muted_until=row["muted_until"],
        removed_at=row["removed_at"],
        consented_at=row["consented_at"],
    )
