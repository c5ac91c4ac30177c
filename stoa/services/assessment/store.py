"""The queries of assessment: problem versions, attempt states, submissions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from stoa.kit.contract import UserId
from stoa.kit.store import Record, UnitOfWork
from stoa.services.assessment.contract.problem import Problem, ProblemVersionId
from stoa.services.assessment.contract.result import AttemptRecord, BlockId, CourseId, RecordMark, WorkRecord
from stoa.services.assessment.domain.practice import State, Submission


class AssessmentTx(UnitOfWork):
    """All SQL of assessment."""

    async def problems_of(self, ids: Sequence[UUID]) -> dict[ProblemVersionId, Problem]:
        """Return the problem versions among these ids that exist."""
        rows = await self.fetch(
            "select problem_id, content from assessment.problems where organization_id = $1 and problem_id = any($2)",
            self.organization,
            list(ids),
        )
        return {ProblemVersionId(row["problem_id"]): msgspec.convert(row["content"], Problem) for row in rows}

    async def save_problem(self, problem_id: ProblemVersionId, digest: bytes, problem: Problem) -> None:
        """Keep a version once; refuse another content under the same id."""
        await self.execute(
            """insert into assessment.problems (organization_id, problem_id, digest, content, created_at)
               values ($1, $2, $3, $4, $5) on conflict (organization_id, problem_id) do nothing""",
            self.organization,
            problem_id,
            digest,
            problem,
            self.clock.now(),
        )

    async def digests_of(self, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """Return the full hash of the versions among these ids."""
        rows = await self.fetch(
            "select problem_id, digest from assessment.problems where organization_id = $1 and problem_id = any($2)",
            self.organization,
            list(ids),
        )
        return {row["problem_id"]: bytes(row["digest"]) for row in rows}

    async def states_of(self, user: UserId, blocks: Sequence[BlockId]) -> dict[BlockId, State]:
        """Return a learner's states on these blocks."""
        rows = await self.fetch(
            """select * from assessment.attempts
               where user_id = $1 and organization_id = $2 and block_id = any($3)""",
            user,
            self.organization,
            list(blocks),
        )
        return {BlockId(row["block_id"]): _state(row) for row in rows}

    async def locked_state(self, user: UserId, block: BlockId, *, course: CourseId, problem: ProblemVersionId) -> State:
        """Return a learner's state on a block, made if missing, locked until the commit."""
        await self.execute(
            """insert into assessment.attempts (user_id, organization_id, block_id, course_id, problem_id, changed_at)
               values ($1, $2, $3, $4, $5, $6) on conflict (user_id, organization_id, block_id) do nothing""",
            user,
            self.organization,
            block,
            course,
            problem,
            self.clock.now(),
        )
        row = await self.fetchrow(
            """select * from assessment.attempts
               where user_id = $1 and organization_id = $2 and block_id = $3 for update""",
            user,
            self.organization,
            block,
        )
        assert row is not None
        return _state(row)

    async def save_state(self, user: UserId, block: BlockId, state: State) -> None:
        """Write a learner's state on a block."""
        await self.execute(
            """update assessment.attempts set problem_id = $4, attempts = $5, hints = $6, is_solved = $7,
               best_points = $8, response = $9, scored = $10, draft = $11, recent_keys = $12, answered_at = $13,
               changed_at = $14 where user_id = $1 and organization_id = $2 and block_id = $3""",
            user,
            self.organization,
            block,
            state.problem,
            state.attempts,
            state.hints,
            state.is_solved,
            state.best_points,
            state.response,
            state.scored,
            state.draft,
            state.recent_keys,
            state.answered_at,
            state.changed_at,
        )

    async def add_submission(
        self, user: UserId, block: BlockId, course: CourseId, problem: ProblemVersionId, key: str, made: Submission
    ) -> None:
        """Append one counted attempt."""
        await self.execute(
            """insert into assessment.submissions (user_id, organization_id, block_id, number, at, course_id,
               problem_id, attempt_key, response, scored, best_points)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
            user,
            self.organization,
            block,
            made.number,
            made.at,
            course,
            problem,
            key,
            made.response,
            made.scored,
            made.best_points,
        )

    async def submission(self, user: UserId, block: BlockId, number: int, at: datetime) -> Submission | None:
        """Return one counted attempt."""
        row = await self.fetchrow(
            """select number, at, response, scored, best_points from assessment.submissions
               where user_id = $1 and organization_id = $2 and block_id = $3 and number = $4 and at = $5""",
            user,
            self.organization,
            block,
            number,
            at,
        )
        return msgspec.convert(dict(row), Submission) if row is not None else None

    async def works_of(self, user: UserId) -> list[WorkRecord]:
        """Return what is kept of a learner's work on each block besides the attempts, at most 5,000."""
        rows = await self.fetch(
            """select course_id as course, block_id as block, attempts, hints, draft, changed_at
               from assessment.attempts where user_id = $1 and organization_id = $2 order by block_id limit 5000""",
            user,
            self.organization,
        )
        return [msgspec.convert(dict(row), WorkRecord) for row in rows]

    async def attempts_after(self, user: UserId, after: RecordMark | None, *, limit: int) -> list[AttemptRecord]:
        """Return a learner's counted attempts by block, those after one."""
        rows = await self.fetch(
            """select course_id as course, block_id as block, problem_id as problem, number, at, response, scored
               from assessment.submissions where user_id = $1 and organization_id = $2
                 and ($3::uuid is null or (block_id, number, at) > ($3, $4::int, $5::timestamptz))
               order by block_id, number, at limit $6""",
            user,
            self.organization,
            after.block if after else None,
            after.number if after else None,
            after.at if after else None,
            limit,
        )
        return [msgspec.convert(dict(row), AttemptRecord) for row in rows]

    async def poll_counts(self, block: BlockId, part: str) -> list[tuple[str, int]]:
        """Count the options chosen in a poll."""
        rows = await self.fetch(
            """select response -> 'answers' ->> $3 as option, count(*) as times from assessment.attempts
               where organization_id = $1 and block_id = $2
                 and jsonb_typeof(response -> 'answers' -> $3) = 'string' group by 1 order by 2 desc, 1 limit 500""",
            self.organization,
            block,
            part,
        )
        return [(row["option"], row["times"]) for row in rows]

    async def survey_counts(self, block: BlockId, part: str) -> list[tuple[str, int]]:
        """Count the answers of a survey as "question:option"."""
        rows = await self.fetch(
            """select given.key || ':' || given.value as option, count(*) as times
               from assessment.attempts, jsonb_each_text(response -> 'answers' -> $3) as given
               where organization_id = $1 and block_id = $2
                 and jsonb_typeof(response -> 'answers' -> $3) = 'object' group by 1 order by 2 desc, 1 limit 2000""",
            self.organization,
            block,
            part,
        )
        return [(row["option"], row["times"]) for row in rows]

    async def word_counts(self, block: BlockId, part: str, limit: int) -> list[tuple[str, int]]:
        """Count the words given to a word cloud, the most frequent first."""
        rows = await self.fetch(
            """select lower(trim(given.word)) as option, count(*) as times
               from assessment.attempts, jsonb_array_elements_text(response -> 'answers' -> $3) as given (word)
               where organization_id = $1 and block_id = $2 and trim(given.word) <> ''
                 and jsonb_typeof(response -> 'answers' -> $3) = 'array' group by 1 order by 2 desc, 1 limit $4""",
            self.organization,
            block,
            part,
            limit,
        )
        return [(row["option"], row["times"]) for row in rows]


def _state(row: Record) -> State:
    return msgspec.convert({**row, "problem": row["problem_id"]}, State)
