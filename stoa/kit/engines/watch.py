"""Measuring and tracing what crosses a border: one span and one RED series for each port call and each job."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from stoa.kit.errors import StoaError
from stoa.kit.ports import Around, CallSpec
from stoa.kit.telemetry.red import Red
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.telemetry.tracing import Kind


def watch_ports(telemetry: Telemetry, *, kind: Kind) -> Around:
    """Return what a port's client ("client"), server ("server") or local wrapper ("internal") runs each call in."""

    def around(spec: CallSpec) -> AbstractContextManager[None]:
        return _watched(telemetry, telemetry.ports, spec.service, spec.name, kind)

    return around


def watch_jobs(telemetry: Telemetry) -> Callable[[str], AbstractContextManager[None]]:
    """Return what the job runner runs each attempt in."""

    def around(type_: str) -> AbstractContextManager[None]:
        service, _, name = type_.partition(".")
        return _watched(telemetry, telemetry.jobs, service, name, "consumer")

    return around


@contextmanager
def _watched(telemetry: Telemetry, red: Red, service: str, name: str, kind: Kind) -> Iterator[None]:
    series = red.series(service, name)
    began = time.perf_counter()
    outcome = "ok"
    try:
        if telemetry.tracing.is_on:
            with telemetry.tracing.span(f"{service}.{name}", kind=kind):
                yield
        else:
            yield
    except StoaError as error:
        outcome = f"{error.status // 100}xx"
        raise
    except BaseException:
        outcome = "failed"
        raise
    finally:
        series.observe(time.perf_counter() - began, outcome)
