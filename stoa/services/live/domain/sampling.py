"""Which of many messages all see: at most so many in any second, the same for everybody."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from stoa.kit.contract import Struct

T = TypeVar("T")
SHOWN_PER_S = 20
SECOND = timedelta(seconds=1)


class Tick(Struct, frozen=True, kw_only=True):
    """What one look at a room offered and showed."""

    at: datetime
    offered: int
    shown: int


def reservoir(items: Iterable[T], size: int, chance: Random) -> list[T]:
    """Choose `size` of a stream with equal chances, in the stream's order."""
    kept: list[tuple[int, T]] = []
    if size <= 0:
        return []
    for place, item in enumerate(items):
        if len(kept) < size:
            kept.append((place, item))
            continue
        other = chance.randrange(place + 1)
        if other < size:
            kept[other] = (place, item)
    return [item for _, item in sorted(kept, key=lambda one: one[0])]


def still_counting(recent: Sequence[Tick], now: datetime) -> list[Tick]:
    """Return the ticks of the second that ends now; a clock that ran backwards counts as now."""
    return [tick for tick in recent if tick.at > now - SECOND]


def room_for(recent: Sequence[Tick], *, offered: int, now: datetime, tick: timedelta) -> int:
    """Say how many of the offered messages may be shown now.

    In no second more than 20. A handful after a silence is shown whole; in a flood each tick gets its share of the
    second, so that a second's sample is spread over it. A tick that comes late, as on a busy server, gets the share
    of the time that has passed.
    """
    counted = still_counting(recent, now)
    left = max(0, SHOWN_PER_S - sum(one.shown for one in counted))
    if offered + sum(one.offered for one in counted) <= SHOWN_PER_S:
        return min(offered, left)
    passed = max(tick, now - counted[-1].at) if counted else tick
    share = max(1, round(SHOWN_PER_S * passed / SECOND))
    return min(offered, left, share)


def rate_of(recent: Sequence[Tick], *, offered: int, now: datetime) -> int:
    """Return how many messages were offered in the second that ends now."""
    return offered + sum(one.offered for one in still_counting(recent, now))


SLOW_STEPS_S = (0, 5, 10, 30, 60)
_RAISE_ABOVE_PER_S = 2 * SHOWN_PER_S
_CALM_BELOW_PER_S = SHOWN_PER_S // 2
CALM_FOR = timedelta(seconds=30)


class Pace(Struct, frozen=True, kw_only=True):
    """The slow mode that a room gave itself, and since when it has been calm."""

    slow_s: int = 0
    calm_since: datetime | None = None


def next_pace(pace: Pace, *, rate: int, now: datetime) -> Pace:
    """Slow a flooded room down by a step, and let a calm one go faster, a step for each half minute that passed.

    `calm_since` is when the last step was taken.
    """
    place = SLOW_STEPS_S.index(pace.slow_s) if pace.slow_s in SLOW_STEPS_S else 0
    rested = CALM_FOR if pace.calm_since is None else now - pace.calm_since
    if rested < CALM_FOR:
        return pace
    if rate > _RAISE_ABOVE_PER_S and place < len(SLOW_STEPS_S) - 1:
        return Pace(slow_s=SLOW_STEPS_S[place + 1], calm_since=now)
    if rate < _CALM_BELOW_PER_S and place > 0:
        return Pace(slow_s=SLOW_STEPS_S[max(0, place - int(rested / CALM_FOR))], calm_since=now)
    return pace
