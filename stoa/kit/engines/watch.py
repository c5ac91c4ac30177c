"""Measuring and tracing what crosses a border: one span and one RED series for each port call and each job."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from stoa.kit.errors import StoaError
from stoa.kit.ports import Around, CallSpec
from stoa.kit.telemetry.red import Red, Series
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.telemetry.tracing import Kind


def watch_ports(telemetry: Telemetry, *, kind: Kind) -> Around:
    """Return what a port's client ("client") or server ("server") runs each call in."""

    def around(spec: CallSpec) -> AbstractContextManager[None]:
        return _watched(telemetry, telemetry.ports, spec.service, spec.name, kind)

    return around


class LocalWatch:
    """Counts and traces the calls of ports inside a process, which are many: untraced, a call costs two clock reads."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.tracing = telemetry.tracing
        self._telemetry = telemetry

    def series(self, spec: CallSpec) -> Series:
        """Return where the calls are counted."""
        return self._telemetry.ports.series(spec.service, spec.name)

    def traced(self, spec: CallSpec) -> AbstractContextManager[None]:
        """Return what a call runs in while traces are taken."""
        return _watched(self._telemetry, self._telemetry.ports, spec.service, spec.name, "internal")


def watch_jobs(telemetry: Telemetry) -> Callable[[str], AbstractContextManager[None]]:
    """Return what the job runner runs each attempt in."""

    def around(type_: str) -> AbstractContextManager[None]:
        service, _, name = type_.partition(".")
        return _watched(telemetry, telemetry.jobs, service, name, "consumer")

    return around


def _watched(telemetry: Telemetry, red: Red, service: str, name: str, kind: Kind) -> "_Watch":
    span = telemetry.tracing.span(f"{service}.{name}", kind=kind) if telemetry.tracing.is_on else None
    return _Watch(red.series(service, name), span)


class _Watch:
    """One call: its time, how it ended, and its span; a class, for a generator costs twice as much on each read."""

    __slots__ = ("_began", "_series", "_span")

    def __init__(self, series: Series, span: AbstractContextManager[object] | None) -> None:
        self._series, self._span = series, span
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()
        if self._span is not None:
            self._span.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._span is not None:
                self._span.__exit__(kind, error, trace)
        finally:
            self._series.observe(time.perf_counter() - self._began, outcome_of(error))


def outcome_of(error: BaseException | None) -> str:
    """Return the word under which a call is counted that ended in this."""
    if error is None:
        return "ok"
    return f"{error.status // 100}xx" if isinstance(error, StoaError) else "failed"
