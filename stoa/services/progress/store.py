"""The SQL of progress."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Final

from asyncpg import Record

from stoa.kit.contract import Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.assessment.contract.problem import ShowCorrectness
from stoa.services.courses.contract import CourseId, NodeId
from stoa.services.progress.domain.completion import Share

_FIRST: Final = itemgetter(0)


class Score(Struct, frozen=True, kw_only=True):
    """A learner's best on one problem."""

    points: Decimal
    possible: Decimal
    attempts: int
    show: ShowCorrectness = ShowCorrectness.ALWAYS


class Scored(Struct, frozen=True, kw_only=True):
    """A score that somebody reached, as it is told."""

    user: UserId
    course: CourseId
    block: NodeId
    score: Score
    at: datetime


class Watched(Struct, frozen=True, kw_only=True):
    """What a learner has watched of a film, and where they were."""

    intervals: list[list[float]]
    duration_s: float
    position_s: float


class Journey(Struct, frozen=True, kw_only=True):
    """How far a learner is in a course, as lists show it."""

    course: CourseId
    user: UserId
    percent: int
    completed: int
    required: int
    points: Decimal
    possible: Decimal
    resume_unit: NodeId | None
    resume_block: NodeId | None
    completed_at: datetime | None
    active_at: datetime


class CompletionRecord(Struct, frozen=True, kw_only=True):
    """A block that a learner has done, as they download it."""

    course: CourseId
    block: NodeId
    completed_at: datetime


class WatchedRecord(Struct, frozen=True, kw_only=True):
    """A film that a learner has watched, as they download it."""

    course: CourseId
    block: NodeId
    watched: Watched


