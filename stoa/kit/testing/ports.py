"""The checked way to a port, for tests: what crosses is encoded and decoded, and idempotent calls are made twice."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from stoa.kit.errors import StoaError
from stoa.kit.ports import CallSpec, Port, encode, implement
from stoa.kit.portwords import decode_error, encode_error
from stoa.kit.store import refuse_in_transaction

P = TypeVar("P", bound=Port)


class PortBroken(AssertionError):
    """A service breaks its port's promise."""


def checked(port: type[P], target: P) -> P:
    """Wrap a service for tests: whatever crosses is encoded and decoded, and idempotent calls are made twice."""

    def make(spec: CallSpec) -> Callable[..., Awaitable[Any]]:  # any: whatever the call answers
        async def ask(self: Port, **arguments: Any) -> Any:  # any: arguments and answers of every type
            refuse_in_transaction(f"asking {spec.service}.{spec.name}")
            first = await _across(spec, target, arguments)
            if spec.idempotent:
                second = await _across(spec, target, arguments)
                if not _is_same(first, second):
                    raise PortBroken(f"{spec.path} is declared idempotent, but answered {first!r} and then {second!r}")
            if isinstance(first, StoaError):
                raise first
            return first

        return ask

    return implement(port, "Checked", make)


async def _across(spec: CallSpec, target: Port, arguments: dict[str, Any]) -> Any:  # any: answers of every type
    try:
        decoded = spec.decode_arguments(spec.encode_arguments(arguments))
    except (msgspec.ValidationError, msgspec.EncodeError, OverflowError) as problem:
        raise PortBroken(f"{spec.path} was called with arguments that cannot cross: {problem}") from problem
    try:
        answer = await getattr(target, spec.name)(**decoded)
    except StoaError as error:
        return decode_error(encode_error(error))
    try:
        return spec.decode_answer(encode(answer))
    except (msgspec.ValidationError, msgspec.EncodeError, TypeError, OverflowError) as problem:
        raise PortBroken(f"{spec.path} answered what its signature does not allow: {problem}") from problem


def _is_same(first: object, second: object) -> bool:
    if isinstance(first, StoaError) or isinstance(second, StoaError):
        return type(first) is type(second)
    return first == second
