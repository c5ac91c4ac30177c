"""What attributes say: titles, dates, visibility, licences, and what a container hands down to its problems."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from stoa.services.courses.contract import Completion, NodeSettings
from stoa.services.courses.domain.olx.walk import Element

INHERITED = frozenset(
    {"showanswer", "max_attempts", "rerandomize", "graceperiod", "show_correctness", "submission_wait_seconds"}
    | {"attempts_before_showanswer_button", "show_reset_button", "use_latex_compiler", "force_save_button"}
)
MADE_UP = re.compile(r"Group ID \d+|Content Experiment|Unit")
LICENCE = re.compile(r"creative-commons:\s*(?:ver=(?P<version>[\d.]+)\s*)?(?P<terms>[A-Z0-9 ]*)")


def title_of(element: Element) -> str:
    """Return an element's title; sections without one show their name, blocks without one show none."""
    given = element.attributes.get("display_name") or element.attributes.get("name") or ""
    if not given and element.tag in ("survey", "poll"):
        given = element.attributes.get("block_name", "")
    if not given and element.tag in ("chapter", "sequential", "vertical", "videosequence", "problemset"):
        hidden = re.fullmatch(r"h?[0-9a-f]{16,}", element.url_name)
        given = "" if hidden else element.url_name.replace("_", " ").strip()
    return given.strip() or {"chapter": "Section", "sequential": "Subsection", "vertical": "Unit"}.get(element.tag, "")


def title_inside(element: Element) -> str:
    """Return the title of a part inside a unit: none that Open edX made up for the author alone."""
    given = str(element.attributes.get("display_name") or element.attributes.get("name") or "").strip()
    return "" if MADE_UP.fullmatch(given) else given


def settings_of(element: Element, completion: Completion) -> NodeSettings:
    """Return the settings that attributes spell."""
    given = element.attributes
    return NodeSettings(
        completion=completion,
        release_at=instant(given.get("start")),
        due_at=instant(given.get("due")),
        hidden=_is_true(given.get("visible_to_staff_only")) or _is_true(given.get("hide_from_toc")),
        licence=licence_of(given.get("license", "")),
        format=given.get("format", "").strip('"'),
        graded=_is_true(given.get("graded")),
    )


def licence_of(text: str) -> str:
    """Return a licence in words people use."""
    if text == "all-rights-reserved":
        return "All rights reserved"
    match = LICENCE.fullmatch(text.strip())
    if match is None:
        return text.strip()
    terms = "-".join(match["terms"].split()) or "BY"
    version = match["version"] or "4.0"
    return f"CC0 {version}" if terms in ("0", "ZERO") else f"CC {terms} {version}"


def instant(text: str | None) -> datetime | None:
    """Return an Open edX date, None for none or for one that cannot be read."""
    bare = (text or "").strip().strip('"')
    if not bare or bare == "null":
        return None
    try:
        read = datetime.fromisoformat(bare)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def shown_to_some(element: Element) -> str:
    """Say what is lost where only certain groups may see an element."""
    access = element.attributes.get("group_access", "").strip()
    return "shown to everybody instead of to content groups" if access not in ("", "{}", "null") else ""


def inherited_by(element: Element, above: Element) -> Element:
    """Return an element that carries what its children inherit from it and from above it."""
    handed = {name: value for name, value in above.attributes.items() if name in INHERITED}
    handed |= {name: value for name, value in element.attributes.items() if name in INHERITED}
    return replace(element, attributes=handed, children=[])


def _is_true(text: str | None) -> bool:
    return (text or "").strip().strip('"').lower() == "true"
