"""Rules of repetition (RFC 5545): which are taken, and when a series happens.

A series repeats by the clock on the wall of its own zone. An occurrence that falls into the hour that is left out in
spring happens as long after midnight as it would have; one in the hour that comes twice happens the first time.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from stoa.kit.contract import Struct
from stoa.services.calendar.contract import BadEntry
from stoa.services.calendar.domain.entries import Entry

_FREQUENCIES = {"YEARLY": 0, "MONTHLY": 1, "WEEKLY": 2, "DAILY": 3}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_COUNTED, _MOST_INTERVAL = 1_000, 99
_LONGEST_RULE = 200
_DAY = timedelta(days=1)


class Occurrence(Struct, frozen=True, kw_only=True):
    """One time that an entry happens; `occurs_at` is when it would have by the rule."""

    entry: Entry
    starts_at: datetime
    ends_at: datetime
    occurs_at: datetime
    is_recurring: bool

    @property
    def is_cancelled(self) -> bool:
        """Say whether it will not happen."""
        return self.entry.cancelled_at is not None


def check_rule(rule: str, starts_at: datetime, zone: ZoneInfo) -> None:
    """Raise BadEntry unless a rule is one that is taken and begins with its first occurrence."""
    _, until = _read(rule)
    if until is not None and until < starts_at:
        raise BadEntry("The series ends before it begins", fields={"field": "rrule"})
    first = next(iter(_walls(rule, starts_at, zone)), None)
    if first != _wall(starts_at, zone):
        raise BadEntry("The first time does not fit the rule", fields={"field": "rrule"})


def happens_at(entry: Entry, at: datetime) -> bool:
    """Say whether a series has an occurrence that begins at an instant, by its rule alone."""
    zone = ZoneInfo(entry.time_zone)
    wall = _wall(at, zone)
    walls = _walls(entry.rrule, entry.starts_at, zone, since=wall - _DAY)
    return any(_instant(one, zone) == at for one in _before(walls, wall + _DAY))


def occurrences(
    entry: Entry, replaced: Iterable[Entry], *, since: datetime, until: datetime, most: int
) -> list[Occurrence]:
    """Return when an entry happens within a window, with what replaces some of its occurrences, at most so many."""
    own = list(replaced)
    found = [_once(entry)] if not entry.rrule else _repeated(entry, own, since=since, until=until, most=most)
    found += [_replacing(one, entry) for one in own]
    return [one for one in found if one.ends_at > since and one.starts_at < until]


def span(entry: Entry, *, until: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last instant that an entry may touch, those of a long series cut."""
    if not entry.rrule:
        return entry.starts_at, entry.ends_at
    values, end = _read(entry.rrule)
    if values["count"] is not None:
        zone = ZoneInfo(entry.time_zone)
        end = _instant(max(_walls(entry.rrule, entry.starts_at, zone)), zone)
    last = until if end is None else min(end, until)
    return entry.starts_at, max(entry.ends_at, last + (entry.ends_at - entry.starts_at))


def _once(entry: Entry) -> Occurrence:
    return Occurrence(
        entry=entry,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        occurs_at=entry.starts_at,
        is_recurring=False,
    )


def _replacing(entry: Entry, series: Entry) -> Occurrence:
    return Occurrence(
        entry=entry,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        occurs_at=entry.occurs_at or entry.starts_at,
        is_recurring=bool(series.rrule),
    )


def _repeated(entry: Entry, replaced: list[Entry], *, since: datetime, until: datetime, most: int) -> list[Occurrence]:
    zone = ZoneInfo(entry.time_zone)
    length = entry.ends_at - entry.starts_at
    left_out = {one.occurs_at for one in replaced}
    walls = _walls(entry.rrule, entry.starts_at, zone, since=_wall(since, zone) - length - _DAY)
    found = []
    for wall in _before(walls, _wall(until, zone) + _DAY):
        at = _instant(wall, zone)
        if at not in left_out and at + length > since and at < until:
            found.append(Occurrence(entry=entry, starts_at=at, ends_at=at + length, occurs_at=at, is_recurring=True))
        if len(found) >= most:
            break
    return found


def _walls(rule: str, starts_at: datetime, zone: ZoneInfo, *, since: datetime | None = None) -> Iterable[datetime]:
    from dateutil.rrule import rrule  # 4 ms that a process which shows no series never spends

    values, until = _read(rule)
    end = None if until is None else _wall(until, zone)
    made = rrule(dtstart=_wall(starts_at, zone), until=end, cache=False, **values)
    return made if since is None else made.xafter(since)


