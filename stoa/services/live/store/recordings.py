"""The SQL of recordings: their states, files and marks, who watched them, and when something is due."""

from datetime import datetime

from stoa.kit.conferences import RecordingStatus
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId
from stoa.services.live.domain.recordings import Audience, Recording, RecordingFile, RecordingId, RecordingState
from stoa.services.live.domain.stages import Mark

SETTLE, DELETE = "settle", "delete"


class Due(Struct, frozen=True, kw_only=True):
    """Something that is to be done with a recording."""

    kind: str
    organization: OrganizationId
    class_id: ClassId
    recording: RecordingId
    due_at: datetime


class ReplayMessage(Struct, frozen=True, kw_only=True):
    """A message as the replay shows it; of a removed one there is nothing but its place."""

    seq: int
    at: datetime
    participant: ParticipantId
    name: str
    role: str
    body: str
    is_removed: bool


class RecordingsTx(UnitOfWork):
    """The questions about recordings."""

    async def add_recording(self, class_id: ClassId, made: Recording) -> bool:
        """Add a recording; say whether no other was on."""
        return bool(
            await self.execute(
                "insert into live.recordings (organization_id, class_id, recording_id, provider, state, audience,"
                " started_by, started_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
                " on conflict (organization_id, class_id) where state in ('recording', 'paused') do nothing",
                self.organization,
                class_id,
                made.id,
                made.provider,
                made.state,
                made.audience,
                made.started_by,
                made.started_at,
            )
        )

    async def recording(self, class_id: ClassId, recording: RecordingId, *, lock: bool = False) -> Recording | None:
        """Return a recording, a deleted one too."""
        row = await self.fetchrow(
            "select * from live.recordings where organization_id = $1 and class_id = $2 and recording_id = $3"  # noqa: S608 (constants)
            + (" for update" if lock else ""),
            self.organization,
            class_id,
            recording,
        )
        return _recording(row) if row else None

    async def recording_on(self, class_id: ClassId, *, lock: bool = False) -> Recording | None:
        """Return the recording that goes on, paused or not."""
        row = await self.fetchrow(
            "select * from live.recordings where organization_id = $1 and class_id = $2"  # noqa: S608 (constants)
            " and state in ('recording', 'paused')" + (" for update" if lock else ""),
            self.organization,
            class_id,
        )
        return _recording(row) if row else None

    async def recordings_of(self, class_id: ClassId) -> list[Recording]:
        """Return the latest 100 recordings of a class, the last first, deleted ones as their tombstones."""
        rows = await self.fetch(
            "select * from live.recordings where organization_id = $1 and class_id = $2"
            " order by recording_id desc limit 100",
            self.organization,
            class_id,
        )
        return [_recording(row) for row in rows]

    async def save_recording(self, class_id: ClassId, recording: Recording) -> None:
        """Keep what may change of a recording; each change is a new version."""
        await self.execute(
            "update live.recordings set state = $4, audience = $5, ended_at = $6, delete_at = $7, deleted_at = $8,"
            " deleted_because = $9, started_at = $10, version = version + 1"
            " where organization_id = $1 and class_id = $2 and recording_id = $3",
            self.organization,
            class_id,
            recording.id,
            recording.state,
            recording.audience,
            recording.ended_at,
            recording.delete_at,
            recording.deleted_at,
            recording.deleted_because,
            recording.started_at,
        )

    async def drop_empty_recording(self, class_id: ClassId, recording: RecordingId) -> None:
        """Take back a recording that never began."""
        await self.execute(
            "delete from live.recordings r where organization_id = $1 and class_id = $2 and recording_id = $3"
            " and not exists (select from live.recording_files f where f.organization_id = r.organization_id"
            " and f.class_id = r.class_id and f.recording_id = r.recording_id)",
            self.organization,
            class_id,
            recording,
        )

    async def recording_with(self, class_id: ClassId, file: str) -> RecordingId | None:
        """Return the recording that a file belongs to."""
        found: RecordingId | None = await self.fetchval(
            "select recording_id from live.recording_files"
            " where organization_id = $1 and class_id = $2 and file_id = $3",
            self.organization,
            class_id,
            file,
        )
        return found

    async def files_of(self, class_id: ClassId, recording: RecordingId) -> list[RecordingFile]:
        """Return the files of a recording in their order."""
        rows = await self.fetch(
            "select * from live.recording_files where organization_id = $1 and class_id = $2 and recording_id = $3"
            " order by started_at nulls last, file_id",
            self.organization,
            class_id,
            recording,
        )
        return [
            RecordingFile(
                id=row["file_id"],
                status=RecordingStatus(row["status"]),
                key=row["key"],
                address=row["address"],
                size_bytes=row["size_bytes"],
                started_at=row["started_at"],
                ended_at=row["ended_at"],
                problem=row["problem"],
            )
            for row in rows
        ]

    async def save_file(self, class_id: ClassId, recording: RecordingId, file: RecordingFile) -> None:
        """Keep a file of a recording as it is known now."""
        await self.execute(
            "insert into live.recording_files (organization_id, class_id, recording_id, file_id, status, key, address,"
            " size_bytes, started_at, ended_at, problem) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " on conflict (organization_id, class_id, file_id) do update set status = excluded.status,"
            " key = excluded.key, address = excluded.address, size_bytes = excluded.size_bytes,"
            " started_at = excluded.started_at, ended_at = excluded.ended_at, problem = excluded.problem",
            self.organization,
            class_id,
            recording,
            file.id,
            file.status.value,
            file.key,
            file.address,
            file.size_bytes,
            file.started_at,
            file.ended_at,
            file.problem,
        )

    async def mark_recording(self, class_id: ClassId, recording: RecordingId, mark: Mark) -> None:
        """Note that recording began, paused, went on or ended."""
        await self.execute(
            "insert into live.recording_marks (organization_id, class_id, recording_id, at, is_on)"
            " values ($1, $2, $3, $4, $5) on conflict do nothing",
            self.organization,
            class_id,
            recording,
            mark.at,
            mark.is_on,
        )

    async def recording_marks_of(self, class_id: ClassId, recording: RecordingId) -> list[Mark]:
        """Return when a recording was on and off, at most 2,000 marks."""
        rows = await self.fetch(
            "select at, is_on from live.recording_marks"
            " where organization_id = $1 and class_id = $2 and recording_id = $3 order by at limit 2000",
            self.organization,
            class_id,
            recording,
        )
        return [Mark(at=row["at"], is_on=row["is_on"]) for row in rows]

    async def note_watching(self, class_id: ClassId, recording: RecordingId, user: UserId, *, at: datetime) -> None:
        """Note that somebody watched a recording."""
        await self.execute(
            "insert into live.recording_viewings as v"
            " (organization_id, class_id, recording_id, user_id, first_at, last_at) values ($1, $2, $3, $4, $5, $5)"
            " on conflict (organization_id, class_id, recording_id, user_id)"
            " do update set last_at = excluded.last_at, times = v.times + 1",
            self.organization,
            class_id,
            recording,
            user,
            at,
        )

    async def viewers_of(self, class_id: ClassId) -> dict[RecordingId, int]:
        """Return how many watched each recording of a class."""
        rows = await self.fetch(
            "select recording_id, count(*) as viewers from live.recording_viewings"
            " where organization_id = $1 and class_id = $2 group by recording_id limit 100",
            self.organization,
            class_id,
        )
        return {row["recording_id"]: row["viewers"] for row in rows}

    async def set_due(self, kind: str, class_id: ClassId, recording: RecordingId, *, at: datetime) -> None:
        """Say when something is to be done with a recording."""
        await self.execute(
            "insert into live.recording_dues (recording_id, kind, organization_id, class_id, due_at)"
            " values ($1, $2, $3, $4, $5) on conflict (recording_id, kind) do update set due_at = excluded.due_at",
            recording,
            kind,
            self.organization,
            class_id,
            at,
        )

    async def drop_due(self, kind: str, recording: RecordingId) -> None:
        """Say that something is no longer to be done."""
        await self.execute("delete from live.recording_dues where recording_id = $1 and kind = $2", recording, kind)

    async def dues(self, *, at: datetime, limit: int) -> list[Due]:
        """Return what is due, the longest waiting first."""
        rows = await self.fetch(
            "select * from live.recording_dues where due_at <= $1 order by due_at limit $2", at, limit
        )
        return [
            Due(
                kind=row["kind"],
                organization=row["organization_id"],
                class_id=row["class_id"],
                recording=row["recording_id"],
                due_at=row["due_at"],
            )
            for row in rows
        ]

    async def names_of(self, class_id: ClassId, participants: list[ParticipantId]) -> dict[ParticipantId, str]:
        """Return the names of participants."""
        rows = await self.fetch(
            "select participant_id, name from live.participants"
            " where organization_id = $1 and class_id = $2 and participant_id = any($3)",
            self.organization,
            class_id,
            participants,
        )
        return {row["participant_id"]: row["name"] for row in rows}

    async def messages_between(
        self, class_id: ClassId, *, since: datetime, until: datetime, after: int, limit: int
    ) -> list[ReplayMessage]:
        """Return what was shown in the main chat in a time, in the order of its numbers."""
        rows = await self.fetch(
            "select seq, at, participant_id, name, role, body, removed_at from live.messages"
            " where organization_id = $1 and class_id = $2 and room_id = $2 and is_shown and at >= $3 and at < $4"
            " and seq > $5 order by seq limit $6",
            self.organization,
            class_id,
            since,
            until,
            after,
            limit,
        )
        return [
            ReplayMessage(
                seq=row["seq"],
                at=row["at"],
                participant=row["participant_id"],
                name="" if row["removed_at"] else row["name"],
                role=row["role"],
                body="" if row["removed_at"] else row["body"],
                is_removed=row["removed_at"] is not None,
            )
            for row in rows
        ]


def _recording(row: Record) -> Recording:
    return Recording(
        id=row["recording_id"],
        provider=row["provider"],
        state=RecordingState(row["state"]),
        audience=Audience(row["audience"]),
        started_by=row["started_by"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        delete_at=row["delete_at"],
        deleted_at=row["deleted_at"],
        deleted_because=row["deleted_because"],
        version=row["version"],
    )
