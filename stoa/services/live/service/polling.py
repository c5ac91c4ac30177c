"""Polls: ballots that are stored before they are acknowledged, and a close that none of them gets past."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, Struct, new_id
from stoa.kit.errors import Invalid
from stoa.kit.gathering import Gathering
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, PollClosed, ResultsHidden, ThingNotFound, TooMuch
from stoa.services.live.domain import polls
from stoa.services.live.domain.polls import Option, PollKind, PollState, PollTally
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.remembering import Moment
from stoa.services.live.service.standing import MODERATORS, Standing
from stoa.services.live.service.views import LivePollView, poll_view
from stoa.services.live.store.lane import Said
from stoa.services.live.store.polls import Ballot, Poll
from stoa.services.live.store.tx import LiveTx

_MOST_POLLS = 200
_PEPPER_BYTES = 32
_KNOWN_S = 1.0


class BadPoll(Invalid):
    """The poll cannot be held like this."""

    code, title = "live.bad_poll", "This poll cannot be used"


class PollWords(Struct, frozen=True, kw_only=True):
    """What a poll asks; a quiz marks what is right, and with `seconds` it closes by the clock."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    options: Annotated[list[Option], msgspec.Meta(min_length=2, max_length=polls.MOST_OPTIONS)]
    kind: PollKind = PollKind.SINGLE
    is_anonymous: bool = False
    seconds: Annotated[int, msgspec.Meta(ge=5, le=3_600)] | None = None


class NewPoll(PollWords, frozen=True, kw_only=True):
    """A poll; `open` asks it at once."""

    open: bool = False


class ClosePoll(Job, frozen=True, kw_only=True):
    """Closes a poll whose time is over."""

    type_: ClassVar[str] = "live.close-poll"

    organization_id: OrganizationId
    class_id: ClassId
    poll: UUID


class PollPublication(Struct, frozen=True, kw_only=True):
    """What the room is told of a poll."""

    poll: LivePollView


class _Box(Struct, frozen=True, kw_only=True):
    """Where ballots are gathered: one poll."""

    organization: OrganizationId
    class_id: ClassId
    poll: UUID
    is_anonymous: bool


