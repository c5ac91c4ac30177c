"""All rooms of a node: filled once for everybody who waits, mended after a gap, emptied when nobody is left."""

import asyncio
import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stoa.kit.errors import StoaError, Unavailable
from stoa.kit.realtime.broker import Broker, ChannelOptions, History, Publication
from stoa.kit.realtime.channels import namespace_of
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.realtime.ring import Fit
from stoa.kit.realtime.room import Pace, Room, State, Tally
from stoa.kit.realtime.sources import KeptByBroker, KeptByOwner, Source
from stoa.kit.realtime.tasks import Tasks
from stoa.kit.telemetry.logs import logger

log = logger("kit")

# What may be caught of a source that is down: the port's and the broker's own outcomes, and time that ran out.
DOWN = (StoaError, OSError, TimeoutError)
STASHED = 10_000


@dataclass(frozen=True, kw_only=True)
class Memory:
    """How much a node remembers of its channels, and how often it looks whether that is all."""

    ring: int = 1_000
    first_fill: int = 200
    linger_s: float = 10.0
    check_s: float = 10.0
    checks_at_once: int = 200


class Rooms:
    """A room is cold until its broker is heard and its ring is filled; `ready` waits for that, once for all."""

    def __init__(
        self,
        broker: Broker,
        keepers: Mapping[str, Keeper],
        *,
        tasks: Tasks,
        tally: Tally,
        memory: Memory,
        pace: Pace,
        held_bytes: int,
        insufficient: Callable[[Room], None],
    ) -> None:
        self._broker = broker
        self._keepers = keepers
        self._tasks = tasks
        self._tally = tally
        self._memory = memory
        self._pace = pace
        self._held_bytes = held_bytes
        self._insufficient = insufficient
        self._rooms: dict[str, Room] = {}
        self._checking = False
        self.now = 0.0

    def __len__(self) -> int:
        return len(self._rooms)

    def get(self, channel: str) -> Room | None:
        """Return a room where there is one."""
        return self._rooms.get(channel)

    def open(self, channel: str, options: ChannelOptions) -> Room:
        """Return a channel's room, cold where it is new; whoever opens it holds it until it enters or gives up."""
        room = self._rooms.get(channel)
        if room is None:
            size = min(self._memory.ring, options.history_size) if options.keeps else self._memory.ring
            room = Room(channel, options, ring=size, pace=self._pace, tally=self._tally, held_bytes=self._held_bytes)
            room.source = self._source(channel, options)
            room.empty_since = self.now
            self._rooms[channel] = room
        return room

    async def ready(self, room: Room) -> None:
        """Wait until a room is filled; the first to wait begins it, and it goes on when they give up."""
        while room.state is not State.READY:
            if room.warming is None:
                room.state = State.WARMING
                room.warming = self._tasks.start(self._warm(room))
            await asyncio.shield(room.warming)
            if room.state is State.COLD:
                raise Unavailable("The channel could not be opened.")

    async def reach_back(self, room: Room, offset: int) -> None:
        """Fetch what lies before the ring as far as it may remember, once for all who ask together."""
        while self.lies_before(room, offset):
            reaching = room.reaching
            if reaching is None:
                room.reaching = self._tasks.start(self._reach(room, offset))
                await asyncio.shield(room.reaching)
                return
            await asyncio.shield(reaching)

    def heard(self, channel: str, publication: Publication, epoch: str) -> None:
        """Take what the broker says, in its place."""
        room = self._rooms.get(channel)
        if room is None:
            return
        room.heard_at = self.now
        if not room.options.counts:
            room.tell(publication)
        elif room.state is not State.READY or room.mending:
            self._keep_for_later(room, publication, epoch)
        else:
            self._take(room, publication, epoch)

    def interrupted(self) -> None:
        """Take that something may have been missed: every room looks, soon."""
        for room in self._rooms.values():
            room.damaged = room.source is not None

    def beat(self, now: float) -> None:
        """Close rooms that nobody has been in for a while, and look after those that may have missed something."""
        self.now = now
        for room in list(self._rooms.values()):
            if room.members or room.holds or room.warming is not None or room.mending:
                room.empty_since = None if room.members else now
            elif room.empty_since is None:
                room.empty_since = now
            elif now - room.empty_since >= self._memory.linger_s:
                self._close(room)
        if not self._checking:
            due = (room for room in self._rooms.values() if self._is_due(room))
            # A class of thousands is not to wait behind the rooms of single people.
            chosen = heapq.nlargest(self._memory.checks_at_once, due, key=_weight)
            if chosen:
                self._checking = True
                self._tasks.start(self._check(chosen), on_failure=self._checked)

    async def stop(self) -> None:
        """Cease to tick and to listen."""
        for room in list(self._rooms.values()):
            room.stop()
        self._rooms.clear()

    def _source(self, channel: str, options: ChannelOptions) -> Source | None:
        if options.lossless:
            keeper = self._keepers.get(namespace_of(channel))
            if keeper is None:
                raise Unavailable(f"Nobody keeps the history of {namespace_of(channel)}.")
            return KeptByOwner(keeper, channel)
        return KeptByBroker(self._broker, channel, options) if options.keeps else None

    def lies_before(self, room: Room, offset: int) -> bool:
        """Tell whether a place is before the ring and may yet be fetched; a broker's ring holds all it remembers."""
        if room.source is None or offset >= room.ring.base or room.ring.top - offset > room.ring.size:
            return False
        return room.options.lossless or room.options.history_size > room.ring.size

    async def _reach(self, room: Room, offset: int) -> None:
        assert room.source is not None
        older: list[Publication] = []
        reached, base, epoch = offset, room.ring.base, room.ring.epoch
        try:
            while reached < base:
                found = await room.source.after(reached)
                if found.position.epoch != epoch or not found.publications:
                    return
                older += found.publications
                reached = older[-1].offset
        except DOWN as error:
            log.warning("kit.history_not_read", namespace=namespace_of(room.channel), error=type(error).__name__)
            return
        finally:
            room.reaching = None
        if room.ring.epoch == epoch:
            room.ring.reach_back([one for one in older if one.offset <= room.ring.base])

    async def _warm(self, room: Room) -> None:
        try:
            await self._broker.subscribe(room.channel)
            if room.source is not None:
                limit = room.ring.size if room.options.keeps else min(room.ring.size, self._memory.first_fill)
                room.ring.begin(await room.source.end(limit=limit))
                room.settled()
            room.state = State.READY
            room.heard_at = self.now
        except DOWN as error:
            room.state = State.COLD
            log.warning("kit.channel_not_opened", namespace=namespace_of(room.channel), error=type(error).__name__)
        finally:
            room.warming = None
        if room.state is State.READY:
            self._unstash(room)

    def _take(self, room: Room, publication: Publication, epoch: str) -> None:
        fit = room.ring.fit(publication, epoch)
        if fit is Fit.NEXT:
            room.tell(publication)
        elif fit is Fit.FOREIGN:
            self._reset(room)
        elif fit is Fit.BEYOND:
            self._keep_for_later(room, publication, epoch)
            self._mend(room)

    def _keep_for_later(self, room: Room, publication: Publication, epoch: str) -> None:
        # Beyond this the source is read again from the ring's end, which finds all of it.
        if len(room.stash) < STASHED:
            room.stash.append((publication, epoch))

    def _unstash(self, room: Room) -> None:
        stash, room.stash = room.stash, []
        for publication, epoch in sorted(stash, key=lambda one: one[0].offset):
            if room.mending:
                self._keep_for_later(room, publication, epoch)
            elif epoch == room.ring.epoch:
                self._take(room, publication, epoch)
        if len(stash) >= STASHED:
            room.damaged = True

    def _mend(self, room: Room) -> None:
        if not room.mending and room.state is State.READY:
            room.mending = True
            self._tasks.start(self._fetch_missing(room))

    async def _fetch_missing(self, room: Room) -> None:
        """Read on from the ring's end until the source has no more; a hole that cannot be filled resets the room."""
        assert room.source is not None
        is_whole = False
        try:
            while True:
                found = await room.source.after(room.ring.top)
                if not _continues(room, found):
                    break
                for one in found.publications:
                    room.tell(one)
                if room.ring.top >= found.position.offset:
                    is_whole = True
                    break
        except DOWN as error:
            room.mending, room.damaged = False, True
            log.warning("kit.channel_not_mended", namespace=namespace_of(room.channel), error=type(error).__name__)
            return
        room.mending = room.damaged = False
        if is_whole:
            self._tally.mended += 1
            self._unstash(room)
        else:
            self._reset(room)

    def _reset(self, room: Room) -> None:
        """Give a room up whose stream is another one now: its members come back and are told what they lost."""
        self._tally.resets += 1
        room.stop()
        room.stash.clear()
        room.damaged = False
        room.state = State.COLD
        self._insufficient(room)

    def _close(self, room: Room) -> None:
        room.stop()
        del self._rooms[room.channel]
        if room.state is State.READY:
            self._tasks.start(self._unsubscribe(room.channel))

    async def _unsubscribe(self, channel: str) -> None:
        if channel not in self._rooms:
            await self._broker.unsubscribe(channel)
        room = self._rooms.get(channel)
        if room is not None and room.state is State.READY:
            await self._broker.subscribe(channel)
            room.damaged = room.source is not None

    def _is_due(self, room: Room) -> bool:
        if room.source is None or room.state is not State.READY or room.mending:
            return False
        return room.damaged or (bool(room.members) and self.now - room.heard_at >= self._memory.check_s)

    async def _check(self, due: list[Room]) -> None:
        """Compare rings with where their streams end: a bus that died in silence is found here."""
        await asyncio.gather(*(self._check_one(room) for room in due))
        self._checking = False

    async def _check_one(self, room: Room) -> None:
        room.heard_at = self.now
        if room.source is None:
            return
        try:
            position = await room.source.position()
        except DOWN as error:
            log.warning("kit.position_unknown", namespace=namespace_of(room.channel), error=type(error).__name__)
            return
        room.damaged = False
        if position.epoch != room.ring.epoch or position.offset != room.ring.top:
            self._mend(room)

    def _checked(self) -> None:
        self._checking = False


def _weight(room: Room) -> tuple[bool, int]:
    return room.options.lossless, len(room.members)


def _continues(room: Room, found: History) -> bool:
    """Tell whether a history goes on where the ring ends, without a hole, in the same stream."""
    if found.position.epoch != room.ring.epoch or found.position.offset < room.ring.top:
        return False
    if not found.publications:
        return found.position.offset == room.ring.top
    return all(one.offset == room.ring.top + place for place, one in enumerate(found.publications, start=1))
