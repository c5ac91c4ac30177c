"""Entries, who sees them, and what may be written into a calendar."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from stoa.kit.auth.caller import Grant
from stoa.kit.contract import Struct, UserId
from stoa.kit.names import is_kept
from stoa.services.calendar.contract import BadEntry, BadWindow, EntryId, Source
from stoa.services.calendar.policy import LONGEST_ENTRY, LONGEST_WINDOW
from stoa.services.courses.contract import CourseId, CourseState, CourseSummary

TEACHING = frozenset({"author", "instructor", "assistant"})
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_STUDIED = (CourseState.PUBLISHED, CourseState.ARCHIVED)


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that happens, or a series of them, or what replaces one occurrence of a series."""

    id: EntryId
    source: Source
    course: CourseId | None
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    rrule: str = ""
    series: EntryId | None = None
    occurs_at: datetime | None = None
    sequence: int = 0
    is_hidden: bool = False
    created_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None = None
    hosts: list[UserId] = []


class View(Struct, frozen=True, kw_only=True):
    """Whose calendar it is: the courses whose entries they see, by id."""

    user: UserId
    courses: dict[CourseId, CourseSummary]

    def shows(self, entry: Entry) -> bool:
        """Say whether they see an entry: hidden ones only who holds them."""
        if self.user in entry.hosts:
            return True
        return not entry.is_hidden and (entry.course is None or entry.course in self.courses)


def visible(courses: Iterable[CourseSummary], *, taught: frozenset[CourseId]) -> dict[CourseId, CourseSummary]:
    """Return the courses whose calendar somebody sees: a draft's only its staff."""
    return {course.id: course for course in courses if course.id in taught or course.state in _STUDIED}


def taught_by(grants: Iterable[Grant], *, at: datetime) -> frozenset[CourseId]:
    """Return the courses in which these grants make somebody teach."""
    active = [grant for grant in grants if grant.scope == "course" and grant.scope_id and grant.is_active(at)]
    refused = {grant.scope_id for grant in active if grant.prohibit and grant.role in ("*", *TEACHING)}
    held = {grant.scope_id for grant in active if not grant.prohibit and grant.role in TEACHING}
    return frozenset(CourseId(course) for course in held - refused if course)


def is_suspended(grants: Iterable[Grant], *, at: datetime) -> bool:
    """Say whether somebody's whole membership is suspended."""
    return any(
        grant.prohibit and grant.role == "*" and grant.scope == "organization" and grant.is_active(at)
        for grant in grants
    )


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone, or raise BadEntry."""
    if name not in _zones():
        raise BadEntry("There is no such time zone", fields={"field": "time_zone"})
    return ZoneInfo(name)


def check_times(starts_at: datetime, ends_at: datetime) -> None:
    """Raise BadEntry unless something begins before it ends, and ends within a month."""
    if not (is_usable(starts_at) and is_usable(ends_at)):
        raise BadEntry("A time has an offset and lies in our times, as 2026-03-01T10:00:00+02:00 does")
    if not starts_at < ends_at <= starts_at + LONGEST_ENTRY:
        raise BadEntry("An entry ends after it begins, within 31 days", fields={"field": "ends_at"})


def check_window(since: datetime, until: datetime) -> None:
    """Raise BadWindow unless a window can be shown."""
    if not (is_usable(since) and is_usable(until)):
        raise BadWindow("A time has an offset and lies in our times, as 2026-03-01T10:00:00+02:00 does")
    if not since < until <= since + LONGEST_WINDOW:
        raise BadWindow(f"A window ends after it begins, within {LONGEST_WINDOW.days} days")


def is_usable(at: datetime) -> bool:
    """Say whether a time can be reckoned with in every zone."""
    return at.tzinfo is not None and _FIRST_YEAR <= at.year <= _LAST_YEAR


def whole(at: datetime) -> datetime:
    """Return a time in UTC to the second, which is all that a calendar file can say."""
    return at.astimezone(UTC).replace(microsecond=0)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def clean_text(text: str, *, lines: bool = False) -> str:
    """Return a text without what no calendar may hold: controls, and ends of lines where it is one line."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = "".join(char for char in broken if char in "\n\t" or is_kept(char))
    return kept.strip() if lines else " ".join(kept.split())
