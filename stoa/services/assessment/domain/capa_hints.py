"""The older groups of hints: what is said to an answer that the author expected, and what to any other."""

from decimal import Decimal

from lxml import etree

from stoa.services.assessment.contract.problem import Formula, NumericAnswer, TextAnswer
from stoa.services.assessment.domain import calc, markup, pattern, quantity
from stoa.services.assessment.domain.capa_walk import Walk
from stoa.services.assessment.domain.capa_xml import children, name

NONE = Decimal(0)
ANY_TEXT = "(?s).*"
ANY_NUMBER = "(-inf, inf)"
OTHERWISE = "default"


def to_texts(walk: Walk, response: etree._Element, *, is_regex: bool) -> tuple[TextAnswer, ...]:
    """Return the expected wrong texts of a response, the one for any other text last."""
    found, other = [], ""
    for answer, words in _told(walk, response, "stringhint"):
        if answer is None:
            other = words
        elif is_regex and pattern.problem_of(answer):
            walk.lose(f"the regular expression {answer!r} of a <stringhint> is not valid: {words}")
        else:
            found.append(TextAnswer(text=answer, is_regex=is_regex, credit=NONE, feedback=words))
    if other:
        found.append(TextAnswer(text=ANY_TEXT, is_regex=True, credit=NONE, feedback=other))
    return tuple(found)


def to_numbers(walk: Walk, response: etree._Element, *, tolerance: str) -> tuple[NumericAnswer, ...]:
    """Return the expected wrong numbers of a response, the one for any other number last."""
    found, other = [], ""
    for answer, words in _told(walk, response, "numericalhint"):
        if answer is None:
            other = words
            continue
        try:
            quantity.quantity(answer)
            found.append(NumericAnswer(value=answer, tolerance=tolerance, credit=NONE, feedback=words))
        except calc.Unreadable:
            walk.lose(f"the answer {answer!r} of a <numericalhint> is not a number: {words}")
    if other:
        found.append(NumericAnswer(interval=ANY_NUMBER, credit=NONE, feedback=other))
    return tuple(found)


def to_formulas(walk: Walk, response: etree._Element, *, part: Formula) -> tuple[TextAnswer, ...]:
    """Return the expected wrong expressions of a response."""
    found = []
    middle = {one.name: complex((one.low + one.high) / 2) for one in part.variables}
    for answer, words in _told(walk, response, "formulahint"):
        if answer is None:
            walk.lose(f"a hint to any other expression: {words}")
            continue
        try:
            calc.evaluated(calc.parsed(answer), middle, folds_case=not part.is_case_sensitive)
            found.append(TextAnswer(text=answer, credit=NONE, feedback=words))
        except calc.Unreadable:
            walk.lose(f"the answer {answer!r} of a <formulahint> cannot be computed: {words}")
    return tuple(found)


def _told(walk: Walk, response: etree._Element, kind: str) -> list[tuple[str | None, str]]:
    """Return pairs of an expected answer (None: any other one) and what is said to it; ask for the rest as hints."""
    found: list[tuple[str | None, str]] = []
    for group in (child for child in children(response) if name(child) == "hintgroup"):
        answers = {str(one.get("name")): str(one.get("answer") or "") for one in children(group) if name(one) == kind}
        for child in children(group):
            words = walk.fragment(child)
            if name(child) == "hintpart":
                on = str(child.get("on"))
                if on in answers or on == OTHERWISE:
                    found.append((answers.get(on), words))
                else:
                    walk.lose(f"a hint on {on!r}, which is no condition: {markup.text(words)}")
            elif name(child) != kind and markup.text(words) and words not in walk.hints:
                walk.hints.append(words)
        if group.get("hintfn"):
            walk.lose(f"hints that the function {group.get('hintfn')} makes")
    return found
