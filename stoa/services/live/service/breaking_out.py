"""Working in groups for a while: who goes where, the timer on the server, and the way back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, Struct, new_id
from stoa.kit.errors import Conflict
from stoa.kit.names import clean_name
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, ParticipantId, ThingNotFound
from stoa.services.live.domain import breakouts
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.standing import MODERATORS, Standing
from stoa.services.live.store.groups import Breakout, Group
from stoa.services.live.store.tx import LiveTx


class AlreadyInGroups(Conflict):
    """The class is in groups; bring everybody back first."""

    code, title = "live.already_in_groups", "The class is in groups already"


class EndBreakout(Job, frozen=True, kw_only=True):
    """Brings everybody back when the time of the groups is over."""

    type_: ClassVar[str] = "live.end-breakout"

    organization_id: OrganizationId
    class_id: ClassId
    breakout: UUID


class NewBreakout(Struct, frozen=True, kw_only=True):
    """How the class is split: by chance, but for those who are placed by hand (person → number of the group)."""

    groups: Annotated[int, msgspec.Meta(ge=1, le=breakouts.MOST_GROUPS)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=240)] | None = None
    names: Annotated[list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=100)] = []
    placed: dict[str, int] = {}


class GroupView(Struct, frozen=True, kw_only=True):
    """A group."""

    id: UUID
    number: int
    name: str
    size: int


class BreakoutView(Struct, frozen=True, kw_only=True):
    """A time in groups; `mine` is the caller's group."""

    id: UUID
    opened_at: datetime
    ends_at: datetime | None
    groups: list[GroupView]
    mine: GroupView | None


class BreakoutPublication(Struct, frozen=True, kw_only=True):
    """What the room is told of a time in groups: who is in which is asked by each for themselves."""

    state: str
    id: UUID
    ends_at: datetime | None
    groups: int


