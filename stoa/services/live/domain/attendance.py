"""Who was there, and for how long: connected intervals of all devices, joined and cut to the class's own time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from stoa.kit.contract import Struct


class Mark(StrEnum):
    """How a person's attendance is counted."""

    PRESENT = "present"
    PARTLY = "partly"
    ABSENT = "absent"
    EXCUSED = "excused"


class Correction(StrEnum):
    """A mark set by hand; `counted` goes back to what was counted."""

    PRESENT = "present"
    PARTLY = "partly"
    ABSENT = "absent"
    EXCUSED = "excused"
    COUNTED = "counted"


class Interval(Struct, frozen=True, kw_only=True):
    """A stretch of time in which a device was connected, or in which the class was on."""

    since: datetime
    until: datetime


class Rule(Struct, frozen=True, kw_only=True):
    """What counts as having been there."""

    min_percent: int = 75
    grace: timedelta = timedelta(minutes=5)


class Attendance(Struct, frozen=True, kw_only=True):
    """How one person attended a class; `corrected_by_hand` says that a mark was set, and `mark` is that one."""

    mark: Mark
    present_s: int
    percent: int
    first_seen: datetime | None
    last_seen: datetime | None
    is_late: bool
    left_early: bool
    corrected_by_hand: bool = False


def union(intervals: Sequence[Interval]) -> list[Interval]:
    """Join intervals that overlap or touch; empty and backward ones count for nothing."""
    joined: list[Interval] = []
    for one in sorted(intervals, key=lambda interval: interval.since):
        if one.until <= one.since:
            continue
        if joined and one.since <= joined[-1].until:
            if one.until > joined[-1].until:
                joined[-1] = Interval(since=joined[-1].since, until=one.until)
        else:
            joined.append(one)
    return joined


def meeting(ones: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Return what lies in both of two unions."""
    found = []
    for one in ones:
        for other in others:
            since, until = max(one.since, other.since), min(one.until, other.until)
            if since < until:
                found.append(Interval(since=since, until=until))
    return union(found)


def length(intervals: Sequence[Interval]) -> timedelta:
    """Return how long intervals of a union are together."""
    return sum((one.until - one.since for one in intervals), timedelta())


def window_of(*, starts_at: datetime, ends_at: datetime, sessions: Sequence[Interval]) -> list[Interval]:
    """Return the time that counts: when the class was on within its hours, or whenever it was on if never in them.

    A teacher who begins ten minutes late takes nothing from anybody.
    """
    held = union(sessions)
    return meeting(held, [Interval(since=starts_at, until=ends_at)]) or held


def attended(
    visits: Sequence[Interval], *, window: Sequence[Interval], rule: Rule, by_hand: Mark | None = None
) -> Attendance:
    """Decide how somebody attended; a mark set by hand outranks the count and leaves it to be read."""
    there = meeting(union(visits), window)
    whole = length(window)
    percent = int(100 * length(there) / whole) if whole else 0
    first, last = (there[0].since, there[-1].until) if there else (None, None)
    counted = Mark.ABSENT
    if there:
        counted = Mark.PRESENT if percent >= rule.min_percent else Mark.PARTLY
    return Attendance(
        mark=by_hand or counted,
        present_s=int(length(there).total_seconds()),
        percent=percent,
        first_seen=first,
        last_seen=last,
        is_late=first is not None and first > window[0].since + rule.grace,
        left_early=last is not None and last < window[-1].until - rule.grace,
        corrected_by_hand=by_hand is not None,
    )
