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

    def is_sure(self, service: str) -> bool:
        """Say whether nothing has happened since `forgotten` last said that nothing of a service is lost."""
        ...


class Ear:
    """What was rung for since somebody last asked: event types, each with the partition where something has come.

    `patience` says in seconds how long the rings for a type may wait for others, 0 where it is not named.
    """

    def __init__(self, patience: Mapping[str, float] | None = None) -> None:
        self._patience = dict(patience or {})
        self._rung: set[tuple[str, int]] = set()
        self._put_off: set[tuple[str, int]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_unsure = False
        self._waiting: asyncio.Future[None] | None = None

    @property
    def is_rung(self) -> bool:
        """Whether there is something to take."""
        return self._is_unsure or bool(self._rung)

    def ring(self, type_: str, partitions: Iterable[int]) -> None:
        """Note that events of a type have come."""
        rung = {(type_, partition) for partition in partitions}
        if patience_s := self._patience.get(type_, 0.0):
            self._put_off |= rung
            self._wake_in(patience_s)
        else:
            self._rung |= rung
            self._wake()

    def ring_for_all(self) -> None:
        """Note that anything may have come, and nobody knows what."""
        self._is_unsure = True
        self._wake()

    def take(self) -> set[tuple[str, int]] | None:
        """Return what was rung for and forget it; None where that may be anything."""
        rung, self._rung = self._rung, set()
        is_unsure, self._is_unsure = self._is_unsure, False
        return None if is_unsure else rung

    def next_ring(self) -> "asyncio.Future[None]":
        """Return a future that is done once there is something to take; one waits at a time."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self.is_rung:
            self._waiting.set_result(None)
        return self._waiting

    def _wake_in(self, patience_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + patience_s:
                return
            self._timer.cancel()
        self._timer = loop.call_later(patience_s, self._wake_with_others)

    def _wake_with_others(self) -> None:
        self._timer = None
        self._rung |= self._put_off
        self._put_off.clear()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Bell(Protocol):
    """Says that an event of a type has come, so that nobody has to ask the broker all the time; rings may be lost."""

    @property
    def is_on(self) -> bool:
        """Whether what is rung now is heard here."""
        ...

    def ear(self, patience: Mapping[str, float]) -> Ear:
        """Return what hears the rings for event types, each with its patience in seconds; asked for before `start`."""
        ...

    def ring(self, type_: str, partition: int) -> None:
        """Ring for an event type that has come in a partition of its topic."""
        ...

    async def start(self) -> None:
        """Begin to hear."""
        ...

    async def stop(self) -> None:
        """Hang up."""
        ...
