"""The rules of profiles: names that can be shown, languages and time zones that exist."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from stoa.kit import names
from stoa.kit.names import BadName
from stoa.services.people.contract import ProfileInvalid

THEMES = ("system", "light", "dark", "contrast")
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")
_ZONES = frozenset(available_timezones())


def clean_name(name: str, *, field: str, may_be_empty: bool = False) -> str:
    """Return a name as it is kept, or raise ProfileInvalid."""
    try:
        return names.clean_name(name, may_be_empty=may_be_empty)
    except BadName as error:
        raise ProfileInvalid(error.detail, fields={"field": field}) from None


def clean_text(text: str) -> str:
    """Return a text of several lines in NFC and without control or direction-override characters."""
    kept = [char for char in unicodedata.normalize("NFC", text) if char == "\n" or names.is_kept(char)]
    return "".join(kept).strip()


def checked_fields(changes: Mapping[str, object]) -> dict[str, object]:
    """Return the changed fields of a profile as they are kept, or raise ProfileInvalid."""
    return {name: _CHECKS[name](value) if name in _CHECKS else value for name, value in changes.items()}


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
