"""The SQL of stages: what was chosen, what was told, who agreed to be recorded."""

from collections import defaultdict
from datetime import datetime

from stoa.kit.contract import Struct, new_id
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId
from stoa.services.live.domain.stages import Mark, Stage, StagePolicy, StageState


class Consent(Struct, frozen=True, kw_only=True):
    """What somebody last said about being recorded."""

    agrees: bool
    is_of_age: bool
    at: datetime


class StageTx(UnitOfWork):
    """The questions about stages."""

    async def stage(self, class_id: ClassId, *, lock: bool = False) -> Stage | None:
        """Return the stage of a class, None where nothing was ever chosen."""
        row = await self.fetchrow(
            "select * from live.stages where organization_id = $1 and class_id = $2"  # noqa: S608 (constants)
            + (" for update" if lock else ""),
            self.organization,
            class_id,
        )
        return _stage(row) if row else None

    async def choose_stage(self, class_id: ClassId, chosen: Stage, *, version: int) -> bool:
        """Replace what was chosen; say whether `version` was the present one, 0 where nothing was chosen yet."""
        touched = await self.execute(
            "insert into live.stages as s (organization_id, class_id, provider, playlist, may_audience_speak)"
            " select $1, $2, $3, $4, $5 where $6 = 0"
            " or exists (select from live.stages where organization_id = $1 and class_id = $2)"
            " on conflict (organization_id, class_id) do update set provider = excluded.provider,"
            " playlist = excluded.playlist, may_audience_speak = excluded.may_audience_speak,"
            " version = s.version + 1 where s.version = $6",
            self.organization,
            class_id,
            chosen.provider,
            chosen.playlist,
            chosen.may_audience_speak,
            version,
        )
        return bool(touched)

    async def save_told(self, class_id: ClassId, stage: Stage) -> None:
        """Keep what the conference server told of the room."""
        await self.execute(
            "update live.stages set state = $3, session = $4, told_at = $5"
            " where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
            stage.state,
            stage.session,
            stage.told_at,
        )

    async def stage_policy(self) -> StagePolicy:
        """Return what the organization allows on its stages; what holds where it never said."""
        row = await self.fetchrow("select * from live.stage_policies where organization_id = $1", self.organization)
        if row is None:
            return StagePolicy()
        return StagePolicy(
            providers=None if row["providers"] is None else list(row["providers"]),
            may_guests_speak=row["may_guests_speak"],
            may_guests_be_recorded=row["may_guests_be_recorded"],
            guest_recording_age=row["guest_recording_age"],
            keep_recordings_days=row["keep_recordings_days"],
            version=row["version"],
        )

    async def save_stage_policy(self, policy: StagePolicy, *, version: int) -> bool:
        """Replace the policy of one version with another; say whether that version was the present one."""
        touched = await self.execute(
            "insert into live.stage_policies as p (organization_id, providers, may_guests_speak,"
            " may_guests_be_recorded, guest_recording_age, keep_recordings_days) select $1, $2, $3, $4, $5, $6"
            " where $7 = 0 or exists (select from live.stage_policies where organization_id = $1)"
            " on conflict (organization_id) do update set providers = excluded.providers,"
            " may_guests_speak = excluded.may_guests_speak, may_guests_be_recorded = excluded.may_guests_be_recorded,"
            " guest_recording_age = excluded.guest_recording_age,"
            " keep_recordings_days = excluded.keep_recordings_days, version = p.version + 1 where p.version = $7",
            self.organization,
            policy.providers,
            policy.may_guests_speak,
            policy.may_guests_be_recorded,
            policy.guest_recording_age,
            policy.keep_recordings_days,
            version,
        )
        return bool(touched)

    async def is_first_report(self, key: bytes, *, at: datetime) -> bool:
        """Take a report once: say whether it was not taken before."""
        return bool(
            await self.execute(
                "insert into live.stage_reports (report_key, at) values ($1, $2) on conflict do nothing", key, at
            )
        )

    async def forget_reports(self, *, before: datetime) -> int:
        """Forget the digests of reports that are too old to be believed again."""
        return await self.execute("delete from live.stage_reports where at < $1", before)

    async def mark_person(self, class_id: ClassId, participant: ParticipantId, mark: Mark) -> None:
        """Note that somebody came onto the stage or left it."""
        await self.execute(
            "insert into live.stage_marks (organization_id, class_id, participant_id, at, is_on)"
            " values ($1, $2, $3, $4, $5) on conflict do nothing",
            self.organization,
            class_id,
            participant,
            mark.at,
            mark.is_on,
        )

    async def person_marks(
        self, class_id: ClassId, *, since: datetime, until: datetime
    ) -> dict[ParticipantId, list[Mark]]:
        """Return who came onto the stage and left it in a time, at most 100,000 marks."""
        rows = await self.fetch(
            "select participant_id, at, is_on from live.stage_marks where organization_id = $1 and class_id = $2"
            " and at between $3 and $4 limit 100000",
            self.organization,
            class_id,
            since,
            until,
        )
        found: dict[ParticipantId, list[Mark]] = defaultdict(list)
        for row in rows:
            found[row["participant_id"]].append(Mark(at=row["at"], is_on=row["is_on"]))
        return found

    async def consents(self, class_id: ClassId, participants: list[ParticipantId]) -> dict[ParticipantId, Consent]:
        """Return what these last said about being recorded; who agreed on the way in and said nothing since, that."""
        rows = await self.fetch(
            "select distinct on (participant_id) participant_id, agrees, is_of_age, at from ("
            " select participant_id, agrees, is_of_age, at, consent_id from live.recording_consents"
            " where organization_id = $1 and class_id = $2 and participant_id = any($3)"
            " union all select participant_id, true, false, consented_at, null from live.participants"
            " where organization_id = $1 and class_id = $2 and participant_id = any($3)"
            " and consented_at is not null) c order by participant_id, consent_id desc nulls last",
            self.organization,
            class_id,
            participants,
        )
        return {
            row["participant_id"]: Consent(agrees=row["agrees"], is_of_age=row["is_of_age"], at=row["at"])
            for row in rows
        }

    async def add_consent(self, class_id: ClassId, participant: ParticipantId, consent: Consent) -> None:
        """Keep a word about being recorded."""
        await self.execute(
            "insert into live.recording_consents"
            " (organization_id, class_id, participant_id, consent_id, agrees, is_of_age, at)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            self.organization,
            class_id,
            participant,
            new_id(),
            consent.agrees,
            consent.is_of_age,
            consent.at,
        )


def _stage(row: Record) -> Stage:
    return Stage(
        provider=row["provider"],
        playlist=row["playlist"],
        may_audience_speak=row["may_audience_speak"],
        state=StageState(row["state"]),
        session=row["session"],
        told_at=row["told_at"],
        version=row["version"],
    )
