"""The rules of profiles: names that can be shown, languages and time zones that exist."""

import re
import unicodedata
from zoneinfo import available_timezones

from stoa.services.people.contract import ProfileInvalid

THEMES = ("system", "light", "dark", "contrast")
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")
_ZONES = frozenset(available_timezones())


def clean_name(name: str, *, field: str, may_be_empty: bool = False) -> str:
    """Return a name trimmed, in NFC and without control or direction-override characters, or raise ProfileInvalid."""
    kept = "".join(char for char in unicodedata.normalize("NFC", name) if unicodedata.category(char)[0] != "C")
    trimmed = " ".join(kept.split())
    if not trimmed and not may_be_empty:
        raise ProfileInvalid("A name cannot be empty", fields={"field": field})
    return trimmed


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