class Polling:
    """Holds polls; the key of anonymous ones is in no database."""

    def __init__(self, *, store: Store[LiveTx], clock: Clock, lane: Lane, secret: bytes) -> None:
        self._store = store
        self._clock = clock
        self._lane = lane
        self._key = secret
        self._polls = Moment[tuple[ClassId, UUID], Poll](clock, lasts_s=_KNOWN_S, most=1_000)
        self._ballots = Gathering[_Box, Ballot, bool](self._cast, most=1_000)

    async def create(self, new: NewPoll, *, by: Standing) -> LivePollView:
        """Add a poll, and ask it at once if wanted."""
        by.require(*MODERATORS)
        poll = drafted(new, at=self._clock.now())
        async with self._store.transaction(organization=by.organization) as tx:
            await require_room(tx, by.class_id, 1)
            await tx.add_poll(by.class_id, poll, by=by.id)
        if new.open:
            return await self.open(poll.id, by=by)
        return poll_view(poll)

    async def open(self, poll: UUID, *, by: Standing) -> LivePollView:
        """Ask a poll: from the commit on it takes ballots."""
        by.require(*MODERATORS)
        by.require_live()
        async with self._store.transaction(organization=by.organization) as tx:
            opened = await _moved(tx, by.class_id, poll, "open")
            if opened.closes_at is not None:
                job = ClosePoll(organization_id=by.organization, class_id=by.class_id, poll=poll)
                tx.enqueue(job, at=opened.closes_at)
            view = poll_view(opened)
            said = await tx.say(by.class_id, "poll", PollPublication(poll=view))
        await self._lane.tell(said)
        return view

    async def close(self, poll: UUID, *, by: Standing) -> LivePollView:
        """Take no more ballots, and count."""
        by.require(*MODERATORS)
        async with self._store.transaction(organization=by.organization) as tx:
            said = await close_poll(tx, by.class_id, poll)
        await self._lane.tell(said)
        return await self.shown(poll, to=by)

    async def close_by_clock(self, job: ClosePoll) -> None:
        """Close a poll whose time is over, unless a host has closed it."""
        async with self._store.transaction(organization=job.organization_id) as tx:
            found = await tx.poll(job.class_id, job.poll, lock=True)
            if found is None or found.state is not PollState.OPEN:
                return
            said = await close_poll(tx, job.class_id, job.poll)
        await self._lane.tell(said)

    async def reveal(self, poll: UUID, *, by: Standing) -> LivePollView:
        """Show the result to all."""
        by.require(*MODERATORS)
        async with self._store.transaction(organization=by.organization) as tx:
            found = await _moved(tx, by.class_id, poll, "reveal")
            results = _shown(
                found, found.results or PollTally(ballots=0, counts=[0] * len(found.options)), moderates=False
            )
            view = poll_view(found, ballots=results.ballots, results=results)
            said = await tx.say(by.class_id, "poll_results", PollPublication(poll=view))
        await self._lane.tell(said)
        return view

    async def vote(self, poll: UUID, choices: Sequence[int], *, by: Standing) -> None:
        """Store somebody's ballot, or change it; acknowledged only when it is stored."""
        by.require_live()
        found = await self._known(by, poll)
        if found.state is not PollState.OPEN or (found.closes_at and found.closes_at <= self._clock.now()):
            raise PollClosed
        chosen = polls.check_ballot(choices, kind=found.kind, options=len(found.options))
        voter = polls.voter_of(by.id, poll=poll, pepper=found.pepper, key=self._key)
        box = _Box(organization=by.organization, class_id=by.class_id, poll=poll, is_anonymous=found.is_anonymous)
        if not await self._ballots.add(box, Ballot(voter=voter, choices=chosen)):
            raise PollClosed

    async def _cast(self, box: _Box, ballots: Sequence[Ballot]) -> Sequence[bool]:
        last = {ballot.voter: ballot for ballot in ballots}
        # In one order, so that batches of two processes never wait for each other.
        ordered = [last[voter] for voter in sorted(last)]
        # An anonymous ballot has no time: together with who was heard when, it would tell whose it is.
        at = None if box.is_anonymous else self._clock.now()
        async with self._store.reading(organization=box.organization) as tx:
            was_open = await tx.keep_ballots(box.class_id, box.poll, ordered, at=at, now=self._clock.now())
        return [was_open] * len(ballots)

    async def shown(self, poll: UUID, *, to: Standing) -> LivePollView:
        """Return a poll with one's own choice, and with its result where that may be seen."""
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.poll(to.class_id, poll)
            if found is None or (found.state is PollState.DRAFT and not to.moderates):
                raise ThingNotFound
            mine = await self.choices_of(tx, to, [found])
            if found.results is not None:
                tally = found.results
            elif to.moderates and found.state is PollState.OPEN:
                tally = await tx.tally(to.class_id, poll, options=len(found.options))
            else:
                return poll_view(found, mine=mine.get(poll))
        try:
            results = _shown(found, tally, moderates=to.moderates)
        except ResultsHidden:
            results = None
        return poll_view(found, ballots=tally.ballots if to.moderates else None, results=results, mine=mine.get(poll))

    async def listed(self, *, to: Standing) -> list[LivePollView]:
        """Return the polls of the class, newest first, drafts for moderators."""
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.polls(to.class_id, drafts=to.moderates)
            mine = await self.choices_of(tx, to, found)
        return [self.summary(poll, to=to, mine=mine) for poll in found]

    def summary(self, poll: Poll, *, to: Standing, mine: dict[UUID, list[int]]) -> LivePollView:
        """Return a poll as it is kept, without counting what is still coming in."""
        results = None
        if poll.results is not None:
            try:
                results = _shown(poll, poll.results, moderates=to.moderates)
            except ResultsHidden:
                results = None
        ballots = poll.results.ballots if poll.results and to.moderates else None
        return poll_view(poll, ballots=ballots, results=results, mine=mine.get(poll.id))

    async def choices_of(self, tx: LiveTx, standing: Standing, found: Sequence[Poll]) -> dict[UUID, list[int]]:
        """Return what somebody chose in polls; of a closed anonymous one nobody knows."""
        votes = [
            (poll.id, polls.voter_of(standing.id, poll=poll.id, pepper=poll.pepper, key=self._key))
            for poll in found
            if poll.state is not PollState.DRAFT and (poll.pepper is not None or not poll.is_anonymous)
        ]
        return await tx.choices_of(standing.class_id, votes) if votes else {}

    async def _known(self, standing: Standing, poll: UUID) -> Poll:
        """Return a poll as it was within the last second: the statement that stores ballots decides if it is open."""
        key = (standing.class_id, poll)
        found = await self._polls.get(key, lambda: self._found(standing, poll))
        if found.state is not PollState.OPEN:
            self._polls.forget(key)
            found = await self._polls.get(key, lambda: self._found(standing, poll))
        return found

    async def _found(self, standing: Standing, poll: UUID) -> Poll:
        async with self._store.reading(organization=standing.organization) as tx:
            found = await tx.poll(standing.class_id, poll)
        if found is None:
            raise ThingNotFound
        # The pepper of an anonymous poll is not to lie about in memory for longer than it is needed.
        asyncio.get_running_loop().call_later(_KNOWN_S, self._polls.forget, (standing.class_id, poll))
        return found


