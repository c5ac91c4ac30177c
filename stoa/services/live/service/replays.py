"""Watching a class again: its recordings, what was said beside them, who was recorded and who watched."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from stoa.kit.auth.caller import Caller
from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.conferences import RecordingStatus
from stoa.kit.contract import Page, Struct
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import Log
from stoa.services.live.contract import ClassId, ParticipantId, ThingNotFound
from stoa.services.live.domain import recordings, stages
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.recordings import Audience, Part, Recording, RecordingFile, RecordingId, RecordingState
from stoa.services.live.domain.stages import Interval
from stoa.services.live.service.keeping import Keeping
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.store.recordings import ReplayMessage
from stoa.services.live.store.tx import LiveTx

_ADDRESS_LASTS = timedelta(hours=6)
_MOST_MESSAGES = 500
_LONGEST_WINDOW_S = 3_600.0


class RecordingView(Struct, frozen=True, kw_only=True):
    """A recording in a list; a deleted one says when and why. How many watched is told to those who hold the class."""

    id: RecordingId
    state: str
    audience: str
    started_at: datetime
    ended_at: datetime | None
    length_s: float
    delete_at: datetime | None
    deleted_at: datetime | None
    deleted_because: str
    viewers: int | None
    version: int


class ReplayFile(Struct, frozen=True, kw_only=True):
    """What is played from `offset_s` on: a film of ours, or a page of the conference server's own player."""

    kind: str
    url: str
    offset_s: float


class Replay(Struct, frozen=True, kw_only=True):
    """A recording to be watched: its files, and which stretches of the class they show."""

    recording: RecordingView
    files: list[ReplayFile]
    parts: list[Part]
    expires_at: datetime


class ReplayedMessage(Struct, frozen=True, kw_only=True):
    """A message at its place in the replay; what was written in a pause stands where the pause is."""

    offset_s: float
    seq: int
    at: datetime
    participant: ParticipantId
    name: str
    role: str
    body: str
    is_removed: bool


class RecordedPerson(Struct, frozen=True, kw_only=True):
    """Somebody who was on the stage while it was recorded, and when they agreed to that."""

    participant: ParticipantId
    name: str
    agreed_at: datetime | None
    times: list[Interval]


