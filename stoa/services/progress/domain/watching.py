"""What was watched of a film: a union of intervals, so that order, repeats and devices do not matter."""

import math
from collections.abc import Iterable, Sequence

from stoa.kit.contract import Struct
from stoa.services.courses.contract import BlockView, NodeId, VideoContent
from stoa.services.progress.contract import BadIntervals

Interval = tuple[float, float]
_JOIN_S = 0.5
_MOST = 2_000


class Film(Struct, frozen=True, kw_only=True):
    """A film as its course describes it."""

    duration_s: float | None = None
    start_s: float = 0.0
    end_s: float | None = None

    def length_s(self, *, told_s: float, before_s: float) -> float:
        """Return how long the film is: by its course, else the longest that the learner's devices have said."""
        if self.duration_s is not None and self.duration_s > 0:
            return self.duration_s
        return max(told_s, before_s)

    def share(self, watched: Iterable[Interval], *, length_s: float) -> float:
        """Return how much of the part that is to be watched was watched, 0 to 1."""
        first, last = self.start_s, min(self.end_s or length_s, length_s)
        if first >= last:
            first, last = 0.0, length_s
        inside = ((max(start, first), min(end, last)) for start, end in watched)
        return covered_s((start, end) for start, end in inside if end > start) / (last - first)


def film_in(blocks: Iterable[BlockView], block: NodeId) -> Film:
    """Return the film that a block of a unit shows; what is no film has no length."""
    for view in blocks:
        if view.id == block and isinstance(view.content, VideoContent):
            content = view.content
            return Film(duration_s=content.duration_s, start_s=content.start_s or 0.0, end_s=content.end_s)
        found = film_in(view.children, block)
        if found != Film():
            return found
    return Film()


def checked(
    intervals: Sequence[Sequence[float]], *, duration_s: float, length_s: float | None = None
) -> list[Interval]:
    """Return the intervals, in seconds, clipped to the film, or raise BadIntervals."""
    if not math.isfinite(duration_s) or not 0 < duration_s <= 7 * 24 * 3600:
        raise BadIntervals("The duration of a film is more than nothing and less than a week")
    length_s = duration_s if length_s is None else length_s
    found: list[Interval] = []
    for pair in intervals:
        if len(pair) != 2 or not all(math.isfinite(edge) for edge in pair) or pair[0] > pair[1] or pair[0] < 0:
            raise BadIntervals("An interval is two numbers of seconds, the earlier first")
        start, end = min(pair[0], length_s), min(pair[1], length_s)
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
