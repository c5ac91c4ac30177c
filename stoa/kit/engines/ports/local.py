"""The local way to a port: the object itself, refused inside a transaction."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, TypeVar

from stoa.kit.engines.watch import LocalWatch, outcome_of
from stoa.kit.ports import CallSpec, Port, implement
from stoa.kit.store import refuse_in_transaction

P = TypeVar("P", bound=Port)


def local(port: type[P], target: P, *, watch: LocalWatch) -> P:
    """Wrap the object of a service that lives in this process: no copy, but never inside a transaction."""

    def make(spec: CallSpec) -> Callable[..., Awaitable[Any]]:  # any: whatever the call answers
        reach = getattr(target, spec.name)
        label = f"asking {spec.service}.{spec.name}"
        series, tracing = watch.series(spec), watch.tracing

        async def ask(self: Port, **arguments: Any) -> Any:  # any: arguments and answers of every type
            refuse_in_transaction(label)
            if tracing.is_on:
                with watch.traced(spec):
                    return await reach(**arguments)
            began = perf_counter()
            try:
                answer = await reach(**arguments)
            except BaseException as error:
                series.observe(perf_counter() - began, outcome_of(error))
                raise
            series.observe(perf_counter() - began, "ok")
            return answer

        return ask

    return implement(port, "Local", make)
