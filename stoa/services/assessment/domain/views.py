"""What a learner may see of a problem before release; nothing of a key passes through here."""

from decimal import Decimal
from functools import singledispatch
from typing import TypedDict

from stoa.services.assessment.contract.problem import (
    AnyPart,
    Choice,
    DragAndDrop,
    Dropdown,
    Formula,
    FreeText,
    ImageRegion,
    MultipleChoice,
    Numerical,
    Part,
    Poll,
    Problem,
    ProblemVersionId,
    ShortText,
    SingleChoice,
    Survey,
    WordCloud,
)
from stoa.services.assessment.contract.view import (
    AnyPartView,
    ChoiceView,
    DragAndDropView,
    DraggableView,
    DropdownView,
    FormulaView,
    FreeTextView,
    ImageRegionView,
    MultipleChoiceView,
    NumericalView,
    PollView,
    ProblemView,
    ShortTextView,
    SingleChoiceView,
    SurveyView,
    WordCloudView,
    ZoneView,
)
from stoa.services.assessment.domain.prng import Dice
from stoa.services.assessment.domain.scoring import is_scored, possible_points


def view_of(problem: Problem, *, version: ProblemVersionId, seed: str) -> ProblemView:
    """Return a problem as the learner of this seed sees it."""
    return ProblemView(
        id=version,
        title=problem.title,
        body=problem.body,
        parts=[_view(part, Dice("view", str(version), part.id, seed)) for part in problem.parts],
        possible=possible_points(problem),
        max_attempts=problem.max_attempts,
        hints=len(problem.hints),
        has_solution=bool(problem.solution) or any(is_scored(part) for part in problem.parts),
        is_scored=any(is_scored(part) for part in problem.parts),
    )


def is_alike(problem: Problem) -> bool:
    """Say whether every learner sees a problem in the same way, for nothing in it is drawn or shuffled."""
    return not any(getattr(part, "shuffle", False) or getattr(part, "pool", 0) for part in problem.parts)


class _Shared(TypedDict):
    id: str
    label: str
    description: str
    points: Decimal
    inline: bool


def _shared(part: Part) -> _Shared:
    return {
        "id": part.id,
        "label": part.label,
        "description": part.description,
        "points": part.points,
        "inline": part.inline,
    }


@singledispatch
def _view(part: AnyPart, dice: Dice) -> AnyPartView:
    raise TypeError(f"no view of {type(part).__name__}")


@_view.register
def _(part: SingleChoice, dice: Dice) -> AnyPartView:
    shown = _pooled(part, dice) if part.pool else list(part.choices)
    return SingleChoiceView(**_shared(part), choices=_ordered(shown, shuffle=part.shuffle or part.pool > 0, dice=dice))


@_view.register
def _(part: Dropdown, dice: Dice) -> AnyPartView:
    return DropdownView(**_shared(part), choices=_ordered(list(part.choices), shuffle=False, dice=dice))


@_view.register
def _(part: MultipleChoice, dice: Dice) -> AnyPartView:
    return MultipleChoiceView(**_shared(part), choices=_ordered(list(part.choices), shuffle=part.shuffle, dice=dice))


@_view.register
def _(part: Numerical, dice: Dice) -> AnyPartView:
    return NumericalView(**_shared(part), size=part.size, trailing_text=part.trailing_text, wants_unit=bool(part.unit))


@_view.register
def _(part: ShortText, dice: Dice) -> AnyPartView:
    return ShortTextView(**_shared(part), size=part.size, trailing_text=part.trailing_text)


@_view.register
def _(part: Formula, dice: Dice) -> AnyPartView:
    variables = [variable.name for variable in part.variables]
    return FormulaView(**_shared(part), variables=variables, size=part.size, trailing_text=part.trailing_text)


@_view.register
def _(part: DragAndDrop, dice: Dice) -> AnyPartView:
    draggables = [
        DraggableView(id=one.id, html=one.html, image=one.image, image_alt=one.image_alt) for one in part.draggables
    ]
    zones = [
        ZoneView(
            id=zone.id,
            title=zone.title,
            description=zone.description,
            x=zone.x,
            y=zone.y,
            width=zone.width,
            height=zone.height,
            max_items=zone.max_items,
        )
        for zone in part.zones
    ]
    return DragAndDropView(
        **_shared(part),
        draggables=draggables,
        zones=zones,
        image=part.image,
        image_alt=part.image_alt,
        width=part.width,
        height=part.height,
        is_percent=part.is_percent,
        shows_zone_titles=part.shows_zone_titles,
        intro=part.feedback_start,
    )


@_view.register
def _(part: ImageRegion, dice: Dice) -> AnyPartView:
    return ImageRegionView(
        **_shared(part), image=part.image, image_alt=part.image_alt, width=part.width, height=part.height
    )


@_view.register
def _(part: FreeText, dice: Dice) -> AnyPartView:
    return FreeTextView(**_shared(part), size=part.size)


@_view.register
def _(part: Poll, dice: Dice) -> AnyPartView:
    return PollView(**_shared(part), options=list(part.options))


@_view.register
def _(part: Survey, dice: Dice) -> AnyPartView:
    return SurveyView(**_shared(part), questions=list(part.questions), options=list(part.options))


@_view.register
def _(part: WordCloud, dice: Dice) -> AnyPartView:
    return WordCloudView(**_shared(part), inputs=part.inputs)


def _pooled(part: SingleChoice, dice: Dice) -> list[Choice]:
    right = [choice for choice in part.choices if choice.credit == 1]
    wrong = [choice for choice in part.choices if choice.credit != 1]
    if not right:
        return list(part.choices)
    drawn = {dice.shuffled(right)[0].id, *(choice.id for choice in dice.shuffled(wrong)[: max(part.pool - 1, 1)])}
    return [choice for choice in part.choices if choice.id in drawn]


def _ordered(choices: list[Choice], *, shuffle: bool, dice: Dice) -> list[ChoiceView]:
    if shuffle:
        moving = iter(dice.shuffled([choice for choice in choices if not choice.fixed]))
        choices = [choice if choice.fixed else next(moving) for choice in choices]
    return [ChoiceView(id=choice.id, html=choice.html) for choice in choices]
