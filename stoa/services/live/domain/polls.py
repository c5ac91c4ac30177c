"""Polls: what a ballot may say, who a ballot is of when nobody may know, and what is told of the result."""

import hmac
from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from stoa.kit.contract import Struct
from stoa.services.live.contract import BadBallot, IllegalMove, ParticipantId, ResultsHidden

FEWEST_OF_ANONYMOUS = 3
MOST_OPTIONS = 20


class PollState(StrEnum):
    """Where a poll is in its life."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    REVEALED = "revealed"


class PollKind(StrEnum):
    """How many options a ballot may hold; a quiz has right ones."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    QUIZ = "quiz"


class Option(Struct, frozen=True, kw_only=True):
    """One thing to choose."""

    text: str
    is_right: bool = False


class PollTally(Struct, frozen=True, kw_only=True):
    """How many ballots there are and how often each option was chosen."""

    ballots: int
    counts: list[int]


_NEXT = {
    (PollState.DRAFT, "open"): PollState.OPEN,
    (PollState.OPEN, "close"): PollState.CLOSED,
    (PollState.CLOSED, "reveal"): PollState.REVEALED,
}


def after(state: PollState, move: str) -> PollState:
    """Return where a move leads, or raise IllegalMove with what is allowed instead."""
    try:
        return _NEXT[state, move]
    except KeyError:
        allowed = [name for before, name in _NEXT if before is state]
        raise IllegalMove(
            f"A poll that is {state} cannot {move}.", fields={"state": str(state), "allowed": allowed}
        ) from None


def check_ballot(choices: Sequence[int], *, kind: PollKind, options: int) -> list[int]:
    """Return the choices of a ballot in order, or raise BadBallot."""
    chosen = sorted(set(choices))
    if len(chosen) != len(choices) or any(not 0 <= one < options for one in chosen):
        raise BadBallot("Each option can be chosen once.")
    if kind is not PollKind.MULTIPLE and len(chosen) != 1:
        raise BadBallot("Choose one option.")
    if not chosen:
        raise BadBallot("Choose at least one option.")
    return chosen


def voter_of(participant: ParticipantId, *, poll: UUID, pepper: bytes | None, key: bytes) -> UUID:
    """Return under which id a ballot is kept: the person's own, or of an anonymous poll a digest.

    The digest takes a key that is in no database and a pepper that is destroyed when the poll closes: while it is
    open it makes one ballot a person, afterwards nothing leads back, not even with the key.
    """
    if pepper is None:
        return UUID(bytes=participant.bytes)
    return UUID(bytes=hmac.digest(key, pepper + poll.bytes + participant.bytes, "sha256")[:16])


def tallied(ballots: int, counts: Mapping[int, int], *, options: int) -> PollTally:
    """Put counts by option into a row."""
    return PollTally(ballots=ballots, counts=[counts.get(place, 0) for place in range(options)])


def shown_to(tally: PollTally, *, state: PollState, is_anonymous: bool, moderates: bool) -> PollTally:
    """Return the result where it may be seen, else raise ResultsHidden.

    All see it once it is revealed, hosts once it is closed (named polls: always); an anonymous result that fewer than
    three gave is shown to nobody.
    """
    if state is not PollState.REVEALED and not (moderates and (state is PollState.CLOSED or not is_anonymous)):
        raise ResultsHidden("The results are not revealed yet.")
    if is_anonymous and tally.ballots < FEWEST_OF_ANONYMOUS:
        raise ResultsHidden(f"Fewer than {FEWEST_OF_ANONYMOUS} people have answered.")
    return tally
