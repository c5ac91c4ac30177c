"""Keeping order, showing things and working in groups, over HTTP; all of it with a join token."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from starlette.requests import Request

from stoa.kit.contract import Page, Struct
from stoa.kit.http.router import PUBLIC, Cursor, PageQuery, Router
from stoa.services.live.contract import (
    ClassId,
    JoinNeeded,
    NotLive,
    ParticipantId,
    Role,
    RoleNeeded,
    ThingNotFound,
)
from stoa.services.live.policy import IN_ROOM
from stoa.services.live.service.breaking_out import AlreadyInGroups, BreakoutView, NewBreakout
from stoa.services.live.service.doorway import RoomChannel
from stoa.services.live.service.lane import chat_channel
from stoa.services.live.service.live import Live
from stoa.services.live.service.moderating import MuteIn, PersonView
from stoa.services.live.service.showing import BadSlide
from stoa.services.live.service.views import MessageView

router = Router("live")
by_name = Cursor("people", tuple[str, UUID])
by_seq = Cursor("held", int)
ROOM = "/live/classes/{class_id}"
PERSON = f"{ROOM}/people/{{participant}}"


class PeopleCount(Struct, frozen=True, kw_only=True):
    """How many people are here, however many devices they have."""

    count: int


class RoomRoleIn(Struct, frozen=True, kw_only=True):
    """A role; `host` hands the class over."""

    role: Literal["host", "cohost", "speaker", "learner"]


class SlowModeIn(Struct, frozen=True, kw_only=True):
    """How long learners wait between two messages."""

    seconds: Annotated[int, msgspec.Meta(ge=0, le=60)]


class SlideIn(Struct, frozen=True, kw_only=True):
    """What all look at: an object that pages understand, at most 8 KB; null for nothing."""

    slide: msgspec.Raw


class SpotlightIn(Struct, frozen=True, kw_only=True):
    """Who is shown large."""

    participant: ParticipantId


class TimerIn(Struct, frozen=True, kw_only=True):
    """How many minutes the groups have from now."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=240)]


class MyGroup(Struct, frozen=True, kw_only=True):
    """The time in groups that is on, if one is, and the channel of one's own group."""

    breakout: BreakoutView | None
    channel: RoomChannel | None


