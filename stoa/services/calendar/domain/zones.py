"""What a calendar file says of a time zone: when its clocks change, as VTIMEZONE tells it."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from stoa.kit.contract import Struct

# Shorter than any pair of changes: Morocco's clocks go back for about five weeks around Ramadan.
_STEP = timedelta(days=7)
_SECOND = timedelta(seconds=1)


class ClockChange(Struct, frozen=True, kw_only=True):
    """A moment at which the clocks of a zone change; `wall` is what they showed just then."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


@lru_cache(maxsize=512)
def clock_changes(zone: str, *, first: int, last: int) -> tuple[ClockChange, ...]:
    """Return how the clocks of a zone stand when a year begins, and each change until another year ends."""
    rules = ZoneInfo(zone)
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    found = [_change(rules, at, before=_offset(rules, at))]
    while at < end:
        after = min(at + _STEP, end)
        if _shape(rules, at) != _shape(rules, after):
            moment = _moment(rules, at, after)
            found.append(_change(rules, moment, before=_offset(rules, moment - _SECOND)))
        at = after
    return tuple(found)


def _moment(rules: ZoneInfo, low: datetime, high: datetime) -> datetime:
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if _shape(rules, middle) == _shape(rules, low):
            low = middle
        else:
            high = middle
    return high


def _change(rules: ZoneInfo, at: datetime, *, before: timedelta) -> ClockChange:
    local = at.astimezone(rules)
    return ClockChange(
        wall=(at + before).replace(tzinfo=None),
        before=before,
        after=_offset(rules, at),
        name=local.tzname() or "",
        is_summer=bool(local.dst()),
    )


def _offset(rules: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(rules).utcoffset() or timedelta(0)


def _shape(rules: ZoneInfo, at: datetime) -> tuple[timedelta | None, str | None, timedelta | None]:
    local = at.astimezone(rules)
    return local.utcoffset(), local.tzname(), local.dst()
