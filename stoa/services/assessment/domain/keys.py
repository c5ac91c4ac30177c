"""The key of a part as an answer, as words to read, and answers that are wrong by construction."""

from decimal import Decimal

from stoa.services.assessment.contract.problem import (
    AnyPart,
    DragAndDrop,
    Dropdown,
    Formula,
    FreeText,
    ImageRegion,
    MultipleChoice,
    Numerical,
    NumericAnswer,
    Placement,
    PlacementRule,
    Poll,
    Problem,
    ShortText,
    SingleChoice,
    Survey,
    WordCloud,
)
from stoa.services.assessment.contract.result import Answer, KeyOfPart
from stoa.services.assessment.domain import calc, exemplar, markup, quantity, score_text

ALTERED = ("{} ☃ stoa", "☃{}☃", "☃", "stoa 7319", "0", "zzzz ☃ zzzz")


def key_of(part: AnyPart) -> Answer:  # noqa: PLR0911 - one return per kind of part
    """Return an answer that earns all points of a part (or is taken, where nothing is scored)."""
    match part:
        case SingleChoice() | Dropdown():
            return next((choice.id for choice in part.choices if choice.credit == 1), None)
        case MultipleChoice():
            return [choice.id for choice in part.choices if choice.credit > 0]
        case Numerical():
            return _numeric_key(part)
        case ShortText():
            return _text_key(part)
        case Formula():
            return next((answer.text for answer in part.answers if answer.credit == 1), None)
        case DragAndDrop():
            return {thing: zone for placement in part.placements for thing, zone in _laid(placement)}
        case ImageRegion():
            region = part.regions[0]
            x = sum(point.x for point in region) / len(region)
            return f"{x:.6f},{sum(point.y for point in region) / len(region):.6f}"
        case FreeText():
            return "A thought of my own."
        case Poll():
            return part.options[0].id if part.options else None
        case Survey():
            return {question.id: part.options[0].id for question in part.questions} if part.options else None
        case WordCloud():
            return [f"word {number + 1}" for number in range(part.inputs)]


def wrong_answers(part: AnyPart) -> list[Answer]:  # noqa: PLR0911 - one return per kind of part
    """Return answers that must not earn all points of a part; none where every answer is right."""
    match part:
        case SingleChoice() | Dropdown():
            return [None, *(choice.id for choice in part.choices if choice.credit < 1)]
        case MultipleChoice():
            return _wrong_selections(part)
        case Numerical():
            return [None, *_wrong_numbers(part)]
        case ShortText():
            return [None, *_wrong_texts(part)]
        case Formula():
            return [None, *_wrong_formulas(part)]
        case DragAndDrop():
            return [None, *_wrong_placements(part)]
        case ImageRegion():
            far = max(abs(point.x) + abs(point.y) for region in part.regions for point in region)
            return [None, f"{far + 1000:.1f},{far + 1000:.1f}"]
        case _:
            return []


def readable(problem: Problem) -> list[KeyOfPart]:
    """Return the accepted answers of every scored part as a learner reads them after release."""
    return [KeyOfPart(part=part.id, answers=said) for part in problem.parts if (said := _said(part))]


def _said(part: AnyPart) -> list[str]:  # noqa: PLR0911 - one return per kind of part
    match part:
        case SingleChoice() | Dropdown():
            return [choice.html for choice in part.choices if choice.credit == 1]
        case MultipleChoice():
            return [choice.html for choice in part.choices if choice.credit > 0]
        case Numerical():
            unit = f" {part.unit}" if part.unit else ""
            return [f"{answer.interval or answer.value}{unit}" for answer in part.answers if answer.credit == 1]
        case ShortText():
            shown = [_shown_text(part, answer.text, answer.is_regex) for answer in part.answers if answer.credit == 1]
            return [text for text in shown if text]
        case Formula():
            return [answer.text for answer in part.answers if answer.credit == 1]
        case DragAndDrop():
            things = {thing.id: markup.text(thing.html) or thing.image_alt or thing.id for thing in part.draggables}
            zones = {zone.id: zone.title or zone.id for zone in part.zones}
            pairs = [pair for placement in part.placements for pair in _laid(placement)]
            return [f"{things.get(thing, thing)} → {zones.get(zone, zone)}" for thing, zone in pairs]
        case _:
            return []


