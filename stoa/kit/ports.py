"""Asking another service: declared ports, the calls reflected from them, and objects made to stand for one."""

import inspect
import typing
from abc import ABC
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

import msgspec

from stoa.kit.contract import Event

F = TypeVar("F", bound=Callable[..., Any])  # any: decorates async methods of every signature
P = TypeVar("P", bound="Port")

IDEMPOTENT = "__stoa_idempotent__"
DEADLINE = "__stoa_deadline_s__"
KEEPING = "__stoa_keeping__"


class PortInvalid(TypeError):
    """A port declares a call that could not cross a border: a bug, found when its contract is imported."""


class Port(ABC):
    """The one coarse interface of a service; subclasses declare async, keyword-only calls."""

    service_: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "service_" in cls.__dict__:
            calls_of(cls)


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """For how long the process that asked may go by an answer, and which events make it forget it at once.

    `subject` returns the key of the events that concern an answer, or None for one that must not be kept. Only what is
    the same for every caller may be kept.
    """

    for_s: float
    until: tuple[type[Event], ...]
    subject: Callable[[dict[str, Any], Any], object]  # any: arguments and answers of every type


def call(*, idempotent: bool = False, deadline_s: float = 5.0, keeping: Keeping | None = None) -> Callable[[F], F]:
    """Mark a port's method as a call; only what is idempotent is ever retried or kept by another process."""
    if keeping is not None and not idempotent:
        raise PortInvalid("what is not idempotent cannot be kept")

    def mark(method: F) -> F:
        setattr(method, IDEMPOTENT, idempotent)
        setattr(method, DEADLINE, deadline_s)
        setattr(method, KEEPING, keeping)
        return method

    return mark


@dataclass(frozen=True, kw_only=True)
class CallSpec:
    """One call as both sides of a border know it, with the codecs of its arguments and its answer."""

    service: str
    name: str
    idempotent: bool
    deadline_s: float
    keeping: Keeping | None
    arguments: type[msgspec.Struct]
    answer: Any  # any: a type form, for which 3.11 has no type
    decode_struct: Callable[[bytes], msgspec.Struct]
    decode_answer: Callable[[bytes], Any]  # any: whatever the call answers

    @property
    def path(self) -> str:
        """Return where the call is reached over HTTP."""
        return f"/_ports/{self.service}/{self.name}"

    def encode_arguments(self, arguments: dict[str, Any]) -> bytes:  # any: arguments of every type
        """Encode keyword arguments; raise TypeError for a missing or unknown one."""
        return encode(self.arguments(**arguments))

    def decode_arguments(self, wire: bytes) -> dict[str, Any]:  # any: arguments of every type
        """Decode keyword arguments, defaults filled in; raise msgspec.ValidationError where they do not fit."""
        decoded = self.decode_struct(wire)
        return {name: getattr(decoded, name) for name in decoded.__struct_fields__}


encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
Around = Callable[[CallSpec], AbstractContextManager[None]]


@contextmanager
def unobserved(spec: CallSpec) -> Iterator[None]:
    """Stand where nobody measures or traces the calls."""
    yield


@cache
def calls_of(port: type[Port]) -> dict[str, CallSpec]:
    """Return the calls of a port by name; raise PortInvalid for one that could not cross a border."""
    calls = {}
    for owner in reversed(port.__mro__):
        for name, method in vars(owner).items():
            if hasattr(method, IDEMPOTENT):
                calls[name] = _reflect(port, name, method)
            elif inspect.iscoroutinefunction(method) and not name.startswith("_") and "service_" in vars(owner):
                raise PortInvalid(f"{owner.__name__}.{name} must be marked with @call")
    return calls


def port_of(implementation: type[Port]) -> type[Port]:
    """Return the port, among a class and its bases, that declares the service."""
    for base in implementation.__mro__:
        if issubclass(base, Port) and "service_" in base.__dict__:
            return base
    raise PortInvalid(f"{implementation.__name__} implements no port")


def implement(port: type[P], kind: str, make: Callable[[CallSpec], Callable[..., Awaitable[Any]]]) -> P:  # any: answers
    """Make an object of a port whose calls are made by `make` from their specification."""
    methods = {name: make(spec) for name, spec in calls_of(port).items()}
    return cast(P, type(f"{kind}{port.__name__}", (port,), methods)())  # cast: type() does not know what it makes


def _reflect(port: type[Port], name: str, method: Callable[..., Any]) -> CallSpec:  # any: methods of every signature
    label = f"{port.__name__}.{name}"
    if not inspect.iscoroutinefunction(method):
        raise PortInvalid(f"{label} must be async")
    try:
        forms = typing.get_type_hints(method)
    except NameError as problem:
        raise PortInvalid(f"{label} uses a type that is not defined yet: {problem}") from None
    fields: list[Any] = []  # any: the field tuples that defstruct takes
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise PortInvalid(f"{label} must take {parameter.name} by keyword only")
        if parameter.name not in forms:
            raise PortInvalid(f"{label} must annotate {parameter.name}")
        default = () if parameter.default is parameter.empty else (parameter.default,)
        fields.append((parameter.name, forms[parameter.name], *default))
    if "return" not in forms:
        raise PortInvalid(f"{label} must annotate its answer")
    for form in (*(field[1] for field in fields), forms["return"]):
        _check_form(label, form)
    arguments = msgspec.defstruct(f"{port.__name__}_{name}", fields, kw_only=True, frozen=True, omit_defaults=True)
    return CallSpec(
        service=port.service_,
        name=name,
        idempotent=getattr(method, IDEMPOTENT),
        deadline_s=getattr(method, DEADLINE),
        keeping=getattr(method, KEEPING),
        arguments=arguments,
        answer=forms["return"],
        decode_struct=msgspec.msgpack.Decoder(arguments).decode,
        decode_answer=msgspec.msgpack.Decoder(forms["return"]).decode,
    )


def _check_form(label: str, form: Any) -> None:  # any: a type form, for which 3.11 has no type
    seen: set[int] = set()

    def walk(info: object) -> None:
        if isinstance(info, msgspec.inspect.AnyType | msgspec.inspect.CustomType | msgspec.inspect.RawType):
            raise PortInvalid(f"{label} uses a type that cannot cross a border as itself: {form}")
        if isinstance(info, tuple):
            for one in info:
                walk(one)
        elif isinstance(info, msgspec.inspect.Type | msgspec.inspect.Field) and id(info) not in seen:
            seen.add(id(info))
            for name in info.__struct_fields__:
                walk(getattr(info, name))

    try:
        described = msgspec.inspect.type_info(form)
        msgspec.msgpack.Decoder(form)
    except (TypeError, NameError) as problem:
        raise PortInvalid(f"{label} uses a type that cannot cross a border: {problem}") from None
    walk(described)
