"""What becomes of recordings after the class: their files are settled, kept as long as the rule says, and deleted."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.clock import Clock
from stoa.kit.conferences import Ability, Conferences, ConferenceUnavailable, RecordingStatus
from stoa.kit.contract import OrganizationId
from stoa.kit.errors import StoaError
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import Log
from stoa.services.live.contract import ClassId, ThingNotFound
from stoa.services.live.domain import recordings, stages
from stoa.services.live.domain.recordings import Recording, RecordingFile, RecordingId, RecordingState
from stoa.services.live.domain.stages import Mark
from stoa.services.live.service.recording import keep_file
from stoa.services.live.store.recordings import DELETE, SETTLE, Due
from stoa.services.live.store.tx import LiveTx

# Nothing comes later than this: an hour of film is composed while it is recorded.
GIVE_UP_AFTER = timedelta(hours=24)
_ASK_AGAIN = timedelta(minutes=5)
_TRY_AGAIN = timedelta(minutes=15)
_AT_ONCE = 50


class Keeping:
    """Settles and deletes recordings; everything it does may be done again."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        conferences: Mapping[str, Conferences],
        blobs: Blobs,
        log: Log,
    ) -> None:
        self._store = store
        self._clock = clock
        self._conferences = conferences
        self._blobs = blobs
        self._log = log

    async def sweep(self) -> int:
        """Do what is due; what fails is due again later and holds nothing else up."""
        async with self._store.reading(organization=None) as tx:
            dues = await tx.dues(at=self._clock.now(), limit=_AT_ONCE)
        for due in dues:
            try:
                await self._do(due)
            except StoaError as problem:
                self._log.warning(
                    "live.recording_due_failed", kind=due.kind, recording=due.recording, code=problem.code
                )
                await self._again(due, at_least=_TRY_AGAIN)
        return len(dues)

    async def delete(
        self, organization: OrganizationId, class_id: ClassId, recording: RecordingId, *, because: str
    ) -> Recording:
        """Delete the files of a recording wherever they lie; a tombstone says when and why."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.recording(class_id, recording)
            files = await tx.files_of(class_id, recording)
        if found is None:
            raise ThingNotFound
        if found.state is RecordingState.DELETED:
            return found
        recordings.moved(found.state, "delete")
        for file in files:
            await self._erase(found, file)
        async with self._store.transaction(organization=organization) as tx:
            return await self._bury(tx, class_id, recording, because=because)

    async def _do(self, due: Due) -> None:
        async with self._store.reading(organization=due.organization) as tx:
            found = await tx.recording(due.class_id, due.recording)
        if found is not None and found.state is RecordingState.DELETED and due.kind == DELETE:
            await self._delete_latecomers(due, found)
        elif found is None or found.state is RecordingState.DELETED:
            async with self._store.transaction(organization=due.organization) as tx:
                await tx.drop_due(due.kind, due.recording)
        elif due.kind == SETTLE:
            await self._settle(due, found)
        elif found.is_on:
            await self._again(due, at_least=_TRY_AGAIN)
        else:
            await self.delete(due.organization, due.class_id, due.recording, because="retention")

    async def _settle(self, due: Due, found: Recording) -> None:
        await self._ask(due, found)
        async with self._store.reading(organization=due.organization) as tx:
            files = await tx.files_of(due.class_id, due.recording)
        there = [file for file in files if not recordings.is_done(file) or await self._is_there(file)]
        waits = len(there) < len(files)
        state = RecordingState.PROCESSING if waits else recordings.settled(files)
        is_late = found.ended_at is not None and self._clock.now() > found.ended_at + GIVE_UP_AFTER
        if state is RecordingState.PROCESSING and is_late:
            whole = [file for file in there if file.status is RecordingStatus.COMPLETE]
            state = RecordingState.READY if whole else RecordingState.FAILED
        if state is RecordingState.PROCESSING:
            await self._again(due, at_least=_ASK_AGAIN)
            return
        async with self._store.transaction(organization=due.organization) as tx:
            now_found = await tx.recording(due.class_id, due.recording, lock=True)
            if now_found is not None and now_found.state is RecordingState.PROCESSING:
                move = "finish" if state is RecordingState.READY else "fail"
                after = replace(now_found, state=recordings.moved(now_found.state, move))
                await tx.save_recording(due.class_id, after)
            await tx.drop_due(SETTLE, due.recording)
        self._log.info("live.recording_settled", recording=due.recording, state=state.value)

    async def _ask(self, due: Due, found: Recording) -> None:
        """Ask the conference server what it knows of the files: a report may never have come."""
        conferences = self._conferences.get(found.provider)
        if conferences is None or Ability.LIST_RECORDINGS not in conferences.abilities:
            return
        listed = await conferences.recordings(stages.room_of(due.organization, due.class_id))
        async with self._store.transaction(organization=due.organization) as tx:
            mine = {file.id for file in await tx.files_of(due.class_id, due.recording)}
            for seen in listed:
                if seen.id not in mine:
                    continue
                await keep_file(tx, due.class_id, due.recording, seen)
                if Ability.RECORD in conferences.abilities:
                    for at, is_on in ((seen.started_at, True), (seen.ended_at, False)):
                        if at is not None:
                            await tx.mark_recording(due.class_id, due.recording, Mark(at=at, is_on=is_on))

    async def _is_there(self, file: RecordingFile) -> bool:
        """Say whether what a server calls complete can be watched: in our blobs, or at an address."""
        if file.status is RecordingStatus.FAILED or file.address:
            return True
        if not file.key:
            return False
        try:
            await self._blobs.head(file.key)
        except BlobNotFound:
            return False
        return True

    async def _erase(self, found: Recording, file: RecordingFile) -> None:
        if file.key:
            await self._blobs.delete(file.key)
        conferences = self._conferences.get(found.provider)
        if conferences is None:
            if not file.key:
                # What lies with a server that was taken away is not called deleted.
                raise ConferenceUnavailable(f"The platform has no {found.provider} any more to delete from")
            return
        if Ability.DELETE_RECORDING in conferences.abilities:
            await conferences.delete_recording(file.id)

    async def _bury(self, tx: LiveTx, class_id: ClassId, recording: RecordingId, *, because: str) -> Recording:
        found = await tx.recording(class_id, recording, lock=True)
        if found is None:
            raise ThingNotFound
        after = replace(
            found, state=RecordingState.DELETED, deleted_at=self._clock.now(), deleted_because=because, delete_at=None
        )
        is_all_here = True
        for file in await tx.files_of(class_id, recording):
            is_all_here = is_all_here and recordings.is_done(file)
            if recordings.is_done(file):
                await tx.save_file(class_id, recording, replace(file, key="", address=""))
        await tx.save_recording(class_id, after)
        await tx.drop_due(SETTLE, recording)
        await tx.drop_due(DELETE, recording)
        if not is_all_here:
            # A file that is still being made comes after its recording was deleted: it is deleted when it has come.
            await tx.set_due(DELETE, class_id, recording, at=self._clock.now() + GIVE_UP_AFTER)
        self._log.info("live.recording_deleted", recording=recording, because=because)
        return after

    async def _delete_latecomers(self, due: Due, found: Recording) -> None:
        """Delete what came, or may have come, after its recording was deleted."""
        async with self._store.reading(organization=due.organization) as tx:
            files = await tx.files_of(due.class_id, due.recording)
        for file in files:
            if file.key or file.address:
                await self._erase(found, file)
        async with self._store.transaction(organization=due.organization) as tx:
            for file in files:
                await tx.save_file(due.class_id, due.recording, replace(file, key="", address=""))
            await tx.drop_due(DELETE, due.recording)

    async def _again(self, due: Due, *, at_least: timedelta) -> None:
        async with self._store.transaction(organization=due.organization) as tx:
            await tx.set_due(due.kind, due.class_id, due.recording, at=self._clock.now() + at_least)
