"""A learner's practice on one block: what is kept of it, and how an attempt changes it."""

from datetime import datetime
from decimal import Decimal

import msgspec

from stoa.kit.contract import Struct
from stoa.services.assessment.contract.problem import Problem, ProblemVersionId
from stoa.services.assessment.contract.result import (
    AttemptResult,
    AttemptState,
    Correctness,
    NoAttemptsLeft,
    Response,
    ScoredResponse,
    TooSoon,
)
from stoa.services.assessment.domain import release

KEPT_KEYS = 50


class RecentKey(Struct, frozen=True, kw_only=True):
    """An attempt key that was used lately, the attempt it made, and a hash of what came with it."""

    number: int
    digest: str
    at: datetime


class State(Struct, frozen=True, kw_only=True):
    """The row of one learner's work on one block."""

    problem: ProblemVersionId
    attempts: int
    hints: int
    is_solved: bool
    best_points: Decimal
    response: Response | None
    scored: ScoredResponse | None
    draft: Response | None
    recent_keys: dict[str, RecentKey]
    answered_at: datetime | None
    changed_at: datetime | None


class Submission(Struct, frozen=True, kw_only=True):
    """One counted attempt."""

    number: int
    at: datetime
    response: Response
    scored: ScoredResponse
    best_points: Decimal


def may_answer(problem: Problem, state: State, now: datetime) -> None:
    """Raise where no attempt is left, or where the pause between attempts is not over."""
    if release.attempts_left(problem, state.attempts) == 0:
        raise NoAttemptsLeft
    until = release.wait_until(problem, state.answered_at)
    if until is not None and now < until:
        raise TooSoon(retry_after_s=(until - now).total_seconds())


def answered(
    state: State,
    problem: ProblemVersionId,
    response: Response,
    scored: ScoredResponse,
    now: datetime,
    *,
    key: str,
    digest: str,
) -> tuple[State, Submission]:
    """Count an attempt: return the new state and the submission to append."""
    number = state.attempts + 1
    best = max(state.best_points, scored.points)
    latest = sorted(state.recent_keys.items(), key=lambda used: used[1].number)
    recent = dict(latest[-(KEPT_KEYS - 1) :])
    recent[key] = RecentKey(number=number, digest=digest, at=now)
    changed = msgspec.structs.replace(
        state,
        problem=problem,
        attempts=number,
        is_solved=state.is_solved or scored.correctness is Correctness.CORRECT,
        best_points=best,
        response=response,
        scored=scored,
        draft=None,
        recent_keys=recent,
        answered_at=now,
        changed_at=now,
    )
    return changed, Submission(number=number, at=now, response=response, scored=scored, best_points=best)


def result_of(
    problem: Problem, state: State, made: Submission, now: datetime, due_at: datetime | None
) -> AttemptResult:
    """Return a counted attempt as its learner may see it."""
    shown = release.shown(problem, made.scored, now=now, due_at=due_at)
    is_withheld = shown.correctness is Correctness.WITHHELD
    return AttemptResult(
        attempt=made.number,
        is_counted=True,
        answered_at=made.at,
        attempts_left=release.attempts_left(problem, made.number),
        scored=shown,
        best_points=Decimal(0) if is_withheld else made.best_points,
        is_solution_released=is_released(problem, state, now, due_at),
        show_correctness=problem.show_correctness,
    )


def uncounted(
    problem: Problem, state: State, scored: ScoredResponse, now: datetime, due_at: datetime | None
) -> AttemptResult:
    """Return an attempt that cost nothing because its answer could not be read."""
    return AttemptResult(
        attempt=state.attempts,
        is_counted=False,
        attempts_left=release.attempts_left(problem, state.attempts),
        scored=scored,
        best_points=state.best_points,
        is_solution_released=is_released(problem, state, now, due_at),
    )


def kept(
    problem: Problem, version: ProblemVersionId, state: State | None, now: datetime, due_at: datetime | None
) -> AttemptState:
    """Return the kept work as its learner may see it; an empty state where there is none."""
    scored = None
    if state is not None and state.scored is not None:
        scored = release.shown(problem, state.scored, now=now, due_at=due_at)
    is_withheld = scored is not None and scored.correctness is Correctness.WITHHELD
    used = state.attempts if state is not None else 0
    return AttemptState(
        problem=version,
        attempts=used,
        attempts_left=release.attempts_left(problem, used),
        response=state.response if state is not None else None,
        draft=state.draft if state is not None else None,
        scored=scored,
        best_points=state.best_points if state is not None and not is_withheld else Decimal(0),
        hints=list(problem.hints[: state.hints]) if state is not None else [],
        is_solution_released=is_released(problem, state, now, due_at),
        changed_at=state.changed_at if state is not None else None,
    )


def is_released(problem: Problem, state: State | None, now: datetime, due_at: datetime | None) -> bool:
    """Say whether solution and key may be shown to this learner."""
    return release.is_released(
        problem,
        attempts=state.attempts if state is not None else 0,
        is_solved=state is not None and state.is_solved,
        now=now,
        due_at=due_at,
    )
