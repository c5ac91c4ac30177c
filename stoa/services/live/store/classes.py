"""The SQL of classes: their doors, their states, their history and the organization's policy."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from stoa.kit.contract import OrganizationId, Struct, UserId, new_id
from stoa.kit.store import Record, UnitOfWork
from stoa.services.courses.contract import CourseId
from stoa.services.live.contract import ClassId, ClassState
from stoa.services.live.domain.attendance import Interval
from stoa.services.live.domain.classes import ClassSettings, LiveClass, OrganizationPolicy

_UNLOCKED = "select * from live.classes where organization_id = $1 and class_id = $2"
_LOCKED = f"{_UNLOCKED} for update"
_BEFORE_ALL = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


class Door(Struct, frozen=True, kw_only=True):
    """Where a class is at home."""

    class_id: ClassId
    organization: OrganizationId


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One move in the life of a class."""

    move: str
    before: ClassState | None
    after: ClassState
    session: int
    actor: UserId | None
    reason: str
    at: datetime


class Listed(Struct, frozen=True, kw_only=True):
    """Which classes a list holds: those that end after a time or are on, in these states; by their start."""

    ends_after: datetime
    states: Sequence[str]
    latest: bool = False


_LISTED = (
    "select * from live.classes where organization_id = $1 and state = any($3::text[])"
    " and (ends_at >= $2 or state in ('open', 'live'))"
)
_OF_COURSES = (
    f"{_LISTED} and ($7::uuid[] is null or host_id = $8 or $8 = any(cohost_ids) or ((course_id is null"
    " or course_id = any($7)) and not coalesce((settings->>'is_hidden')::boolean, false)))"
)
_OF_COURSE = f"{_LISTED} and course_id = $7 and ($8 or not coalesce((settings->>'is_hidden')::boolean, false))"
_TURN = {
    False: "and (starts_at, class_id) > ($4, $5) order by starts_at, class_id limit $6",
    True: "and (starts_at, class_id) < ($4, $5) order by starts_at desc, class_id desc limit $6",
}
_FIRST = {False: _BEFORE_ALL, True: (datetime(9000, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))}


