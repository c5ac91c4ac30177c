"""Questions that the room votes up, and hands that wait their turn; what many do at once is told once a second."""

import asyncio
from collections.abc import Mapping, Sequence
from contextvars import Context
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, new_id
from stoa.kit.gathering import Gathering
from stoa.kit.limits import Bucket, Limiter, require
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import logger
from stoa.services.live.contract import ClassId, ParticipantId, ThingNotFound, TooMuch
from stoa.services.live.domain.wording import BadMessage, clean_message, held_because
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.presenting import Presenting
from stoa.services.live.service.standing import MODERATORS, PRESENTERS, Standing
from stoa.services.live.service.views import HandView, MessageView, QuestionView, hand_view, message_view, question_view
from stoa.services.live.store.asking import Question
from stoa.services.live.store.lane import Said
from stoa.services.live.store.tx import LiveTx

log = logger("live")
_MOST_OPEN = 1_000
_QUEUE_SHOWN = 20
_TOLD_EVERY_S = 1.0


class NewQuestion(Struct, frozen=True, kw_only=True):
    """A question for the teacher."""

    client_msg_id: UUID
    body: Annotated[str, msgspec.Meta(max_length=2_000)]


class QuestionPublication(Struct, frozen=True, kw_only=True):
    """What the room is told of one question."""

    question: QuestionView


class VotesPublication(Struct, frozen=True, kw_only=True):
    """How many votes the questions have that got any within the last second."""

    votes: dict[str, int]


class RepliesPublication(Struct, frozen=True, kw_only=True):
    """How much was said to the questions to which something was said within the last second: read their threads."""

    replies: dict[str, int]


class HandsPublication(Struct, frozen=True, kw_only=True):
    """How many hands are up, and who is first."""

    count: int
    queue: list[HandView]


class _Class(Struct, frozen=True, kw_only=True):
    organization: OrganizationId
    class_id: ClassId


