"""The SQL of enrollment."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from stoa.kit.contract import Struct, UserId, new_id
from stoa.kit.store import UnitOfWork
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.contract import Seat, SeatMove, SeatState
from stoa.services.enrollment.domain import ImportedRow, ImportState, SeatImport, SeatRules

_POSITION = (
    "case when s.state = 'waitlisted' then (select count(*) from enrollment.seats q"
    " where q.organization_id = s.organization_id and q.course_id = s.course_id and q.state = 'waitlisted'"
    " and q.ticket <= s.ticket) end as position"
)


class StoredRules(Struct, frozen=True, kw_only=True):
    """The rules of a course, how many seats are taken, and the version of the rules."""

    rules: SeatRules
    taken: int
    version: int


class EnrollmentTx(UnitOfWork):
    """The questions that enrollment asks of its tables."""

    async def rules_of(self, course: CourseId) -> StoredRules | None:
        """Return the rules of a course that has any."""
        row = await self.fetchrow(
            "select * from enrollment.rules where organization_id = $1 and course_id = $2", self.organization, course
        )
        return _rules(row) if row else None

    async def lock_rules(self, course: CourseId) -> StoredRules:
        """Return the rules of a course, made if need be, and let nobody else take or free a seat meanwhile."""
        await self.execute(
            "insert into enrollment.rules (organization_id, course_id) values ($1, $2) on conflict do nothing",
            self.organization,
            course,
        )
        row = await self.fetchrow(
            "select * from enrollment.rules where organization_id = $1 and course_id = $2 for update",
            self.organization,
            course,
        )
        assert row is not None
        return _rules(row)

    async def save_rules(self, course: CourseId, rules: SeatRules) -> None:
        """Replace the rules of a course."""
        await self.execute(
            "update enrollment.rules set capacity = $3, opens_at = $4, closes_at = $5, self_enrolment = $6,"
            " waitlist = $7, prerequisites = $8, version = version + 1 where organization_id = $1 and course_id = $2",
            self.organization,
            course,
            rules.capacity,
            rules.opens_at,
            rules.closes_at,
            rules.self_enrolment,
            rules.waitlist,
            rules.prerequisites,
        )

    async def take_seat(self, course: CourseId, *, beyond_capacity: bool = False) -> bool:
        """Take one seat of a course if one is free: one conditional update, so no race can oversell."""
        taken = await self.fetchval(
            "update enrollment.rules set taken = taken + 1 where organization_id = $1 and course_id = $2"
            " and ($3 or capacity is null or taken < capacity) returning taken",
            self.organization,
            course,
            beyond_capacity,
        )
        return taken is not None

    async def free_seat(self, course: CourseId) -> None:
        """Give one seat of a course back."""
        await self.execute(
            "update enrollment.rules set taken = greatest(taken - 1, 0) where organization_id = $1 and course_id = $2",
            self.organization,
            course,
        )

    async def draw_ticket(self, course: CourseId) -> int:
        """Return the next number of a course's queue."""
        ticket = await self.fetchval(
            "update enrollment.rules set next_ticket = next_ticket + 1"
            " where organization_id = $1 and course_id = $2 returning next_ticket - 1",
            self.organization,
            course,
        )
        return int(ticket)

    async def first_in_queue(self, course: CourseId) -> UserId | None:
        """Return who has waited longest for a course."""
        found: UserId | None = await self.fetchval(
            "select user_id from enrollment.seats where organization_id = $1 and course_id = $2"
            " and state = 'waitlisted' order by ticket limit 1",
            self.organization,
            course,
        )
        return found

    async def seat_of(self, course: CourseId, user: UserId) -> Seat | None:
        """Return somebody's seat, with the position in the queue while waiting."""
        row = await self.fetchrow(
            f"select s.*, {_POSITION} from enrollment.seats s"  # noqa: S608 (a constant)
            " where organization_id = $1 and course_id = $2 and user_id = $3",
            self.organization,
            course,
            user,
        )
        return _seat(row) if row else None

    async def save_seat(
        self,
        seat: Seat,
        *,
        before: SeatState | None,
        ticket: int | None,
        actor: UserId | None,
        reason: str,
        at: datetime,
    ) -> None:
        """Write a seat and the move that led to it."""
        await self.execute(
            "insert into enrollment.seats (organization_id, course_id, user_id, state, ticket, since, until)"
            " values ($1, $2, $3, $4, $5, $6, $7) on conflict (organization_id, course_id, user_id)"
            " do update set state = $4, ticket = $5, until = $7,"
            " completed_at = case when $4 = 'completed' then coalesce(enrollment.seats.completed_at, $8::timestamptz)"
            " else enrollment.seats.completed_at end",
            self.organization,
            seat.course,
            seat.user,
            seat.state,
            ticket,
            seat.since,
            seat.until,
            at,
        )
        await self.execute(
            "insert into enrollment.history (organization_id, entry_id, course_id, user_id, from_state, to_state,"
            " actor, reason, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.organization,
            new_id(),
            seat.course,
            seat.user,
            before,
            seat.state,
            actor,
            reason,
            at,
        )

    async def add_grant(
        self, course: CourseId, user: UserId, *, source: str, at: datetime, until: datetime | None
    ) -> None:
        """Note a right to a seat; the same source replaces its own."""
        await self.execute(
            "insert into enrollment.grants (organization_id, course_id, user_id, source, granted_at, until)"
            " values ($1, $2, $3, $4, $5, $6) on conflict (organization_id, course_id, user_id, source)"
            " do update set granted_at = $5, until = $6",
            self.organization,
            course,
            user,
            source,
            at,
            until,
        )

    async def drop_grants(self, course: CourseId, user: UserId) -> None:
        """Forget every right of somebody to a seat."""
        await self.execute(
            "delete from enrollment.grants where organization_id = $1 and course_id = $2 and user_id = $3",
            self.organization,
            course,
            user,
        )

    async def access_until(self, course: CourseId, user: UserId) -> datetime | None:
        """Return when the last of somebody's rights ends; None where one has no end."""
        row = await self.fetchrow(
            "select bool_or(until is null) as endless, max(until) as until from enrollment.grants"
            " where organization_id = $1 and course_id = $2 and user_id = $3",
            self.organization,
            course,
            user,
        )
        return None if row is None or row["endless"] else row["until"]

    async def seats_of(self, user: UserId) -> list[Seat]:
        """Return somebody's seats, newest first."""
        rows = await self.fetch(
            f"select s.*, {_POSITION} from enrollment.seats s where organization_id = $1 and user_id = $2"  # noqa: S608
            " order by since desc limit 500",
            self.organization,
            user,
        )
        return [_seat(row) for row in rows]

    async def moves_of(self, user: UserId, courses: list[CourseId]) -> list[SeatMove]:
        """Return the moves of somebody's seats, the latest first."""
        rows = await self.fetch(
            "select course_id, from_state, to_state, reason, at from enrollment.history where organization_id = $1"
            " and course_id = any($2) and user_id = $3 order by at desc, entry_id desc limit 5000",
            self.organization,
            courses,
            user,
        )
        return [
            SeatMove(
                course=row["course_id"],
                before=SeatState(row["from_state"]) if row["from_state"] else None,
                after=SeatState(row["to_state"]),
                reason=row["reason"],
                at=row["at"],
            )
            for row in rows
        ]

    async def seats_in(
        self,
        course: CourseId,
        *,
        states: list[SeatState],
        after: UserId | None,
        limit: int,
        open_at: datetime | None = None,
    ) -> list[Seat]:
        """Return the seats of a course in these states by user id; with `open_at` without those that ended by then."""
        rows = await self.fetch(
            "select *, null::bigint as position from enrollment.seats where organization_id = $1 and course_id = $2"
            " and state = any($3) and user_id > $4 and coalesce(until > $6, true)"
            " order by user_id limit $5",
            self.organization,
            course,
            [str(state) for state in states],
            after or UUID(int=0),
            limit,
            open_at,
        )
        return [_seat(row) for row in rows]

    async def expire(self, course: CourseId, *, at: datetime) -> list[UserId]:
        """End the seats of a course whose time is over, give their room back and return whose they were."""
        # RETURNING sees the new row only, so the move is written from the row as it was.
        rows = await self.fetch(
            "with over as (select user_id, state from enrollment.seats where organization_id = $1 and course_id = $2"
            " and state in ('active', 'completed') and until <= $3 for update),"
            " ended as (update enrollment.seats s set state = 'expired' from over where s.organization_id = $1"
            " and s.course_id = $2 and s.user_id = over.user_id returning s.user_id, over.state)"
            " select user_id, state from ended",
            self.organization,
            course,
            at,
        )
        users = [UserId(row["user_id"]) for row in rows]
        if users:
            await self.executemany(
                "insert into enrollment.history (organization_id, entry_id, course_id, user_id, from_state, to_state,"
                " reason, at) values ($1, $2, $3, $4, $5, 'expired', 'clock', $6)",
                [(self.organization, new_id(), course, row["user_id"], row["state"], at) for row in rows],
            )
            await self.execute(
                "update enrollment.rules set taken = greatest(taken - $3, 0)"
                " where organization_id = $1 and course_id = $2",
                self.organization,
                course,
                len(users),
            )
        return users

    async def note_completed(self, course: CourseId, user: UserId, *, at: datetime) -> None:
        """Note when a course was completed first, whatever became of the seat."""
        await self.execute(
            "update enrollment.seats set completed_at = coalesce(completed_at, $4)"
            " where organization_id = $1 and course_id = $2 and user_id = $3",
            self.organization,
            course,
            user,
            at,
        )

    async def comes_before(self, course: CourseId, others: list[UUID]) -> bool:
        """Say whether a course comes, over any number of steps, before one of the others."""
        found = await self.fetchval(
            "with recursive earlier(course_id) as (select unnest($3::uuid[]) union"
            " select unnest(r.prerequisites) from enrollment.rules r join earlier e on r.course_id = e.course_id"
            " where r.organization_id = $1) select 1 from earlier where course_id = $2 limit 1",
            self.organization,
            course,
            others,
        )
        return found is not None

    async def completed_among(self, courses: list[UUID], user: UserId) -> set[UUID]:
        """Return which of these courses somebody has completed at some time."""
        rows = await self.fetch(
            "select course_id from enrollment.seats where organization_id = $1 and user_id = $2"
            " and course_id = any($3) and completed_at is not null",
            self.organization,
            user,
            courses,
        )
        return {row["course_id"] for row in rows}

    async def insert_import(self, begun: SeatImport, *, text: str, at: datetime) -> None:
        """Keep a file of people to work off."""
        await self.execute(
            "insert into enrollment.imports (organization_id, import_id, course_id, actor, dry_run, state, total, file,"
            " created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.organization, begun.id, begun.course, begun.actor, begun.dry_run, begun.state, begun.total, text, at,
        )  # fmt: skip

    async def import_of(self, import_id: UUID) -> tuple[SeatImport, str] | None:
        """Return a file of people with what has become of it."""
        row = await self.fetchrow(
            "select * from enrollment.imports where organization_id = $1 and import_id = $2",
            self.organization,
            import_id,
        )
        if row is None:
            return None
        found = SeatImport(
            id=row["import_id"],
            course=row["course_id"],
            actor=row["actor"],
            dry_run=row["dry_run"],
            state=ImportState(row["state"]),
            done=row["done"],
            total=row["total"],
            items=msgspec.convert(row["items"], list[ImportedRow]),
        )
        return found, row["file"]

    async def note_import(self, state: SeatImport, items: list[ImportedRow]) -> None:
        """Keep one more step of a file."""
        await self.execute(
            "update enrollment.imports set state = $3, done = $4, items = items || $5::jsonb"
            " where organization_id = $1 and import_id = $2",
            self.organization,
            state.id,
            state.state,
            state.done,
            items,
        )

    async def finish_import(self, import_id: UUID, *, at: datetime) -> None:
        """Note that a file was worked off, and forget the file itself."""
        await self.execute(
            "update enrollment.imports set state = 'done', file = '', finished_at = $3"
            " where organization_id = $1 and import_id = $2",
            self.organization,
            import_id,
            at,
        )

    async def drop_imports(self, *, before: datetime) -> None:
        """Forget the files and reports of long ago."""
        await self.execute(
            "delete from enrollment.imports where organization_id = $1 and created_at < $2", self.organization, before
        )

    async def counts(self, course: CourseId) -> dict[str, int]:
        """Return how many seats of a course are in each state."""
        rows = await self.fetch(
            "select state, count(*) as n from enrollment.seats where organization_id = $1 and course_id = $2"
            " group by state",
            self.organization,
            course,
        )
        return {row["state"]: row["n"] for row in rows}


def _rules(row: Record) -> StoredRules:
    rules = SeatRules(
        capacity=row["capacity"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        self_enrolment=row["self_enrolment"],
        waitlist=row["waitlist"],
        prerequisites=list(row["prerequisites"]),
    )
    return StoredRules(rules=rules, taken=row["taken"], version=row["version"])


def _seat(row: Record) -> Seat:
    return Seat(
        course=row["course_id"],
        user=row["user_id"],
        state=SeatState(row["state"]),
        since=row["since"],
        until=row["until"],
        position=row["position"],
    )
