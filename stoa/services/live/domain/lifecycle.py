"""The life of a class as a table: which move leads from where to where."""

from dataclasses import dataclass

from stoa.services.live.contract import ClassState, IllegalMove

_S = ClassState


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the table."""

    name: str
    before: ClassState
    after: ClassState


MOVES = (
    Move("open", _S.SCHEDULED, _S.OPEN),
    Move("start", _S.SCHEDULED, _S.LIVE),
    Move("start", _S.OPEN, _S.LIVE),
    Move("close", _S.OPEN, _S.SCHEDULED),
    Move("end", _S.LIVE, _S.ENDED),
    # The same room is used again: a new session begins, nothing that was said is lost.
    Move("start", _S.ENDED, _S.LIVE),
    Move("archive", _S.ENDED, _S.ARCHIVED),
    Move("cancel", _S.SCHEDULED, _S.CANCELLED),
    Move("cancel", _S.OPEN, _S.CANCELLED),
)
TERMINAL = (_S.ARCHIVED, _S.CANCELLED)
_TABLE = {(move.before, move.name): move.after for move in MOVES}


def allowed_from(state: ClassState) -> list[str]:
    """Return the moves that a state allows."""
    return [move.name for move in MOVES if move.before is state]


def after(state: ClassState, move: str) -> ClassState:
    """Return where a move leads, or raise IllegalMove with what is allowed instead."""
    try:
        return _TABLE[state, move]
    except KeyError:
        raise IllegalMove(
            f"A class that is {state} cannot {move}.", fields={"state": str(state), "allowed": allowed_from(state)}
        ) from None
