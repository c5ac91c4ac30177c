"""Messages, reactions, questions and hands, over HTTP; all of it with a join token."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from starlette.requests import Request

from stoa.kit.contract import Page, Struct
from stoa.kit.errors import TooMany
from stoa.kit.http.router import PUBLIC, Cursor, PageQuery, Router
from stoa.services.live.contract import (
    ClassId,
    JoinNeeded,
    Muted,
    NotLive,
    ParticipantId,
    RoleNeeded,
    ThingNotFound,
    TooFast,
    TooMuch,
)
from stoa.services.live.domain.wording import BadMessage
from stoa.services.live.policy import IN_ROOM
from stoa.services.live.service.asking import NewQuestion
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.service.live import Live
from stoa.services.live.service.views import HandView, MessageView, QuestionView

router = Router("live")
by_votes = Cursor("questions", tuple[int, UUID])
by_ticket = Cursor("hands", int)
ROOM = "/live/classes/{class_id}"
Kind = Literal["clap", "heart", "laugh", "like", "wow", "celebrate", "confused", "slower"]


class MessageList(Struct, frozen=True, kw_only=True):
    """Messages by their numbers."""

    items: list[MessageView]


class ReactionIn(Struct, frozen=True, kw_only=True):
    """A reaction."""

    kind: Kind


class AnnouncementIn(Struct, frozen=True, kw_only=True):
    """What everybody is told."""

    client_msg_id: UUID
    body: Annotated[str, msgspec.Meta(max_length=4_000)]


class SettleIn(Struct, frozen=True, kw_only=True):
    """How a question was answered; nothing where that was said aloud."""

    answer: Annotated[str, msgspec.Meta(max_length=4_000)] = ""


class HandQueue(Struct, frozen=True, kw_only=True):
    """How many hands are up, and part of the queue."""

    count: int
    items: list[HandView]
    next: str | None


@router.post(
    f"{ROOM}/messages",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    replay=False,
    status=201,
    errors=(JoinNeeded, BadMessage, Muted, NotLive, TooFast, RoleNeeded, ThingNotFound),
)
async def post_message(class_id: ClassId, body: NewMessage, request: Request, live: Live) -> MessageView:
    """Say something; sent again under the same `client_msg_id` it is answered with the message that is there."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.chatting.post(body, by=by)


@router.get(f"{ROOM}/messages", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, ThingNotFound))
async def list_messages(
    class_id: ClassId,
    request: Request,
    live: Live,
    after: int | None = None,
    before: int | None = None,
    room: UUID | None = None,
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50,
) -> MessageList:
    """What was shown and what is one's own: the first after a number, else the last before one."""
    to = await live.standings.enter(request.headers, class_id)
    return MessageList(items=await live.chatting.page(room=room, after=after, before=before, limit=limit, to=to))


@router.delete(
    f"{ROOM}/messages/{{seq}}",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def remove_message(
    class_id: ClassId, seq: int, request: Request, live: Live, room: UUID | None = None, reason: str = ""
) -> None:
    """Take a message away everywhere: one's own, or as a moderator anybody's."""
    by = await live.standings.enter(request.headers, class_id)
    await live.moderating.remove_message(seq, room=room, reason=reason[:500], by=by)


@router.post(
    f"{ROOM}/reactions",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    replay=False,
    errors=(JoinNeeded, NotLive, TooMany),
)
async def react(class_id: ClassId, body: ReactionIn, request: Request, live: Live) -> None:
    """React; the room sees how many did each second."""
    by = await live.standings.enter(request.headers, class_id)
    await live.chatting.react(body.kind, by=by)


@router.post(
    f"{ROOM}/announcements",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    status=201,
    errors=(JoinNeeded, RoleNeeded, NotLive, BadMessage),
)
async def announce(class_id: ClassId, body: AnnouncementIn, request: Request, live: Live) -> MessageView:
    """Tell everybody something, in every group."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.chatting.announce(body.body, client_msg_id=body.client_msg_id, by=by)


@router.post(
    f"{ROOM}/questions",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    status=201,
    errors=(JoinNeeded, NotLive, Muted, BadMessage, TooMuch, TooMany),
)
async def ask_question(class_id: ClassId, body: NewQuestion, request: Request, live: Live) -> QuestionView:
    """Ask the teacher something; asked again under the same id it is the same question."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.asking.ask(body, by=by)


@router.get(f"{ROOM}/questions", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def list_questions(
    class_id: ClassId,
    page: PageQuery,
    request: Request,
    live: Live,
    state: Literal["open", "answered", "dismissed"] = "open",
) -> Page[QuestionView]:
    """The questions with the most votes first."""
    to = await live.standings.enter(request.headers, class_id)
    found = await live.asking.listed(state=state, after=by_votes.read(page.cursor), limit=page.fetch, to=to)
    return by_votes.page(found, page, lambda one: (one.votes, one.id))


@router.post(
    f"{ROOM}/questions/{{question}}/vote",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, NotLive),
)
async def vote_question(class_id: ClassId, question: UUID, request: Request, live: Live) -> None:
    """Vote a question up, once."""
    by = await live.standings.enter(request.headers, class_id)
    await live.asking.vote(question, by=by)


@router.delete(
    f"{ROOM}/questions/{{question}}/vote",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, NotLive),
)
async def unvote_question(class_id: ClassId, question: UUID, request: Request, live: Live) -> None:
    """Take one's vote back."""
    by = await live.standings.enter(request.headers, class_id)
    await live.asking.unvote(question, by=by)


