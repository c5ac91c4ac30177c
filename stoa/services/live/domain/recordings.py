"""Recordings of a class: their states, their files, their pauses, and where in them a moment of the class is."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from msgspec.structs import replace

from stoa.kit.conferences import RecordingSeen, RecordingStatus
from stoa.kit.contract import Struct, UserId
from stoa.services.live.contract import IllegalMove
from stoa.services.live.domain.stages import Interval

RecordingId = NewType("RecordingId", UUID)


class RecordingState(StrEnum):
    """Where a recording is in its life."""

    RECORDING = "recording"
    PAUSED = "paused"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    DELETED = "deleted"


class Audience(StrEnum):
    """Who may watch a recording beside those who hold the class."""

    NOBODY = "nobody"
    CLASS = "class"


class Recording(Struct, frozen=True, kw_only=True):
    """A recording of one run of a class; deleted, it stays as a tombstone without its files."""

    id: RecordingId
    provider: str
    state: RecordingState
    audience: Audience
    started_by: UserId | None
    started_at: datetime
    ended_at: datetime | None = None
    delete_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_because: str = ""
    version: int = 1

    @property
    def is_on(self) -> bool:
        """Say whether it goes on, paused or not."""
        return self.state in (RecordingState.RECORDING, RecordingState.PAUSED)


class RecordingFile(Struct, frozen=True, kw_only=True):
    """One file of a recording, by the conference server's own id: in our blobs by key, or at an address of theirs."""

    id: str
    status: RecordingStatus
    key: str = ""
    address: str = ""
    size_bytes: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    problem: str = ""


_S = RecordingState
_MOVES = {
    ("pause", _S.RECORDING): _S.PAUSED,
    ("resume", _S.PAUSED): _S.RECORDING,
    ("stop", _S.RECORDING): _S.PROCESSING,
    ("stop", _S.PAUSED): _S.PROCESSING,
    ("finish", _S.PROCESSING): _S.READY,
    ("fail", _S.PROCESSING): _S.FAILED,
    ("delete", _S.PROCESSING): _S.DELETED,
    ("delete", _S.READY): _S.DELETED,
    ("delete", _S.FAILED): _S.DELETED,
}
_ORDER = list(RecordingStatus)
_DONE = (RecordingStatus.COMPLETE, RecordingStatus.FAILED)


def moved(state: RecordingState, move: str) -> RecordingState:
    """Return where a move leads, or raise IllegalMove with what is allowed instead."""
    after = _MOVES.get((move, state))
    if after is None:
        allowed = sorted(name for name, before in _MOVES if before is state)
        raise IllegalMove(
            f"A recording that is {state} cannot {move}.", fields={"state": str(state), "allowed": allowed}
        )
    return after


def merged(known: RecordingFile | None, seen: RecordingSeen) -> RecordingFile:
    """Return a file after a report of it, which may come twice, late or before another: a status never goes back."""
    if known is None:
        known = RecordingFile(id=seen.id, status=RecordingStatus.STARTING)
    is_news = _ORDER.index(seen.status) >= _ORDER.index(known.status) and known.status not in _DONE
    return replace(
        known,
        status=seen.status if is_news else known.status,
        # Where a file lies was said by us; a server says it only of files that we did not name.
        key=known.key or seen.key,
        address=seen.address or known.address,
        size_bytes=max(known.size_bytes, seen.size_bytes),
        started_at=_least(known.started_at, seen.started_at),
        ended_at=_greatest(known.ended_at, seen.ended_at),
        problem=known.problem or seen.problem,
    )


def is_done(file: RecordingFile) -> bool:
    """Say whether nothing more becomes of a file."""
    return file.status in _DONE


def settled(files: Sequence[RecordingFile]) -> RecordingState:
    """Return what becomes of a recording that was stopped: ready once every file that did not fail is there."""
    if not files or not all(is_done(file) for file in files):
        return RecordingState.PROCESSING
    if any(file.status is RecordingStatus.COMPLETE for file in files):
        return RecordingState.READY
    return RecordingState.FAILED


class Part(Struct, frozen=True, kw_only=True):
    """A stretch of a class in its replay: it begins `offset_s` after the replay's beginning."""

    since: datetime
    until: datetime
    offset_s: float

    @property
    def length_s(self) -> float:
        """Return how long it lasts."""
        return (self.until - self.since).total_seconds()


def parts_of(segments: Iterable[Interval], *, end: datetime) -> list[Part]:
    """Return the stretches of a replay one after another; what was never ended ends with the recording."""
    parts: list[Part] = []
    offset_s = 0.0
    for segment in segments:
        until = min(segment.until or end, end)
        if until > segment.since:
            parts.append(Part(since=segment.since, until=until, offset_s=offset_s))
            offset_s += parts[-1].length_s
    return parts


def offset_of(parts: Sequence[Part], at: datetime) -> float | None:
    """Return where in the replay a moment of the class is: in a pause, where the pause is; outside, None."""
    if not parts or at < parts[0].since or at > parts[-1].until:
        return None
    before = [part for part in parts if part.since <= at][-1]
    return before.offset_s + min((at - before.since).total_seconds(), before.length_s)


def moment_of(parts: Sequence[Part], offset_s: float) -> datetime | None:
    """Return the moment of the class that is shown at a place of the replay."""
    for part in parts:
        if offset_s <= part.offset_s + part.length_s:
            return part.since + timedelta(seconds=max(offset_s - part.offset_s, 0))
    return parts[-1].until if parts else None


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _greatest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