class ClassesTx(UnitOfWork):
    """The questions about classes."""

    async def door_of(self, class_id: ClassId) -> OrganizationId | None:
        """Return where a class is at home, whoever asks."""
        home: OrganizationId | None = await self.fetchval(
            "select organization_id from live.doors where class_id = $1", class_id
        )
        return home

    async def door_by_code(self, code: str) -> Door | None:
        """Return the class that has a code now."""
        row = await self.fetchrow("select class_id, organization_id from live.doors where code = $1", code)
        return Door(class_id=row["class_id"], organization=row["organization_id"]) if row else None

    async def doors_to_look_at(self, *, at: datetime, limit: int) -> list[Door]:
        """Return the classes whose time to be archived or forgotten has come."""
        rows = await self.fetch(
            "select class_id, organization_id from live.doors where look_at <= $1 order by look_at limit $2", at, limit
        )
        return [Door(class_id=row["class_id"], organization=row["organization_id"]) for row in rows]

    async def look_again(self, class_id: ClassId, *, at: datetime | None) -> None:
        """Say when a class is to be looked at again."""
        await self.execute("update live.doors set look_at = $2 where class_id = $1", class_id, at)

    async def take_code(self, class_id: ClassId, code: str | None) -> bool:
        """Give a class a code that no other has, or take it back; say whether that worked."""
        taken = await self.execute(
            "update live.doors set code = $2 where class_id = $1"
            " and ($2::text is null or not exists (select from live.doors d where d.code = $2))",
            class_id,
            code,
        )
        if taken:
            await self.execute(
                "update live.classes set code = $3 where organization_id = $1 and class_id = $2",
                self.organization,
                class_id,
                code,
            )
        return bool(taken)

    async def add_class(self, made: LiveClass, *, epoch: str) -> None:
        """Add a class with its door, its lane and its chat."""
        await self.execute(
            "insert into live.doors (class_id, organization_id) values ($1, $2)", made.id, made.organization
        )
        await self.execute(
            "insert into live.classes (organization_id, class_id, course_id, series_id, occurs_at, title, description,"
            " starts_at, ends_at, time_zone, host_id, cohost_ids, settings, created_by, changed_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $5, $8, $9, $10, $11, $12, $13, $14)",
            made.organization,
            made.id,
            made.course,
            made.series,
            made.starts_at,
            made.title,
            made.description,
            made.ends_at,
            made.time_zone,
            made.host,
            made.cohosts,
            made.settings,
            made.created_by,
            made.changed_at,
        )
        await self.execute(
            "with lane as (insert into live.lanes (organization_id, class_id, epoch) values ($1, $2, $3))"
            " insert into live.chats (organization_id, class_id, room_id) values ($1, $2, $2)",
            made.organization,
            made.id,
            epoch,
        )

    async def class_of(self, class_id: ClassId, *, lock: bool = False) -> LiveClass | None:
        """Return a class, locked against other moves if asked."""
        row = await self.fetchrow(
            _LOCKED if lock else _UNLOCKED,
            self.organization,
            class_id,
        )
        return live_class(row) if row else None

    async def classes(
        self,
        *,
        courses: Sequence[CourseId] | None,
        mine: UserId | None,
        listed: Listed,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[LiveClass]:
        """Return the classes of courses and of the organization (all with `courses=None`)."""
        rows = await self.fetch(
            f"{_OF_COURSES} {_TURN[listed.latest]}",
            self.organization,
            listed.ends_after,
            listed.states,
            *(after or _FIRST[listed.latest]),
            limit,
            courses,
            mine,
        )
        return [live_class(row) for row in rows]

    async def classes_of_course(
        self, course: CourseId, *, hidden: bool, listed: Listed, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[LiveClass]:
        """Return the classes of one course, with those that are not listed if asked."""
        rows = await self.fetch(
            f"{_OF_COURSE} {_TURN[listed.latest]}",
            self.organization,
            listed.ends_after,
            listed.states,
            *(after or _FIRST[listed.latest]),
            limit,
            course,
            hidden,
        )
        return [live_class(row) for row in rows]

    async def rest_of_series(self, series: UUID, *, since: datetime) -> list[LiveClass]:
        """Return the classes of a series that are still to come, at most 200, locked."""
        rows = await self.fetch(
            "select * from live.classes where organization_id = $1 and series_id = $2 and starts_at >= $3"
            " and state = 'scheduled' order by starts_at limit 200 for update",
            self.organization,
            series,
            since,
        )
        return [live_class(row) for row in rows]

    async def save_class(self, held: LiveClass) -> None:
        """Keep what may change of a class; each change is a new version."""
        await self.execute(
            "update live.classes set title = $3, description = $4, state = $5, starts_at = $6, ends_at = $7,"
            " time_zone = $8, host_id = $9, cohost_ids = $10, settings = $11, sequence = $12, session_no = $13,"
            " opened_at = $14, started_at = $15, ended_at = $16, slow_mode_s = $17, spotlight = $18, acting_host = $19,"
            " changed_at = $20, version = version + 1 where organization_id = $1 and class_id = $2",
            self.organization,
            held.id,
            held.title,
            held.description,
            held.state,
            held.starts_at,
            held.ends_at,
            held.time_zone,
            held.host,
            held.cohosts,
            held.settings,
            held.sequence,
            held.session,
            held.opened_at,
            held.started_at,
            held.ended_at,
            held.slow_mode_s,
            held.spotlight,
            held.acting_host,
            held.changed_at,
        )

    async def save_slide(self, class_id: ClassId, slide: bytes | None) -> None:
        """Keep what everybody is shown."""
        await self.execute(
            "update live.classes set slide = $3 where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
            None if slide is None else slide.decode(),
        )

    async def save_spotlight(self, class_id: ClassId, participant: UUID | None) -> None:
        """Keep who is shown large."""
        await self.execute(
            "update live.classes set spotlight = $3 where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
            participant,
        )

    async def save_slow_mode(self, class_id: ClassId, seconds: int) -> None:
        """Keep how long learners wait between two messages."""
        await self.execute(
            "update live.classes set slow_mode_s = $3 where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
            seconds,
        )

    async def save_acting_host(self, class_id: ClassId, participant: UUID | None, *, instead_of: UUID | None) -> bool:
        """Keep who stands in for the host; say whether nobody else was quicker."""
        return bool(
            await self.execute(
                "update live.classes set acting_host = $3 where organization_id = $1 and class_id = $2"
                " and acting_host is not distinct from $4",
                self.organization,
                class_id,
                participant,
                instead_of,
            )
        )

    async def note_move(
        self, held: LiveClass, *, move: str, before: ClassState | None, actor: UserId | None, reason: str
    ) -> None:
        """Append a move to the history of a class that has made it."""
        await self.execute(
            "insert into live.history (organization_id, class_id, entry_id, from_state, to_state, move, session_no,"
            " actor, reason, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.organization,
            held.id,
            new_id(),
            before,
            held.state,
            move,
            held.session,
            actor,
            reason,
            held.changed_at,
        )

    async def history_of(self, class_id: ClassId) -> list[HistoryEntry]:
        """Return the latest 200 moves of a class, oldest first."""
        rows = await self.fetch(
            "select * from (select * from live.history where organization_id = $1 and class_id = $2"
            " order by entry_id desc limit 200) h order by entry_id",
            self.organization,
            class_id,
        )
        return [
            HistoryEntry(
                move=row["move"],
                before=ClassState(row["from_state"]) if row["from_state"] else None,
                after=ClassState(row["to_state"]),
                session=row["session_no"],
                actor=row["actor"],
                reason=row["reason"],
                at=row["at"],
            )
            for row in rows
        ]

    async def begin_session(self, held: LiveClass, *, at: datetime) -> None:
        """Note that the room was started."""
        await self.execute(
            "insert into live.sessions (organization_id, class_id, session_no, started_at) values ($1, $2, $3, $4)",
            self.organization,
            held.id,
            held.session,
            at,
        )

    async def end_session(self, held: LiveClass, *, at: datetime) -> None:
        """Note that the room was ended."""
        await self.execute(
            "update live.sessions set ended_at = $4 where organization_id = $1 and class_id = $2 and session_no = $3",
            self.organization,
            held.id,
            held.session,
            at,
        )

    async def sessions_of(self, class_id: ClassId, *, now: datetime) -> list[Interval]:
        """Return when the room was on, at most 200 times; one that is on counts until now."""
        rows = await self.fetch(
            "select started_at, ended_at from live.sessions where organization_id = $1 and class_id = $2"
            " order by session_no limit 200",
            self.organization,
            class_id,
        )
        return [Interval(since=row["started_at"], until=row["ended_at"] or now) for row in rows]

    async def policy(self) -> OrganizationPolicy:
        """Return what the organization allows guests; what holds where it never said."""
        row = await self.fetchrow("select * from live.policies where organization_id = $1", self.organization)
        if row is None:
            return OrganizationPolicy()
        return OrganizationPolicy(
            guests_allowed=row["guests_allowed"],
            guest_min_age=row["guest_min_age"],
            guest_terms=row["guest_terms"],
            keep_days=row["keep_days"],
            version=row["version"],
        )

    async def save_policy(self, policy: OrganizationPolicy, *, version: int) -> bool:
        """Replace the policy of one version with another; say whether that version was the present one."""
        touched = await self.execute(
            "insert into live.policies (organization_id, guests_allowed, guest_min_age, guest_terms, keep_days)"
            " select $1, $2, $3, $4, $5 where $6 = 0 or exists (select from live.policies where organization_id = $1)"
            " on conflict (organization_id) do update set guests_allowed = excluded.guests_allowed,"
            " guest_min_age = excluded.guest_min_age, guest_terms = excluded.guest_terms,"
            " keep_days = excluded.keep_days, version = live.policies.version + 1 where live.policies.version = $6",
            self.organization,
            policy.guests_allowed,
            policy.guest_min_age,
            policy.guest_terms,
            policy.keep_days,
            version,
        )
        return bool(touched)


def live_class(row: Record) -> LiveClass:
    """Read a row of live.classes."""
    return LiveClass(
        id=row["class_id"],
        organization=row["organization_id"],
        course=row["course_id"],
        series=row["series_id"],
        title=row["title"],
        description=row["description"],
        state=ClassState(row["state"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        time_zone=row["time_zone"],
        host=row["host_id"],
        cohosts=list(row["cohost_ids"]),
        settings=msgspec.convert(row["settings"], ClassSettings),
        code=row["code"],
        sequence=row["sequence"],
        version=row["version"],
        session=row["session_no"],
        opened_at=row["opened_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        slow_mode_s=row["slow_mode_s"],
        slide=row["slide"].encode() if row["slide"] else None,
        spotlight=row["spotlight"],
        acting_host=row["acting_host"],
        created_by=row["created_by"],
        changed_at=row["changed_at"],
        everyone_draws=row["everyone_draws"],
    )
