"""What an author may save: every fragment sanitised, every key consistent with its options."""

import re
from decimal import Decimal

import msgspec

from stoa.services.assessment.contract.problem import (
    AnyPart,
    DragAndDrop,
    Dropdown,
    Formula,
    ImageRegion,
    MultipleChoice,
    Numerical,
    Problem,
    ShortText,
    SingleChoice,
)
from stoa.services.assessment.contract.result import ProblemInvalid
from stoa.services.assessment.domain import calc, markup, pattern, quantity

FRAGMENTS = frozenset(
    {
        "body",
        "label",
        "html",
        "solution",
        "feedback",
        "feedback_unselected",
        "feedback_right",
        "feedback_wrong",
        "feedback_start",
        "feedback_finish",
    }
)
ADDRESSES = frozenset({"image"})
SLOT = re.compile(r'data-part="([^"]*)"')
MAX_BYTES = 2_000_000
MAX_PARTS = 200


def accepted(problem: Problem) -> Problem:
    """Return a problem with its HTML sanitised and a slot for each part, or raise ProblemInvalid."""
    problem = _sanitised(problem)
    try:
        written = msgspec.json.encode(problem)
        crosses = msgspec.json.decode(written, type=Problem) == problem
    except (msgspec.MsgspecError, UnicodeEncodeError):
        crosses, written = False, b""
    if not crosses:
        raise ProblemInvalid("The problem holds a number or a character that cannot be kept.")
    if len(written) > MAX_BYTES:
        raise ProblemInvalid("The problem is larger than 2 MB.")
    if len(problem.parts) > MAX_PARTS:
        raise ProblemInvalid(f"The problem has more than {MAX_PARTS} parts.")
    ids = [part.id for part in problem.parts]
    if len(set(ids)) != len(ids) or not all(re.fullmatch(r"[\w-]{1,64}", one) for one in ids):
        raise ProblemInvalid("Each part needs an id of its own, of letters, digits and hyphens.")
    if problem.weight is not None and not (problem.weight.is_finite() and 0 <= problem.weight <= 100_000):
        raise ProblemInvalid("The weight must lie between 0 and 100000.")
    if problem.max_attempts is not None and problem.max_attempts < 1:
        raise ProblemInvalid("At least one attempt must be allowed.")
    for part in problem.parts:
        reason = _reason(part)
        if reason:
            raise ProblemInvalid(f"Part {part.id}: {reason}", fields={"part": part.id})
    return msgspec.structs.replace(problem, body=_with_slots(problem.body, ids))


def _with_slots(body: str, ids: list[str]) -> str:
    found = SLOT.findall(body)
    for one in found:
        if one not in ids or found.count(one) > 1:
            raise ProblemInvalid(f"The body has a slot for {one!r} that fits no part, or has it twice.")
    missing = [one for one in ids if one not in found]
    return body + "".join(f'<div data-part="{one}"></div>' for one in missing)


def _sanitised(problem: Problem) -> Problem:
    cleaned = _cleaned(problem)
    assert isinstance(cleaned, Problem)
    return msgspec.structs.replace(cleaned, hints=tuple(markup.clean(hint) for hint in problem.hints))


def _cleaned(value: object, field: str = "") -> object:
    if isinstance(value, msgspec.Struct):
        changes = {name: _cleaned(getattr(value, name), name) for name in value.__struct_fields__}
        if "description" in changes and "points" in changes:
            changes["description"] = markup.clean(str(changes["description"]))
        return msgspec.structs.replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(_cleaned(one, field) for one in value)
    if isinstance(value, str):
        value = value.replace("\x00", "")
        if field in ADDRESSES:
            return markup.address(value)
        return markup.clean(value) if field in FRAGMENTS else value
    return value


def _reason(part: AnyPart) -> str:  # noqa: PLR0911 - one return per kind of part
    if not (part.points.is_finite() and 0 <= part.points <= 100_000):
        return "its points must lie between 0 and 100000."
    match part:
        case SingleChoice() | Dropdown() | MultipleChoice():
            return _choices_reason(part)
        case Numerical():
            return _numbers_reason(part)
        case ShortText():
            return _texts_reason(part)
        case Formula():
            return _formulas_reason(part)
        case DragAndDrop():
            return _places_reason(part)
        case ImageRegion() if not part.regions or any(len(one) < 3 for one in part.regions):
            return "it needs a region."
    return ""


def _choices_reason(part: SingleChoice | Dropdown | MultipleChoice) -> str:
    ids = [choice.id for choice in part.choices]
    if not ids or len(set(ids)) != len(ids) or "" in ids:
        return "it needs options, each with an id of its own."
    if any(not 0 <= choice.credit <= 1 for choice in part.choices):
        return "the credit of an option must lie between 0 and 1."
    if not isinstance(part, MultipleChoice) and all(choice.credit != 1 for choice in part.choices):
        return "one option must be right."
    return ""


def _numbers_reason(part: Numerical) -> str:
    if not any(answer.credit == Decimal(1) for answer in part.answers):
        return "it needs a right answer."
    try:
        for answer in part.answers:
            if answer.interval:
                low, high, _, _ = quantity.interval(answer.interval)
                if low > high:
                    return f"the interval {answer.interval} is empty."
            else:
                quantity.margin_of(answer.tolerance, quantity.quantity(answer.value))
    except calc.Unreadable as problem:
        return f"an answer cannot be read: {problem}"
    return ""


def _texts_reason(part: ShortText) -> str:
    if not any(answer.credit == 1 and answer.text.strip() for answer in part.answers):
        return "it needs a right answer."
    for answer in part.answers:
        problem = pattern.problem_of(answer.text) if answer.is_regex else ""
        if problem:
            return f"the pattern {answer.text!r} is not valid: {problem}"
    return ""


def _formulas_reason(part: Formula) -> str:
    if not any(answer.credit == 1 for answer in part.answers):
        return "it needs a right answer."
    middle = {one.name: complex((one.low + one.high) / 2) for one in part.variables}
    try:
        for answer in part.answers:
            calc.evaluated(calc.parsed(answer.text), middle, folds_case=not part.is_case_sensitive)
    except calc.Unreadable as problem:
        return f"an answer cannot be computed: {problem}"
    return ""


def _places_reason(part: DragAndDrop) -> str:
    things = {thing.id for thing in part.draggables}
    zones = {zone.id for zone in part.zones}
    if len(things) != len(part.draggables) or len(zones) != len(part.zones) or not things or not zones:
        return "it needs things to drag and zones, each with an id of its own."
    for placement in part.placements:
        if set(placement.draggables) - things or set(placement.zones) - zones:
            return "a placement names something that is not there."
    return ""
