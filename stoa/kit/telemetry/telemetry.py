"""The telemetry of one process: its own registry of metrics, the four RED families, and its tracing."""

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from stoa.kit.telemetry.red import Red
from stoa.kit.telemetry.tracing import Tracing

OPENMETRICS = CONTENT_TYPE_LATEST


class Telemetry:
    """Everything an operator can ask of a process; made once and handed down, never global."""

    def __init__(self, tracing: Tracing | None = None) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.tracing = tracing or Tracing()
        self.http = self._red("http")
        self.ports = self._red("port")
        self.consumers = self._red("consumer")
        self.jobs = self._red("job")

    def counter(self, name: str, help_: str, labels: tuple[str, ...] = ()) -> Counter:
        """Return a new counter of this process's registry."""
        return Counter(name, help_, labels, registry=self.registry)

    def gauge(self, name: str, help_: str, labels: tuple[str, ...] = ()) -> Gauge:
        """Return a new gauge of this process's registry."""
        return Gauge(name, help_, labels, registry=self.registry)

    def histogram(self, name: str, help_: str, labels: tuple[str, ...] = ()) -> Histogram:
        """Return a new histogram of this process's registry."""
        return Histogram(name, help_, labels, registry=self.registry)

    def exposition(self) -> bytes:
        """Return all metrics in the OpenMetrics text format."""
        text: bytes = generate_latest(self.registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
        return text

    def _red(self, kind: Literal["http", "port", "consumer", "job"]) -> Red:
        red = Red(kind)
        self.registry.register(red)
        return red