class Asking:
    """Takes questions, votes and hands."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        limiter: Limiter,
        lane: Lane,
        presenting: Presenting,
        settings: LiveSettings,
        told_every_s: float = _TOLD_EVERY_S,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limiter = limiter
        self._lane = lane
        self._presenting = presenting
        self._words = [word.strip() for word in settings.blocked_words.split(",") if word.strip()]
        self._told_every_s = told_every_s
        self._votes = Gathering[_Class, tuple[UUID, ParticipantId], None](self._add_votes, most=1_000)
        self._moved: dict[_Class, dict[UUID, int]] = {}
        self._replied: dict[_Class, dict[UUID, int]] = {}
        self._hands: set[_Class] = set()
        self._tasks: dict[_Class, asyncio.Task[None]] = {}

    async def ask(self, new: NewQuestion, *, by: Standing) -> QuestionView:
        """Ask something; asked again under the same id it is the same question."""
        by.require_live()
        by.require_voice(self._clock.now())
        body = clean_message(new.body)
        if self.held_because(body, by=by) is not None:
            # A question is told at once: what would wait for a moderator in the chat does not come in by this door.
            raise BadMessage("A question holds no links, addresses, numbers or words that this class does not want.")
        question = Question(
            id=new_id(),
            participant=by.id,
            name=by.person.name,
            body=body,
            state="open",
            votes=0,
            answer="",
            asked_at=self._clock.now(),
            settled_at=None,
        )
        async with self._store.reading(organization=by.organization) as tx:
            before = await tx.asked_before(by.class_id, by.id, new.client_msg_id)
        if before is not None:
            return question_view(before)
        await require(self._limiter, Bucket(f"{by.organization}:live.questions:{by.id}", 5, 60.0))
        async with self._store.transaction(organization=by.organization) as tx:
            kept = await tx.ask(by.class_id, question, client_msg_id=new.client_msg_id, most_open=_MOST_OPEN)
            if kept is None:
                raise TooMuch(f"A class has at most {_MOST_OPEN} open questions.")
            said = None
            if kept.id == question.id:
                said = await tx.say(by.class_id, "question", QuestionPublication(question=question_view(kept)))
        await self._lane.tell(said)
        self._presenting.count(by.organization, by.class_id, "questions")
        return question_view(kept)

    def held_because(self, body: str, *, by: Standing) -> str | None:
        """Say why what somebody writes waits for a moderator, None where it is shown at once."""
        if by.role in PRESENTERS:
            return None
        rules = by.held.settings
        words = [*rules.blocked_words, *self._words]
        return held_because(body, links=rules.hold_links, personal=rules.hold_personal, words=words)

    async def vote(self, question: UUID, *, by: Standing) -> None:
        """Vote for an open question, once."""
        by.require_live()
        await self._votes.add(_Class(organization=by.organization, class_id=by.class_id), (question, by.id))

    async def _add_votes(self, place: _Class, votes: Sequence[tuple[UUID, ParticipantId]]) -> Sequence[None]:
        async with self._store.reading(organization=place.organization) as tx:
            moved = await tx.vote(place.class_id, list(dict.fromkeys(votes)))
        if moved:
            self._moved.setdefault(place, {}).update(moved)
            self._wake(place)
        return [None] * len(votes)

    async def unvote(self, question: UUID, *, by: Standing) -> None:
        """Take one's vote back."""
        by.require_live()
        async with self._store.reading(organization=by.organization) as tx:
            count = await tx.unvote(by.class_id, question, by.id)
        if count is not None:
            place = _Class(organization=by.organization, class_id=by.class_id)
            self._moved.setdefault(place, {})[question] = count
            self._wake(place)

    async def settle(self, question: UUID, *, state: str, answer: str, by: Standing) -> QuestionView:
        """Answer or dismiss a question; of several moderators the first does."""
        by.require(*MODERATORS)
        async with self._store.transaction(organization=by.organization) as tx:
            words = clean_message(answer) if answer.strip() else ""
            settled = await tx.settle(by.class_id, question, state=state, answer=words, by=by.id)
            if settled is None:
                found = await tx.question(by.class_id, question)
                if found is None:
                    raise ThingNotFound
                return question_view(found)
            said = await tx.say(by.class_id, "question", QuestionPublication(question=question_view(settled)))
        await self._lane.tell(said)
        return question_view(settled)

    async def listed(
        self, *, state: str, after: tuple[int, UUID] | None, limit: int, to: Standing
    ) -> list[QuestionView]:
        """Return questions by their votes."""
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.questions(to.class_id, state=state, after=after, limit=limit)
        return [question_view(one) for one in found]

    async def thread(self, question: UUID, *, after: int, limit: int, to: Standing) -> list[MessageView]:
        """Return what was said to a question."""
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.thread(to.class_id, question, after=after, limit=limit)
        return [message_view(one, class_id=to.class_id) for one in found]

    def replied(self, organization: OrganizationId, class_id: ClassId, replies: Mapping[UUID, int]) -> None:
        """Let the room know how much was said to questions; who reads a thread asks for the rest of it."""
        if replies:
            place = _Class(organization=organization, class_id=class_id)
            self._replied.setdefault(place, {}).update(replies)
            self._wake(place)

    async def raise_hand(self, *, by: Standing) -> HandView:
        """Raise one's hand, at the end of the queue; one that is up keeps its place."""
        by.require_live()
        await require(self._limiter, Bucket(f"{by.organization}:live.hands:{by.id}", 10, 60.0))
        async with self._store.reading(organization=by.organization) as tx:
            hand = await tx.raise_hand(by.class_id, by.id, by.person.name)
        self._hands_moved(by)
        self._presenting.count(by.organization, by.class_id, "hands")
        return hand_view(hand)

    async def lower_hand(self, participant: ParticipantId, *, by: Standing) -> None:
        """Lower one's own hand, or as a moderator somebody's; one that is down stays down."""
        if participant != by.id:
            by.require(*MODERATORS)
        async with self._store.reading(organization=by.organization) as tx:
            lowered = await tx.lower_hand(by.class_id, participant, by=by.id)
        if lowered is not None:
            self._hands_moved(by)

    async def lower_all(self, *, by: Standing) -> None:
        """Lower every hand."""
        by.require(*MODERATORS)
        async with self._store.reading(organization=by.organization) as tx:
            lowered = await tx.lower_all(by.class_id, by=by.id)
        if lowered:
            self._hands_moved(by)

    async def call_on(self, participant: ParticipantId, *, by: Standing) -> HandView:
        """Call on somebody whose hand is up; all are told at once."""
        by.require(*MODERATORS)
        async with self._store.transaction(organization=by.organization) as tx:
            called = await tx.call_on(by.class_id, participant, by=by.id)
            if called is None:
                hand = await tx.hand_of(by.class_id, participant)
                if hand is None:
                    raise ThingNotFound
                return hand_view(hand)
            said = await tx.say(by.class_id, "hand", hand_view(called))
        await self._lane.tell(said)
        return hand_view(called)

    async def queue(self, *, after: int, limit: int, to: Standing) -> tuple[int, list[HandView]]:
        """Return how many hands are up, and part of the queue."""
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.hands(to.class_id, after=after, limit=limit)
            count = await tx.hands_up(to.class_id)
        return count, [hand_view(one) for one in found]

    async def settled(self) -> None:
        """Wait until what moved was told: for a server that stops, and for tests."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _hands_moved(self, by: Standing) -> None:
        place = _Class(organization=by.organization, class_id=by.class_id)
        self._hands.add(place)
        self._wake(place)

    def _wake(self, place: _Class) -> None:
        if place not in self._tasks:
            task = asyncio.create_task(self._run(place), context=Context())
            task.add_done_callback(_noted)
            self._tasks[place] = task

    async def _run(self, place: _Class) -> None:
        """Tell what moved, at once and then at most once a second for as long as something moves."""
        try:
            while place in self._hands or place in self._moved or place in self._replied:
                await self._tell(place)
                await asyncio.sleep(self._told_every_s)
        finally:
            del self._tasks[place]

    async def _tell(self, place: _Class) -> None:
        votes, hands = dict(self._moved.get(place, {})), place in self._hands
        # Taken away now, and put back if it cannot be told: what moves meanwhile is told the next time.
        replies = self._replied.pop(place, {})
        self._moved.pop(place, None)
        self._hands.discard(place)
        try:
            said = await self._kept(place, votes, replies, hands=hands)
        except BaseException:
            self._moved[place] = votes | self._moved.get(place, {})
            self._replied[place] = replies | self._replied.get(place, {})
            self._hands |= {place} if hands else set()
            raise
        await self._lane.tell(*said)

    async def _kept(
        self, place: _Class, votes: dict[UUID, int], replies: dict[UUID, int], *, hands: bool
    ) -> list[Said]:
        said: list[Said] = []
        async with self._store.transaction(organization=place.organization) as tx:
            if votes:
                counts = {str(question): count for question, count in votes.items()}
                said.append(await tx.say(place.class_id, "question_votes", VotesPublication(votes=counts)))
            if replies:
                told = {str(question): count for question, count in replies.items()}
                said.append(await tx.say(place.class_id, "question_replies", RepliesPublication(replies=told)))
            if hands:
                queue = await tx.hands(place.class_id, after=0, limit=_QUEUE_SHOWN)
                count = await tx.hands_up(place.class_id)
                body = HandsPublication(count=count, queue=[hand_view(one) for one in queue])
                said.append(await tx.say(place.class_id, "hands", body))
        return said


def _noted(task: "asyncio.Task[None]") -> None:
    """Say that something could not be told: it is told with what moves next."""
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        log.warning("live.tick_failed", error=type(failure).__name__)