def drafted(new: PollWords, *, at: datetime) -> Poll:
    """Return a poll to be asked, or raise BadPoll."""
    if any(not 0 < len(one.text.strip()) <= 200 for one in new.options):
        raise BadPoll("An option has 1 to 200 characters.")
    if new.kind is PollKind.QUIZ and not any(one.is_right for one in new.options):
        raise BadPoll("A quiz says which option is right.")
    return Poll(
        id=new_id(),
        state=PollState.DRAFT,
        kind=new.kind,
        question=new.question,
        options=new.options,
        is_anonymous=new.is_anonymous,
        pepper=secrets.token_bytes(_PEPPER_BYTES) if new.is_anonymous else None,
        results=None,
        created_at=at,
        opened_at=None,
        closed_at=None,
        seconds=new.seconds,
    )


async def require_room(tx: LiveTx, class_id: ClassId, more: int) -> None:
    """Raise TooMuch where a class would have more polls than it may."""
    if await tx.count_polls(class_id) + more > _MOST_POLLS:
        raise TooMuch(f"A class has at most {_MOST_POLLS} polls.")


async def close_poll(tx: LiveTx, class_id: ClassId, poll: UUID) -> Said:
    """Close a poll within a transaction: a ballot on its way is in the count or refused, and none comes later."""
    closed = await _moved(tx, class_id, poll, "close")
    tally = await tx.tally(class_id, poll, options=len(closed.options))
    await tx.keep_tally(class_id, poll, tally, forget_ballots=closed.is_anonymous)
    return await tx.say(class_id, "poll_closed", PollPublication(poll=poll_view(closed)))


async def _moved(tx: LiveTx, class_id: ClassId, poll: UUID, move: str) -> Poll:
    found = await tx.poll(class_id, poll, lock=True)
    if found is None:
        raise ThingNotFound
    state = polls.after(found.state, move)
    now = tx.clock.now()
    closes_at = now + timedelta(seconds=found.seconds) if move == "open" and found.seconds else found.closes_at
    await tx.move_poll(class_id, poll, state, closes_at=closes_at)
    return msgspec.structs.replace(
        found,
        state=state,
        pepper=found.pepper if state is PollState.OPEN else None,
        opened_at=now if move == "open" else found.opened_at,
        closed_at=now if move == "close" else found.closed_at,
        closes_at=closes_at,
    )


def _shown(poll: Poll, tally: PollTally, *, moderates: bool) -> PollTally:
    return polls.shown_to(tally, state=poll.state, is_anonymous=poll.is_anonymous, moderates=moderates)
