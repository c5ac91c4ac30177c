"""Polls, over HTTP; all of it with a join token."""

from typing import Annotated
from uuid import UUID

import msgspec
from starlette.requests import Request

from stoa.kit.contract import Struct
from stoa.kit.http.router import PUBLIC, Router
from stoa.services.live.contract import (
    BadBallot,
    ClassId,
    IllegalMove,
    JoinNeeded,
    NotLive,
    PollClosed,
    ResultsHidden,
    RoleNeeded,
    ThingNotFound,
    TooMuch,
)
from stoa.services.live.policy import IN_ROOM
from stoa.services.live.service.live import Live
from stoa.services.live.service.polling import BadPoll, NewPoll
from stoa.services.live.service.views import LivePollView

router = Router("live")
POLLS = "/live/classes/{class_id}/polls"


class PollList(Struct, frozen=True, kw_only=True):
    """The polls of a class, newest first."""

    items: list[LivePollView]


class BallotIn(Struct, frozen=True, kw_only=True):
    """What somebody chooses: places in the list of options, from 0."""

    choices: Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=100)]], msgspec.Meta(min_length=1, max_length=20)]


@router.post(
    POLLS,
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    status=201,
    errors=(JoinNeeded, RoleNeeded, BadPoll, TooMuch, NotLive),
)
async def create_poll(class_id: ClassId, body: NewPoll, request: Request, live: Live) -> LivePollView:
    """Prepare a poll or a quiz, and ask it at once if wanted."""
    return await live.polling.create(body, by=await live.standings.enter(request.headers, class_id))


@router.get(POLLS, permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def list_polls(class_id: ClassId, request: Request, live: Live) -> PollList:
    """The polls of the class; drafts are for moderators."""
    return PollList(items=await live.polling.listed(to=await live.standings.enter(request.headers, class_id)))


@router.get(f"{POLLS}/{{poll}}", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, ThingNotFound))
async def get_poll(class_id: ClassId, poll: UUID, request: Request, live: Live) -> LivePollView:
    """One poll with one's own choice, its result where that may be seen, for moderators the number of ballots."""
    return await live.polling.shown(poll, to=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{POLLS}/{{poll}}/open",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound, IllegalMove, NotLive),
)
async def open_poll(class_id: ClassId, poll: UUID, request: Request, live: Live) -> LivePollView:
    """Ask a poll."""
    return await live.polling.open(poll, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{POLLS}/{{poll}}/close",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound, IllegalMove),
)
async def close_poll(class_id: ClassId, poll: UUID, request: Request, live: Live) -> LivePollView:
    """Take no more ballots, and count."""
    return await live.polling.close(poll, by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{POLLS}/{{poll}}/reveal",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound, IllegalMove, ResultsHidden),
)
async def reveal_poll(class_id: ClassId, poll: UUID, request: Request, live: Live) -> LivePollView:
    """Show the result to all; of an anonymous poll only if three or more have answered."""
    return await live.polling.reveal(poll, by=await live.standings.enter(request.headers, class_id))


@router.put(
    f"{POLLS}/{{poll}}/ballot",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    # No answer of it is kept under an Idempotency-Key: it would say who voted when. It is idempotent by itself.
    replay=False,
    errors=(JoinNeeded, BadBallot, PollClosed, ThingNotFound, NotLive),
)
async def cast_ballot(class_id: ClassId, poll: UUID, body: BallotIn, request: Request, live: Live) -> None:
    """Vote, or change one's vote; answered once it is stored, refused once the poll is closed."""
    by = await live.standings.enter(request.headers, class_id)
    await live.polling.vote(poll, body.choices, by=by)
