"""Names that people give themselves: fit to be shown beside those of others, in any script."""

import unicodedata
from typing import Final

from stoa.kit.errors import Invalid

LONGEST: Final = 120
# Persian and the scripts of India need the joiners within words; at the edges they are only a way to hide.
_JOINERS = frozenset("\u200c\u200d")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800") | _JOINERS
_MOST_MARKS = 6


class BadName(Invalid):
    """The name cannot be shown; the detail says why."""

    code, title = "stoa.bad_name", "This name cannot be used"


def clean_name(name: str, *, may_be_empty: bool = False) -> str:
    """Return a name trimmed, in NFC and without control or direction-override characters, or raise BadName."""
    trimmed = _trimmed(name)
    if not trimmed and not may_be_empty:
        raise BadName("A name cannot be empty")
    if len(trimmed) > LONGEST:
        raise BadName(f"A name has at most {LONGEST} characters")
    if trimmed and all(unicodedata.category(char)[0] in "ZM" or char in _BLANK for char in trimmed):
        raise BadName("A name must have something to see")
    if _longest_pile(trimmed) > _MOST_MARKS:
        raise BadName("A letter carries too many marks")
    if "://" in trimmed or "www." in trimmed.casefold():
        raise BadName("A name is not an address of the web")
    return trimmed


def shown_name(name: str) -> str:
    """Return a name that somebody else gave, made fit to be shown whatever it was."""
    try:
        return clean_name(name[:LONGEST])
    except BadName:
        return "?"


def is_kept(char: str) -> bool:
    """Say whether a character may be in a text that people write: no controls, no overrides of direction."""
    return char in _JOINERS or unicodedata.category(char)[0] != "C"


def _trimmed(name: str) -> str:
    kept = "".join(char for char in unicodedata.normalize("NFC", name) if char.isspace() or is_kept(char))
    return " ".join(kept.split()).strip("".join(_JOINERS) + " ")


def _longest_pile(text: str) -> int:
    longest = pile = 0
    for char in text:
        pile = pile + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        longest = max(longest, pile)
    return longest
