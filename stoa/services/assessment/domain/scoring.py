"""Scoring a whole response: pure and total, every part judged, the credits turned into points."""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import singledispatch

from stoa.services.assessment.contract.problem import (
    AnyPart,
    DragAndDrop,
    Dropdown,
    Formula,
    FreeText,
    ImageRegion,
    MultipleChoice,
    Numerical,
    Poll,
    Problem,
    ShortText,
    SingleChoice,
    Survey,
    WordCloud,
)
from stoa.services.assessment.contract.result import Answer, Correctness, PartResult, Response, ScoredResponse
from stoa.services.assessment.domain import score_choice, score_place, score_text
from stoa.services.assessment.domain.judgement import WRONG_SHAPE, Judgement, is_blank, unreadable

GRAIN = Decimal("0.000001")
MAX_ANSWER = 20_000
UNSCORED = (FreeText, Poll, Survey, WordCloud)


def score(problem: Problem, response: Response) -> ScoredResponse:
    """Score a response to a problem; any answer of any shape gets a result, none raises."""
    judged = [(part, judge(part, response.answers.get(part.id), locale=response.locale)) for part in problem.parts]
    possible = possible_points(problem)
    raw = sum((part.points for part, _ in judged if is_scored(part)), Decimal(0))
    factor = possible / raw if raw else Decimal(0)
    earned = sum((part.points * judgement.credit for part, judgement in judged if is_scored(part)), Decimal(0))
    points = possible if raw and earned == raw else _points(earned * factor)
    return ScoredResponse(
        points=points,
        possible=possible,
        correctness=_overall([judgement for _, judgement in judged]),
        parts=[_result(part, judgement, factor) for part, judgement in judged],
        trace=[f"{part.id}: {judgement.rule}" for part, judgement in judged],
    )


def possible_points(problem: Problem) -> Decimal:
    """Return the most points a response can earn."""
    raw = sum((part.points for part in problem.parts if is_scored(part)), Decimal(0))
    return raw if problem.weight is None or not raw else problem.weight


def is_scored(part: AnyPart) -> bool:
    """Say whether a part earns points at all."""
    return not isinstance(part, UNSCORED)


def answers_nothing(problem: Problem, response: Response) -> bool:
    """Say whether a response answers no part (selecting nothing is an answer to checkboxes)."""
    return all(
        is_blank(response.answers.get(part.id))
        and not (isinstance(part, MultipleChoice) and response.answers.get(part.id) == [])
        for part in problem.parts
    )


def judge(part: AnyPart, answer: Answer, *, locale: str = "") -> Judgement:
    """Judge one part."""
    if _size(answer) > MAX_ANSWER:
        return unreadable("This answer is too long.")
    if not _is_answer(answer):
        return unreadable(WRONG_SHAPE)
    if isinstance(part, Numerical):
        return score_text.numerical(part, answer, locale=locale)
    return _judge(part, answer)


@singledispatch
def _judge(part: AnyPart, answer: Answer) -> Judgement:
    return unreadable(WRONG_SHAPE)


_judge.register(SingleChoice, score_choice.one_of)
_judge.register(Dropdown, score_choice.one_of)
_judge.register(MultipleChoice, score_choice.some_of)
_judge.register(ShortText, score_text.short_text)
_judge.register(Formula, score_text.formula)
_judge.register(DragAndDrop, score_place.drag_and_drop)
_judge.register(ImageRegion, score_place.image_region)
_judge.register(FreeText, score_place.free_text)
_judge.register(Poll, score_place.poll)
_judge.register(Survey, score_place.survey)
_judge.register(WordCloud, score_place.word_cloud)


def _result(part: AnyPart, judgement: Judgement, factor: Decimal) -> PartResult:
    possible = _points(part.points * factor) if is_scored(part) else Decimal(0)
    return PartResult(
        part=part.id,
        points=_points(possible * judgement.credit),
        possible=possible,
        correctness=judgement.correctness,
        feedback=list(judgement.feedback),
        message=judgement.message,
    )


def _overall(judgements: list[Judgement]) -> Correctness:
    if any(one.correctness is Correctness.INVALID for one in judgements):
        return Correctness.INVALID
    scored = {one.correctness for one in judgements} - {Correctness.UNGRADED}
    if not scored:
        return Correctness.UNGRADED
    return scored.pop() if len(scored) == 1 else Correctness.PARTIAL


def _points(value: Decimal) -> Decimal:
    return value.quantize(GRAIN, rounding=ROUND_HALF_EVEN).normalize() + Decimal(0)


def _is_answer(answer: object) -> bool:
    if isinstance(answer, list):
        return all(isinstance(value, str) for value in answer)
    if isinstance(answer, dict):
        return all(isinstance(key, str) and isinstance(value, str) for key, value in answer.items())
    return answer is None or isinstance(answer, str)


def _size(answer: object) -> int:
    if isinstance(answer, list):
        return sum(len(value) if isinstance(value, str) else 1 for value in answer) + len(answer)
    if isinstance(answer, dict):
        return sum(len(str(key)) + len(str(value)) for key, value in answer.items())
    return len(answer) if isinstance(answer, str) else 0


def storable(response: Response) -> Response:
    """Return a response without the characters that no database takes: NUL and halves of surrogate pairs."""

    def plain(text: str) -> str:
        return text.replace("\x00", "").encode("utf-8", "replace").decode()

    answers: dict[str, Answer] = {}
    for part, answer in response.answers.items():
        if isinstance(answer, str):
            answers[plain(part)] = plain(answer)
        elif isinstance(answer, list):
            answers[plain(part)] = [plain(one) for one in answer]
        elif isinstance(answer, dict):
            answers[plain(part)] = {plain(key): plain(one) for key, one in answer.items()}
        else:
            answers[plain(part)] = None
    return Response(answers=answers, locale=plain(response.locale))
