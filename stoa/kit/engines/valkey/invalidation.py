"""Invalidations over Valkey: a channel an event type, whose messages are the events that are to come."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from stoa.kit.engines.valkey.hearing import Hearing
from stoa.kit.engines.valkey.wire import Address, RoomsUnavailable, Wire
from stoa.kit.events import Envelope, decode, encode

# A change is committed when it is told: its answer waits no longer than that for a Valkey that is slow or away.
_TELL_S = 2.0
# Asking the other process costs a few milliseconds: who cannot know in this time whether it must asks.
_CATCH_UP_S = 0.25
_AGAIN_S = 1.0
_GRACE_S = 0.05


@dataclass(frozen=True)
class _Listener:
    types: frozenset[str]
    heard: Callable[[Envelope], None]
    missed: Callable[[], None]


class ValkeyInvalidations:
    """Valkey has a message for all who listen before it answers whoever published it.

    A listener gets it some time later: on its way, or unread while the process is held up. So who goes by what it has
    heard asks Valkey first for an echo, which comes behind every message of before.
    """

    def __init__(self, url: str, *, prefix: str = "stoa:") -> None:
        self._address = Address(url)
        self._prefix = f"{prefix}changed:"
        self._listeners: list[_Listener] = []
        self._hearing: Hearing | None = None
        self._wire: Wire | None = None
        self._turn = asyncio.Lock()
        self._not_before = 0.0

    @property
    def is_on(self) -> bool:
        """Whether what is told now is heard here, and what was missed before was told."""
        return self._hearing is not None and self._hearing.is_whole

    def listen(self, types: Collection[str], *, heard: Callable[[Envelope], None], missed: Callable[[], None]) -> None:
        """Say who is to hear of some event types; `missed` is called after a gap. Asked for before the start."""
        self._listeners.append(_Listener(frozenset(types), heard, missed))

    async def start(self) -> None:
        """Begin to hear; a Valkey that is away is waited for in the background."""
        types = {type_ for one in self._listeners for type_ in one.types}
        if types:
            self._hearing = Hearing(self._address, heard=self._heard, interrupted=self._missed)
            await self._hearing.start(*(f"{self._prefix}{type_}" for type_ in types))

    async def stop(self) -> None:
        """Hang up."""
        if self._hearing is not None:
            await self._hearing.stop()
            self._hearing = None
        if self._wire is not None:
            self._wire.close()

    async def caught_up(self) -> bool:
        """Return whether everything that was told before this call has been heard here."""
        return self._hearing is not None and await self._hearing.catch_up(within_s=_CATCH_UP_S)

    async def tell(self, changes: Collection[Envelope]) -> None:
        """Return once all who hear and then catch up know of it; who cannot be reached learns of it by the events."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            return
        try:
            async with asyncio.timeout(_TELL_S):
                wire = await self._opened()
        except (RoomsUnavailable, TimeoutError):
            self._not_before = loop.time() + _AGAIN_S
            return
        answers = [wire.ask("PUBLISH", f"{self._prefix}{one.type}", encode(one)) for one in changes]
        if not await _answered(answers):
            self._not_before = loop.time() + _AGAIN_S
            wire.close()

    def _heard(self, channel: bytes, said: bytes) -> None:
        try:
            envelope = decode(said)
        except msgspec.MsgspecError:
            # Another release says it in other words: something has changed, and nobody here knows what.
            self._missed()
            return
        for one in self._listeners:
            if envelope.type in one.types:
                one.heard(envelope)

    def _missed(self) -> None:
        for one in self._listeners:
            one.missed()

    async def _opened(self) -> Wire:
        async with self._turn:
            if self._wire is None or not self._wire.is_open:
                wire = Wire()
                await self._address.open(wire)
                self._wire = wire
            return self._wire


async def _answered(answers: "list[asyncio.Future[object]]") -> bool:
    """Say whether Valkey has answered everything in time."""
    _, late = await asyncio.wait(answers, timeout=_TELL_S)
    if late:
        # The time may have passed because this loop was held up: then the answers are as good as here.
        await asyncio.wait(late, timeout=_GRACE_S)
    return all(one.done() and not one.cancelled() and one.exception() is None for one in answers)
