"""A calendar as a file: RFC 5545, written by the icalendar library."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from stoa.kit.contract import Struct
from stoa.services.calendar.contract import EntryId, Source
from stoa.services.calendar.domain.entries import Entry, View, clean_text
from stoa.services.calendar.domain.recurrence import span
from stoa.services.calendar.domain.zones import clock_changes

if TYPE_CHECKING:
    from icalendar import Event, Timezone

# Who subscribes asks about every hour; more seldom, and a class that is moved is missed.
_REFRESH = timedelta(hours=1)
_AHEAD = timedelta(days=3 * 366)
_ENDLESS = datetime(2200, 1, 1, tzinfo=UTC)
_FORM = 1
_encode = msgspec.msgpack.Encoder(order="sorted").encode


class Line(Struct, frozen=True, kw_only=True):
    """One entry as a feed shows it."""

    entry: Entry
    uid: str
    course: str
    url: str
    sequence: int
    changed_at: datetime
    skipped: list[datetime] = []


def lines_of(
    entries: Sequence[Entry], view: View, *, public_url: str, since: datetime, cancelled_since: datetime
) -> list[Line]:
    """Return what a feed shows of some entries, in their order.

    An occurrence that replaces one of a series has the series' UID and is never older than it. What was cancelled long
    ago is left out: of a series, by a date that it skips.
    """
    series = {entry.id: entry for entry in entries if entry.rrule and span(entry, until=_ENDLESS)[1] > since}
    gone: dict[EntryId, list[datetime]] = defaultdict(list)
    shown = []
    for entry in entries:
        is_gone = entry.cancelled_at is not None and entry.cancelled_at < cancelled_since
        if is_gone and entry.series and entry.occurs_at:
            gone[entry.series].append(entry.occurs_at)
        needed = entry.series if entry.occurs_at else entry.id if entry.rrule else None
        if not is_gone and view.shows(entry) and (needed is None or needed in series):
            shown.append(entry)
    found = []
    for entry in shown:
        master = series.get(entry.series) if entry.series and entry.occurs_at else None
        course = view.courses.get(entry.course) if entry.course else None
        found.append(
            Line(
                entry=msgspec.structs.replace(entry, hosts=[]),
                uid=str(entry.series if master else entry.id),
                course=course.title if course else "",
                url=f"{public_url}{path_of(entry, course.slug if course else '')}",
                sequence=max(entry.sequence, master.sequence if master else 0),
                changed_at=max(entry.changed_at, master.changed_at) if master else entry.changed_at,
                skipped=sorted(gone[entry.id]),
            )
        )
    return found


def path_of(entry: Entry, slug: str) -> str:
    """Return where a reader goes for an entry: into the room of a class, or to the course."""
    if entry.source is Source.LIVE:
        return f"/live/{entry.id}"
    return f"/learn/{slug}" if slug else "/calendar"


def tag_of(lines: Sequence[Line], *, now: datetime) -> str:
    """Return the tag of a feed: it changes with what the file would say, and costs no file."""
    return hashlib.blake2b(_encode([_FORM, now.year, list(lines)]), digest_size=16).hexdigest()


def render(lines: Sequence[Line], *, now: datetime) -> bytes:
    """Return a feed as a file."""
    from icalendar import Calendar  # 0.2 s and 4 MB that only a process which writes feeds spends

    calendar = Calendar()
    for name, value in (("prodid", "-//Stoa//Calendar//EN"), ("version", "2.0"), ("x-wr-calname", "Stoa")):
        calendar.add(name, value)
    calendar.add("name", "Stoa")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    years: dict[str, tuple[int, int]] = {}
    for line in lines:
        entry = line.entry
        starts, ends = span(entry, until=now + _AHEAD)
        first, last = years.get(entry.time_zone, (starts.year, ends.year))
        early = min(starts, entry.occurs_at or starts)
        years[entry.time_zone] = (min(first, early.year - 1), max(last, ends.year + 1))
    for zone, (first, last) in sorted(years.items()):
        if zone != "UTC":
            calendar.add_component(_timezone(zone, first, last))
    for line in lines:
        calendar.add_component(_event(line))
    written: bytes = calendar.to_ical()
    return written


def _event(line: Line) -> "Event":
    from icalendar import Event, vRecur

    entry, zone = line.entry, ZoneInfo(line.entry.time_zone)
    event = Event()
    event.add("uid", line.uid)
    # Without a METHOD the stamp is the last revision, so that the same calendar is the same file.
    event.add("dtstamp", line.changed_at)
    event.add("last-modified", line.changed_at)
    event.add("created", entry.created_at)
    event.add("sequence", line.sequence)
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", entry.ends_at.astimezone(zone))
    if entry.occurs_at:
        event.add("recurrence-id", entry.occurs_at.astimezone(zone))
    if entry.rrule:
        event.add("rrule", vRecur.from_ical(entry.rrule))
    if line.skipped:
        event.add("exdate", [at.astimezone(zone) for at in line.skipped])
    event.add("summary", clean_text(entry.title))
    description = clean_text(entry.description, lines=True)
    event.add("description", f"{description}\n\n{line.url}" if description else line.url)
    if line.course:
        event.add("categories", [clean_text(line.course)])
    event.add("url", line.url)
    event.add("status", "CANCELLED" if entry.cancelled_at else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled_at else "OPAQUE")
    return event


def _timezone(zone: str, first: int, last: int) -> "Timezone":
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    made = Timezone()
    made.add("tzid", zone)
    like: dict[tuple[bool, timedelta, timedelta, str], list[datetime]] = defaultdict(list)
    for change in clock_changes(zone, first=first, last=last):
        like[change.is_summer, change.before, change.after, change.name].append(change.wall)
    for (is_summer, before, after, name), walls in like.items():
        part = TimezoneDaylight() if is_summer else TimezoneStandard()
        part.add("dtstart", walls[0])
        if walls[1:]:
            part.add("rdate", walls[1:])
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", name)
        made.add_component(part)
    return made