class Replays:
    """Recordings of classes, for those who may watch them."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        blobs: Blobs,
        scheduling: Scheduling,
        keeping: Keeping,
        log: Log,
    ) -> None:
        self._store = store
        self._clock = clock
        self._blobs = blobs
        self._scheduling = scheduling
        self._keeping = keeping
        self._log = log

    async def of_class(self, class_id: ClassId, *, caller: Caller) -> list[RecordingView]:
        """Return the recordings of a class that the caller may know of."""
        held, may_host = await self._scheduling.found(class_id, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            found = await tx.recordings_of(class_id)
            viewers = await tx.viewers_of(class_id)
            marks = {one.id: await tx.recording_marks_of(class_id, one.id) for one in found}
        return [
            _view(one, stages.intervals(marks[one.id]), viewers.get(one.id, 0) if may_host else None, self._clock.now())
            for one in found
            if may_host or _is_open(one)
        ]

    async def show(self, class_id: ClassId, recording: RecordingId, *, caller: Caller) -> Replay:
        """Return what plays a recording, and count who watches; watching is not having been there."""
        held, found, may_host = await self._found(class_id, recording, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            files = await tx.files_of(class_id, recording)
        parts = await self._parts(held, found, files)
        if not may_host:
            async with self._store.transaction(organization=held.organization) as tx:
                await tx.note_watching(class_id, recording, caller.require_user(), at=self._clock.now())
        async with self._store.reading(organization=held.organization) as tx:
            viewers = (await tx.viewers_of(class_id)).get(recording, 0)
        return Replay(
            recording=_shown(found, parts, viewers if may_host else None),
            files=[await self._played(file, parts) for file in files if file.status is RecordingStatus.COMPLETE],
            parts=parts,
            expires_at=self._clock.now() + _ADDRESS_LASTS,
        )

    async def chat(
        self,
        class_id: ClassId,
        recording: RecordingId,
        *,
        from_s: float,
        to_s: float,
        after: int,
        caller: Caller,
    ) -> Page[ReplayedMessage]:
        """Return what was shown in the chat while a stretch of the replay was recorded, in the order of its numbers."""
        held, found, _ = await self._found(class_id, recording, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            files = await tx.files_of(class_id, recording)
        parts = await self._parts(held, found, files)
        since = recordings.moment_of(parts, max(from_s, 0.0))
        until = recordings.moment_of(parts, min(to_s, max(from_s, 0.0) + _LONGEST_WINDOW_S))
        if since is None or until is None:
            return Page(items=[], next=None)
        if parts and to_s >= parts[-1].offset_s + parts[-1].length_s:
            until += timedelta(microseconds=1)
        async with self._store.reading(organization=held.organization) as tx:
            said = await tx.messages_between(class_id, since=since, until=until, after=after, limit=_MOST_MESSAGES + 1)
        shown = said[:_MOST_MESSAGES]
        following = str(shown[-1].seq) if len(said) > _MOST_MESSAGES else None
        return Page(items=[_placed(one, parts) for one in shown], next=following)

    async def people(self, class_id: ClassId, recording: RecordingId, *, caller: Caller) -> list[RecordedPerson]:
        """Return who was on the stage while it was recorded, as its server told, to those who hold the class."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        found = await self._recording(held, recording)
        async with self._store.reading(organization=held.organization) as tx:
            recorded = stages.intervals(await tx.recording_marks_of(class_id, recording))
            end = found.ended_at or self._clock.now()
            # Who came in the day before and never left was there.
            on_stage = await tx.person_marks(class_id, since=found.started_at - timedelta(days=1), until=end)
            there = {
                one: stages.intervals(marks)
                for one, marks in on_stage.items()
                if stages.meet(stages.intervals(marks), recorded)
            }
            names = await tx.names_of(class_id, list(there))
            consents = await tx.consents(class_id, list(there))
        return [
            RecordedPerson(
                participant=one,
                name=names.get(one, ""),
                agreed_at=consents[one].at if one in consents and consents[one].agrees else None,
                times=times,
            )
            for one, times in sorted(there.items(), key=lambda pair: names.get(pair[0], ""))
        ]

    async def publish(
        self, class_id: ClassId, recording: RecordingId, audience: Audience, *, caller: Caller
    ) -> RecordingView:
        """Say who may watch a recording."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.transaction(organization=held.organization) as tx:
            found = await tx.recording(class_id, recording, lock=True)
            if found is None or found.state is RecordingState.DELETED:
                raise ThingNotFound
            after = replace(found, audience=audience, version=found.version + 1)
            await tx.save_recording(class_id, after)
            marks = await tx.recording_marks_of(class_id, recording)
            viewers = (await tx.viewers_of(class_id)).get(recording, 0)
        self._log.info("live.recording_published", recording=recording, audience=audience.value)
        return _view(after, stages.intervals(marks), viewers, self._clock.now())

    async def delete(self, class_id: ClassId, recording: RecordingId, *, caller: Caller) -> None:
        """Delete a recording before its time."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        await self._keeping.delete(held.organization, class_id, recording, because="by the host")

    async def _found(
        self, class_id: ClassId, recording: RecordingId, *, caller: Caller
    ) -> tuple[LiveClass, Recording, bool]:
        held, may_host = await self._scheduling.found(class_id, caller=caller)
        found = await self._recording(held, recording)
        if found.state is not RecordingState.READY or not (may_host or _is_open(found)):
            raise ThingNotFound
        return held, found, may_host

    async def _recording(self, held: LiveClass, recording: RecordingId) -> Recording:
        async with self._store.reading(organization=held.organization) as tx:
            found = await tx.recording(held.id, recording)
        if found is None:
            raise ThingNotFound
        return found

    async def _parts(self, held: LiveClass, found: Recording, files: list[RecordingFile]) -> list[Part]:
        async with self._store.reading(organization=held.organization) as tx:
            marks = await tx.recording_marks_of(held.id, found.id)
        segments = stages.intervals(marks) or [
            Interval(since=file.started_at, until=file.ended_at) for file in files if file.started_at is not None
        ]
        return recordings.parts_of(segments, end=found.ended_at or self._clock.now())

    async def _played(self, file: RecordingFile, parts: list[Part]) -> ReplayFile:
        offset_s = recordings.offset_of(parts, file.started_at) if file.started_at else None
        if not file.key:
            return ReplayFile(kind="page", url=file.address, offset_s=offset_s or 0.0)
        url = await self._blobs.signed_url(file.key, expires=_ADDRESS_LASTS, content_type="video/mp4")
        return ReplayFile(kind="film", url=url, offset_s=offset_s or 0.0)


def _is_open(recording: Recording) -> bool:
    return recording.state is RecordingState.READY and recording.audience is Audience.CLASS


def _placed(message: ReplayMessage, parts: list[Part]) -> ReplayedMessage:
    offset_s = recordings.offset_of(parts, message.at)
    return msgspec.convert(
        {**msgspec.structs.asdict(message), "offset_s": offset_s or 0.0}, ReplayedMessage, from_attributes=True
    )


def _view(recording: Recording, segments: list[Interval], viewers: int | None, now: datetime) -> RecordingView:
    return _shown(recording, recordings.parts_of(segments, end=recording.ended_at or now), viewers)


def _shown(recording: Recording, parts: list[Part], viewers: int | None) -> RecordingView:
    return RecordingView(
        id=recording.id,
        state=recording.state.value,
        audience=recording.audience.value,
        started_at=recording.started_at,
        ended_at=recording.ended_at,
        length_s=parts[-1].offset_s + parts[-1].length_s if parts else 0.0,
        delete_at=recording.delete_at,
        deleted_at=recording.deleted_at,
        deleted_because=recording.deleted_because,
        viewers=viewers,
        version=recording.version,
    )
