"""The local way to a port: the object itself, refused inside a transaction."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from stoa.kit.ports import Around, CallSpec, Port, implement
from stoa.kit.store import refuse_in_transaction

P = TypeVar("P", bound=Port)


def local(port: type[P], target: P, *, around: Around | None = None) -> P:
    """Wrap the object of a service that lives in this process: no copy, but never inside a transaction."""

    def make(spec: CallSpec) -> Callable[..., Awaitable[Any]]:  # any: whatever the call answers
        reach = getattr(target, spec.name)
        label = f"asking {spec.service}.{spec.name}"

        async def ask(self: Port, **arguments: Any) -> Any:  # any: arguments and answers of every type
            refuse_in_transaction(label)
            if around is None:
                return await reach(**arguments)
            with around(spec):
                return await reach(**arguments)

        return ask

    return implement(port, "Local", make)
