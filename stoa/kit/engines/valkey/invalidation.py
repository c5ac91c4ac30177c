"""Invalidations over Valkey: a channel an event type, whose messages are the events that are to come."""

import asyncio
import contextlib
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
# After one that was silent nobody waits for so long; one that refuses to be connected to costs nothing to ask.
_AGAIN_S = 1.0
_MAKE_GOOD_S = 0.1
# No event: who hears it knows that something of the type has changed, and not what.
_SOMETHING = b"?"
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
        # The types of which somebody was not told, and what makes that good.
        self._owed: set[str] = set()
        self._making_good: asyncio.Task[None] | None = None

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
        if self._making_good is not None:
            self._making_good.cancel()
            await asyncio.gather(self._making_good, return_exceptions=True)
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
        now, is_told = asyncio.get_running_loop().time(), False
        try:
            is_told = now >= self._not_before and await self._told(changes, until=now + _TELL_S)
        finally:
            # Also when the caller's time was over first.
            if not is_told:
                self._owe({one.type for one in changes})

    async def _told(self, changes: Collection[Envelope], *, until: float) -> bool:
        loop = asyncio.get_running_loop()
        # The connection may have broken long ago without a word: one that is new knows more.
        for _ in range(2):
            try:
                async with asyncio.timeout_at(until):
                    wire = await self._opened()
            except (RoomsUnavailable, TimeoutError):
                break
            said = [wire.ask("PUBLISH", f"{self._prefix}{one.type}", encode(one)) for one in changes]
            if await _answered(said, within_s=max(0.0, until - loop.time())):
                return True
            if wire.is_open:
                wire.close()
                self._not_before = loop.time() + _AGAIN_S
                return False
        if loop.time() >= until:
            self._not_before = loop.time() + _AGAIN_S
        return False

    def _owe(self, types: Collection[str]) -> None:
        self._owed.update(types)
        if self._making_good is None or self._making_good.done():
            self._making_good = asyncio.create_task(self._make_good(), name="invalidations-owed")

    async def _make_good(self) -> None:
        """As soon as Valkey can be reached, say that something has changed: who hears that forgets everything."""
        while self._owed:
            owed, self._owed = self._owed, set()
            with contextlib.suppress(RoomsUnavailable):
                wire = await self._opened()
                said = [wire.ask("PUBLISH", f"{self._prefix}{type_}", _SOMETHING) for type_ in owed]
                if await _answered(said, within_s=_TELL_S):
                    self._not_before = 0.0
                    continue
                wire.close()
            self._owed |= owed
            await asyncio.sleep(_MAKE_GOOD_S)

    def _heard(self, channel: bytes, said: bytes) -> None:
        try:
            envelope = decode(said)
        except msgspec.MsgspecError:
            # Somebody could not be told, or another release says it in other words: nobody here knows what changed.
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


async def _answered(answers: "list[asyncio.Future[object]]", *, within_s: float) -> bool:
    """Say whether Valkey has answered everything in time."""
    _, late = await asyncio.wait(answers, timeout=within_s)
    if late:
        # The time may have passed because this loop was held up: then the answers are as good as here.
        await asyncio.wait(late, timeout=_GRACE_S)
    for one in answers:
        one.cancel()
    return all(not one.cancelled() and one.exception() is None for one in answers)
