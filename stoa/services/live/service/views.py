"""What is told of a class and of what is said in it: the shapes of answers and of publications."""

from datetime import datetime
from uuid import UUID

from stoa.kit.contract import Struct, UserId
from stoa.services.courses.contract import CourseId
from stoa.services.live.contract import ClassId, ClassState, ParticipantId, Role
from stoa.services.live.domain.classes import ClassSettings, LiveClass
from stoa.services.live.domain.polls import PollKind, PollState, PollTally
from stoa.services.live.store.asking import Hand, Question
from stoa.services.live.store.chat import Message
from stoa.services.live.store.polls import Poll


class ClassView(Struct, frozen=True, kw_only=True):
    """A class; `version` is the ETag, and only hosts and staff are told the code and the settings."""

    id: ClassId
    course_id: CourseId | None
    series_id: UUID | None
    title: str
    description: str
    state: ClassState
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host_ids: list[UserId]
    takes_guests: bool
    is_recorded: bool
    is_hidden: bool
    may_host: bool
    code: str | None
    settings: ClassSettings | None
    session: int
    started_at: datetime | None
    ended_at: datetime | None
    version: int


class MessageView(Struct, frozen=True, kw_only=True):
    """A message; `room` is the group it was written in, `held` says why it waits for a moderator."""

    seq: int
    room: UUID | None
    kind: str
    participant: ParticipantId
    name: str
    role: Role
    body: str
    reply_to: int | None
    question: UUID | None
    client_msg_id: UUID
    at: datetime
    held: str | None
    removed: bool


class OptionView(Struct, frozen=True, kw_only=True):
    """One thing to choose; whether it is right is told once the results are revealed."""

    text: str
    is_right: bool | None


class QuizPlace(Struct, frozen=True, kw_only=True):
    """The quiz that a poll was prepared in, and its place there, from 0."""

    id: UUID
    title: str
    place: int


class LivePollView(Struct, frozen=True, kw_only=True):
    """A poll; `ballots` is for hosts while it runs, `results` for all once revealed, `mine` is one's own choice.

    One with `seconds` closes by the clock, at `closes_at` once it is asked.
    """

    id: UUID
    state: PollState
    kind: PollKind
    question: str
    options: list[OptionView]
    is_anonymous: bool
    opened_at: datetime | None
    closed_at: datetime | None
    ballots: int | None
    results: PollTally | None
    mine: list[int] | None
    seconds: int | None
    closes_at: datetime | None
    quiz: QuizPlace | None


class QuestionView(Struct, frozen=True, kw_only=True):
    """A question for the teacher; `replies` counts what was said to it."""

    id: UUID
    participant: ParticipantId
    name: str
    body: str
    state: str
    votes: int
    answer: str
    asked_at: datetime
    replies: int


class HandView(Struct, frozen=True, kw_only=True):
    """A raised hand; the queue is in the order of the tickets."""

    ticket: int
    participant: ParticipantId
    name: str
    raised_at: datetime
    called: bool


def class_view(held: LiveClass, *, may_host: bool) -> ClassView:
    """Show a class."""
    return ClassView(
        id=held.id,
        course_id=held.course,
        series_id=held.series,
        title=held.title,
        description=held.description,
        state=held.state,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        time_zone=held.time_zone,
        host_ids=held.hosts,
        takes_guests=held.settings.takes_guests,
        is_recorded=held.settings.is_recorded,
        is_hidden=held.settings.is_hidden,
        may_host=may_host,
        code=held.code if may_host else None,
        settings=held.settings if may_host else None,
        session=held.session,
        started_at=held.started_at,
        ended_at=held.ended_at,
        version=held.version,
    )


def message_view(message: Message, *, class_id: ClassId) -> MessageView:
    """Show a message."""
    return MessageView(
        seq=message.seq,
        room=None if message.room == class_id else message.room,
        kind=message.kind,
        participant=message.participant,
        name=message.name,
        role=message.role,
        body=message.body,
        reply_to=message.reply_to,
        question=message.question,
        client_msg_id=message.client_msg_id,
        at=message.at,
        held=message.held_because,
        removed=message.is_removed,
    )


def poll_view(
    poll: Poll, *, ballots: int | None = None, results: PollTally | None = None, mine: list[int] | None = None
) -> LivePollView:
    """Show a poll with as much of its result as the caller may see."""
    tells = poll.state is PollState.REVEALED
    return LivePollView(
        id=poll.id,
        state=poll.state,
        kind=poll.kind,
        question=poll.question,
        options=[OptionView(text=one.text, is_right=one.is_right if tells else None) for one in poll.options],
        is_anonymous=poll.is_anonymous,
        opened_at=poll.opened_at,
        closed_at=poll.closed_at,
        ballots=ballots,
        results=results,
        mine=mine,
        seconds=poll.seconds,
        closes_at=poll.closes_at,
        quiz=QuizPlace(id=poll.quiz.id, title=poll.quiz.title, place=poll.quiz.place) if poll.quiz else None,
    )


def question_view(question: Question) -> QuestionView:
    """Show a question."""
    return QuestionView(
        id=question.id,
        participant=question.participant,
        name=question.name,
        body=question.body,
        state=question.state,
        votes=question.votes,
        answer=question.answer,
        asked_at=question.asked_at,
        replies=question.replies,
    )


def hand_view(hand: Hand) -> HandView:
    """Show a raised hand."""
    return HandView(
        ticket=hand.ticket,
        participant=hand.participant,
        name=hand.name,
        raised_at=hand.raised_at,
        called=hand.called_at is not None,
    )
