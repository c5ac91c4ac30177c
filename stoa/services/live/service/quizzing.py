"""Preparing polls and quizzes before a class, and what came of them; with an account, outside of the room."""

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.errors import Conflict, PreconditionFailed
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, ResultsHidden, ThingNotFound
from stoa.services.live.domain.polls import Option, PollKind, PollState, PollTally, shown_to
from stoa.services.live.service.polling import PollWords, drafted, require_room
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.store.polls import InQuiz, Poll
from stoa.services.live.store.tx import LiveTx

_MOST_QUESTIONS = 50
_MOST_SCORES = 500


class QuizAsked(Conflict):
    """A question of the quiz was asked already: what people answered to stays as it was."""

    code, title = "live.quiz_asked", "This was asked already; make a copy to change it"


class QuizIn(Struct, frozen=True, kw_only=True):
    """Questions that belong together, in their order; one alone is a poll."""

    questions: Annotated[list[PollWords], msgspec.Meta(min_length=1, max_length=_MOST_QUESTIONS)]
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""


class PreparedQuestion(Struct, frozen=True, kw_only=True):
    """One question as its author sees it, with what is right and, once it was closed, how it was answered."""

    id: UUID
    state: PollState
    kind: PollKind
    question: str
    options: list[Option]
    is_anonymous: bool
    seconds: int | None
    results: PollTally | None


class QuizView(Struct, frozen=True, kw_only=True):
    """What was prepared; `version` is the ETag, and once something of it was asked it does not change."""

    id: UUID
    title: str
    questions: list[PreparedQuestion]
    is_asked: bool
    version: int


class Score(Struct, frozen=True, kw_only=True):
    """How many answers of somebody were right, of those questions that are closed and not anonymous."""

    name: str
    correct: int
    answered: int


class QuizResults(Struct, frozen=True, kw_only=True):
    """A quiz with its counts and the scores, the best first; `counted` questions have a right answer and a name."""

    quiz: QuizView
    counted: int
    scores: list[Score]


class Quizzing:
    """Keeps what hosts prepare."""

    def __init__(self, *, store: Store[LiveTx], clock: Clock, scheduling: Scheduling) -> None:
        self._store = store
        self._clock = clock
        self._scheduling = scheduling

    async def listed(self, class_id: ClassId, *, caller: Caller) -> list[QuizView]:
        """Return what was prepared for a class, in the order in which it was made."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            found = await tx.quizzes(class_id)
        return [_view(list(group)) for _, group in groupby(found, key=lambda one: one.quiz and one.quiz.id)]

    async def save(self, class_id: ClassId, quiz: UUID, new: QuizIn, *, version: int, caller: Caller) -> QuizView:
        """Make a quiz (version 0), or replace its questions as long as none was asked."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        now = self._clock.now()
        made = [
            msgspec.structs.replace(
                drafted(words, at=now),
                quiz=InQuiz(id=quiz, title=new.title.strip(), place=place, version=version + 1),
            )
            for place, words in enumerate(new.questions)
        ]
        async with self._store.transaction(organization=held.organization) as tx:
            await tx.class_of(class_id, lock=True)
            before = await tx.quiz(class_id, quiz, lock=True)
            _require_version(before, version)
            await tx.drop_polls(class_id, [one.id for one in before])
            await require_room(tx, class_id, len(made))
            for poll in made:
                await tx.add_poll(class_id, poll, by=caller.require_user())
        return _view(made)

    async def delete(self, class_id: ClassId, quiz: UUID, *, version: int, caller: Caller) -> None:
        """Take a quiz away of which nothing was asked."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.transaction(organization=held.organization) as tx:
            before = await tx.quiz(class_id, quiz, lock=True)
            if before:
                _require_version(before, version)
                await tx.drop_polls(class_id, [one.id for one in before])

    async def results(self, class_id: ClassId, quiz: UUID, *, caller: Caller) -> QuizResults:
        """Return how a quiz was answered and, where it is not anonymous, by whom."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            found = await tx.quiz(class_id, quiz)
            if not found:
                raise ThingNotFound
            scores = await tx.scores(class_id, quiz, limit=_MOST_SCORES)
        counted = [one for one in found if one.kind is PollKind.QUIZ and not one.is_anonymous and _is_over(one)]
        return QuizResults(
            quiz=_view(found),
            counted=len(counted),
            scores=[Score(name=name, correct=correct, answered=answered) for name, correct, answered in scores],
        )


def _require_version(before: Sequence[Poll], version: int) -> None:
    current = before[0].quiz.version if before and before[0].quiz else 0
    if current != version:
        raise PreconditionFailed(hint="Load it again and repeat your change.", fields={"current": current})
    if any(one.state is not PollState.DRAFT for one in before):
        raise QuizAsked


def _is_over(poll: Poll) -> bool:
    return poll.state in (PollState.CLOSED, PollState.REVEALED)


def _view(found: Sequence[Poll]) -> QuizView:
    quiz = found[0].quiz
    assert quiz is not None
    return QuizView(
        id=quiz.id,
        title=quiz.title,
        questions=[
            PreparedQuestion(
                id=one.id,
                state=one.state,
                kind=one.kind,
                question=one.question,
                options=one.options,
                is_anonymous=one.is_anonymous,
                seconds=one.seconds,
                results=_results(one),
            )
            for one in found
        ],
        is_asked=any(one.state is not PollState.DRAFT for one in found),
        version=quiz.version,
    )


def _results(poll: Poll) -> PollTally | None:
    if poll.results is None:
        return None
    try:
        return shown_to(poll.results, state=poll.state, is_anonymous=poll.is_anonymous, moderates=True)
    except ResultsHidden:
        return None
