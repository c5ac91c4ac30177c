"""The live class as the rest of the process sees it: its parts, and its port."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.conferences import Conferences
from stoa.kit.limits import Limiter
from stoa.kit.realtime.broker import History, Position
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.live.contract import LivePort
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.asking import Asking
from stoa.services.live.service.breaking_out import BreakingOut
from stoa.services.live.service.chatting import Chatting
from stoa.services.live.service.doorway import Doorway
from stoa.services.live.service.drawing import Drawing
from stoa.services.live.service.holding import Holding
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.moderating import Moderating
from stoa.services.live.service.personal import Personal
from stoa.services.live.service.polling import Polling
from stoa.services.live.service.presenting import Presenting
from stoa.services.live.service.quizzing import Quizzing
from stoa.services.live.service.recalling import Recalling
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.service.showing import Showing
from stoa.services.live.service.snapshots import Snapshots
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import Standings
from stoa.services.live.service.studio import Studio, furnished
from stoa.services.live.store.tx import LiveTx
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.people.contract import PeoplePort


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What live is given from outside."""

    store: Store[LiveTx]
    clock: Clock
    settings: LiveSettings
    limiter: Limiter
    authorizer: Authorizer
    realtime: Realtime
    courses: CoursesPort
    enrollment: EnrollmentPort
    people: PeoplePort
    organizations: OrganizationsPort
    join_secret: bytes = field(repr=False)
    ballot_secret: bytes = field(repr=False)
    blobs: Blobs
    public_url: str
    conferences: Mapping[str, Conferences] = field(default_factory=dict)
    chance: Random = field(default_factory=Random)
    told_every_s: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Live(LivePort):
    """The parts of the live class."""

    lane: Lane
    standings: Standings
    scheduling: Scheduling
    holding: Holding
    presenting: Presenting
    chatting: Chatting
    polling: Polling
    quizzing: Quizzing
    asking: Asking
    snapshots: Snapshots
    doorway: Doorway
    moderating: Moderating
    personal: Personal
    showing: Showing
    drawing: Drawing
    breaking_out: BreakingOut
    recalling: Recalling
    studio: Studio
    public_url: str

    async def channel_position(self, *, channel: str) -> Position:
        """Return the epoch of a class's lane and the number of its last publication."""
        return await self.lane.position(channel)

    async def channel_history(self, *, channel: str, after: int, limit: int) -> History:
        """Return publications of a class's lane beyond a number, oldest first."""
        return await self.lane.history(channel, after=after, limit=limit)


def assembled(outside: Outside) -> Live:
    """Put the parts together."""
    store, clock, settings = outside.store, outside.clock, outside.settings
    lane = Lane(store=store, realtime=outside.realtime)
    standings = Standings(store=store, clock=clock, secret=outside.join_secret)
    scheduling = Scheduling(
        store=store,
        clock=clock,
        authorizer=outside.authorizer,
        courses=outside.courses,
        enrollment=outside.enrollment,
        standings=standings,
    )
    studio = _studio(outside, scheduling, lane)
    presenting = Presenting(
        store=store, clock=clock, settings=settings, realtime=outside.realtime, lane=lane, chance=outside.chance
    )
    asking = _asking(outside, lane, presenting)
    chatting = Chatting(
        store=store,
        clock=clock,
        limiter=outside.limiter,
        lane=lane,
        presenting=presenting,
        asking=asking,
    )
    polling = Polling(store=store, clock=clock, lane=lane, secret=outside.ballot_secret)
    snapshots = Snapshots(store=store, clock=clock, settings=settings, chatting=chatting, polling=polling)
    core = _Core(
        lane=lane,
        standings=standings,
        scheduling=scheduling,
        presenting=presenting,
        asking=asking,
        snapshots=snapshots,
        staging=studio.staging,
    )
    return Live(
        lane=lane,
        standings=standings,
        scheduling=scheduling,
        holding=_holding(outside, core),
        presenting=presenting,
        chatting=chatting,
        polling=polling,
        quizzing=Quizzing(store=store, clock=clock, scheduling=scheduling),
        asking=asking,
        snapshots=snapshots,
        doorway=_doorway(outside, core),
        moderating=_moderating(outside, core),
        personal=_personal(outside, core),
        showing=Showing(store=store, lane=lane, standings=standings),
        drawing=_drawing(outside, core),
        breaking_out=BreakingOut(store=store, clock=clock, settings=settings, lane=lane, chance=outside.chance),
        recalling=_recalling(outside, core),
        studio=studio,
        public_url=outside.public_url,
    )


@dataclass(frozen=True, kw_only=True)
class _Core:
    """The parts that others are put together from."""

    lane: Lane
    standings: Standings
    scheduling: Scheduling
    presenting: Presenting
    asking: Asking
    snapshots: Snapshots
    staging: Staging


def _studio(outside: Outside, scheduling: Scheduling, lane: Lane) -> Studio:
    return furnished(
        store=outside.store,
        clock=outside.clock,
        conferences=outside.conferences,
        blobs=outside.blobs,
        scheduling=scheduling,
        lane=lane,
    )


def _asking(outside: Outside, lane: Lane, presenting: Presenting) -> Asking:
    return Asking(
        store=outside.store,
        clock=outside.clock,
        limiter=outside.limiter,
        lane=lane,
        presenting=presenting,
        settings=outside.settings,
        told_every_s=outside.told_every_s,
    )


def _drawing(outside: Outside, core: _Core) -> Drawing:
    return Drawing(
        store=outside.store,
        clock=outside.clock,
        limiter=outside.limiter,
        lane=core.lane,
        standings=core.standings,
        snapshots=core.snapshots,
    )


def _holding(outside: Outside, core: _Core) -> Holding:
    return Holding(
        store=outside.store,
        clock=outside.clock,
        settings=outside.settings,
        scheduling=core.scheduling,
        standings=core.standings,
        staging=core.staging,
        lane=core.lane,
    )


def _doorway(outside: Outside, core: _Core) -> Doorway:
    return Doorway(
        store=outside.store,
        clock=outside.clock,
        settings=outside.settings,
        limiter=outside.limiter,
        realtime=outside.realtime,
        people=outside.people,
        scheduling=core.scheduling,
        standings=core.standings,
        staging=core.staging,
        snapshots=core.snapshots,
        presenting=core.presenting,
        lane=core.lane,
    )


def _moderating(outside: Outside, core: _Core) -> Moderating:
    return Moderating(
        store=outside.store,
        clock=outside.clock,
        settings=outside.settings,
        realtime=outside.realtime,
        lane=core.lane,
        presenting=core.presenting,
        asking=core.asking,
        standings=core.standings,
        staging=core.staging,
    )


def _personal(outside: Outside, core: _Core) -> Personal:
    return Personal(
        store=outside.store,
        realtime=outside.realtime,
        organizations=outside.organizations,
        scheduling=core.scheduling,
        standings=core.standings,
        staging=core.staging,
        lane=core.lane,
    )


def _recalling(outside: Outside, core: _Core) -> Recalling:
    return Recalling(
        store=outside.store,
        clock=outside.clock,
        scheduling=core.scheduling,
        enrollment=outside.enrollment,
        people=outside.people,
    )
