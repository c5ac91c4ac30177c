"""What a crowd counts, and the latencies of what it hears."""

import math
from dataclasses import dataclass, field

_PER_DECADE = 80
_DECADES = 5
_LEAST_S = 0.001


class Latencies:
    """A histogram from 1 ms to 100 s whose steps are 3 % wide."""

    def __init__(self) -> None:
        self._counts = [0] * (_PER_DECADE * _DECADES)
        self.many = 0

    def add(self, seconds: float, times: int = 1) -> None:
        """Count a latency."""
        place = int(math.log10(max(seconds, _LEAST_S) / _LEAST_S) * _PER_DECADE)
        self._counts[min(place, len(self._counts) - 1)] += times
        self.many += times

    def quantile_ms(self, share: float) -> float:
        """Return the latency that this share stays below."""
        wanted, seen = self.many * share, 0
        for place, count in enumerate(self._counts):
            seen += count
            if seen > wanted:
                return float(_LEAST_S * 10 ** ((place + 1) / _PER_DECADE) * 1000)
        return 0.0


@dataclass
class Tally:
    """Counters of the whole run, and the latencies of the last moments."""

    joined: int = 0
    here: int = 0
    posted: int = 0
    held_back: int = 0
    failed: int = 0
    heard: int = 0
    deliveries: int = 0
    frames: int = 0
    votes: int = 0
    reconnects: int = 0
    unrecovered: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    latencies: Latencies = field(default_factory=Latencies)

    def problem(self, words: str) -> None:
        """Count a problem by its words; only the first few kinds are kept."""
        if words in self.problems or len(self.problems) < 8:
            self.problems[words] = self.problems.get(words, 0) + 1


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a display shows of one interval."""

    here: int
    people: int
    posted_per_s: float
    shown_per_s: float
    deliveries_per_s: float
    frames_per_s: float
    p50_ms: float
    p99_ms: float
    reconnects: int
    unrecovered: int
    held_back: int
    failed: int
    votes: int


class Watch:
    """Turns a tally into moments: what happened since the last look."""

    def __init__(self, tally: Tally, people: int) -> None:
        self._tally, self._people = tally, people
        self._before = (0, 0, 0, 0)

    def look(self, seconds: float) -> Moment:
        """Return the interval since the last look, which lasted so long, and begin the next."""
        tally, latencies = self._tally, self._tally.latencies
        tally.latencies = Latencies()
        now = (tally.posted, tally.heard, tally.deliveries, tally.frames)
        posted, heard, deliveries, frames = ((new - old) / seconds for new, old in zip(now, self._before, strict=True))
        self._before = now
        return Moment(
            here=tally.here,
            people=self._people,
            posted_per_s=posted,
            shown_per_s=heard,
            deliveries_per_s=deliveries,
            frames_per_s=frames,
            p50_ms=latencies.quantile_ms(0.5),
            p99_ms=latencies.quantile_ms(0.99),
            reconnects=tally.reconnects,
            unrecovered=tally.unrecovered,
            held_back=tally.held_back,
            failed=tally.failed,
            votes=tally.votes,
        )
