"""Responses, their scores, and a learner's practice attempts."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from stoa.kit.contract import Event, Struct, UserId
from stoa.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from stoa.services.assessment.contract.problem import ProblemVersionId, ShowCorrectness

BlockId = NewType("BlockId", UUID)
CourseId = NewType("CourseId", UUID)

Answer = str | list[str] | dict[str, str] | None


class Response(Struct, frozen=True, kw_only=True):
    """What a learner answered, by part id; the locale tells how a decimal comma is meant."""

    answers: dict[str, Answer]
    locale: str = ""


class Correctness(StrEnum):
    """The judgement on a part or a whole response."""

    CORRECT = "correct"
    PARTIAL = "partial"
    INCORRECT = "incorrect"
    UNGRADED = "ungraded"
    INVALID = "invalid"
    WITHHELD = "withheld"


class PartResult(Struct, frozen=True, kw_only=True):
    """The score of one part; `message` says what was wrong with an unreadable answer, in plain text."""

    part: str
    points: Decimal
    possible: Decimal
    correctness: Correctness
    feedback: list[str]
    message: str


class ScoredResponse(Struct, frozen=True, kw_only=True):
    """The score of a response; `trace` names the rules that decided and never quotes the key."""

    points: Decimal
    possible: Decimal
    correctness: Correctness
    parts: list[PartResult]
    trace: list[str]


class AttemptResult(Struct, frozen=True, kw_only=True):
    """The outcome of one practice attempt; one whose answer could not be read costs no attempt and has no time."""

    attempt: int
    is_counted: bool
    answered_at: datetime | None = None
    attempts_left: int | None
    scored: ScoredResponse
    best_points: Decimal
    is_solution_released: bool
    show_correctness: ShowCorrectness = ShowCorrectness.ALWAYS


class AttemptState(Struct, frozen=True, kw_only=True):
    """What is kept of a learner's work on one block; `draft` is newer than `response` where it is set."""

    problem: ProblemVersionId
    attempts: int
    attempts_left: int | None
    response: Response | None
    draft: Response | None
    scored: ScoredResponse | None
    best_points: Decimal
    hints: list[str]
    is_solution_released: bool
    changed_at: datetime | None


class WorkRecord(Struct, frozen=True, kw_only=True):
    """What is kept of a learner's work on one block besides the attempts."""

    course: CourseId
    block: BlockId
    attempts: int
    hints: int
    draft: Response | None
    changed_at: datetime


class AttemptRecord(Struct, frozen=True, kw_only=True):
    """One counted attempt as its learner may see it."""

    course: CourseId
    block: BlockId
    problem: ProblemVersionId
    number: int
    at: datetime
    response: Response
    scored: ScoredResponse


class RecordMark(Struct, frozen=True, kw_only=True):
    """The last attempt of a page of records."""

    block: BlockId
    number: int
    at: datetime


class LearnerRecords(Struct, frozen=True, kw_only=True):
    """A page of all that is kept of a learner; the works come with the first."""

    works: list[WorkRecord]
    attempts: list[AttemptRecord]
    next: RecordMark | None


class Hint(Struct, frozen=True, kw_only=True):
    """One demand hint as an HTML fragment and how many are still to come."""

    number: int
    html: str
    left: int


class KeyOfPart(Struct, frozen=True, kw_only=True):
    """The accepted answers of one part, ready to be read."""

    part: str
    answers: list[str]


class Solution(Struct, frozen=True, kw_only=True):
    """The worked solution and the key, once released."""

    html: str
    keys: list[KeyOfPart]


class Tally(Struct, frozen=True, kw_only=True):
    """How often an option of a poll, an answer of a survey or a word was given."""

    part: str
    option: str
    count: int


class SelftestFailure(Struct, frozen=True, kw_only=True):
    """One answer that did not get the score it must get."""

    part: str
    kind: str
    reason: str


class SelftestResult(Struct, frozen=True, kw_only=True):
    """Whether a problem accepts its own key and refuses answers that are wrong by construction."""

    problem: ProblemVersionId
    title: str
    answers: int
    failures: list[SelftestFailure]


class ProblemAnswered(Event, frozen=True, kw_only=True):
    """A learner's practice attempt was scored.

    The points are the true ones; `show_correctness` says when whoever keeps them may let the learner know.
    """

    type_: ClassVar[str] = "stoa.assessment.problem-answered.v1"
    key_: ClassVar[str] = "user_id"
    # The request that has it scored counts it.
    is_urgent_: ClassVar[bool] = False

    user_id: UserId
    course_id: CourseId
    block_id: BlockId
    problem: ProblemVersionId
    points: Decimal
    possible: Decimal
    best_points: Decimal
    correctness: Correctness
    attempt: int
    answered_at: datetime
    show_correctness: ShowCorrectness = ShowCorrectness.ALWAYS


class ProblemNotFound(NotFound):
    """There is no such problem version in this organization."""

    code, title = "assessment.problem_not_found", "There is no such problem"


class NoAttemptsLeft(Conflict):
    """All attempts at this problem are used."""

    code, title = "assessment.no_attempts_left", "You have used all attempts"


class NothingAnswered(Invalid):
    """The response holds no answer at all; it costs no attempt."""

    code, title = "assessment.nothing_answered", "Answer the question first"


class ResponseTooLarge(Invalid):
    """The response is larger than any answer needs to be."""

    code, title = "assessment.response_too_large", "This answer is too long"


class TooSoon(TooMany):
    """The author asked for a pause between attempts."""

    code, title = "assessment.too_soon", "Wait a moment before you try again"


class SolutionWithheld(Forbidden):
    """The solution is not released to this learner yet."""

    code, title = "assessment.solution_withheld", "The solution is not shown yet"


class NoMoreHints(Conflict):
    """Every hint of this problem was given."""

    code, title = "assessment.no_more_hints", "There are no more hints"


class HintOutOfTurn(Conflict):
    """Hints are given in their order; the problem names the next one."""

    code, title = "assessment.hint_out_of_turn", "Ask for the hints in their order"


class AttemptKeyReused(Invalid):
    """The same attempt key came with another answer."""

    code, title = "assessment.attempt_key_reused", "This attempt was already sent with another answer"


class ProblemInvalid(Invalid):
    """The problem breaks a rule its author can read and mend."""

    code, title = "assessment.problem_invalid", "The problem is not valid"
