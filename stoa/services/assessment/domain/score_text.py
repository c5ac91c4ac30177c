"""Scoring of typed answers: short texts, numbers and formulas."""

import re
import unicodedata
from decimal import Decimal

from stoa.services.assessment.contract.problem import Formula, Numerical, NumericAnswer, ShortText, TextAnswer
from stoa.services.assessment.contract.result import Answer
from stoa.services.assessment.domain import calc, pattern, quantity
from stoa.services.assessment.domain.judgement import (
    NONE,
    WRONG_SHAPE,
    Judgement,
    blank,
    credited,
    is_blank,
    unreadable,
)
from stoa.services.assessment.domain.prng import Dice

MAX_SAMPLES = 50
CLOSE = Decimal("0.5")
QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-"})


def short_text(part: ShortText, answer: Answer) -> Judgement:
    """Judge a short text by the part's policy of case, accents and spaces."""
    if is_blank(answer):
        return blank()
    if not isinstance(answer, str):
        return unreadable(WRONG_SHAPE)
    for accepted in part.answers:
        if matches(part, accepted, answer):
            return credited(accepted.credit, "regex" if accepted.is_regex else "text", accepted.feedback)
    return credited(NONE, "text")


def matches(part: ShortText, accepted: TextAnswer, text: str) -> bool:
    """Say whether a text is the accepted one."""
    if not accepted.is_regex:
        return folded(part, accepted.text) == folded(part, text)
    return pattern.fits(accepted.text.strip(), plain(text), ignores_case=not part.is_case_sensitive)


def plain(text: str) -> str:
    """Return a text as it is compared: composed, without invisible marks, single spaces, plain quotes."""
    text = unicodedata.normalize("NFKC", text).translate(QUOTES)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(text.split())


def folded(part: ShortText, text: str) -> str:
    """Return a text as this part compares it."""
    text = plain(text)
    if part.ignores_accents:
        text = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return text if part.is_case_sensitive else text.casefold()


def numerical(part: Numerical, answer: Answer, *, locale: str = "") -> Judgement:
    """Judge a number by tolerance, interval, unit and significant figures."""
    if is_blank(answer):
        return blank()
    if not isinstance(answer, str):
        return unreadable(WRONG_SHAPE)
    text, unit = quantity.split_unit(answer) if part.unit else (answer, "")
    if part.unit and not unit:
        return unreadable("Give the unit as well.")
    try:
        given = quantity.quantity(text, locale=locale)
    except calc.Unreadable as problem:
        return unreadable(str(problem))
    if part.unit and quantity.unit_key(unit) != quantity.unit_key(part.unit):
        return credited(NONE, "unit")
    return _number(part, given)


def _number(part: Numerical, given: quantity.Quantity) -> Judgement:
    best = credited(NONE, "number")
    for accepted in part.answers:
        credit, rule = _numeric_credit(part, accepted, given)
        expected = rule and accepted.credit == best.credit == NONE and not best.feedback
        if credit > best.credit or expected:
            best = credited(credit, rule, accepted.feedback)
    if best.credit > NONE and part.significant_figures and given.figures != part.significant_figures:
        return credited(NONE, "figures", f"Give {part.significant_figures} significant figures.")
    return best


def _numeric_credit(part: Numerical, accepted: NumericAnswer, given: quantity.Quantity) -> tuple[Decimal, str]:
    try:
        if accepted.interval:
            return (accepted.credit, "interval") if quantity.inside(given, accepted.interval) else (NONE, "")
        wanted = quantity.quantity(accepted.value)
        if quantity.near(given, wanted, accepted.tolerance):
            return accepted.credit, "tolerance"
        if part.close_factor > 1 and quantity.near(given, wanted, accepted.tolerance, factor=part.close_factor):
            return accepted.credit * CLOSE, "close"
    except calc.Unreadable:
        return NONE, ""
    return NONE, ""


def formula(part: Formula, answer: Answer) -> Judgement:
    """Judge an expression by its value on samples of the variables."""
    if is_blank(answer):
        return blank()
    if not isinstance(answer, str):
        return unreadable(WRONG_SHAPE)
    folds = not part.is_case_sensitive
    try:
        given = calc.parsed(answer)
        calc.evaluated(given, _middle(part), folds_case=folds)
    except calc.Unreadable as problem:
        if not re.match("This (divides|number|has no)", str(problem)):
            return unreadable(str(problem))
        given = calc.parsed(answer)
    told = ""
    for accepted in part.answers:
        if same_value(part, accepted.text, given):
            if accepted.credit > NONE:
                return credited(accepted.credit, "samples", accepted.feedback)
            told = told or accepted.feedback
    return credited(NONE, "samples", told)


def same_value(part: Formula, wanted_text: str, given: calc.Node) -> bool:
    """Say whether two expressions agree on every sample on which the wanted one has a value."""
    folds = not part.is_case_sensitive
    dice = Dice("formula", wanted_text, *(variable.name for variable in part.variables))
    agreed = 0
    try:
        wanted = calc.parsed(wanted_text)
    except calc.Unreadable:
        return False
    for _ in range(min(max(part.samples, 1), MAX_SAMPLES) if part.variables else 1):
        values = {one.name: complex(dice.between(one.low, one.high)) for one in part.variables}
        try:
            target = calc.evaluated(wanted, values, folds_case=folds)
        except calc.Unreadable:
            continue
        try:
            value = calc.evaluated(given, values, folds_case=folds)
        except calc.Unreadable:
            return False
        if not _agree(part, value, target):
            return False
        agreed += 1
    return agreed > 0


def reach(part: Formula, text: str) -> float:
    """Return a distance that is beyond the tolerance of an expression on every sample."""
    dice = Dice("formula", text, *(variable.name for variable in part.variables))
    farthest = 0.0
    node = calc.parsed(text)
    for _ in range(min(max(part.samples, 1), MAX_SAMPLES)):
        values = {one.name: complex(dice.between(one.low, one.high)) for one in part.variables}
        try:
            target = calc.evaluated(node, values, folds_case=not part.is_case_sensitive)
        except calc.Unreadable:
            continue
        farthest = max(farthest, _margin(part, target))
    return 10 * farthest + 1


def _agree(part: Formula, value: complex, target: complex) -> bool:
    return calc.size(value - target) <= _margin(part, target)


def _margin(part: Formula, target: complex) -> float:
    try:
        margin = float(quantity.margin_of(part.tolerance, quantity.Quantity(target, None, None)))
    except (calc.Unreadable, OverflowError, ValueError):
        margin = 1e-5
    # Floats carry 15 digits: a margin below that would refuse equal expressions of large value.
    return max(margin, 1e-9 * calc.size(target))


def _middle(part: Formula) -> dict[str, complex]:
    return {variable.name: complex((variable.low + variable.high) / 2) for variable in part.variables}