class ProgressTx(UnitOfWork):
    """The questions that progress asks of its tables."""

    async def done(self, user: UserId, course: CourseId) -> frozenset[NodeId]:
        """Return the blocks of a course that a learner has done."""
        rows = await self.fetch(
            "select block_id from progress.completions where user_id = $1 and course_id = $2", user, course
        )
        return frozenset(map(_FIRST, rows))

    async def done_among(self, user: UserId, course: CourseId, blocks: list[NodeId]) -> frozenset[NodeId]:
        """Return those of some blocks that a learner has done."""
        rows = await self.fetch(
            "select block_id from progress.completions where user_id = $1 and course_id = $2 and block_id = any($3)",
            user,
            course,
            blocks,
        )
        return frozenset(map(_FIRST, rows))

    async def complete(self, user: UserId, course: CourseId, blocks: list[NodeId], *, at: datetime) -> list[NodeId]:
        """Note blocks as done and return those that were not before, as they were given; the earliest time stays."""
        rows = await self.fetch(
            "insert into progress.completions as c (user_id, course_id, block_id, organization_id, first_completed_at)"
            " select distinct $1::uuid, $2::uuid, block, $4::uuid, $5::timestamptz from unnest($3::uuid[]) as block"
            # In one order everywhere, or two devices that tell of the same blocks could wait for each other.
            " order by block"
            " on conflict (user_id, course_id, block_id) do update set first_completed_at = excluded.first_completed_at"
            " where c.first_completed_at > excluded.first_completed_at returning block_id, xmax = 0 as is_fresh",
            user,
            course,
            blocks,
            self.organization,
            at,
        )
        fresh = {row["block_id"] for row in rows if row["is_fresh"]}
        return [block for block in dict.fromkeys(blocks) if block in fresh]

    async def last_completed_at(self, user: UserId, course: CourseId, blocks: list[NodeId]) -> datetime | None:
        """Return when the last of these blocks was done."""
        found: datetime | None = await self.fetchval(
            "select max(first_completed_at) from progress.completions"
            " where user_id = $1 and course_id = $2 and block_id = any($3)",
            user,
            course,
            blocks,
        )
        return found

    async def scores(self, user: UserId, course: CourseId) -> dict[NodeId, Score]:
        """Return a learner's best on each problem of a course."""
        rows = await self.fetch(
            "select block_id, points, possible, attempts, show_correctness from progress.scores"
            " where user_id = $1 and course_id = $2",
            user,
            course,
        )
        return {
            row["block_id"]: Score(
                points=row["points"],
                possible=row["possible"],
                attempts=row["attempts"],
                show=ShowCorrectness(row["show_correctness"]),
            )
            for row in rows
        }

    async def counted(self, told: Sequence[Scored]) -> set[int]:
        """Return the places in the list of the scores that are in what was counted.

        By themselves, being the latest, or by a later one when the block was done by then: a score is the best of its
        learner so far, so the later one has what the earlier one brought, and no earlier time of completion is lost.
        """
        rows = await self.fetch(
            "select t.place from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::numeric[], $5::numeric[], $6::int[],"
            " $7::timestamptz[], $8::text[]) with ordinality"
            " t (user_id, course_id, block_id, points, possible, attempts, answered_at, show_correctness, place)"
            " join progress.scores s using (user_id, course_id, block_id)"
            " where s.attempts = t.attempts and s.points = t.points and s.possible = t.possible"
            " and s.answered_at = t.answered_at and s.show_correctness = t.show_correctness"
            " or s.attempts > t.attempts and s.points >= t.points and s.answered_at >= t.answered_at"
            " and exists (select from progress.completions c where (c.user_id, c.course_id, c.block_id)"
            " = (t.user_id, t.course_id, t.block_id) and c.first_completed_at <= t.answered_at)",
            [one.user for one in told],
            [one.course for one in told],
            [one.block for one in told],
            [one.score.points for one in told],
            [one.score.possible for one in told],
            [one.score.attempts for one in told],
            [one.at for one in told],
            [one.score.show for one in told],
        )
        return {row["place"] - 1 for row in rows}

    async def save_score(self, user: UserId, course: CourseId, block: NodeId, score: Score, *, at: datetime) -> None:
        """Keep the best of a learner on a problem, whatever the order in which attempts are told."""
        await self.execute(
            "insert into progress.scores as s (user_id, course_id, block_id, organization_id, points, possible,"
            " attempts, answered_at, show_correctness) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " on conflict (user_id, course_id, block_id) do update set points = greatest(s.points, $5),"
            " possible = case when $7 >= s.attempts then $6 else s.possible end,"
            " show_correctness = case when $7 >= s.attempts then $9 else s.show_correctness end,"
            " attempts = greatest(s.attempts, $7), answered_at = greatest(s.answered_at, $8)",
            user,
            course,
            block,
            self.organization,
            score.points,
            score.possible,
            score.attempts,
            at,
            score.show,
        )

    async def watched(self, user: UserId, course: CourseId, blocks: list[NodeId]) -> dict[NodeId, Watched]:
        """Return what a learner has watched of these films."""
        rows = await self.fetch(
            "select block_id, intervals, duration_s, position_s from progress.watched"
            " where user_id = $1 and course_id = $2 and block_id = any($3)",
            user,
            course,
            blocks,
        )
        return {row["block_id"]: _watched(row) for row in rows}

    async def watched_for_update(self, user: UserId, course: CourseId, block: NodeId) -> Watched | None:
        """Return what was watched of one film and keep other devices from writing until the end."""
        await self.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{user}/{course}/{block}")
        found = await self.watched(user, course, [block])
        return found.get(block)

    async def note_opened(
        self, user: UserId, course: CourseId, blocks: list[NodeId], *, at: datetime
    ) -> dict[NodeId, datetime]:
        """Note that these blocks were opened, where they were not before, and return since when they are."""
        rows = await self.fetch(
            "with fresh as (insert into progress.opened (user_id, course_id, block_id, organization_id, opened_at)"
            " select $1, $2, block, $3, $5 from unnest($4::uuid[]) as block on conflict do nothing"
            " returning block_id, opened_at) select block_id, opened_at from fresh"
            " union all select block_id, opened_at from progress.opened"
            " where user_id = $1 and course_id = $2 and block_id = any($4)",
            user,
            course,
            self.organization,
            blocks,
            at,
        )
        return {row["block_id"]: row["opened_at"] for row in rows}

    async def save_watched(
        self, user: UserId, course: CourseId, block: NodeId, watched: Watched, *, at: datetime
    ) -> None:
        """Write what was watched of one film."""
        await self.execute(
            "insert into progress.watched as w (user_id, course_id, block_id, organization_id, intervals,"
            " duration_s,"
            " position_s, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
            " on conflict (user_id, course_id, block_id) do update set intervals = $5, duration_s = $6, position_s"
            " = $7, updated_at = greatest(w.updated_at, $8)",
            user,
            course,
            block,
            self.organization,
            watched.intervals,
            watched.duration_s,
            watched.position_s,
            at,
        )

    async def journey(self, user: UserId, course: CourseId) -> Journey | None:
        """Return how far a learner is in a course, as lists show it."""
        row = await self.fetchrow("select * from progress.journeys where user_id = $1 and course_id = $2", user, course)
        return _journey(row) if row else None

    async def journeys_of(self, user: UserId) -> list[Journey]:
        """Return how far a learner is in each course, the last active first."""
        rows = await self.fetch(
            "select * from progress.journeys where user_id = $1 and organization_id = $2"
            " order by active_at desc limit 500",
            user,
            self.organization,
        )
        return [_journey(row) for row in rows]

    async def journeys_in(self, course: CourseId, users: list[UserId]) -> dict[UserId, Journey]:
        """Return how far these learners are in a course."""
        rows = await self.fetch(
            "select * from progress.journeys where organization_id = $1 and course_id = $2 and user_id = any($3)",
            self.organization,
            course,
            users,
        )
        return {row["user_id"]: _journey(row) for row in rows}

    async def hold_journey(self, user: UserId, course: CourseId, *, at: datetime) -> datetime | None:
        """Keep others from counting for this learner until the end; return when the course was completed.

        Without it two that complete the last two blocks at once would each miss the other's.
        """
        found: datetime | None = await self.fetchval(
            "insert into progress.journeys as j (user_id, course_id, organization_id, active_at)"
            " values ($1, $2, $3, $4) on conflict (user_id, course_id)"
            " do update set active_at = greatest(j.active_at, excluded.active_at) returning completed_at",
            user,
            course,
            self.organization,
            at,
        )
        return found

    async def save_journey(
        self,
        user: UserId,
        course: CourseId,
        share: Share,
        *,
        problems: list[NodeId],
        completed_at: datetime | None,
        at: datetime,
    ) -> None:
        """Write how far a learner is, with the points of the problems that they can see."""
        await self.run(
            "update progress.journeys j set percent = $3, completed = $4, required = $5, points = s.points,"
            " possible = s.possible, completed_at = least(j.completed_at, $6), active_at = greatest(j.active_at, $7)"
            " from (select coalesce(sum(points), 0) as points, coalesce(sum(possible), 0) as possible"
            " from progress.scores where user_id = $1 and course_id = $2 and block_id = any($8)) s"
            " where j.user_id = $1 and j.course_id = $2",
            user,
            course,
            share.percent,
            share.completed,
            share.required,
            completed_at,
            at,
            problems,
        )

    async def completions_of(self, user: UserId) -> list[CompletionRecord]:
        """Return everything a learner has done, at most 50,000 blocks."""
        rows = await self.fetch(
            "select course_id, block_id, first_completed_at from progress.completions"
            " where user_id = $1 and organization_id = $2 order by course_id, block_id limit 50000",
            user,
            self.organization,
        )
        return [
            CompletionRecord(course=row["course_id"], block=row["block_id"], completed_at=row["first_completed_at"])
            for row in rows
        ]

    async def watched_by(self, user: UserId) -> list[WatchedRecord]:
        """Return everything a learner has watched, at most 5,000 films."""
        rows = await self.fetch(
            "select course_id, block_id, intervals, duration_s, position_s from progress.watched"
            " where user_id = $1 and organization_id = $2 order by course_id, block_id limit 5000",
            user,
            self.organization,
        )
        return [WatchedRecord(course=row["course_id"], block=row["block_id"], watched=_watched(row)) for row in rows]

    async def save_resume(
        self, user: UserId, course: CourseId, *, unit: NodeId, block: NodeId | None, at: datetime
    ) -> None:
        """Note where a learner is; an older note that comes late is ignored."""
        await self.run(
            "insert into progress.journeys as j (user_id, course_id, organization_id, resume_unit, resume_block,"
            " resume_at, active_at) values ($1, $2, $3, $4, $5, $6, $6) on conflict (user_id, course_id) do update"
            " set resume_unit = $4, resume_block = $5, resume_at = $6, active_at = greatest(j.active_at, $6)"
            " where j.resume_at is null or j.resume_at <= $6",
            user,
            course,
            self.organization,
            unit,
            block,
            at,
        )


def _watched(row: Record) -> Watched:
    intervals = [[float(start), float(end)] for start, end in row["intervals"]]
    return Watched(intervals=intervals, duration_s=row["duration_s"], position_s=row["position_s"])


def _journey(row: Record) -> Journey:
    return Journey(
        course=row["course_id"],
        user=row["user_id"],
        percent=row["percent"],
        completed=row["completed"],
        required=row["required"],
        points=row["points"],
        possible=row["possible"],
        resume_unit=row["resume_unit"],
        resume_block=row["resume_block"],
        completed_at=row["completed_at"],
        active_at=row["active_at"],
    )
