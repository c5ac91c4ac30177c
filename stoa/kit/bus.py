"""What carries events from a relay to the consumers; the engines are the process itself and Kafka."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from stoa.kit.contract import Struct

NO_OFFSET = -1


class Parcel(Struct, frozen=True, kw_only=True):
    """One row of an outbox on its way; `wire` is the envelope as JSON."""

    service: str
    type_: str
    key: str
    bucket: int
    generation: int
    wire: str


class Bus(Protocol):
    """Takes parcels in order and tells, one by one, when each is safe."""

    async def start(self) -> None:
        """Connect, and begin to hand events to this process's consumers."""
        ...

    async def stop(self) -> None:
        """Finish what is being handled and disconnect."""
        ...

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        """Accept parcels in order; each future gives the broker's offset once the parcel cannot be lost any more."""
        ...

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Return the buckets whose last acknowledged record the broker no longer has.

        `acknowledged` names all buckets that the relay holds, with NO_OFFSET where nothing was acknowledged: only of
        these, and only once nothing of theirs is lost, does a bus take new parcels.
        """
        ...


class Bell(Protocol):
    """Says that something has come on a topic, so that nobody has to ask the broker all the time; rings may be lost."""

    @property
    def is_on(self) -> bool:
        """Whether what is rung now is heard here."""
        ...

    def ear(self, topics: Iterable[str]) -> asyncio.Event:
        """Return an event that is set when one of these topics is rung; asked for before the start."""
        ...

    def ring(self, topic: str) -> None:
        """Ring for a topic."""
        ...

    async def start(self) -> None:
        """Begin to hear."""
        ...

    async def stop(self) -> None:
        """Hang up."""
        ...
