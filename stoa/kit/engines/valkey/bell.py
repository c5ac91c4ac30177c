"""The bell over Valkey: a channel an event type, on which the partitions are told to whoever listens now."""

import asyncio
import contextlib
from collections.abc import Mapping

from stoa.kit.bus import Ear
from stoa.kit.engines.valkey.hearing import Hearing
from stoa.kit.engines.valkey.wire import Address, RoomsUnavailable, Wire

_AGAIN_S = 0.25


class ValkeyBell:
    """Two connections, one to ring and one to hear; a ring may be lost while Valkey is away, and that is allowed."""

    def __init__(self, url: str, *, prefix: str = "stoa:") -> None:
        self._address = Address(url)
        self._prefix = f"{prefix}bell:"
        self._ears: dict[bytes, list[tuple[str, Ear]]] = {}
        self._rung: dict[str, set[int]] = {}
        self._hearing: Hearing | None = None
        self._wire: Wire | None = None
        self._opening: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether what is rung now is heard here."""
        return self._hearing is not None and self._hearing.is_on

    def ear(self, patience: Mapping[str, float]) -> Ear:
        """Return what hears the rings for event types, each with its patience in seconds; asked for before `start`."""
        ear = Ear(patience)
        for type_ in patience:
            self._ears.setdefault(f"{self._prefix}{type_}".encode(), []).append((type_, ear))
        return ear

    def ring(self, type_: str, partition: int) -> None:
        """Ring for an event type that has come in a partition; the rings of one turn of the loop are one."""
        if not self._rung:
            asyncio.get_running_loop().call_soon(self._say)
        self._rung.setdefault(type_, set()).add(partition)

    async def start(self) -> None:
        """Begin to hear; a Valkey that is away is waited for in the background."""
        if self._ears:
            self._hearing = Hearing(self._address, heard=self._heard, interrupted=self._missed)
            await self._hearing.start(*(name.decode() for name in self._ears))
        self._open()

    async def stop(self) -> None:
        """Hang up."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._hearing is not None:
            await self._hearing.stop()
            self._hearing = None
        if self._wire is not None:
            self._wire.close()

    def _say(self) -> None:
        if self._wire is None or not self._wire.is_open:
            # What is rung meanwhile waits for the connection: types and partitions, so never many.
            self._open()
            return
        rung, self._rung = self._rung, {}
        for type_, partitions in rung.items():
            self._wire.send("PUBLISH", f"{self._prefix}{type_}", " ".join(map(str, partitions)).encode())

    def _open(self) -> None:
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._connect(), name="bell-opening")

    async def _connect(self) -> None:
        while True:
            wire = Wire()
            with contextlib.suppress(RoomsUnavailable):
                await self._address.open(wire)
                self._wire = wire
                self._say()
                return
            await asyncio.sleep(_AGAIN_S)

    def _heard(self, name: bytes, said: bytes) -> None:
        numbers = [int(word) for word in said.split() if word.isdigit()]
        for type_, ear in self._ears.get(name, ()):
            ear.ring(type_, numbers)

    def _missed(self) -> None:
        for ears in self._ears.values():
            for _, ear in ears:
                ear.ring_for_all()
