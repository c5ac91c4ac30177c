"""A text that an author's regular expression accepts, so that a key can be shown and tested."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

from stoa.services.assessment.domain import pattern

# The parser of re is private but stable since Python 3.11; it is used to read a pattern, never to match.
from re import _constants, _parser  # type: ignore[attr-defined]  # isort: skip  # not in typeshed

Node = Any  # any: the nodes of the parser of re are tuples of every shape

MAX_REPEAT = 3
TRIES = 12


def exemplar(written: str, *, ignores_case: bool) -> str | None:
    """Return a non-empty text the pattern accepts, or None where none was found."""
    for text in _candidates(written):
        if text.strip() == text and text and pattern.fits(written, text, ignores_case=ignores_case):
            return text
    return None


def _candidates(written: str) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(written)
    except (re.error, RecursionError, OverflowError):
        tree = None
    if tree is not None:
        for branch in range(TRIES):
            yield _text(tree, branch, {})
    yield re.sub(r"\\(.)", r"\1", written)
    yield re.sub(r"[\\^$.|?*+()\[\]{}]", "", written)


def _text(tree: Node, branch: int, groups: dict[int, str]) -> str:
    return "".join(_piece(op, argument, branch, groups) for op, argument in tree)


def _piece(op: Node, argument: Node, branch: int, groups: dict[int, str]) -> str:  # noqa: PLR0911 - one return per kind of node
    match str(op):
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return "x" if argument != ord("x") else "y"
        case "ANY":
            return "x"
        case "IN":
            return _member(argument)
        case "BRANCH":
            ways = argument[1]
            return _text(ways[branch % len(ways)], branch // len(ways), groups)
        case "SUBPATTERN":
            number, inner = argument[0], argument[-1]
            groups[number] = _text(inner, branch, groups)
            return groups[number]
        case "GROUPREF":
            return str(groups.get(argument, ""))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = argument
            most = max(low, 1 if branch % 2 == 0 and high > 0 else 0)
            times: int = min(most, max(MAX_REPEAT, low))
            return _text(inner, branch, groups) * times
        case "ATOMIC_GROUP":
            return _text(argument, branch, groups)
        case _:
            return ""


def _member(argument: Node) -> str:
    negated = any(str(op) == "NEGATE" for op, _ in argument)
    if negated:
        refused = "".join(_span(op, value) for op, value in argument)
        return next((char for char in "xa1 -_é" if char not in refused), "☃")
    return next((span[0] for op, value in argument if (span := _span(op, value))), "x")


def _span(op: Node, value: Node) -> str:
    match str(op):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            low, high = value
            return "".join(map(chr, range(low, min(high, low + 300) + 1)))
        case "CATEGORY":
            known = {
                _constants.CATEGORY_DIGIT: "0123456789",
                _constants.CATEGORY_SPACE: " ",
                _constants.CATEGORY_WORD: "xabcdefghijklmnopqrstuvwyz0123456789_",
                _constants.CATEGORY_NOT_DIGIT: "x",
                _constants.CATEGORY_NOT_SPACE: "x",
                _constants.CATEGORY_NOT_WORD: "-",
            }
            return known.get(value, "x")
        case _:
            return ""