class BreakingOut:
    """Sends a class into groups and brings it back."""

    def __init__(
        self, *, store: Store[LiveTx], clock: Clock, settings: LiveSettings, lane: Lane, chance: Random | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._lane = lane
        self._chance = chance or Random()

    async def open(self, new: NewBreakout, *, by: Standing) -> BreakoutView:
        """Split the learners who are here; whoever comes later goes into the smallest group."""
        by.require(*MODERATORS)
        by.require_live()
        now = self._clock.now()
        ends_at = now + timedelta(minutes=new.minutes) if new.minutes else None
        breakout = Breakout(id=new_id(), opened_at=now, ends_at=ends_at)
        async with self._store.transaction(organization=by.organization) as tx:
            if await tx.open_breakout(by.class_id) is not None:
                raise AlreadyInGroups
            people = await tx.everybody_here(by.class_id, since=now - self._settings.away_after)
            dealt = breakouts.assigned(people, _by_hand(new.placed), new.groups, self._chance)
            groups = [
                (Group(id=new_id(), number=number, name=_name(new, number), size=len(members)), members)
                for number, members in enumerate(dealt, start=1)
            ]
            await tx.add_breakout(by.class_id, breakout, groups)
            if ends_at is not None:
                self._set_timer(tx, by, breakout.id, ends_at)
            said = await tx.say(by.class_id, "breakout", _told("open", breakout, new.groups))
        await self._lane.tell(said)
        return _view(breakout, [group for group, _ in groups], mine=None)

    async def current(self, *, to: Standing) -> BreakoutView | None:
        """Return the time in groups that is on, with one's own group; a learner who came late is placed now."""
        async with self._store.reading(organization=to.organization) as tx:
            breakout = await tx.open_breakout(to.class_id)
            if breakout is None:
                return None
            groups = await tx.groups(to.class_id, breakout.id)
            mine = await tx.group_of(to.class_id, breakout.id, to.id)
        if mine is None and not to.moderates:
            async with self._store.transaction(organization=to.organization) as tx:
                # The lock lets one of two devices place the person, and the other find them placed.
                locked = await tx.open_breakout(to.class_id, lock=True)
                if locked is None:
                    return None
                breakout = locked
                mine = await tx.group_of(to.class_id, locked.id, to.id)
                mine = mine or await tx.place_late(to.class_id, locked.id, to.id)
        return _view(breakout, groups, mine=mine)

    async def set_timer(self, minutes: int, *, by: Standing) -> None:
        """Say anew how many minutes the groups still have."""
        by.require(*MODERATORS)
        ends_at = self._clock.now() + timedelta(minutes=minutes)
        async with self._store.transaction(organization=by.organization) as tx:
            breakout = await tx.open_breakout(by.class_id, lock=True)
            if breakout is None:
                return
            await tx.set_timer(by.class_id, breakout.id, ends_at=ends_at)
            self._set_timer(tx, by, breakout.id, ends_at)
            changed = Breakout(id=breakout.id, opened_at=breakout.opened_at, ends_at=ends_at)
            said = await tx.say(by.class_id, "breakout", _told("open", changed, 0))
        await self._lane.tell(said)

    async def visit(self, group: UUID, *, by: Standing) -> None:
        """Let a moderator into a group; raise ThingNotFound where there is none."""
        by.require(*MODERATORS)
        async with self._store.reading(organization=by.organization) as tx:
            if not await tx.is_in_group(by.class_id, group, None):
                raise ThingNotFound

    async def bring_back(self, *, by: Standing) -> None:
        """Bring everybody back; done again it changes nothing."""
        by.require(*MODERATORS)
        async with self._store.reading(organization=by.organization) as tx:
            breakout = await tx.open_breakout(by.class_id)
        if breakout is not None:
            await self._close(by.organization, by.class_id, breakout)

    async def end_by_clock(self, job: EndBreakout) -> None:
        """Bring everybody back when the time is over, unless it was prolonged or they are back."""
        async with self._store.reading(organization=job.organization_id) as tx:
            breakout = await tx.open_breakout(job.class_id)
        if breakout is None or breakout.id != job.breakout:
            return
        if breakout.ends_at is not None and breakout.ends_at <= self._clock.now() + timedelta(seconds=1):
            await self._close(job.organization_id, job.class_id, breakout)

    async def _close(self, organization: OrganizationId, class_id: ClassId, breakout: Breakout) -> None:
        async with self._store.transaction(organization=organization) as tx:
            if not await tx.close_breakout(class_id, breakout.id):
                return
            said = await tx.say(class_id, "breakout", _told("closed", breakout, 0))
        await self._lane.tell(said)

    def _set_timer(self, tx: LiveTx, by: Standing, breakout: UUID, ends_at: datetime) -> None:
        tx.enqueue(EndBreakout(organization_id=by.organization, class_id=by.class_id, breakout=breakout), at=ends_at)


def _by_hand(placed: Mapping[str, int]) -> dict[ParticipantId, int]:
    """Return who is placed where, groups counted from 0; what is no id is nobody."""
    found = {}
    for person, number in list(placed.items())[:20_000]:
        try:
            found[ParticipantId(UUID(person))] = number - 1
        except ValueError:
            continue
    return found


def _name(new: NewBreakout, number: int) -> str:
    given = new.names[number - 1] if number <= len(new.names) else ""
    return clean_name(given, may_be_empty=True) or str(number)


def _told(state: str, breakout: Breakout, groups: int) -> BreakoutPublication:
    return BreakoutPublication(state=state, id=breakout.id, ends_at=breakout.ends_at, groups=groups)


def _view(breakout: Breakout, groups: list[Group], *, mine: Group | None) -> BreakoutView:
    return BreakoutView(
        id=breakout.id,
        opened_at=breakout.opened_at,
        ends_at=breakout.ends_at,
        groups=[_group(group) for group in groups],
        mine=_group(mine) if mine else None,
    )


def _group(group: Group) -> GroupView:
    return GroupView(id=group.id, number=group.number, name=group.name, size=group.size)
