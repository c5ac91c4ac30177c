"""Scoring of choices: one of several, some of several, and their partial-credit schemes."""

from decimal import Decimal

from stoa.services.assessment.contract.problem import Dropdown, MultipleChoice, Scheme, SingleChoice
from stoa.services.assessment.contract.result import Answer
from stoa.services.assessment.domain.judgement import (
    FULL,
    NONE,
    NOT_AN_OPTION,
    WRONG_SHAPE,
    Judgement,
    blank,
    credited,
    is_blank,
    unreadable,
)


def one_of(part: SingleChoice | Dropdown, answer: Answer) -> Judgement:
    """Judge the choice of one option."""
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if is_blank(answer):
        return blank()
    if not isinstance(answer, str):
        return unreadable(WRONG_SHAPE)
    for choice in part.choices:
        if choice.id == answer:
            return credited(choice.credit, "choice", choice.feedback)
    return unreadable(NOT_AN_OPTION)


def some_of(part: MultipleChoice, answer: Answer) -> Judgement:
    """Judge a selection by the part's scheme; an empty selection is right only where no option is."""
    key = frozenset(choice.id for choice in part.choices if choice.credit > 0)
    if isinstance(answer, str) and answer:
        answer = [answer]
    if answer is None or answer == "":
        return blank()
    if not isinstance(answer, list) or not all(isinstance(choice, str) for choice in answer):
        return unreadable(WRONG_SHAPE)
    selected = frozenset(answer)
    if selected - {choice.id for choice in part.choices}:
        return unreadable(NOT_AN_OPTION)
    if not selected and key:
        return blank()
    credit = FULL if selected == key else SHARES[part.scheme](selected, key, len(part.choices))
    return credited(credit, f"selection:{part.scheme}", *_told(part, selected))


def _told(part: MultipleChoice, selected: frozenset[str]) -> tuple[str, ...]:
    for combination in part.combinations:
        if frozenset(combination.choices) == selected:
            return (combination.feedback,)
    return tuple(choice.feedback if choice.id in selected else choice.feedback_unselected for choice in part.choices)


def _nothing(selected: frozenset[str], key: frozenset[str], choices: int) -> Decimal:
    return NONE


def _every_decision(selected: frozenset[str], key: frozenset[str], choices: int) -> Decimal:
    return Decimal(choices - len(selected ^ key)) / choices


def _halves(selected: frozenset[str], key: frozenset[str], choices: int) -> Decimal:
    errors = len(selected ^ key)
    if errors == 1 and choices > 2:
        return Decimal("0.5")
    if errors == 2 and choices > 4:
        return Decimal("0.25")
    return NONE


def _plus_minus(selected: frozenset[str], key: frozenset[str], choices: int) -> Decimal:
    if not key:
        return NONE
    return max(NONE, Decimal(len(selected & key) - len(selected - key)) / len(key))


SHARES = {
    Scheme.ALL_OR_NOTHING: _nothing,
    Scheme.EVERY_DECISION_COUNTS: _every_decision,
    Scheme.HALVES: _halves,
    Scheme.PLUS_MINUS: _plus_minus,
}