def _shown_text(part: ShortText, text: str, is_regex: bool) -> str:
    if not is_regex:
        return text
    return exemplar.exemplar(text, ignores_case=not part.is_case_sensitive) or ""


def _text_key(part: ShortText) -> str | None:
    shown = (_shown_text(part, answer.text, answer.is_regex) for answer in part.answers if answer.credit == 1)
    return next((text for text in shown if text), None)


def _numeric_key(part: Numerical) -> str | None:
    full = next((answer for answer in part.answers if answer.credit == 1), None)
    if full is None:
        return None
    text = full.value or _between(full)
    if part.significant_figures and full.value:
        value = quantity.quantity(full.value)
        digits = part.significant_figures
        text = f"{value.exact if value.exact is not None else value.value.real:.{digits - 1}e}"
    return f"{text} {part.unit}" if part.unit else text


def _between(answer: NumericAnswer) -> str:
    low, high, has_low, _ = quantity.interval(answer.interval)
    if low.is_infinite() and high.is_infinite():
        return "0"
    if low.is_infinite():
        return str(high - 1)
    if high.is_infinite():
        return str(low + 1)
    return str(low if has_low else (low + high) / 2)


def _wrong_numbers(part: Numerical) -> list[str]:
    ends: list[Decimal] = []
    for answer in part.answers:
        try:
            if answer.interval:
                low, high, _, _ = quantity.interval(answer.interval)
                ends += [low, high]
                continue
            value = quantity.quantity(answer.value)
            factor = max(part.close_factor, Decimal(1))
            reach = Decimal(repr(calc.size(value.value))) + quantity.margin_of(answer.tolerance, value) * factor
            ends += [reach, -reach]
        except calc.Unreadable:
            continue
    above, below = max(ends, default=Decimal(0)), min(ends, default=Decimal(0))
    found = [above + 1 + abs(above)] if above.is_finite() else []
    found += [below - 1 - abs(below)] if below.is_finite() else []
    unit = f" {part.unit}" if part.unit else ""
    wrong = [*(f"{number}{unit}" for number in found), "not a number", "1+"]
    return [*wrong, "7 wrongunits"] if part.unit else wrong


def _wrong_texts(part: ShortText) -> list[str]:
    right = [answer for answer in part.answers if answer.credit == 1]
    base = _text_key(part) or ""
    return [
        text
        for text in (pattern.format(base) for pattern in ALTERED)
        if not any(score_text.matches(part, answer, text) for answer in right)
    ]


def _wrong_formulas(part: Formula) -> list[str]:
    right = [answer.text for answer in part.answers if answer.credit == 1]
    reach = max((score_text.reach(part, text) for text in right), default=1.0)
    return [*(f"({text})+{reach:.6e}" for text in right), "(1", "no_such_variable_x"]


def _wrong_selections(part: MultipleChoice) -> list[Answer]:
    every = [choice.id for choice in part.choices]
    right = [choice.id for choice in part.choices if choice.credit > 0]
    wrong: list[Answer] = [None]
    wrong += [[*right, other] for other in every if other not in right]
    wrong += [[one for one in right if one != left] for left in right]
    if len(right) < len(every):
        wrong.append(every)
    return wrong


def _wrong_placements(part: DragAndDrop) -> list[Answer]:
    key = {thing: zone for placement in part.placements for thing, zone in _laid(placement)}
    wrong: list[Answer] = []
    for placement in part.placements:
        other = next((zone.id for zone in part.zones if zone.id not in placement.zones), None)
        for thing in placement.draggables:
            if other is not None:
                wrong.append({**key, thing: other})
            wrong.append({one: zone for one, zone in key.items() if one != thing})
    decoys = [thing.id for thing in part.draggables if thing.id not in key] if part.zones else []
    wrong += [{**key, decoy: part.zones[0].id} for decoy in decoys]
    return wrong


def _laid(placement: Placement) -> list[tuple[str, str]]:
    if not placement.zones:
        return []
    if placement.rule is PlacementRule.ANY_OF:
        return [(thing, placement.zones[0]) for thing in placement.draggables]
    zones = placement.zones
    return [(thing, zones[at % len(zones)]) for at, thing in enumerate(placement.draggables)]
