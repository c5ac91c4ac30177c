"""The whiteboard and the picture slides of a class over HTTP; all of it with a join token."""

from typing import Annotated

import msgspec
from starlette.requests import Request

from stoa.kit.contract import Struct
from stoa.kit.http.router import PUBLIC, Router
from stoa.services.live.contract import ClassId, JoinNeeded, Muted, NotLive, RoleNeeded, TooMuch
from stoa.services.live.domain.boards import BadElements
from stoa.services.live.domain.decks import BadDeck, Picture
from stoa.services.live.policy import IN_ROOM
from stoa.services.live.service.drawing import BoardRule
from stoa.services.live.service.live import Live

router = Router("live")
_BOARD = "/live/classes/{class_id}/whiteboard"
_DECK = "/live/classes/{class_id}/deck"


class Deck(Struct, frozen=True, kw_only=True):
    """The picture slides of a class, in their order."""

    slides: Annotated[list[Picture], msgspec.Meta(max_length=200)]


class StrokesIn(Struct, frozen=True, kw_only=True):
    """What was drawn: whole elements of Excalidraw, at most 50."""

    elements: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=50)]


class Kept(Struct, frozen=True, kw_only=True):
    """How many elements were newer than what was there."""

    kept: int


class BoardView(Struct, frozen=True, kw_only=True):
    """The whiteboard as it is after the publication `seq`; what comes later is said in the room.

    It may be a second old: who listens only from a later publication on asks again.
    """

    seq: int
    elements: Annotated[msgspec.Raw, msgspec.Meta(description="A list of elements of Excalidraw.")]


@router.get(_BOARD, permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def whiteboard(class_id: ClassId, request: Request, live: Live) -> BoardView:
    """The whole whiteboard."""
    board = await live.drawing.board(to=await live.standings.enter(request.headers, class_id))
    return BoardView(seq=board.seq, elements=msgspec.Raw(board.elements))


@router.post(
    _BOARD,
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    replay=False,
    errors=(JoinNeeded, RoleNeeded, NotLive, Muted, BadElements, TooMuch),
)
async def draw(class_id: ClassId, body: StrokesIn, request: Request, live: Live) -> Kept:
    """Draw: elements that are newer than what is there are kept and shown to all."""
    by = await live.standings.enter(request.headers, class_id)
    return Kept(kept=await live.drawing.draw(body.elements, by=by))


@router.delete(_BOARD, permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded, NotLive))
async def wipe_whiteboard(class_id: ClassId, request: Request, live: Live) -> None:
    """Empty the whiteboard."""
    await live.drawing.wipe(by=await live.standings.enter(request.headers, class_id))


@router.put(
    f"{_BOARD}/rule", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded, TooMuch)
)
async def rule_whiteboard(class_id: ClassId, body: BoardRule, request: Request, live: Live) -> None:
    """Say whether everybody may draw."""
    await live.drawing.rule(body, by=await live.standings.enter(request.headers, class_id))


@router.get(_DECK, permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded))
async def slide_deck(class_id: ClassId, request: Request, live: Live) -> Deck:
    """The picture slides, for those who may show them."""
    return Deck(slides=await live.showing.deck(to=await live.standings.enter(request.headers, class_id)))


@router.put(_DECK, permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded, BadDeck))
async def keep_slide_deck(class_id: ClassId, body: Deck, request: Request, live: Live) -> Deck:
    """Keep the picture slides; each has words for those who do not see it."""
    by = await live.standings.enter(request.headers, class_id)
    return Deck(slides=await live.showing.keep_deck(body.slides, by=by))
