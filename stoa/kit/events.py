"""Telling what happened: how a service declares its consumers, and the envelope its events travel in.

consumers = Consumers("progress")

@consumers.on(ProblemAnswered)
async def note_answer(event: ProblemAnswered, delivery: Delivery, progress: Progress) -> None:
    await progress.note_answer(event, delivery=delivery)

# in service.py: ask other services first, then open the transaction that also records the delivery
async def note_answer(self, event: ProblemAnswered, *, delivery: Delivery) -> None:
    outline = await self.courses.outline_of(organization=event.organization_id, course=event.course_id)
    async with self.store.transaction(organization=event.organization_id, delivery=delivery) as tx:
        await tx.save_answer(event, weight=outline.weight_of(event.block_id))
        tx.publish(ItemCompleted(organization_id=event.organization_id, user_id=event.user_id))
"""

import inspect
import typing
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from stoa.kit.auth.context import current_request_id, current_traceparent
from stoa.kit.contract import Event, EventId, OrganizationId, Struct

BUCKETS = 64

Handler = Callable[..., Awaitable[None]]
H = TypeVar("H", bound=Handler)


class AlreadyHandled(Exception):
    """This consumer has handled this event before; the consumer loop takes it as success."""


class Cause(Struct, frozen=True, kw_only=True):
    """What led to the present work: the request or the event it follows from."""

    correlation_id: str
    causation_id: str = ""


class Delivery(Struct, frozen=True, kw_only=True):
    """One try at handing one event to one consumer."""

    consumer: str
    event_id: EventId
    type_: str
    key: str
    organization: OrganizationId
    occurred_at: datetime
    attempt: int = 1
    correlation_id: str = ""
    causation_id: str = ""


E = TypeVar("E", bound=Event)


class Heard(Struct, Generic[E], frozen=True, kw_only=True):
    """One event of a batch with its delivery."""

    event: E
    delivery: Delivery


class Envelope(Struct, frozen=True, kw_only=True):
    """An event on its way, as CloudEvents 1.0 in structured JSON."""

    id: EventId
    source: str
    type: str
    time: datetime
    dataschema: str
    organization: OrganizationId
    partitionkey: str
    correlationid: str
    data: msgspec.Raw
    causationid: str = ""
    traceparent: str = ""
    specversion: str = "1.0"
    datacontenttype: str = "application/json"

    def delivery_to(self, consumer: str, *, attempt: int) -> Delivery:
        """Describe one try at handing this to a consumer."""
        return Delivery(
            consumer=consumer,
            event_id=self.id,
            type_=self.type,
            key=self.partitionkey,
            organization=self.organization,
            occurred_at=self.time,
            attempt=attempt,
            correlation_id=self.correlationid,
            causation_id=self.causationid,
        )


current_cause: ContextVar[Cause | None] = ContextVar("stoa_cause", default=None)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def seal(event: Event, *, id_: EventId, service: str, at: datetime) -> Envelope:
    """Put an event into its envelope, with the present cause and trace."""
    cause = current_cause.get()
    return Envelope(
        id=id_,
        source=f"/stoa/{service}",
        type=event.type_,
        time=at,
        dataschema=f"urn:{event.type_.replace('.', ':')}",
        organization=event.organization_id,
        partitionkey=event.ordering_key(),
        correlationid=cause.correlation_id if cause else current_request_id() or str(id_),
        causationid=cause.causation_id if cause else "",
        traceparent=current_traceparent() or "",
        data=msgspec.Raw(_encoder.encode(event)),
    )


@contextmanager
def caused_by(delivery: Delivery) -> Iterator[None]:
    """Let what a block publishes name one event of a batch as its cause."""
    token = current_cause.set(Cause(correlation_id=delivery.correlation_id, causation_id=str(delivery.event_id)))
    try:
        yield
    finally:
        current_cause.reset(token)


def encode(envelope: Envelope) -> bytes:
    """Write an envelope as JSON."""
    return _encoder.encode(envelope)


def decode(wire: bytes | str) -> Envelope:
    """Read an envelope from JSON."""
    return _decoder.decode(wire)


def bucket_of(key: str) -> int:
    """Return which of the 64 buckets an ordering key belongs to; it never changes."""
    return zlib.crc32(key.encode()) % BUCKETS


