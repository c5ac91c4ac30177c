"""When what is kept back may be shown, and whether another attempt is allowed."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from stoa.services.assessment.contract.problem import Problem, ShowAnswer, ShowCorrectness
from stoa.services.assessment.contract.result import Correctness, ScoredResponse
from stoa.services.assessment.domain.judgement import NONE


def attempts_left(problem: Problem, used: int) -> int | None:
    """Return how many attempts are left; None where there is no limit."""
    return None if problem.max_attempts is None else max(problem.max_attempts - used, 0)


def wait_until(problem: Problem, last: datetime | None) -> datetime | None:
    """Return the instant before which no further attempt is taken."""
    return last + timedelta(seconds=problem.wait_s) if last is not None and problem.wait_s else None


def is_released(problem: Problem, *, attempts: int, is_solved: bool, now: datetime, due_at: datetime | None) -> bool:
    """Say whether solution and key may be shown."""
    used_up = problem.max_attempts is not None and attempts >= problem.max_attempts
    late = due_at is not None and now >= due_at
    return {
        ShowAnswer.ALWAYS: True,
        ShowAnswer.ATTEMPTED: attempts > 0,
        ShowAnswer.CORRECT: is_solved,
        ShowAnswer.FINISHED: is_solved or used_up or late,
        ShowAnswer.AFTER_ALL_ATTEMPTS: used_up or late,
        ShowAnswer.CORRECT_OR_PAST_DUE: is_solved or late,
        ShowAnswer.PAST_DUE: late,
        ShowAnswer.NEVER: False,
    }[problem.show_answer]


def shown(problem: Problem, scored: ScoredResponse, *, now: datetime, due_at: datetime | None) -> ScoredResponse:
    """Return a score as its learner may see it: withheld where the author says so."""
    open_ = {
        ShowCorrectness.ALWAYS: True,
        ShowCorrectness.PAST_DUE: due_at is not None and now >= due_at,
        ShowCorrectness.NEVER: False,
    }[problem.show_correctness]
    if open_ or scored.correctness is Correctness.INVALID:
        return scored
    parts = [
        msgspec.structs.replace(part, points=NONE, correctness=Correctness.WITHHELD, feedback=[], message="")
        for part in scored.parts
    ]
    return msgspec.structs.replace(scored, points=Decimal(0), correctness=Correctness.WITHHELD, parts=parts, trace=[])
