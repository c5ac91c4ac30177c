"""Scoring of places: things dragged onto zones, points clicked in an image, and opinions that are only kept."""

import re
from decimal import Decimal

from stoa.services.assessment.contract.problem import (
    DragAndDrop,
    FreeText,
    ImageRegion,
    Placement,
    PlacementRule,
    Point,
    Poll,
    Scheme,
    Survey,
    WordCloud,
)
from stoa.services.assessment.contract.result import Answer
from stoa.services.assessment.domain.judgement import (
    FULL,
    NONE,
    NOT_AN_OPTION,
    WRONG_SHAPE,
    Judgement,
    accepted,
    blank,
    credited,
    is_blank,
    unreadable,
)

POINT = re.compile(r"\s*\[?\s*(-?\d{1,7}(?:\.\d{1,9})?)\s*[,;]\s*(-?\d{1,7}(?:\.\d{1,9})?)\s*\]?\s*")
MAX_WORD = 100


def drag_and_drop(part: DragAndDrop, answer: Answer) -> Judgement:
    """Judge where things were dropped; what belongs nowhere must stay unplaced."""
    if is_blank(answer):
        return blank()
    if not isinstance(answer, dict):
        return unreadable(WRONG_SHAPE)
    placed = {thing: zone for thing, zone in answer.items() if zone}
    things = {draggable.id for draggable in part.draggables}
    if set(placed) - things or set(placed.values()) - {zone.id for zone in part.zones}:
        return unreadable(NOT_AN_OPTION)
    right = rightly_placed(part, placed)
    told = tuple(
        draggable.feedback_right if draggable.id in right else draggable.feedback_wrong
        for draggable in part.draggables
        if draggable.id in placed
    )
    if right == things:
        return credited(FULL, "placement", *told, part.feedback_finish)
    if part.scheme is Scheme.EVERY_DECISION_COUNTS:
        return credited(Decimal(len(right)) / len(things), "placement:every_decision_counts", *told)
    return credited(NONE, "placement", *told)


def rightly_placed(part: DragAndDrop, placed: dict[str, str]) -> set[str]:
    """Return the draggables that lie where they belong."""
    right: set[str] = set()
    ruled: set[str] = set()
    for placement in part.placements:
        ruled.update(placement.draggables)
        right.update(_rightly(placement, placed))
    return right | {thing.id for thing in part.draggables if thing.id not in ruled and thing.id not in placed}


def _rightly(placement: Placement, placed: dict[str, str]) -> set[str]:
    if placement.rule is PlacementRule.ANY_OF:
        return {thing for thing in placement.draggables if placed.get(thing) in placement.zones}
    lie = [placed.get(thing) for thing in placement.draggables]
    fits = (
        lie == list(placement.zones)
        if placement.rule is PlacementRule.EXACT
        else None not in lie and set(lie) == set(placement.zones)
    )
    return set(placement.draggables) if fits else set()


def image_region(part: ImageRegion, answer: Answer) -> Judgement:
    """Judge a click by the regions it may lie in."""
    if is_blank(answer):
        return blank()
    match = POINT.fullmatch(answer) if isinstance(answer, str) and len(answer) < 100 else None
    if match is None:
        return unreadable("Click a place in the image.")
    point = Point(x=float(match[1]), y=float(match[2]))
    return credited(FULL if any(contains(region, point) for region in part.regions) else NONE, "region")


def contains(region: tuple[Point, ...], point: Point) -> bool:
    """Say whether a point lies in a convex polygon, its border included."""
    turns = [
        (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
        for a, b in zip(region, region[1:] + region[:1], strict=True)
    ]
    return len(region) > 2 and (all(turn >= 0 for turn in turns) or all(turn <= 0 for turn in turns))


def free_text(part: FreeText, answer: Answer) -> Judgement:
    """Take a text that is kept and not scored."""
    return accepted("kept") if isinstance(answer, str) or is_blank(answer) else unreadable(WRONG_SHAPE)


def word_cloud(part: WordCloud, answer: Answer) -> Judgement:
    """Take a few words."""
    fits = answer is None or (isinstance(answer, list) and len(answer) <= part.inputs)
    if fits and all(len(word) <= MAX_WORD for word in answer or ()):
        return accepted("kept")
    return unreadable(f"Give up to {part.inputs} short words.")


def poll(part: Poll, answer: Answer) -> Judgement:
    """Take an opinion."""
    if is_blank(answer):
        return accepted("blank")
    known = isinstance(answer, str) and answer in {option.id for option in part.options}
    return accepted("kept", part.feedback) if known else unreadable(NOT_AN_OPTION)


def survey(part: Survey, answer: Answer) -> Judgement:
    """Take opinions on every question of a survey."""
    if is_blank(answer):
        return accepted("blank")
    if not isinstance(answer, dict):
        return unreadable(WRONG_SHAPE)
    questions = {question.id for question in part.questions}
    if set(answer) - questions or set(answer.values()) - {option.id for option in part.options}:
        return unreadable(NOT_AN_OPTION)
    if set(answer) != questions:
        return unreadable("Answer every question of the survey.")
    return accepted("kept", part.feedback)