@router.get(f"{ROOM}/people", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def list_people(
    class_id: ClassId, page: PageQuery, request: Request, live: Live, search: str = "", everybody: bool = False
) -> Page[PersonView]:
    """A window of the people who are here, by name; moderators may ask for those who left, too."""
    to = await live.standings.enter(request.headers, class_id)
    found = await live.moderating.people(
        search=search[:120], everybody=everybody, after=by_name.read(page.cursor), limit=page.fetch, to=to
    )
    cut = by_name.page(found, page, lambda one: (one[0], one[1].id))
    return Page(items=[person for _, person in cut.items], next=cut.next)


@router.get(f"{ROOM}/people/count", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def count_people(class_id: ClassId, request: Request, live: Live) -> PeopleCount:
    """How many people are here."""
    to = await live.standings.enter(request.headers, class_id)
    return PeopleCount(count=await live.moderating.count(to=to))


@router.post(
    f"{PERSON}/mute",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def mute_person(
    class_id: ClassId, participant: ParticipantId, request: Request, live: Live, body: MuteIn = MuteIn()
) -> None:
    """Let somebody write nothing for a while."""
    by = await live.standings.enter(request.headers, class_id)
    await live.moderating.mute(participant, body.minutes, by=by)


@router.post(
    f"{PERSON}/unmute",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def unmute_person(class_id: ClassId, participant: ParticipantId, request: Request, live: Live) -> None:
    """Let somebody write again."""
    await live.moderating.unmute(participant, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{PERSON}/remove",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def remove_person(
    class_id: ClassId, participant: ParticipantId, request: Request, live: Live, reason: str = ""
) -> None:
    """Send somebody out; they cannot come back."""
    by = await live.standings.enter(request.headers, class_id)
    await live.moderating.remove(participant, reason=reason[:500], by=by)


@router.post(
    f"{PERSON}/take-back",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def take_back_person(class_id: ClassId, participant: ParticipantId, request: Request, live: Live) -> None:
    """Let somebody come back who was sent out."""
    await live.moderating.take_back(participant, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{PERSON}/role", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded, ThingNotFound)
)
async def give_role(
    class_id: ClassId, participant: ParticipantId, body: RoomRoleIn, request: Request, live: Live
) -> None:
    """Give somebody a role in this class."""
    by = await live.standings.enter(request.headers, class_id)
    await live.moderating.give_role(participant, Role(body.role), by=by)


@router.put(f"{ROOM}/slow-mode", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded))
async def set_slow_mode(class_id: ClassId, body: SlowModeIn, request: Request, live: Live) -> None:
    """Say how long learners wait between two messages."""
    by = await live.standings.enter(request.headers, class_id)
    await live.moderating.slow_mode(body.seconds, by=by)


@router.get(f"{ROOM}/held", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded))
async def held_messages(class_id: ClassId, page: PageQuery, request: Request, live: Live) -> Page[MessageView]:
    """The messages that wait for a moderator."""
    to = await live.standings.enter(request.headers, class_id)
    found = await live.moderating.held(after=by_seq.read(page.cursor) or 0, limit=page.fetch, to=to)
    return by_seq.page(found, page, lambda one: one.seq)


@router.post(
    f"{ROOM}/messages/{{seq}}/release",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def release_message(
    class_id: ClassId, seq: int, request: Request, live: Live, room: UUID | None = None
) -> MessageView:
    """Show a message that waited."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.moderating.release(seq, room=room, by=by)


@router.put(
    f"{ROOM}/slide",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, NotLive, BadSlide),
)
async def show_slide(class_id: ClassId, body: SlideIn, request: Request, live: Live) -> None:
    """Show everybody a slide."""
    await live.showing.slide(body.slide, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{ROOM}/spotlight",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, NotLive, ThingNotFound),
)
async def set_spotlight(class_id: ClassId, body: SpotlightIn, request: Request, live: Live) -> None:
    """Show somebody large."""
    by = await live.standings.enter(request.headers, class_id)
    await live.showing.spotlight(body.participant, by=by)


@router.delete(
    f"{ROOM}/spotlight", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded, NotLive)
)
async def end_spotlight(class_id: ClassId, request: Request, live: Live) -> None:
    """Show nobody large."""
    await live.showing.spotlight(None, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{ROOM}/breakouts",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    status=201,
    errors=(JoinNeeded, RoleNeeded, NotLive, AlreadyInGroups),
)
async def open_breakouts(class_id: ClassId, body: NewBreakout, request: Request, live: Live) -> BreakoutView:
    """Send the learners into groups."""
    return await live.breaking_out.open(body, by=await live.standings.enter(request.headers, class_id))


@router.get(f"{ROOM}/breakouts/mine", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def my_breakout(class_id: ClassId, request: Request, live: Live) -> MyGroup:
    """The groups and one's own with its channel; who comes late is placed by asking."""
    to = await live.standings.enter(request.headers, class_id, is_anew=True)
    breakout = await live.breaking_out.current(to=to)
    channel = None
    if breakout is not None and breakout.mine is not None:
        channel = live.doorway.channel_token(to, chat_channel(class_id, breakout.mine.id))
    return MyGroup(breakout=breakout, channel=channel)


@router.post(
    f"{ROOM}/breakouts/{{group}}/visit",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def visit_group(class_id: ClassId, group: UUID, request: Request, live: Live) -> RoomChannel:
    """Listen to a group as a moderator."""
    by = await live.standings.enter(request.headers, class_id, is_anew=True)
    await live.breaking_out.visit(group, by=by)
    return live.doorway.channel_token(by, chat_channel(class_id, group))


@router.put(
    f"{ROOM}/breakouts/timer", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded)
)
async def set_breakout_timer(class_id: ClassId, body: TimerIn, request: Request, live: Live) -> None:
    """Say anew how long the groups have."""
    await live.breaking_out.set_timer(body.minutes, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{ROOM}/breakouts/close", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded)
)
async def close_breakouts(class_id: ClassId, request: Request, live: Live) -> None:
    """Bring everybody back."""
    await live.breaking_out.bring_back(by=await live.standings.enter(request.headers, class_id))