def _before(walls: Iterable[datetime], end: datetime) -> Iterator[datetime]:
    for wall in walls:
        if wall >= end:
            return
        yield wall


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


# any: the arguments of dateutil's rrule are of several types
def _read(rule: str) -> tuple[dict[str, Any], datetime | None]:
    """Return a rule as dateutil takes it, and its end; refuse what cannot be shown, or never happens."""
    parts = [part.partition("=") for part in rule.split(";")]
    named = {name: value for name, _, value in parts}
    if len(rule) > _LONGEST_RULE or len(named) < len(parts) or not named.keys() <= _PARTS or not all(named.values()):
        raise _refused("The rule has parts that are not taken")
    if named.get("FREQ") not in _FREQUENCIES:
        raise _refused("A series repeats yearly, monthly, weekly or daily")
    if "COUNT" in named and "UNTIL" in named:
        raise _refused("A rule has a count or an end, not both")
    months = _numbers(named, "BYMONTH", 1, 12)
    days = _numbers(named, "BYMONTHDAY", -31, 31)
    weekdays = _weekdays(named)
    _check_days(named, weekdays, months, days)
    from dateutil.rrule import weekday

    values: dict[str, Any] = {  # any: as above
        "freq": _FREQUENCIES[named["FREQ"]],
        "interval": (_numbers(named, "INTERVAL", 1, _MOST_INTERVAL) or [1])[0],
        "count": next(iter(_numbers(named, "COUNT", 1, _MOST_COUNTED)), None),
        "bymonth": months or None,
        "bymonthday": days or None,
        "byweekday": [weekday(day, place) for day, place in weekdays] or None,
        "bysetpos": _numbers(named, "BYSETPOS", -4, 4) or None,
        "wkst": _DAYS.index(_one_of(named, "WKST", _DAYS, "MO")),
    }
    return values, _until(named)


def _check_days(
    named: dict[str, str], weekdays: list[tuple[int, int | None]], months: list[int], days: list[int]
) -> None:
    """Refuse the combinations that may never happen: looking for their first time would take until the year 9999."""
    frequency = named["FREQ"]
    placed = any(place is not None for _, place in weekdays)
    if placed and (frequency not in ("MONTHLY", "YEARLY") or days):
        raise _refused("The second Monday is one of a month or year, whatever its date")
    if placed and frequency == "YEARLY" and not months:
        raise _refused("The second Monday of a year is that of a month")
    if "BYSETPOS" in named and (frequency != "MONTHLY" or not weekdays or placed or days):
        raise _refused("Only of the weekdays of a month one can be chosen by its place")
    if frequency == "WEEKLY" and days:
        raise _refused("A weekly series has no days of the month")
    possible = [abs(day) <= _LONGEST_MONTHS[month - 1] for day, month in product(days, months)]
    if days and months and not any(possible):
        raise _refused("No such day exists in these months")


def _weekdays(named: dict[str, str]) -> list[tuple[int, int | None]]:
    found = []
    for text in named["BYDAY"].split(",") if "BYDAY" in named else ():
        match = _BYDAY.fullmatch(text)
        if match is None:
            raise _refused("The days of the week cannot be read")
        found.append((_DAYS.index(match[2]), int(match[1]) if match[1] else None))
    return found


def _numbers(named: dict[str, str], name: str, least: int, most: int) -> list[int]:
    texts = named[name].split(",") if name in named else []
    if not all(re.fullmatch(r"[+-]?[0-9]{1,4}", text) for text in texts):
        raise _refused(f"{name} cannot be read")
    numbers = [int(text) for text in texts]
    if 0 in numbers or any(not least <= number <= most for number in numbers):
        raise _refused(f"{name} goes from {least} to {most}")
    if len(numbers) > 1 and name in ("INTERVAL", "COUNT"):
        raise _refused(f"{name} is one number")
    return numbers


def _one_of(named: dict[str, str], name: str, known: tuple[str, ...], default: str) -> str:
    if named.get(name, default) not in known:
        raise _refused(f"{name} cannot be read")
    return named.get(name, default)


def _until(named: dict[str, str]) -> datetime | None:
    text = named.get("UNTIL")
    if text is None:
        return None
    try:
        if not _UNTIL.fullmatch(text):
            raise ValueError
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _refused("The end of a rule reads 20261231T235959Z") from None


def _refused(detail: str) -> BadEntry:
    return BadEntry(detail, fields={"field": "rrule"})
