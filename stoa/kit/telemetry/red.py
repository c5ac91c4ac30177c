"""Rate, errors and duration of every route, port call, consumer and job, counted cheaply and shown to Prometheus."""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_MOST_SERIES = 2_000
_TOO_MANY = ("other", "other")


class Series:
    """The numbers of one thing that is called: plain integers, for they change on one thread only."""

    __slots__ = ("buckets", "outcomes", "seconds")

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}
        self.buckets = [0] * (len(BOUNDS_S) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float, outcome: str) -> None:
        """Count one call that took some seconds and ended in an outcome ("2xx", "ok", "failed")."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self.seconds += seconds


class Red(Collector):
    """All series of one kind ("http", "port", "consumer", "job"), each named by a service and a call.

    The number of series is bounded: what comes after the bound is counted as service "other".
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._series: dict[tuple[str, str], Series] = {}

    def series(self, service: str, call: str) -> Series:
        """Return the series of a call, the same one each time."""
        found = self._series.get((service, call))
        if found is not None:
            return found
        key = (service, call) if len(self._series) < _MOST_SERIES else _TOO_MANY
        return self._series.setdefault(key, Series())

    def collect(self) -> Iterator[Metric]:
        """Yield the two metric families that Prometheus reads."""
        calls = CounterMetricFamily(
            f"stoa_{self._kind}_calls", f"Calls by outcome ({self._kind}).", labels=("service", "call", "outcome")
        )
        durations = HistogramMetricFamily(
            f"stoa_{self._kind}_duration_seconds", f"Seconds a call took ({self._kind}).", labels=("service", "call")
        )
        for (service, call), series in self._series.items():
            for outcome, count in series.outcomes.items():
                calls.add_metric((service, call, outcome), count)
            total, buckets = 0, []
            for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), series.buckets, strict=True):
                total += count
                buckets.append((bound, total))
            durations.add_metric((service, call), buckets=buckets, sum_value=series.seconds)
        yield calls
        yield durations
