"""What conference servers report: taken once, in any order, and only of rooms that are ours."""

import hashlib
from collections.abc import Mapping

from msgspec.structs import replace

from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    OLDEST_REPORT,
    Ability,
    Conferences,
    Happening,
    HappeningKind,
    RecordingStatus,
    Report,
)
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import Log
from stoa.services.live.contract import ClassId, ThingNotFound
from stoa.services.live.domain import recordings, stages
from stoa.services.live.domain.recordings import Audience, Recording, RecordingId, RecordingState
from stoa.services.live.domain.stages import Mark, Stage, StageState
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.recording import RecordingTold, end_recording, keep_file
from stoa.services.live.service.staging import Staging
from stoa.services.live.store.lane import Said
from stoa.services.live.store.recordings import DELETE, SETTLE
from stoa.services.live.store.tx import LiveTx

_PEOPLE = (HappeningKind.PERSON_CAME, HappeningKind.PERSON_LEFT)
_MARKS = (HappeningKind.RECORDING_ON, HappeningKind.RECORDING_OFF)
# Longer than any report is believed, so that none is taken twice.
REMEMBERED = 2 * OLDEST_REPORT


class Reports:
    """Takes the reports of conference servers."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        conferences: Mapping[str, Conferences],
        staging: Staging,
        lane: Lane,
        log: Log,
    ) -> None:
        self._store = store
        self._clock = clock
        self._conferences = conferences
        self._staging = staging
        self._lane = lane
        self._log = log

    async def receive(self, provider: str, report: Report) -> int:
        """Take a report and return how many of its happenings were news; raise ReportRefused unless it is signed."""
        conferences = self._conferences.get(provider)
        if conferences is None or Ability.REPORT not in conferences.abilities:
            raise ThingNotFound
        taken = 0
        for happening in conferences.read_report(report):
            ours = stages.class_in(happening.room)
            if ours is None:
                self._log.info("live.report_of_another_room", provider=provider, kind=happening.kind.value)
                continue
            taken += await self._take(provider, happening, *ours)
        return taken

    async def forget(self) -> int:
        """Forget which reports were taken, once they are too old to be believed."""
        async with self._store.transaction(organization=None) as tx:
            return await tx.forget_reports(before=self._clock.now() - REMEMBERED)

    async def _take(self, provider: str, happening: Happening, organization: OrganizationId, class_id: ClassId) -> bool:
        key = hashlib.sha256(f"{provider}/{happening.id}".encode()).digest()
        async with self._store.transaction(organization=organization) as tx:
            stage = await tx.stage(class_id, lock=True)
            if stage is None or stage.provider != provider:
                self._log.info("live.report_of_another_room", provider=provider, kind=happening.kind.value)
                return False
            if not await tx.is_first_report(key, at=self._clock.now()):
                return False
            said = await self._apply(tx, class_id, stage, happening)
        self._staging.changed(class_id)
        await self._lane.tell(*said)
        return True

    async def _apply(self, tx: LiveTx, class_id: ClassId, stage: Stage, happening: Happening) -> list[Said]:
        said: list[Said] = []
        after = stages.after(stage, happening)
        if after != stage:
            await tx.save_told(class_id, after)
        if after.state is not stage.state:
            is_open = after.state is StageState.OPEN
            said.append(await tx.say(class_id, "stage", {"provider": stage.provider, "is_open": is_open}))
        is_another_run = bool(stage.session) and after.session != stage.session
        if is_another_run or (after != stage and after.state is StageState.CLOSED):
            said += await self._closed(tx, class_id)
        if happening.kind in _PEOPLE and happening.person is not None:
            await self._person(tx, class_id, happening)
        if happening.kind is HappeningKind.RECORDING:
            await self._file(tx, class_id, stage, happening)
        if happening.kind in _MARKS:
            said += await self._mark(tx, class_id, stage, happening)
        return said

    async def _closed(self, tx: LiveTx, class_id: ClassId) -> list[Said]:
        """End the recording of a room that has closed: its server ends it with the room."""
        on = await tx.recording_on(class_id, lock=True)
        if on is None:
            return []
        after = await end_recording(tx, class_id, on)
        return [await tx.say(class_id, "recording", RecordingTold(recording=after.id, state="off"))]

    async def _person(self, tx: LiveTx, class_id: ClassId, happening: Happening) -> None:
        assert happening.person is not None
        participant = stages.participant_of(happening.person.identity)
        if participant is None or await tx.person(class_id, participant) is None:
            return
        came = happening.kind is HappeningKind.PERSON_CAME
        await tx.mark_person(class_id, participant, Mark(at=happening.at, is_on=came))
        if came:
            # The grant they came with may be older than a removal, a new role or the beginning of a recording.
            self._staging.align(tx, class_id, participant)

    async def _file(self, tx: LiveTx, class_id: ClassId, stage: Stage, happening: Happening) -> None:
        seen = happening.recording
        if seen is None:
            return
        recording = await self._recording_of(tx, class_id, stage, happening)
        file = await keep_file(tx, class_id, recording.id, seen)
        # Where we start recordings each stretch has a file of its own; elsewhere one file holds them all.
        if self._staging.may(stage, Ability.RECORD):
            for at, is_on in ((seen.started_at, True), (seen.ended_at, False)):
                if at is not None:
                    await tx.mark_recording(class_id, recording.id, Mark(at=at, is_on=is_on))
        if recordings.is_done(file) and not recording.is_on:
            # What comes after its recording was deleted is deleted, too.
            what = DELETE if recording.state is RecordingState.DELETED else SETTLE
            await tx.set_due(what, class_id, recording.id, at=self._clock.now())

    async def _mark(self, tx: LiveTx, class_id: ClassId, stage: Stage, happening: Happening) -> list[Said]:
        if happening.recording is None:
            return []
        recording = await self._recording_of(tx, class_id, stage, happening)
        is_on = happening.kind is HappeningKind.RECORDING_ON
        await keep_file(tx, class_id, recording.id, happening.recording)
        await tx.mark_recording(class_id, recording.id, Mark(at=happening.at, is_on=is_on))
        if not recording.is_on:
            return []
        marks = sorted(await tx.recording_marks_of(class_id, recording.id))
        state = RecordingState.RECORDING if marks[-1].is_on else RecordingState.PAUSED
        if state is recording.state and len(marks) > 1:
            return []
        await tx.save_recording(class_id, replace(recording, state=state))
        return [await tx.say(class_id, "recording", RecordingTold(recording=recording.id, state=state.value))]

    async def _recording_of(self, tx: LiveTx, class_id: ClassId, stage: Stage, happening: Happening) -> Recording:
        """Return the recording that a file belongs to; one that was started in the server's own window is made here."""
        assert happening.recording is not None
        known = await tx.recording_with(class_id, happening.recording.id)
        found = await tx.recording(class_id, known, lock=True) if known is not None else None
        if found is not None:
            return found
        made = Recording(
            id=RecordingId(new_id()),
            provider=stage.provider,
            state=RecordingState.RECORDING,
            audience=Audience.NOBODY,
            started_by=None,
            started_at=happening.recording.started_at or happening.at,
        )
        if await tx.add_recording(class_id, made):
            is_over = happening.recording.status in (RecordingStatus.COMPLETE, RecordingStatus.FAILED)
            return await end_recording(tx, class_id, made) if is_over else made
        on = await tx.recording_on(class_id, lock=True)
        assert on is not None
        return on
