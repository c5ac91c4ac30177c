"""When the classes of a series begin: a rule of repetition, expanded in the zone of the event."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrule, rrulestr

from stoa.services.live.contract import BadSchedule

MOST = 200
_LONGEST_RULE = 500
_DAYS = "(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU)){0,6}"
_EVERYWHERE = {
    "FREQ": "[A-Z]+",
    "COUNT": "[1-9][0-9]{0,3}",
    "UNTIL": "[0-9]{8}(?:T[0-9]{6}Z?)?",
    "INTERVAL": "[1-9]|1[01]",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
}
_PARTS = {
    "DAILY": {"BYDAY": _DAYS},
    "WEEKLY": {"BYDAY": _DAYS, "INTERVAL": "[1-9]|[1-4][0-9]|5[0-2]"},
    "MONTHLY": {
        "BYDAY": "(?:(?:[+-]?[1-4]|-5|5)?(?:MO|TU|WE|TH|FR|SA|SU),?){1,7}",
        "BYMONTHDAY": "(?:-?(?:[1-9]|[12][0-9]|3[01]),?){1,31}",
        "BYSETPOS": "-?[1-4]",
    },
    "YEARLY": {},
}
_FARTHEST = timedelta(days=5 * 366)


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its IANA name; what a machine calls "localtime" is not the same everywhere."""
    if name not in _zones():
        raise BadSchedule(f"There is no time zone {name[:60]!r}.", hint="Use a name like Europe/Zurich.")
    return ZoneInfo(name)


def instant_of(civil: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a civil time; one that the clocks skip is moved on by the gap, of two the first is meant.

    These are the rules of RFC 5545, 3.3.5.
    """
    utc = ZoneInfo("UTC")
    naive = civil.replace(tzinfo=None, fold=0)
    instant = naive.replace(tzinfo=zone).astimezone(utc)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) == naive:
        return instant
    before = (naive - timedelta(days=1)).replace(tzinfo=zone).utcoffset() or timedelta()
    return (naive - before).replace(tzinfo=utc)


def starts_of(*, first: datetime, zone: ZoneInfo, rule: str, skipped: Sequence[datetime] = ()) -> list[datetime]:
    """Return the instants at which the classes of a series begin, without those that are skipped.

    The rule counts in civil time, so a class stays at ten o'clock when the clocks change; it must end by COUNT or
    UNTIL, and makes at most 200 classes within five years.
    """
    if len(rule) > _LONGEST_RULE or "\n" in rule or "\r" in rule:
        raise BadSchedule("The rule of repetition is one RRULE of RFC 5545.")
    civil = first.astimezone(zone).replace(tzinfo=None)
    found = _expanded(rule, civil, zone)
    if len(found) > MOST:
        raise BadSchedule(f"The series has more than {MOST} classes.", hint="End it with COUNT or UNTIL.")
    left_out = set(skipped)
    starts = [instant_of(one, zone) for one in found]
    kept = [one for one in starts if one not in left_out]
    if not kept:
        raise BadSchedule("The series has no class.")
    return kept


def _expanded(rule: str, first: datetime, zone: ZoneInfo) -> list[datetime]:
    parts = dict(part.partition("=")[::2] for part in rule.upper().removeprefix("RRULE:").split(";") if part)
    _check_parts(parts)
    try:
        count = int(parts.pop("COUNT", MOST + 1))
        until = min(_civil_end(parts.pop("UNTIL", ""), zone), first + _FARTHEST)
        made = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
        if not isinstance(made, rrule):
            raise ValueError("it is a set of rules")
        return list(islice(made.replace(until=until), min(count, MOST + 1)))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as problem:
        raise BadSchedule(f"The rule of repetition cannot be read: {problem}.") from None


def _check_parts(parts: dict[str, str]) -> None:
    """Raise BadSchedule unless a rule is of a kind that always finds a day.

    dateutil looks for the 31st of February until the year 9999, which took 39 seconds: such rules are not begun.
    """
    known = _PARTS.get(parts.get("FREQ", ""))
    if known is None:
        raise BadSchedule("A class repeats by the day, the week, the month or the year.")
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise BadSchedule("The series has no end.", hint="End it with COUNT or UNTIL.")
    for name, value in parts.items():
        allowed = known.get(name) or _EVERYWHERE.get(name)
        if allowed is None or not re.fullmatch(allowed, value):
            raise BadSchedule(f"A class does not repeat by {name}={value[:40]} here.")
    if parts["FREQ"] == "DAILY" and "BYDAY" in parts and parts.get("INTERVAL", "1") != "1":
        raise BadSchedule("Some days of the week, every so many days, may never come.")
    if "BYSETPOS" in parts and not re.fullmatch(_DAYS, parts.get("BYDAY", "")):
        raise BadSchedule("BYSETPOS counts days of the week: it comes with BYDAY.")
    if "BYSETPOS" in parts and "BYMONTHDAY" in parts:
        raise BadSchedule("BYSETPOS comes without BYMONTHDAY.")


def _civil_end(until: str, zone: ZoneInfo) -> datetime:
    """Return UNTIL in the zone's own time; a bare date includes its whole day."""
    if not until:
        return datetime(9999, 12, 31)  # noqa: DTZ001 (civil, as the rule counts)
    if until.endswith("Z"):
        end = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=ZoneInfo("UTC"))
        return end.astimezone(zone).replace(tzinfo=None)
    if "T" in until:
        return datetime.fromisoformat(until)
    return datetime.fromisoformat(until) + timedelta(days=1, microseconds=-1)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}
