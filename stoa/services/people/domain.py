"""The rules of profiles: names that can be shown, languages and time zones that exist."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from stoa.services.people.contract import ProfileInvalid

# Persian and the scripts of India need the joiners within words; at the edges they are only a way to hide.
_JOINERS = frozenset("\u200c\u200d")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800") | _JOINERS
_MOST_MARKS = 6
THEMES = ("system", "light", "dark", "contrast")
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")
_ZONES = frozenset(available_timezones())


def clean_name(name: str, *, field: str, may_be_empty: bool = False) -> str:
    """Return a name trimmed, in NFC and without control or direction-override characters, or raise ProfileInvalid."""
    trimmed = _trimmed(name)
    if not trimmed and not may_be_empty:
        raise ProfileInvalid("A name cannot be empty", fields={"field": field})
    if trimmed and all(unicodedata.category(char)[0] in "ZM" or char in _BLANK for char in trimmed):
        raise ProfileInvalid("A name must have something to see", fields={"field": field})
    if _longest_pile(trimmed) > _MOST_MARKS:
        raise ProfileInvalid("A letter carries too many marks", fields={"field": field})
    return trimmed


def shown_name(name: str) -> str:
    """Return a name that somebody else gave, made fit to be shown whatever it was."""
    try:
        return clean_name(name[:120], field="display_name")
    except ProfileInvalid:
        return "?"


def clean_text(text: str) -> str:
    """Return a text of several lines in NFC and without control or direction-override characters."""
    kept = [char for char in unicodedata.normalize("NFC", text) if char == "\n" or _is_kept(char)]
    return "".join(kept).strip()


def checked_fields(changes: Mapping[str, object]) -> dict[str, object]:
    """Return the changed fields of a profile as they are kept, or raise ProfileInvalid."""
    return {name: _CHECKS[name](value) if name in _CHECKS else value for name, value in changes.items()}


def _trimmed(name: str) -> str:
    kept = "".join(char for char in unicodedata.normalize("NFC", name) if char.isspace() or _is_kept(char))
    return " ".join(kept.split()).strip("".join(_JOINERS) + " ")


def _is_kept(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char)[0] != "C"


def _longest_pile(text: str) -> int:
    longest = pile = 0
    for char in text:
        pile = pile + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        longest = max(longest, pile)
    return longest


def check_locale(locale: str) -> str:
    """Return the language tag (BCP 47), or raise ProfileInvalid."""
    if not _LOCALE.fullmatch(locale):
        raise ProfileInvalid(
            "This is not a language tag", hint="For example: en, ar or pt-BR", fields={"field": "locale"}
        )
    return locale


def check_time_zone(zone: str) -> str:
    """Return the IANA time zone, or raise ProfileInvalid."""
    if zone not in _ZONES:
        raise ProfileInvalid(
            f"'{zone[:40]}' is not a time zone", hint="For example: Europe/Lisbon", fields={"field": "time_zone"}
        )
    return zone


def check_theme(theme: str) -> str:
    """Return the theme, or raise ProfileInvalid."""
    if theme not in THEMES:
        raise ProfileInvalid("There is no such theme", hint=f"Themes: {', '.join(THEMES)}", fields={"field": "theme"})
    return theme


# any: each check takes the type that the route has read for its field
_CHECKS: Mapping[str, Callable[[Any], object]] = {
    "display_name": partial(clean_name, field="display_name"),
    "legal_name": partial(clean_name, field="legal_name", may_be_empty=True),
    "pronouns": partial(clean_name, field="pronouns", may_be_empty=True),
    "bio": clean_text,
    "locale": check_locale,
    "time_zone": check_time_zone,
    "theme": check_theme,
}
