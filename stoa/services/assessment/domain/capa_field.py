"""Typed answers of the OLX dialect: numbers, texts and formulas."""

import math
import re
from decimal import Decimal

import msgspec
from lxml import etree

from stoa.services.assessment.contract.problem import (
    AnyPart,
    Formula,
    Numerical,
    NumericAnswer,
    ShortText,
    TextAnswer,
    Variable,
)
from stoa.services.assessment.domain import calc, capa_hints, pattern, quantity
from stoa.services.assessment.domain.capa_choice import labelled
from stoa.services.assessment.domain.capa_walk import Dialect, Field, Walk, decimal_of, whole_of
from stoa.services.assessment.domain.capa_xml import Unconvertible, children, name

HALF = Decimal("0.5")
INPUTS = frozenset({"textline", "formulaequationinput"})


def number(walk: Walk, field: Field) -> AnyPart:
    """Convert a <numericalresponse>."""
    response = field.response
    tolerance = _tolerance(walk, response)
    first = str(response.get("answer") or "")
    told = _told(walk, response)
    answers = [_numeric(first, tolerance, feedback=told)]
    for extra in _children(response, "additional_answer"):
        text = str(extra.get("answer") or extra.text or "").strip()
        answers.append(_numeric(text, tolerance, feedback=_told(walk, extra)))
    schemes = str(response.get("partial_credit") or "").lower().replace(",", " ").split()
    params = _params(response)
    if "list" in schemes:
        listed = ",".join(str(param.get("partial_answers") or "") for param in params)
        answers += [_numeric(one, tolerance, credit=HALF) for one in listed.split(",") if one.strip()]
    close = Decimal(0)
    if "close" in schemes:
        written = next((param.get("partial_range") for param in params if param.get("partial_range")), None)
        close = decimal_of(written, Decimal(2))
    return Numerical(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        answers=(*answers, *capa_hints.to_numbers(walk, response, tolerance=tolerance)),
        close_factor=close,
        size=whole_of(field.input.get("size")) or 0,
        trailing_text=_trailing(field.input),
    )


def _numeric(text: str, tolerance: str, *, feedback: str = "", credit: Decimal = Decimal(1)) -> NumericAnswer:
    text = text.strip()
    try:
        if re.fullmatch(r"[\[(].*,.*[\])]", text):
            low, high, _, _ = quantity.interval(text)
            if low > high:
                raise Unconvertible(f"the interval {text!r} is empty")
            return NumericAnswer(interval=text, credit=credit, feedback=feedback)
        quantity.quantity(text)
    except calc.Unreadable:
        raise Unconvertible(f"the answer {text!r} of <numericalresponse> is not a number") from None
    return NumericAnswer(value=text, tolerance=tolerance, credit=credit, feedback=feedback)


def _tolerance(walk: Walk, response: etree._Element) -> str:
    for param in _params(response):
        if str(param.get("type") or "").lower() == "tolerance":
            written = str(param.get("default") or "").strip()
            if not written:
                return ""
            try:
                quantity.quantity(written.removesuffix("%"))
            except calc.Unreadable:
                walk.lose(f"the tolerance {written!r} cannot be read")
                return ""
            return written
    return ""


def text(walk: Walk, field: Field) -> AnyPart:
    """Convert a <stringresponse>."""
    response = field.response
    kind = str(response.get("type") or "").lower().split()
    is_regex = "regexp" in kind
    first = str(response.get("answer") or "")
    extras = _children(response, "additional_answer")
    told = _told(walk, response)
    # Before additional_answer existed, alternatives were written in one attribute.
    firsts = first.split("_or_") if "_or_" in first and not extras else [first]
    answers = [TextAnswer(text=one.strip(), is_regex=is_regex, feedback=told) for one in firsts]
    for extra in extras:
        written = str(extra.get("answer") or extra.text or "").strip()
        answers.append(TextAnswer(text=written, is_regex=is_regex, feedback=_told(walk, extra)))
    for answer in answers:
        _check_pattern(answer)
    return ShortText(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        answers=tuple(answers) + _expected_wrong(walk, response),
        is_case_sensitive="ci" not in kind,
        size=whole_of(field.input.get("size")) or 0,
        trailing_text=_trailing(field.input),
    )


def _check_pattern(answer: TextAnswer) -> None:
    if not answer.text:
        raise Unconvertible("<stringresponse> has no answer")
    problem = pattern.problem_of(answer.text) if answer.is_regex else ""
    if problem:
        raise Unconvertible(f"the regular expression {answer.text!r} is not valid: {problem}")


