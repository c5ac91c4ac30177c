"""How a room is right now: what all see alike, read once a second for everybody, and what is one's own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.realtime.broker import Position
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, ClassNotFound, ClassState, ParticipantId, Role
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.polls import PollState, PollTally
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.asking import HandsPublication
from stoa.services.live.service.chatting import Chatting
from stoa.services.live.service.polling import Polling
from stoa.services.live.service.remembering import Moment
from stoa.services.live.service.standing import Standing
from stoa.services.live.service.views import HandView, LivePollView, QuestionView, hand_view, poll_view, question_view
from stoa.services.live.store.polls import Poll
from stoa.services.live.store.tx import LiveTx

_POLLS, _QUESTIONS, _HANDS = 20, 50, 20


class Counts(Struct, frozen=True, kw_only=True):
    """How many there are in the room."""

    people: int
    questions: int
    hands: int


class Own(Struct, frozen=True, kw_only=True):
    """What is one's own: choices by poll, the questions one voted for, one's hand."""

    ballots: dict[str, list[int]]
    votes: list[UUID]
    hand: HandView | None


class OpenBreakout(Struct, frozen=True, kw_only=True):
    """That the class is in groups; one's own is asked for."""

    id: UUID


class Shown(Struct, frozen=True, kw_only=True):
    """Who is in the spotlight."""

    id: ParticipantId
    name: str
    role: Role


class Snapshot(Struct, frozen=True, kw_only=True):
    """A room as it is at a place of its lane: what comes after that place is said there."""

    state: ClassState
    session: int
    position: Position
    polls: list[LivePollView]
    questions: list[QuestionView]
    hands: HandsPublication
    slow_mode_s: int
    counts: Counts
    slide: Annotated[msgspec.Raw | None, msgspec.Meta(description="What all look at.")]
    spotlight: Shown | None
    everyone_draws: bool
    breakout: OpenBreakout | None
    own: Own


class _Shared(Struct, frozen=True, kw_only=True):
    taken_at: datetime
    position: Position
    polls: list[Poll]
    questions: list[QuestionView]
    hands: HandsPublication
    people: int
    open_questions: int
    breakout: OpenBreakout | None
    spotlight: Shown | None


class Snapshots:
    """Takes snapshots of rooms."""

    def __init__(
        self, *, store: Store[LiveTx], clock: Clock, settings: LiveSettings, chatting: Chatting, polling: Polling
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._chatting = chatting
        self._polling = polling
        self._shared = Moment[ClassId, _Shared](clock, lasts_s=1.0, most=2_000)

    async def people_in(self, held: LiveClass) -> int:
        """Return how many people were in a room within the last second."""
        return (await self._of(held)).people

    async def taken(self, standing: Standing) -> Snapshot:
        """Return the room as somebody sees it."""
        held = standing.held
        shared = await self._of(held)
        own = await self._own(standing, shared)
        # Whoever came after it was taken is not in it, and would be one too few in a room of two.
        is_new = standing.person.joined_at > shared.taken_at
        return Snapshot(
            state=held.state,
            session=held.session,
            position=shared.position,
            polls=[poll_view(poll, results=_results(poll)) for poll in shared.polls],
            questions=shared.questions,
            hands=shared.hands,
            slow_mode_s=await self._chatting.slow_mode_s(standing),
            counts=Counts(people=shared.people + is_new, questions=shared.open_questions, hands=shared.hands.count),
            slide=msgspec.Raw(held.slide) if held.slide else None,
            spotlight=shared.spotlight,
            everyone_draws=held.everyone_draws,
            breakout=shared.breakout,
            own=own,
        )

    async def _of(self, held: LiveClass) -> _Shared:
        return await self._shared.get(held.id, lambda: self._read(held))

    async def _read(self, held: LiveClass) -> _Shared:
        now = self._clock.now()
        since = now - self._settings.away_after
        async with self._store.reading(organization=held.organization) as tx:
            # The place first: what is read after it may hold more, and is said again without harm.
            lane = await tx.lane_of(held.id)
            if lane is None:
                raise ClassNotFound
            hands = await tx.hands(held.id, after=0, limit=_HANDS)
            breakout = await tx.open_breakout(held.id)
            shown = await tx.person_shown(held.id)
            questions = await tx.questions(held.id, state="open", after=None, limit=_QUESTIONS)
            return _Shared(
                taken_at=now,
                position=Position(epoch=lane[0], offset=lane[1]),
                polls=await tx.polls(held.id, drafts=False, limit=_POLLS),
                questions=[question_view(one) for one in questions],
                hands=HandsPublication(
                    count=await tx.hands_up(held.id) if len(hands) == _HANDS else len(hands),
                    queue=[hand_view(one) for one in hands],
                ),
                people=await tx.here(held.id, since=since),
                open_questions=await tx.open_questions(held.id) if len(questions) == _QUESTIONS else len(questions),
                breakout=OpenBreakout(id=breakout.id) if breakout else None,
                spotlight=Shown(id=shown.id, name=shown.name, role=shown.role) if shown else None,
            )

    async def _own(self, standing: Standing, shared: _Shared) -> Own:
        questions = [one.id for one in shared.questions]
        async with self._store.reading(organization=standing.organization) as tx:
            ballots = await self._polling.choices_of(tx, standing, shared.polls)
            votes = await tx.votes_of(standing.class_id, standing.id, questions) if questions else []
            hand = await tx.hand_of(standing.class_id, standing.id) if shared.hands.count else None
        return Own(
            ballots={str(poll): choices for poll, choices in ballots.items()},
            votes=votes,
            hand=hand_view(hand) if hand else None,
        )


def _results(poll: Poll) -> PollTally | None:
    return poll.results if poll.state is PollState.REVEALED else None