@router.post(
    f"{ROOM}/questions/{{question}}/answer",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound, BadMessage),
)
async def answer_question(
    class_id: ClassId, question: UUID, request: Request, live: Live, body: SettleIn = SettleIn()
) -> QuestionView:
    """Mark a question as answered, with the answer in words if wanted."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.asking.settle(question, state="answered", answer=body.answer, by=by)


@router.post(
    f"{ROOM}/questions/{{question}}/dismiss",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def dismiss_question(class_id: ClassId, question: UUID, request: Request, live: Live) -> QuestionView:
    """Put a question aside."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.asking.settle(question, state="dismissed", answer="", by=by)


@router.get(
    f"{ROOM}/questions/{{question}}/thread", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,)
)
async def question_thread(
    class_id: ClassId,
    question: UUID,
    request: Request,
    live: Live,
    after: int = 0,
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50,
) -> MessageList:
    """What was said to a question: messages with its id in `question`."""
    to = await live.standings.enter(request.headers, class_id)
    return MessageList(items=await live.asking.thread(question, after=after, limit=limit, to=to))


@router.post(f"{ROOM}/hands", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, NotLive, TooMany))
async def raise_hand(class_id: ClassId, request: Request, live: Live) -> HandView:
    """Raise one's hand, at the end of the queue; one that is up keeps its place."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.asking.raise_hand(by=by)


@router.delete(f"{ROOM}/hands", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def lower_own_hand(class_id: ClassId, request: Request, live: Live) -> None:
    """Lower one's hand."""
    by = await live.standings.enter(request.headers, class_id)
    await live.asking.lower_hand(by.id, by=by)


@router.get(f"{ROOM}/hands", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded,))
async def list_hands(class_id: ClassId, page: PageQuery, request: Request, live: Live) -> HandQueue:
    """The raised hands in the order of the queue."""
    to = await live.standings.enter(request.headers, class_id)
    count, found = await live.asking.queue(after=by_ticket.read(page.cursor) or 0, limit=page.fetch, to=to)
    cut = by_ticket.page(found, page, lambda one: one.ticket)
    return HandQueue(count=count, items=cut.items, next=cut.next)


@router.post(f"{ROOM}/hands/lower", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, RoleNeeded))
async def lower_all_hands(class_id: ClassId, request: Request, live: Live) -> None:
    """Lower every hand."""
    await live.asking.lower_all(by=await live.standings.enter(request.headers, class_id))


@router.post(
    f"{ROOM}/hands/{{participant}}/lower",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded),
)
async def lower_hand(class_id: ClassId, participant: ParticipantId, request: Request, live: Live) -> None:
    """Lower somebody's hand."""
    by = await live.standings.enter(request.headers, class_id)
    await live.asking.lower_hand(participant, by=by)


@router.post(
    f"{ROOM}/hands/{{participant}}/call",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    errors=(JoinNeeded, RoleNeeded, ThingNotFound),
)
async def call_on_hand(class_id: ClassId, participant: ParticipantId, request: Request, live: Live) -> HandView:
    """Call on somebody whose hand is up."""
    by = await live.standings.enter(request.headers, class_id)
    return await live.asking.call_on(participant, by=by)
