"""What other services may ask of assessment."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.ports import Port, call
from stoa.services.assessment.contract.problem import Problem, ProblemVersionId
from stoa.services.assessment.contract.result import (
    AttemptResult,
    AttemptState,
    BlockId,
    CourseId,
    Hint,
    LearnerRecords,
    RecordMark,
    Response,
    ScoredResponse,
    SelftestResult,
    Solution,
    Tally,
)
from stoa.services.assessment.contract.view import ProblemView


class SourceFormat(StrEnum):
    """How a problem source is written: the OLX dialects of Open edX, or our own JSON."""

    OLX = "olx"
    STOA = "stoa"


class ImportOutcome(StrEnum):
    """What became of a source."""

    IMPORTED = "imported"
    CONVERTED_WITH_LOSS = "converted_with_loss"
    SKIPPED = "skipped"


class ProblemSource(Struct, frozen=True, kw_only=True):
    """A problem in a foreign format; `inherited` are attributes its containers set (showanswer, max_attempts, …)."""

    key: str
    source: str
    format: SourceFormat = SourceFormat.OLX
    title: str = ""
    inherited: dict[str, str] = {}


class ProblemImport(Struct, frozen=True, kw_only=True):
    """What became of one source; `reason` names everything that was lost or why it was skipped."""

    key: str
    outcome: ImportOutcome
    reason: str
    problem: ProblemVersionId | None


class AssessmentPort(Port):
    """Problem versions, scoring and practice attempts."""

    service_: ClassVar[str] = "assessment"

    @call(idempotent=True, deadline_s=60)
    async def import_problems(
        self, *, organization: OrganizationId, sources: list[ProblemSource]
    ) -> list[ProblemImport]:
        """Convert and keep problems, one answer per source in their order; the same source gives the same version."""
        raise NotImplementedError

    @call(idempotent=True)
    async def save_problem(self, *, organization: OrganizationId, problem: Problem) -> ProblemVersionId:
        """Keep an author's problem as a version; its HTML is sanitised, equal problems share one version."""
        raise NotImplementedError

    @call(idempotent=True)
    async def problems_of(self, *, organization: OrganizationId, ids: list[ProblemVersionId]) -> list[Problem]:
        """Return whole problems with their keys, in the order of the ids: for authors and exports only."""
        raise NotImplementedError

    @call(idempotent=True)
    async def views_of(
        self, *, organization: OrganizationId, ids: list[ProblemVersionId], seed: str
    ) -> list[ProblemView]:
        """Return what a learner may see, in the order of the ids; the seed (say, the user's id) fixes shuffles."""
        raise NotImplementedError

    @call(idempotent=True)
    async def score(
        self, *, organization: OrganizationId, problem: ProblemVersionId, response: Response
    ) -> ScoredResponse:
        """Score a response and keep nothing: for guests and previews."""
        raise NotImplementedError

    @call(idempotent=True)
    async def answer(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: CourseId,
        block: BlockId,
        problem: ProblemVersionId,
        response: Response,
        attempt_key: str,
        due_at: datetime | None = None,
    ) -> AttemptResult:
        """Score a practice attempt and count it; the same attempt_key gives the same answer and counts once."""
        raise NotImplementedError

    @call(idempotent=True)
    async def attempt_of(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        block: BlockId,
        problem: ProblemVersionId,
        due_at: datetime | None = None,
    ) -> AttemptState:
        """Return what is kept of a learner's work on a block; an empty state where there is none."""
        raise NotImplementedError

    @call(idempotent=True)
    async def attempts_of(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        blocks: dict[BlockId, ProblemVersionId],
        due_at: datetime | None = None,
    ) -> dict[BlockId, AttemptState]:
        """Return the kept work on many blocks at once, an empty state where there is none."""
        raise NotImplementedError

    @call(idempotent=True)
    async def save_draft(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: CourseId,
        block: BlockId,
        problem: ProblemVersionId,
        response: Response,
    ) -> datetime:
        """Keep an unsent response; return when it was kept."""
        raise NotImplementedError

    @call(idempotent=True)
    async def hint(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: CourseId,
        block: BlockId,
        problem: ProblemVersionId,
        number: int,
    ) -> Hint:
        """Give demand hint `number`, at most one more than `len(attempt_of(...).hints)`, and count it."""
        raise NotImplementedError

    @call(idempotent=True)
    async def solution(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        block: BlockId,
        problem: ProblemVersionId,
        due_at: datetime | None = None,
    ) -> Solution:
        """Return solution and key where the problem's policy releases them to this learner."""
        raise NotImplementedError

    @call(idempotent=True)
    async def records_of(
        self, *, organization: OrganizationId, user: UserId, after: RecordMark | None = None, limit: int = 200
    ) -> LearnerRecords:
        """Return a page, at most 500 attempts, of all that is kept of a learner; what is withheld stays so."""
        raise NotImplementedError

    @call(idempotent=True)
    async def tally_of(self, *, organization: OrganizationId, block: BlockId, problem: ProblemVersionId) -> list[Tally]:
        """Count the answers given to the polls, surveys and word clouds of a block that show their results."""
        raise NotImplementedError

    @call(idempotent=True, deadline_s=120)
    async def selftest(self, *, organization: OrganizationId, ids: list[ProblemVersionId]) -> list[SelftestResult]:
        """Answer problems with their own key and with answers wrong by construction."""
        raise NotImplementedError
