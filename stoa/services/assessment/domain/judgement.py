"""The judgement on one part before it becomes points."""

from dataclasses import dataclass
from decimal import Decimal

from stoa.services.assessment.contract.result import Answer, Correctness

NONE = Decimal(0)
FULL = Decimal(1)


@dataclass(frozen=True)
class Judgement:
    """A share of the points (0 to 1), its name, what the learner is told, and the rule that decided."""

    credit: Decimal
    correctness: Correctness
    rule: str
    feedback: tuple[str, ...] = ()
    message: str = ""


def credited(credit: Decimal, rule: str, *feedback: str) -> Judgement:
    """Judge by a share of the points."""
    credit = min(max(credit, NONE), FULL)
    correctness = Correctness.PARTIAL
    if credit == FULL:
        correctness = Correctness.CORRECT
    elif credit == NONE:
        correctness = Correctness.INCORRECT
    return Judgement(credit, correctness, rule, tuple(line for line in feedback if line))


def unreadable(message: str, rule: str = "unreadable") -> Judgement:
    """Judge an answer that cannot be read: no points, and no attempt used."""
    return Judgement(NONE, Correctness.INVALID, rule, (), message)


def blank(rule: str = "blank") -> Judgement:
    """Judge an answer that was not given."""
    return Judgement(NONE, Correctness.INCORRECT, rule, (), "Nothing was answered here.")


def accepted(rule: str, *feedback: str) -> Judgement:
    """Take an answer that is kept and not scored."""
    return Judgement(NONE, Correctness.UNGRADED, rule, tuple(line for line in feedback if line))


def is_blank(answer: Answer) -> bool:
    """Say whether nothing was answered."""
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, dict):
        return not any(isinstance(value, str) and value.strip() for value in answer.values())
    if isinstance(answer, list):
        return not any(isinstance(value, str) and value.strip() for value in answer)
    return True


WRONG_SHAPE = "This answer cannot be read."
NOT_AN_OPTION = "This is not one of the options."
