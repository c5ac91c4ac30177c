"""What was watched of a film: a union of intervals, so that order, repeats and devices do not matter."""

import math
from collections.abc import Iterable, Sequence

from stoa.services.progress.contract import BadIntervals

Interval = tuple[float, float]
_JOIN_S = 0.5
_MOST = 2_000


def checked(intervals: Sequence[Sequence[float]], *, duration_s: float) -> list[Interval]:
    """Return the intervals, in seconds, clipped to the film, or raise BadIntervals."""
    if not math.isfinite(duration_s) or not 0 < duration_s <= 7 * 24 * 3600:
        raise BadIntervals("The duration of a film is more than nothing and less than a week")
    found: list[Interval] = []
    for pair in intervals:
        if len(pair) != 2 or not all(math.isfinite(edge) for edge in pair) or pair[0] > pair[1] or pair[0] < 0:
            raise BadIntervals("An interval is two numbers of seconds, the earlier first")
        start, end = min(pair[0], duration_s), min(pair[1], duration_s)
        if end > start:
            found.append((start, end))
    return found


def union(*parts: Iterable[Interval]) -> list[Interval]:
    """Return the union of intervals as a sorted list without overlaps; gaps under half a second are closed."""
    merged: list[Interval] = []
    for start, end in sorted(interval for part in parts for interval in part):
        if merged and start <= merged[-1][1] + _JOIN_S:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged[:_MOST]


def covered_s(intervals: Iterable[Interval]) -> float:
    """Return how many seconds a union of intervals covers."""
    return sum(end - start for start, end in intervals)
