"""What a room sees of its chat: one sample a tick for everybody, whoever took the messages; reactions; head counts.

The row of a chat says up to which message it was shown and how much in the last second. Whoever locks it at a tick
takes the sample for all processes, so it stays one without an owner or a lease (docs/decisions/0027).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import logger
from stoa.services.live.contract import ClassId
from stoa.services.live.domain import sampling
from stoa.services.live.domain.sampling import Pace, Tick
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.lane import Lane, chat_channel
from stoa.services.live.service.views import MessageView, message_view
from stoa.services.live.store.chat import ChatRow, Message
from stoa.services.live.store.lane import Said
from stoa.services.live.store.tx import LiveTx

log = logger("live")
_PEOPLE_EVERY = timedelta(seconds=5)
_LARGE = 200


class Messages(Struct, frozen=True, kw_only=True):
    """One tick of a chat: what is shown of how many a second."""

    t: str = "messages"
    rate: int
    total: int
    messages: list[MessageView]


class Reactions(Struct, frozen=True, kw_only=True):
    """How often each reaction was given in the last second."""

    t: str = "reactions"
    counts: dict[str, int]


class People(Struct, frozen=True, kw_only=True):
    """How many people are here."""

    t: str = "people"
    count: int


class SlowMode(Struct, frozen=True, kw_only=True):
    """How long everybody waits between two messages; `automatic` says that the room did it itself."""

    slow_mode_s: int
    automatic: bool


class _Pending:
    """What one room has to show at its next tick, in this process."""

    __slots__ = ("counts", "offered", "people", "reactions", "sure")

    def __init__(self) -> None:
        self.offered = 0
        self.sure: list[Message] = []
        self.reactions: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.people = False

    def is_empty(self) -> bool:
        return not (self.offered or self.sure or self.reactions or self.counts or self.people)


_Place = tuple[OrganizationId, ClassId, UUID]


class Presenting:
    """Shows rooms what is said in them; a room in which nothing happens costs nothing."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        settings: LiveSettings,
        realtime: Realtime,
        lane: Lane,
        chance: Random | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._realtime = realtime
        self._lane = lane
        self._chance = chance or Random()
        self._pending: dict[_Place, _Pending] = {}
        self._counted: dict[ClassId, datetime] = {}
        self._tasks: dict[_Place, asyncio.Task[None]] = {}

    def note(
        self,
        organization: OrganizationId,
        class_id: ClassId,
        room: UUID,
        *,
        offered: int,
        sure: Sequence[Message] = (),
        stored: int = 0,
    ) -> None:
        """Take note of stored messages: those a sample decides about, and those that are shown in any case."""
        if not (stored or sure):
            return
        pending = self._awake((organization, class_id, room))
        pending.offered += offered
        pending.sure += sure
        if stored:
            pending.counts["messages"] += stored

    def react(self, organization: OrganizationId, class_id: ClassId, kind: str) -> None:
        """Count a reaction."""
        pending = self._awake((organization, class_id, class_id))
        pending.reactions[kind] += 1
        pending.counts["reactions"] += 1

    def count(self, organization: OrganizationId, class_id: ClassId, kind: str, by: int = 1) -> None:
        """Count something for the host's graph."""
        self._awake((organization, class_id, class_id)).counts[kind] += by

    def came_or_went(self, organization: OrganizationId, class_id: ClassId) -> None:
        """Take note that the number of people may have changed."""
        self._awake((organization, class_id, class_id)).people = True

    async def settled(self) -> None:
        """Wait until all that was noted is shown: for a server that stops, and for tests."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _awake(self, place: _Place) -> _Pending:
        pending = self._pending.get(place)
        if pending is None:
            pending = self._pending[place] = _Pending()
        if place not in self._tasks:
            task = asyncio.create_task(self._run(place), context=Context())
            task.add_done_callback(_noted)
            self._tasks[place] = task
        return pending

    async def _run(self, place: _Place) -> None:
        """Tick while there is something to show; the first tick comes at once."""
        try:
            while (pending := self._pending.pop(place, None)) is not None and not pending.is_empty():
                await self._tick(place, pending)
                await asyncio.sleep(self._settings.tick.total_seconds())
        finally:
            del self._tasks[place]

    async def _tick(self, place: _Place, pending: _Pending) -> None:
        organization, class_id, room = place
        if pending.offered or pending.sure:
            await self.show(organization, class_id, room, sure=pending.sure)
        if pending.reactions:
            self._tell(class_id, Reactions(counts=dict(pending.reactions)))
        if pending.people:
            await self._tell_people(organization, class_id)
        if pending.counts:
            async with self._store.reading(organization=organization) as tx:
                await tx.count_minutes(class_id, sorted(pending.counts.items()))

    async def show(
        self, organization: OrganizationId, class_id: ClassId, room: UUID, *, sure: Sequence[Message] = ()
    ) -> None:
        """Take the sample of a tick if nobody else has, and tell the room."""
        now = self._clock.now()
        said: Said | None = None
        async with self._store.transaction(organization=organization) as tx:
            chat = await tx.lock_chat(class_id, room)
            if chat is None:
                return
            waiting = await tx.waiting_to_be_shown(class_id, room, after=chat.shown_seq, until=chat.last_seq)
            size = sampling.room_for(chat.recent, offered=len(waiting), now=now, tick=self._settings.tick)
            chosen = sampling.reservoir(waiting, size, self._chance)
            shown = await tx.show(class_id, room, chosen) if chosen else []
            rate = sampling.rate_of(chat.recent, offered=len(waiting), now=now)
            held = await tx.class_of(class_id) if room == class_id else None
            pace = chat.pace
            if held is not None and held.settings.auto_slow:
                pace = sampling.next_pace(chat.pace, rate=rate, now=now)
            if pace.slow_s != chat.pace.slow_s and held is not None:
                seconds = max(held.slow_mode_s, pace.slow_s)
                said = await tx.say(class_id, "slow_mode", SlowMode(slow_mode_s=seconds, automatic=pace.slow_s > 0))
            await self._keep(tx, class_id, room, chat, pace, offered=len(waiting), shown=len(shown))
        await self._lane.tell(said)
        messages = sorted([*shown, *sure], key=lambda one: one.seq)
        if messages:
            views = [message_view(one, class_id=class_id) for one in messages]
            self._tell(class_id, Messages(rate=rate, total=len(waiting) + len(sure), messages=views), room=room)

    async def _keep(
        self, tx: LiveTx, class_id: ClassId, room: UUID, chat: ChatRow, pace: Pace, *, offered: int, shown: int
    ) -> None:
        now = self._clock.now()
        recent = [*sampling.still_counting(chat.recent, now), Tick(at=now, offered=offered, shown=shown)]
        await tx.shown_until(class_id, room, seq=chat.last_seq, at=now, recent=recent, pace=pace)

    async def _tell_people(self, organization: OrganizationId, class_id: ClassId) -> None:
        """Tell how many people there are where that has changed: a large room, where it always has, now and then."""
        now = self._clock.now()
        if now < self._counted.get(class_id, now):
            return
        async with self._store.reading(organization=organization) as tx:
            people = await tx.here(class_id, since=now - self._settings.away_after)
            wait = _PEOPLE_EVERY if people > _LARGE else timedelta()
            mine = await tx.tell_people(class_id, people=people, at=now, not_since=now - wait)
        self._counted.pop(class_id, None)
        if wait:
            self._counted[class_id] = now + wait
        if mine:
            self._tell(class_id, People(count=people))

    def _tell(self, class_id: ClassId, publication: Struct, *, room: UUID | None = None) -> None:
        self._realtime.tell(chat_channel(class_id, room), msgspec.json.encode(publication))


def _noted(task: "asyncio.Task[None]") -> None:
    """Say that a tick failed: what it did not show is kept, and shown with the next message."""
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        log.warning("live.tick_failed", error=type(failure).__name__)
