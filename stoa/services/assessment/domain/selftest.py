"""A problem examined by itself: its own key must earn all points, answers wrong by construction must not."""

from stoa.services.assessment.contract.problem import AnyPart, Problem, ProblemVersionId
from stoa.services.assessment.contract.result import (
    Answer,
    Correctness,
    Response,
    ScoredResponse,
    SelftestFailure,
    SelftestResult,
)
from stoa.services.assessment.domain import keys, scoring


def examined(problem: Problem, *, version: ProblemVersionId) -> SelftestResult:
    """Answer a problem with its key and with wrong answers, part by part."""
    failures: list[SelftestFailure] = []
    key: dict[str, Answer] = {part.id: keys.key_of(part) for part in problem.parts}
    full = scoring.score(problem, Response(answers=key))
    answers = 1
    for part, result in zip(problem.parts, full.parts, strict=True):
        wanted = Correctness.CORRECT if scoring.is_scored(part) else Correctness.UNGRADED
        if result.correctness is not wanted:
            failures.append(_failure(part, f"its own key is judged {result.correctness}, not {wanted}"))
    if not failures and full.points != full.possible:
        failures.append(SelftestFailure(part="", kind="problem", reason="its own key does not earn all points"))
    for part in problem.parts:
        for wrong in keys.wrong_answers(part):
            answers += 1
            scored = scoring.score(problem, Response(answers={**key, part.id: wrong}))
            reason = _undeserved(part, scored)
            if reason:
                failures.append(_failure(part, reason))
    empty = scoring.score(problem, Response(answers={}))
    if empty.points:
        failures.append(SelftestFailure(part="", kind="problem", reason="an empty response earns points"))
    return SelftestResult(problem=version, title=problem.title, answers=answers + 1, failures=failures)


def _undeserved(part: AnyPart, scored: ScoredResponse) -> str:
    result = next(one for one in scored.parts if one.part == part.id)
    if result.correctness is Correctness.CORRECT:
        return "a wrong answer is judged correct"
    if part.points and scored.possible and scored.points >= scored.possible:
        return "a wrong answer earns all points"
    return ""


def _failure(part: AnyPart, reason: str) -> SelftestFailure:
    return SelftestFailure(part=part.id, kind=str(part.__struct_config__.tag), reason=reason)