def service_of(type_: str) -> str:
    """Return the publishing service's name out of `stoa.<service>.<event>.v1`."""
    return type_.split(".", 2)[1]


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A declared consumer of one event type; `group` names it in the inbox and at the broker."""

    service: str
    group: str
    event_type: type[Event]
    broadcast: bool
    function: Handler
    event_parameter: str
    delivery_parameter: str | None
    service_parameter: str | None
    service_type: type[object] | None
    batch: int = 1
    patience_s: float = 0.0

    def bind(self, service: object) -> Callable[[list[Heard[Event]]], Awaitable[None]]:
        """Return the handler with the service object filled in; unless declared for batches it takes a list of one."""

        async def handle(heard: list[Heard[Event]]) -> None:
            filled: dict[str, object] = {self.event_parameter: heard if self.batch > 1 else heard[0].event}
            if self.delivery_parameter:
                filled[self.delivery_parameter] = heard[0].delivery
            if self.service_parameter:
                filled[self.service_parameter] = service
            await self.function(**filled)

        return handle


class Consumers:
    """The events one service listens to, declared by decorators in its consumers.py."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.subscriptions: list[Subscription] = []

    def on(self, *event_types: type[Event]) -> Callable[[H], H]:
        """Declare a consumer: at least once and in order per key; its transaction takes `delivery` to drop repeats."""
        return self._declare(event_types, broadcast=False)

    def in_batches(self, *event_types: type[Event], size: int = 200) -> Callable[[H], H]:
        """Declare a consumer of many events of one organization at a time, as `heard: list[Heard[X]]`.

        Its transaction takes `deliveries`, and `tx.is_first(delivery)` tells repeats. A batch that fails is handed over
        again one by one, so that a poisoned key still blocks only itself.
        """
        return self._declare(event_types, broadcast=False, batch=size)

    def broadcast(self, *event_types: type[Event], patience_s: float = 0.0) -> Callable[[H], H]:
        """Declare a consumer that every running process hears from now on, such as a cache to be emptied.

        With patience events may come so much later where that spares asking the broker for each.
        """
        return self._declare(event_types, broadcast=True, patience_s=patience_s)

    def _declare(
        self, event_types: Iterable[type[Event]], *, broadcast: bool, batch: int = 1, patience_s: float = 0.0
    ) -> Callable[[H], H]:
        def declare(function: H) -> H:
            group = f"{self.service}.{getattr(function, '__name__', 'consumer')}"
            for event_type in event_types:
                check_event_type(event_type)
                declared = _subscription(group, self.service, event_type, function, broadcast=broadcast, batch=batch)
                self.subscriptions.append(replace(declared, patience_s=patience_s))
            return function

        return declare


def check_event_type(event_type: type[Event]) -> None:
    """Raise TypeError unless an event class says its versioned type and an ordering key that is one of its fields."""
    parts = getattr(event_type, "type_", "").split(".")
    if len(parts) != 4 or parts[0] != "stoa" or not parts[3].startswith("v"):
        raise TypeError(f"{event_type.__name__}.type_ must read stoa.<service>.<event>.v1")
    if getattr(event_type, "key_", None) not in event_type.__struct_fields__:
        raise TypeError(f"{event_type.__name__}.key_ must name one of its fields")


def _subscription(
    group: str, service: str, event_type: type[Event], function: Handler, *, broadcast: bool, batch: int
) -> Subscription:
    hints = typing.get_type_hints(function)
    named = {name: hints.get(name) for name in inspect.signature(function).parameters}
    events = [name for name, form in named.items() if _accepts(form, event_type, batch=batch)]
    if len(events) != 1:
        raise TypeError(f"{group} must take exactly one {event_type.__name__}")
    deliveries = [name for name, form in named.items() if form is Delivery]
    if batch > 1 and deliveries:
        raise TypeError(f"{group} finds the deliveries in its list")
    others = [name for name in named if name not in events and name not in deliveries]
    if len(others) > 1:
        raise TypeError(f"{group} may take an event, a Delivery and the service, not also {', '.join(others[1:])}")
    return Subscription(
        service=service,
        group=group,
        event_type=event_type,
        broadcast=broadcast,
        function=function,
        event_parameter=events[0],
        delivery_parameter=deliveries[0] if deliveries else None,
        service_parameter=others[0] if others else None,
        service_type=named[others[0]] if others else None,
        batch=batch,
    )


def _accepts(form: object, event_type: type[Event], *, batch: int) -> bool:
    if batch > 1:
        inner = typing.get_args(form)[:1] if typing.get_origin(form) is list else ()
        if not inner or typing.get_origin(inner[0]) is not Heard:
            return False
        form = typing.get_args(inner[0])[0]
    options = typing.get_args(form) or (form,)
    return any(
        isinstance(option, type) and issubclass(event_type, option) and issubclass(option, Event) for option in options
    )
