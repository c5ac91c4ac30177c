"""Recording a class: who agreed, beginning, pausing, going on and ending, by the host's word."""

from datetime import timedelta

from msgspec.structs import replace

from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    Ability,
    ConferenceNotOffered,
    ConferenceRoomNotFound,
    Conferences,
    RecordingSeen,
    Right,
)
from stoa.kit.contract import Struct, new_id
from stoa.kit.errors import StoaError
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import Log
from stoa.services.live.contract import ClassId, ParticipantId, RecordingNotAllowed, RecordingRuns, Role, ThingNotFound
from stoa.services.live.domain import recordings, stages
from stoa.services.live.domain.recordings import (
    Audience,
    Recording,
    RecordingFile,
    RecordingId,
    RecordingState,
)
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import Standing
from stoa.services.live.store.recordings import DELETE, SETTLE
from stoa.services.live.store.stage import Consent
from stoa.services.live.store.tx import LiveTx

# Files are asked for this long after the end, if no report has come; then again and again.
SETTLE_AFTER = timedelta(minutes=2)


class RecordingTold(Struct, frozen=True, kw_only=True):
    """What the room is told of a recording."""

    recording: RecordingId
    state: str


class RecordingControl:
    """What hosts do with the recording of the class they hold, and what everybody says to it."""

    def __init__(self, *, store: Store[LiveTx], clock: Clock, staging: Staging, lane: Lane, log: Log) -> None:
        self._store = store
        self._clock = clock
        self._staging = staging
        self._lane = lane
        self._log = log

    async def consent(self, standing: Standing, *, agrees: bool, is_of_age: bool) -> None:
        """Keep what somebody says to being recorded; who takes it back sends nothing from then on."""
        consent = Consent(agrees=agrees, is_of_age=is_of_age, at=self._clock.now())
        async with self._store.transaction(organization=standing.organization) as tx:
            await tx.add_consent(standing.class_id, standing.id, consent)
            self._staging.align(tx, standing.class_id, standing.id)
        self._log.info("live.recording_consent", class_id=standing.class_id, agrees=agrees)

    async def start(self, standing: Standing) -> Recording:
        """Begin to record: first nobody sends any more who has not agreed, then the recorder starts.

        Where rights cannot be changed from outside, only a class that said beforehand that it is recorded can be.
        """
        standing.require_live()
        facts = await self._staging.facts(standing.organization, standing.class_id)
        conferences = self._staging.server_of(facts.stage)
        if Ability.RECORD not in conferences.abilities:
            raise ConferenceNotOffered(
                f"Recordings of {conferences.name} are started in its own window", fields={"engine": conferences.name}
            )
        made = Recording(
            id=RecordingId(new_id()),
            provider=conferences.name,
            state=RecordingState.RECORDING,
            audience=Audience.NOBODY,
            started_by=standing.person.user,
            started_at=self._clock.now(),
        )
        async with self._store.transaction(organization=standing.organization) as tx:
            if not await tx.add_recording(standing.class_id, made):
                raise RecordingRuns
            # Who starts it knows of it.
            agreed = Consent(agrees=True, is_of_age=True, at=made.started_at)
            await tx.add_consent(standing.class_id, standing.id, agreed)
        self._staging.changed(standing.class_id)
        try:
            await self._hush(standing, conferences)
            seen = await self._record(standing, made.id, conferences)
        except StoaError:
            await self._give_up(standing, made)
            raise
        async with self._store.transaction(organization=standing.organization) as tx:
            await keep_file(tx, standing.class_id, made.id, seen)
            said = await tx.say(standing.class_id, "recording", _told(made))
        await self._lane.tell(said)
        self._log.info("live.recording_started", class_id=standing.class_id, recording=made.id)
        return made

    async def pause(self, standing: Standing) -> Recording:
        """Stop the recorder for a while; what happens in a pause is in no file."""
        return await self._turn(standing, "pause")

    async def resume(self, standing: Standing) -> Recording:
        """Go on recording, into a file of its own."""
        on = await self._on(standing)
        recordings.moved(on.state, "resume")
        conferences = await self._server(standing)
        await self._hush(standing, conferences)
        seen = await self._record(standing, on.id, conferences)
        async with self._store.transaction(organization=standing.organization) as tx:
            now_on = await tx.recording_on(standing.class_id, lock=True)
            if now_on is None or now_on.id != on.id:
                raise ThingNotFound
            after = replace(now_on, state=recordings.moved(now_on.state, "resume"))
            await tx.save_recording(standing.class_id, after)
            await keep_file(tx, standing.class_id, on.id, seen)
            said = await tx.say(standing.class_id, "recording", _told(after))
        self._staging.changed(standing.class_id)
        await self._lane.tell(said)
        return after

    async def stop(self, standing: Standing) -> Recording:
        """End the recording; its files are there when the conference server has made them."""
        return await self._turn(standing, "stop")

    async def _turn(self, standing: Standing, move: str) -> Recording:
        on = await self._on(standing)
        recordings.moved(on.state, move)
        conferences = await self._server(standing)
        async with self._store.reading(organization=standing.organization) as tx:
            files = await tx.files_of(standing.class_id, on.id)
        for file in files:
            if not recordings.is_done(file):
                await self._stop_file(conferences, file)
        async with self._store.transaction(organization=standing.organization) as tx:
            now_on = await tx.recording_on(standing.class_id, lock=True)
            if now_on is None or now_on.id != on.id:
                raise ThingNotFound
            after = replace(now_on, state=recordings.moved(now_on.state, move))
            if move == "stop":
                after = await end_recording(tx, standing.class_id, now_on)
            else:
                await tx.save_recording(standing.class_id, after)
            said = await tx.say(standing.class_id, "recording", _told(after))
        self._staging.changed(standing.class_id)
        await self._lane.tell(said)
        self._log.info("live.recording_turned", class_id=standing.class_id, recording=on.id, move=move)
        return after

    async def _stop_file(self, conferences: Conferences, file: RecordingFile) -> None:
        try:
            await conferences.stop_recording(file.id)
        except ConferenceRoomNotFound:
            # It ended by itself: the room closed, or its longest time was over.
            return

    async def _on(self, standing: Standing) -> Recording:
        async with self._store.reading(organization=standing.organization) as tx:
            on = await tx.recording_on(standing.class_id)
        if on is None:
            raise ThingNotFound
        return on

    async def _server(self, standing: Standing) -> Conferences:
        facts = await self._staging.facts(standing.organization, standing.class_id)
        conferences = self._staging.server_of(facts.stage)
        if Ability.RECORD not in conferences.abilities:
            raise ConferenceNotOffered(fields={"engine": conferences.name})
        return conferences

    async def _hush(self, standing: Standing, conferences: Conferences) -> None:
        """Take the voice from everybody on the stage who has not agreed; raise RecordingNotAllowed where it cannot."""
        room = stages.room_of(standing.organization, standing.class_id)
        people = {
            participant: one
            for one in (await conferences.look(room)).people
            if (participant := stages.participant_of(one.identity)) is not None and one.right is not Right.AUDIENCE
        }
        facts = await self._staging.facts(standing.organization, standing.class_id)
        async with self._store.reading(organization=standing.organization) as tx:
            consents = await tx.consents(standing.class_id, list(people))
        for participant in people:
            consent = consents.get(participant)
            role = await self._role(standing, participant)
            may = stages.may_be_recorded(role, facts.policy, is_of_age=consent is not None and consent.is_of_age)
            if consent is not None and consent.agrees and may:
                continue
            if Ability.CHANGE_RIGHT not in conferences.abilities:
                raise RecordingNotAllowed
            await conferences.change_right(room, str(participant), Right.AUDIENCE)

    async def _role(self, standing: Standing, participant: ParticipantId) -> Role:
        async with self._store.reading(organization=standing.organization) as tx:
            person = await tx.person(standing.class_id, participant)
        return person.role if person is not None else Role.GUEST

    async def _record(self, standing: Standing, recording: RecordingId, conferences: Conferences) -> RecordingSeen:
        key = f"{standing.organization}/live/{standing.class_id}/{recording}/{new_id()}.mp4"
        seen = await conferences.start_recording(stages.room_of(standing.organization, standing.class_id), key=key)
        return replace(seen, key=key)

    async def _give_up(self, standing: Standing, made: Recording) -> None:
        async with self._store.transaction(organization=standing.organization) as tx:
            await tx.drop_empty_recording(standing.class_id, made.id)
        self._staging.changed(standing.class_id)


