"""The stage of a class: choosing its conference server, letting people onto it, and keeping it in line."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from msgspec.structs import replace

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    Ability,
    ConferenceRoomNotFound,
    Conferences,
    ConferenceUnavailable,
    Grant,
    Person,
    Present,
    Right,
    Room,
)
from stoa.kit.contract import Job, OrganizationId
from stoa.kit.errors import PreconditionFailed, StoaError
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import Log
from stoa.services.live.contract import (
    ClassId,
    ClassState,
    ParticipantId,
    ProviderNotAllowed,
    RecordingRuns,
    StageMissing,
)
from stoa.services.live.domain import stages
from stoa.services.live.domain.classes import LiveClass, Participant
from stoa.services.live.domain.stages import Stage, StagePolicy
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.remembering import Moment
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.service.stageviews import (
    NO_STAGE,
    Facts,
    RecordingRules,
    StageAnswer,
    StageChoice,
    StageView,
    recording_now,
)
from stoa.services.live.service.standing import Standing
from stoa.services.live.store.stage import Consent
from stoa.services.live.store.tx import LiveTx

HLS = "hls"
# A page asks for a fresh grant when it needs one; servers look at it when somebody connects.
GRANT_LASTS = timedelta(minutes=10)
# Who joins is in the class at once, whatever becomes of audio and video.
_JOINING_S = 3.0
_FACTS_LAST_S = 1.0


class AlignPerson(Job, frozen=True, kw_only=True):
    """Brings somebody's right on the stage in line with what they are in the class, or sends them out.

    `is_out` is for who no longer belongs to the class and may come back when invited again.
    """

    type_: ClassVar[str] = "live.align-person"
    max_attempts_: ClassVar[int] = 8

    organization_id: OrganizationId
    class_id: ClassId
    participant: ParticipantId
    is_out: bool = False


class CloseStage(Job, frozen=True, kw_only=True):
    """Closes the room of a class that has ended."""

    type_: ClassVar[str] = "live.close-stage"
    max_attempts_: ClassVar[int] = 8

    organization_id: OrganizationId
    class_id: ClassId


class Staging:
    """Stages of classes."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        conferences: Mapping[str, Conferences],
        scheduling: Scheduling,
        lane: Lane,
        log: Log,
    ) -> None:
        self._store = store
        self._clock = clock
        self._conferences = conferences
        self._scheduling = scheduling
        self._lane = lane
        self._log = log
        self._facts = Moment[ClassId, Facts](clock, lasts_s=_FACTS_LAST_S, most=5_000)

    async def view(self, class_id: ClassId, *, caller: Caller) -> StageView:
        """Return what was chosen for a class."""
        held, _ = await self._scheduling.found(class_id, caller=caller)
        return self._view(await self._read(held.organization, class_id))

    async def choose(
        self, class_id: ClassId, choice: StageChoice, *, version: int, following: bool = False, caller: Caller
    ) -> StageView:
        """Choose how a class is seen and heard, and with `following` the later ones of its series that have not begun.

        The playlist must lie where the operator lets playlists lie.
        """
        held = await self._scheduling.to_host(class_id, caller=caller)
        facts = await self._read(held.organization, class_id)
        allowed = self._allowed(facts.policy)
        if facts.recording is not None:
            raise RecordingRuns
        if choice.provider and choice.provider not in allowed:
            raise ProviderNotAllowed(fields={"providers": allowed})
        if choice.playlist:
            if HLS not in self._conferences:
                raise ProviderNotAllowed("This platform shows no broadcasts", fields={"providers": allowed})
            await self._conferences[HLS].open(self._room(held, Stage(playlist=choice.playlist)))
        chosen = Stage(provider=choice.provider, playlist=choice.playlist, may_audience_speak=choice.may_audience_speak)
        async with self._store.transaction(organization=held.organization) as tx:
            if not await tx.choose_stage(class_id, chosen, version=version):
                raise PreconditionFailed(fields={"current": facts.stage.version})
            if following and held.series is not None:
                for other in await tx.rest_of_series(held.series, since=held.starts_at):
                    self._scheduling.require_host(caller, other)
                    if other.id != class_id:
                        later = await tx.stage(other.id) or Stage()
                        await tx.choose_stage(other.id, chosen, version=later.version)
            said = await tx.say(class_id, "stage", {"provider": chosen.provider, "is_open": False})
        self._facts.forget(class_id)
        await self._lane.tell(said)
        if facts.stage.provider != chosen.provider and self.may(facts.stage, Ability.END):
            await self._leave(held, facts.stage)
        return self._view(await self._read(held.organization, class_id))

    async def _leave(self, held: LiveClass, stage: Stage) -> None:
        """Close the room on the server that the class has left; one that is away closes it when it is empty."""
        try:
            await self.server_of(stage).end(stages.room_of(held.organization, held.id))
        except StoaError as problem:
            self._log.warning("live.stage_not_closed", provider=stage.provider, code=problem.code)

    async def policy(self, *, caller: Caller) -> StagePolicy:
        """Return what the organization allows on its stages."""
        async with self._store.reading(organization=caller.require_organization()) as tx:
            return await tx.stage_policy()

    async def set_policy(self, policy: StagePolicy, *, version: int, caller: Caller) -> StagePolicy:
        """Say what the organization allows on its stages from now on."""
        unknown = sorted(set(policy.providers or ()) - self._conferences.keys())
        if unknown:
            raise ProviderNotAllowed(
                f"This platform has no {', '.join(unknown)}", fields={"providers": list(self._conferences)}
            )
        async with self._store.transaction(organization=caller.require_organization()) as tx:
            if not await tx.save_stage_policy(policy, version=version):
                raise PreconditionFailed(fields={"current": (await tx.stage_policy()).version})
            return await tx.stage_policy()

    async def for_join(self, standing: Standing) -> StageAnswer:
        """Return what a join answers of the stage; never an error, and never later than in three seconds."""
        if not self._conferences:
            return NO_STAGE
        try:
            async with asyncio.timeout(_JOINING_S):
                return await self.enter(standing)
        except TimeoutError:
            return replace(NO_STAGE, problem=ConferenceUnavailable.code)

    async def enter(self, standing: Standing) -> StageAnswer:
        """Return what lets somebody onto the stage now; trouble of the server is told in the answer."""
        facts = await self.facts(standing.organization, standing.class_id)
        consent = await self._consent(standing.organization, standing.class_id, standing.id)
        right = self._right(standing.held, standing.person, facts, consent, role_of=standing)
        answer = replace(NO_STAGE, right=right.value, recording=recording_now(standing, facts, consent))
        is_on = standing.held.state is ClassState.LIVE or (
            # In the lobby those who hold the class try their microphones.
            standing.held.state is ClassState.OPEN and standing.role.presents
        )
        if not is_on or not (facts.stage.provider or facts.stage.playlist):
            return answer
        try:
            grant = await self._grant(standing, facts, right)
        except StoaError as problem:
            self._log.warning("live.stage_unavailable", provider=facts.stage.provider, code=problem.code)
            return replace(answer, provider=facts.stage.provider, problem=problem.code)
        return replace(
            answer,
            provider=grant.engine,
            kind=grant.kind.value,
            url=grant.url,
            token=grant.token,
            expires_at=grant.expires_at,
        )

    async def people(self, standing: Standing) -> list[Present]:
        """Return who is on the stage, as its server says."""
        conferences = await self._server(standing)
        seen = await conferences.look(stages.room_of(standing.organization, standing.class_id))
        return [one for one in seen.people if stages.participant_of(one.identity) is not None]

    async def mute(self, standing: Standing, participant: ParticipantId) -> None:
        """Turn somebody's microphone off."""
        conferences = await self._server(standing)
        await conferences.mute(stages.room_of(standing.organization, standing.class_id), str(participant))
        self._log.info("live.stage_muted", class_id=standing.class_id, participant=participant)

    def align(self, tx: LiveTx, class_id: ClassId, *participants: ParticipantId, is_out: bool = False) -> None:
        """Bring people's rights on the stage in line once this transaction has committed, or send them out."""
        if self._conferences and tx.organization is not None:
            for one in participants:
                job = AlignPerson(organization_id=tx.organization, class_id=class_id, participant=one, is_out=is_out)
                tx.enqueue(job, lock=f"live-stage-{class_id}-{one}")

    def close_later(self, tx: LiveTx, class_id: ClassId) -> None:
        """Close the room once this transaction, in which the class ends, has committed."""
        if self._conferences and tx.organization is not None:
            tx.enqueue(CloseStage(organization_id=tx.organization, class_id=class_id))

    async def align_person(self, job: AlignPerson) -> None:
        """Send somebody out who was removed, and give the others the right that their role has now."""
        facts = await self._read(job.organization_id, job.class_id)
        conferences = self._conferences.get(facts.stage.provider)
        if conferences is None:
            return
        async with self._store.reading(organization=job.organization_id) as tx:
            held = await tx.class_of(job.class_id)
            person = await tx.person(job.class_id, job.participant)
        if held is None or person is None:
            return
        room = stages.room_of(job.organization_id, job.class_id)
        try:
            if job.is_out or person.removed_at is not None:
                if Ability.REMOVE in conferences.abilities:
                    await conferences.remove(room, str(person.id))
            elif Ability.CHANGE_RIGHT in conferences.abilities:
                consent = await self._consent(job.organization_id, job.class_id, job.participant)
                await conferences.change_right(room, str(person.id), self._right(held, person, facts, consent))
        except ConferenceRoomNotFound:
            # Who is not on the stage comes in with the right one has then.
            return

    async def close(self, job: CloseStage) -> None:
        """Close the room of a class that has ended; one that was started again stays."""
        async with self._store.reading(organization=job.organization_id) as tx:
            held = await tx.class_of(job.class_id)
            stage = await tx.stage(job.class_id)
        conferences = self._conferences.get(stage.provider) if stage else None
        if held is None or held.ended_at is None or conferences is None or Ability.END not in conferences.abilities:
            return
        await conferences.end(stages.room_of(job.organization_id, job.class_id))

    async def facts(self, organization: OrganizationId, class_id: ClassId) -> Facts:
        """Return what is known of a class's stage, as it was within the last second."""
        return await self._facts.get(class_id, lambda: self._read(organization, class_id))

    def changed(self, class_id: ClassId) -> None:
        """Forget what is remembered of a class whose stage this process has just changed."""
        self._facts.forget(class_id)

    def server_of(self, stage: Stage) -> Conferences:
        """Return the conference server of a stage, or raise StageMissing."""
        conferences = self._conferences.get(stage.provider)
        if conferences is None:
            raise StageMissing
        return conferences

    def may(self, stage: Stage, ability: Ability) -> bool:
        """Say whether the server of a stage can be told something."""
        conferences = self._conferences.get(stage.provider)
        return conferences is not None and ability in conferences.abilities

    async def _grant(self, standing: Standing, facts: Facts, right: Right) -> Grant:
        stage = facts.stage
        watches = bool(stage.playlist) and right is Right.AUDIENCE
        conferences = self._conferences.get(HLS if watches or not stage.provider else stage.provider)
        if conferences is None:
            raise StageMissing
        person = Person(identity=str(standing.id), name=standing.person.name)
        return await conferences.grant(self._room(standing.held, stage), person, right=right, lasts=GRANT_LASTS)

    async def _server(self, standing: Standing) -> Conferences:
        return self.server_of((await self.facts(standing.organization, standing.class_id)).stage)

    async def _read(self, organization: OrganizationId, class_id: ClassId) -> Facts:
        async with self._store.reading(organization=organization) as tx:
            return Facts(
                stage=await tx.stage(class_id) or Stage(),
                policy=await tx.stage_policy(),
                recording=await tx.recording_on(class_id),
            )

    async def _consent(
        self, organization: OrganizationId, class_id: ClassId, participant: ParticipantId
    ) -> Consent | None:
        async with self._store.reading(organization=organization) as tx:
            return (await tx.consents(class_id, [participant])).get(participant)

    def _right(
        self,
        held: LiveClass,
        person: Participant,
        facts: Facts,
        consent: Consent | None,
        *,
        role_of: Standing | None = None,
    ) -> Right:
        role = role_of.role if role_of else person.role
        is_of_age = consent is not None and consent.is_of_age
        return stages.right_of(
            role,
            facts.stage,
            facts.policy,
            is_recorded=facts.is_recorded(held),
            has_consented=consent is not None and consent.agrees,
            may_be_recorded=stages.may_be_recorded(role, facts.policy, is_of_age=is_of_age),
        )

    def _allowed(self, policy: StagePolicy) -> list[str]:
        # A broadcast is a playlist beside the provider, not a provider.
        return [one for one in self._conferences if one != HLS and _is_allowed(one, policy)]

    def _view(self, facts: Facts) -> StageView:
        return StageView(
            provider=facts.stage.provider,
            playlist=facts.stage.playlist,
            may_audience_speak=facts.stage.may_audience_speak,
            is_open=facts.stage.state is stages.StageState.OPEN,
            providers=self._allowed(facts.policy),
            takes_playlist=HLS in self._conferences,
            rules=RecordingRules(
                keep_days=facts.policy.keep_recordings_days,
                may_guests_be_recorded=facts.policy.may_guests_be_recorded,
                guest_age=facts.policy.guest_recording_age,
            ),
            version=facts.stage.version,
        )

    def _room(self, held: LiveClass, stage: Stage) -> Room:
        return Room(
            name=stages.room_of(held.organization, held.id),
            title=held.title,
            playlist=stage.playlist,
            is_recordable=held.settings.is_recorded,
            may_audience_speak=stage.may_audience_speak,
        )


def _is_allowed(provider: str, policy: StagePolicy) -> bool:
    return policy.providers is None or provider in policy.providers
