"""When solutions are released and correctness is shown."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stoa.services.assessment.contract.problem import ShowAnswer, ShowCorrectness
from stoa.services.assessment.contract.result import Correctness, Response
from stoa.services.assessment.domain import release, scoring
from stoa.services.assessment.tests.builders import a_problem, a_single_choice

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATE, EARLY = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("policy", "at_first", "after_one", "solved", "used_up", "past_due"),
    [
        (ShowAnswer.ALWAYS, True, True, True, True, True),
        (ShowAnswer.ATTEMPTED, False, True, True, True, False),
        (ShowAnswer.CORRECT, False, False, True, False, False),
        (ShowAnswer.FINISHED, False, False, True, True, True),
        (ShowAnswer.AFTER_ALL_ATTEMPTS, False, False, False, True, True),
        (ShowAnswer.CORRECT_OR_PAST_DUE, False, False, True, False, True),
        (ShowAnswer.PAST_DUE, False, False, False, False, True),
        (ShowAnswer.NEVER, False, False, False, False, False),
    ],
)
def test_each_policy_releases_at_its_own_moment(policy, at_first, after_one, solved, used_up, past_due):
    problem = a_problem(a_single_choice(), show_answer=policy, max_attempts=3)

    def is_released(attempts: int, *, is_solved: bool = False, due_at: datetime = EARLY) -> bool:
        return release.is_released(problem, attempts=attempts, is_solved=is_solved, now=NOW, due_at=due_at)

    assert is_released(0) is at_first
    assert is_released(1) is after_one
    assert is_released(1, is_solved=True) is solved
    assert is_released(3) is used_up
    assert is_released(0, due_at=LATE) is past_due


@pytest.mark.parametrize(
    ("policy", "due_at", "is_shown"),
    [
        (ShowCorrectness.ALWAYS, None, True),
        (ShowCorrectness.PAST_DUE, None, False),
        (ShowCorrectness.PAST_DUE, EARLY, False),
        (ShowCorrectness.PAST_DUE, LATE, True),
        (ShowCorrectness.NEVER, LATE, False),
    ],
)
def test_correctness_is_shown_when_the_author_says_so(policy, due_at, is_shown):
    problem = a_problem(a_single_choice(), show_correctness=policy)
    scored = scoring.score(problem, Response(answers={"single": "c2"}))

    shown = release.shown(problem, scored, now=NOW, due_at=due_at)

    assert (shown == scored) is is_shown
    if not is_shown:
        assert (shown.points, shown.correctness, shown.parts[0].feedback) == (Decimal(0), Correctness.WITHHELD, [])
        assert shown.possible == scored.possible