async def end_recording(tx: LiveTx, class_id: ClassId, on: Recording) -> Recording:
    """End a recording in a transaction: its files are settled soon, and deleted when their time is over."""
    now = tx.clock.now()
    policy = await tx.stage_policy()
    after = replace(
        on,
        state=recordings.moved(on.state, "stop"),
        ended_at=now,
        delete_at=now + timedelta(days=policy.keep_recordings_days),
    )
    await tx.save_recording(class_id, after)
    await tx.set_due(SETTLE, class_id, on.id, at=now + SETTLE_AFTER)
    await tx.set_due(DELETE, class_id, on.id, at=now + timedelta(days=policy.keep_recordings_days))
    return after


async def keep_file(tx: LiveTx, class_id: ClassId, recording: RecordingId, seen: RecordingSeen) -> RecordingFile:
    """Keep in a transaction what is now known of a file; the recording's row keeps others from doing so at once."""
    await tx.recording(class_id, recording, lock=True)
    known = {one.id: one for one in await tx.files_of(class_id, recording)}.get(seen.id)
    file = recordings.merged(known, seen)
    await tx.save_file(class_id, recording, file)
    return file


def _told(recording: Recording) -> RecordingTold:
    shown = "off" if not recording.is_on else recording.state.value
    return RecordingTold(recording=recording.id, state=shown)