def _expected_wrong(walk: Walk, response: etree._Element) -> tuple[TextAnswer, ...]:
    none = Decimal(0)
    found = [
        TextAnswer(text=str(hint.get("answer") or ""), credit=none, feedback=labelled(walk, hint))
        for hint in _children(response, "stringequalhint")
    ]
    for hint in _children(response, "regexphint"):
        told = TextAnswer(text=str(hint.get("answer") or ""), is_regex=True, credit=none, feedback=labelled(walk, hint))
        problem = pattern.problem_of(told.text)
        if problem:
            walk.lose(f"the regular expression {told.text!r} of a <regexphint> is not valid: {problem}")
        else:
            found.append(told)
    return (*found, *capa_hints.to_texts(walk, response, is_regex="regexp" in str(response.get("type")).lower()))


def formula(walk: Walk, field: Field) -> AnyPart:
    """Convert a <formularesponse>."""
    response = field.response
    variables, samples = _samples(str(response.get("samples") or ""))
    kind = str(response.get("type") or "cs").lower().split()
    answers = [TextAnswer(text=str(response.get("answer") or "").strip(), feedback=_told(walk, response))]
    for extra in _children(response, "additional_answer"):
        answers.append(TextAnswer(text=str(extra.get("answer") or extra.text or "").strip()))
    part = Formula(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        answers=tuple(answers),
        variables=variables,
        samples=samples,
        tolerance=_tolerance(walk, response) or "0.00001",
        is_case_sensitive="ci" not in kind,
        size=whole_of(field.input.get("size")) or 0,
        trailing_text=_trailing(field.input),
    )
    for answer in answers:
        _check_formula(part, answer.text)
    return msgspec.structs.replace(part, answers=(*part.answers, *capa_hints.to_formulas(walk, response, part=part)))


def _check_formula(part: Formula, text: str) -> None:
    try:
        node = calc.parsed(text)
        middle = {one.name: complex((one.low + one.high) / 2) for one in part.variables}
        calc.evaluated(node, middle, folds_case=not part.is_case_sensitive)
    except calc.Unreadable as problem:
        raise Unconvertible(f"the answer {text!r} of <formularesponse> cannot be computed: {problem}") from None


def _samples(written: str) -> tuple[tuple[Variable, ...], int]:
    match = re.fullmatch(r"\s*([^@]*)@([^:]*):([^#]*)(?:#\s*(\d{1,4})\s*)?", written)
    if match is None:
        if not written.strip():
            return (), 1
        raise Unconvertible(f"the samples {written!r} of <formularesponse> cannot be read")
    names = [one.strip() for one in match[1].split(",") if one.strip()]
    try:
        lows = [float(one) for one in match[2].split(",") if one.strip()]
        highs = [float(one) for one in match[3].split(",") if one.strip()]
        pairs = list(zip(names, lows, highs, strict=True))
        if not all(map(math.isfinite, [*lows, *highs])):
            raise ValueError(written)
    except ValueError:
        raise Unconvertible(f"the samples {written!r} of <formularesponse> cannot be read") from None
    return tuple(Variable(name=one, low=low, high=high) for one, low, high in pairs), int(match[4] or 10)


def _told(walk: Walk, element: etree._Element) -> str:
    return " ".join(labelled(walk, hint) for hint in _children(element, "correcthint"))


def _params(response: etree._Element) -> list[etree._Element]:
    # Some stand inside the input.
    return [node for node in response.iter() if name(node) == "responseparam"]


def _children(element: etree._Element, tag: str) -> list[etree._Element]:
    return [child for child in children(element) if name(child) == tag]


def _trailing(element: etree._Element) -> str:
    return " ".join(str(element.get("trailing_text") or "").split())


DIALECTS = {
    "numericalresponse": Dialect(
        INPUTS,
        frozenset({"responseparam", "additional_answer", "correcthint", "hintgroup", "hintpart", "numericalhint"}),
        number,
    ),
    "stringresponse": Dialect(
        INPUTS,
        frozenset(
            {
                "responseparam",
                "additional_answer",
                "correcthint",
                "stringequalhint",
                "regexphint",
                "hintgroup",
                "hintpart",
                "stringhint",
            }
        ),
        text,
    ),
    "formularesponse": Dialect(
        INPUTS,
        frozenset({"responseparam", "additional_answer", "correcthint", "hintgroup", "hintpart", "formulahint"}),
        formula,
    ),
}
