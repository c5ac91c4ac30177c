"""The SQL of media."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.media.contract import AssetId, UploadId
from stoa.services.media.domain.assets import (
    Asset,
    AssetChange,
    NewUpload,
    Part,
    Rendition,
    StoredUpload,
)


class Captions(Struct, frozen=True, kw_only=True):
    """One version of the captions of a film in one language."""

    asset_id: AssetId
    language: str
    version: int
    label: str
    body: str
    sha256: str
    created_by: UserId | None
    created_at: datetime


class Holder(Struct, frozen=True, kw_only=True):
    """A course that uses a file, and where."""

    course: UUID
    title: str
    place: str


class Storage(Struct, frozen=True, kw_only=True):
    """How much an organization holds in uploaded files."""

    files: int
    used_bytes: int
    arriving_bytes: int


class MediaTx(UnitOfWork):
    """The questions that media asks of its tables."""

    async def open_upload(self, upload: UploadId, new: NewUpload, *, by: UserId, at: datetime, until: datetime) -> None:
        """Keep what is announced of a file."""
        await self.execute(
            "insert into media.uploads (organization_id, upload_id, state, name, claimed_type, alt, language, licence,"
            " is_private, length, created_by, created_at, expires_at)"
            " values ($1, $2, 'receiving', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            self.organization, upload, new.name, new.claimed_type, new.alt, new.language, new.licence,
            new.is_private, new.length, by, at, until,
        )  # fmt: skip
        await self.execute(
            "insert into media.waiting (upload_id, organization_id, expires_at) values ($1, $2, $3)",
            upload, self.organization, until,
        )  # fmt: skip

    async def storage(self) -> Storage:
        """Return how much the organization holds, and how much is on its way."""
        row = await self.fetchrow(
            "select count(*) as files, coalesce(sum(size), 0)::bigint as used_bytes, (select coalesce(sum(length), 0)"
            " from media.uploads where organization_id = $1 and state in ('receiving', 'checking'))::bigint"
            " as arriving_bytes from media.assets where organization_id = $1",
            self.organization,
        )
        assert row is not None
        return Storage(files=row["files"], used_bytes=row["used_bytes"], arriving_bytes=row["arriving_bytes"])

    async def upload(self, upload: UploadId) -> StoredUpload | None:
        """Return an upload."""
        row = await self.fetchrow(
            "select * from media.uploads where organization_id = $1 and upload_id = $2", self.organization, upload
        )
        return _upload(row) if row else None

    async def add_part(self, upload: UploadId, part: Part, *, until: datetime) -> bool:
        """Keep a piece if it begins where the last one ended and nobody else was faster."""
        advanced = await self.execute(
            "update media.uploads set received = received + $4, expires_at = $5"
            " where organization_id = $1 and upload_id = $2 and received = $3 and state = 'receiving'",
            self.organization, upload, part.start, part.size, until,
        )  # fmt: skip
        if not advanced:
            return False
        await self.execute(
            "insert into media.parts (organization_id, upload_id, start, size, blob_key) values ($1, $2, $3, $4, $5)",
            self.organization, upload, part.start, part.size, part.blob_key,
        )  # fmt: skip
        await self.execute("update media.waiting set expires_at = $2 where upload_id = $1", upload, until)
        return True

    async def parts(self, upload: UploadId) -> list[Part]:
        """Return the pieces of an upload in their order."""
        rows = await self.fetch(
            "select start, size, blob_key from media.parts where organization_id = $1 and upload_id = $2"
            " order by start",
            self.organization, upload,
        )  # fmt: skip
        return [Part(start=row["start"], size=row["size"], blob_key=row["blob_key"]) for row in rows]

    async def begin_check(self, upload: UploadId) -> bool:
        """Note that a file is whole and waits to be checked; tell whether it did not wait before."""
        changed = await self.execute(
            "update media.uploads set state = 'checking'"
            " where organization_id = $1 and upload_id = $2 and state = 'receiving' and received = length",
            self.organization, upload,
        )  # fmt: skip
        if changed:
            await self.execute("delete from media.waiting where upload_id = $1", upload)
        return changed == 1

    async def end_upload(self, upload: UploadId, *, asset: AssetId | None, reason: str) -> None:
        """Note what became of a file."""
        await self.execute(
            "update media.uploads set state = case when $3::uuid is null then 'refused' else 'ready' end,"
            " asset_id = $3, reason = $4 where organization_id = $1 and upload_id = $2",
            self.organization, upload, asset, reason,
        )  # fmt: skip

    async def forget_parts(self, upload: UploadId) -> None:
        """Forget the pieces of an upload."""
        await self.execute(
            "delete from media.parts where organization_id = $1 and upload_id = $2", self.organization, upload
        )

    async def forget_upload(self, upload: UploadId) -> None:
        """Forget an upload with its pieces."""
        await self.forget_parts(upload)
        await self.execute(
            "delete from media.uploads where organization_id = $1 and upload_id = $2", self.organization, upload
        )
        await self.execute("delete from media.waiting where upload_id = $1", upload)

    async def overdue(self, *, at: datetime, limit: int = 500) -> list[tuple[OrganizationId, UploadId]]:
        """Return uploads of all organizations that paused too long."""
        rows = await self.fetch(
            "select organization_id, upload_id from media.waiting where expires_at < $1 order by expires_at limit $2",
            at, limit,
        )  # fmt: skip
        return [(OrganizationId(row["organization_id"]), UploadId(row["upload_id"])) for row in rows]

    async def add_asset(self, asset: Asset) -> AssetId:
        """Keep a file, or return the one with the same bytes that is there."""
        found: UUID = await self.fetchval(
            "insert into media.assets (organization_id, asset_id, sha256, is_private, name, content_type, size, alt,"
            " language, licence, note, created_by, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
            " on conflict (organization_id, sha256, is_private) do update set sha256 = excluded.sha256"
            " returning asset_id",
            self.organization, asset.asset_id, asset.sha256, asset.is_private, asset.name, asset.content_type,
            asset.size, asset.alt, asset.language, asset.licence, asset.note, asset.created_by, asset.created_at,
        )  # fmt: skip
        return AssetId(found)

    async def asset(self, asset: AssetId) -> Asset | None:
        """Return a file."""
        row = await self.fetchrow(
            "select * from media.assets where organization_id = $1 and asset_id = $2", self.organization, asset
        )
        return _asset(row) if row else None

    async def assets(self, *, q: str, after: UUID | None, limit: int) -> list[Asset]:
        """Return files, the last uploaded first; ids sort by the moment of their making."""
        rows = await self.fetch(
            "select * from media.assets where organization_id = $1 and ($2::uuid is null or asset_id < $2)"
            " and ($3 = '' or strpos(lower(name), lower($3)) > 0 or strpos(lower(alt), lower($3)) > 0)"
            " order by asset_id desc limit $4",
            self.organization, after, q, limit,
        )  # fmt: skip
        return [_asset(row) for row in rows]

    async def assets_with(self, hashes: list[str], *, is_private: bool = False) -> list[Asset]:
        """Return the files with some hashes, ordered by hash."""
        rows = await self.fetch(
            "select * from media.assets where organization_id = $1 and sha256 = any($2) and is_private = $3"
            " order by sha256",
            self.organization, hashes, is_private,
        )  # fmt: skip
        return [_asset(row) for row in rows]

    async def lock_files(self, hashes: list[str], *, to_delete: bool) -> None:
        """Keep holding and deleting the same bytes apart until the transaction ends."""
        lock = "pg_advisory_xact_lock" if to_delete else "pg_advisory_xact_lock_shared"
        await self.fetch(
            f"select {lock}(hashtextextended(key, 0)) from (select $1::uuid::text || sha256 as key"  # noqa: S608 (a constant)
            " from unnest($2::text[]) as named(sha256) order by 1) as ordered",
            self.organization, hashes,
        )  # fmt: skip

    async def hold(self, hashes: list[str], *, holder: UUID, title: str, place: str) -> None:
        """Note that a course uses files."""
        await self.execute(
            "insert into media.holds (organization_id, sha256, holder_id, place, title)"
            " select $1, sha256, $3, $4, $5 from unnest($2::text[]) as named(sha256)"
            " on conflict (organization_id, sha256, holder_id, place) do update set title = excluded.title",
            self.organization, sorted(set(hashes)), holder, place, title,
        )  # fmt: skip

    async def release(self, hashes: list[str], *, holder: UUID, place: str) -> None:
        """Note that a course does not use files any more."""
        await self.execute(
            "delete from media.holds where organization_id = $1 and sha256 = any($2) and holder_id = $3 and place = $4",
            self.organization, hashes, holder, place,
        )  # fmt: skip

    async def holders(self, sha256: str) -> list[Holder]:
        """Return who uses a file."""
        rows = await self.fetch(
            "select holder_id, title, place from media.holds where organization_id = $1 and sha256 = $2"
            " order by title, holder_id, place limit 100",
            self.organization, sha256,
        )  # fmt: skip
        return [Holder(course=row["holder_id"], title=row["title"], place=row["place"]) for row in rows]

    async def forget_asset(self, asset: AssetId) -> list[str]:
        """Forget a file with its captions; return the hashes of all that was kept of it."""
        rows = await self.fetch(
            "select distinct sha256 from media.captions where organization_id = $1 and asset_id = $2",
            self.organization, asset,
        )  # fmt: skip
        await self.execute(
            "delete from media.captions where organization_id = $1 and asset_id = $2", self.organization, asset
        )
        gone = await self.fetchrow(
            "delete from media.assets where organization_id = $1 and asset_id = $2 returning sha256, poster_sha256",
            self.organization, asset,
        )  # fmt: skip
        own = [gone["sha256"], gone["poster_sha256"]] if gone else []
        return [sha256 for sha256 in (*own, *(row["sha256"] for row in rows)) if sha256]

    async def still_needed(self, hashes: list[str], *, is_private: bool) -> set[str]:
        """Return those of some hashes whose bytes somebody needs."""
        rows = await self.fetch(
            "select sha256 from media.holds where organization_id = $1 and sha256 = any($2) and not $3"
            " union select sha256 from media.assets"
            " where organization_id = $1 and sha256 = any($2) and is_private = $3"
            " union select poster_sha256 from media.assets"
            " where organization_id = $1 and poster_sha256 = any($2) and is_private = $3"
            " union select c.sha256 from media.captions c join media.assets a using (organization_id, asset_id)"
            " where c.organization_id = $1 and c.sha256 = any($2) and a.is_private = $3",
            self.organization, hashes, is_private,
        )  # fmt: skip
        return {row["sha256"] for row in rows}

    async def change_asset(self, asset: AssetId, change: AssetChange, *, version: int) -> Asset | None:
        """Change the words about a file if its version is still this one."""
        row = await self.fetchrow(
            "update media.assets set name = coalesce($4, name), alt = coalesce($5, alt),"
            " language = coalesce($6, language), licence = coalesce($7, licence), version = version + 1"
            " where organization_id = $1 and asset_id = $2 and version = $3 returning *",
            self.organization, asset, version, change.name, change.alt, change.language, change.licence,
        )  # fmt: skip
        return _asset(row) if row else None

    async def note_film(
        self,
        asset: AssetId,
        *,
        note: str,
        profile: str,
        renditions: list[Rendition],
        duration_s: float | None = None,
        width: int | None = None,
        height: int | None = None,
        poster_sha256: str | None = None,
    ) -> None:
        """Keep what transcoding found out and made; what is None stays."""
        await self.execute(
            "update media.assets set note = $3, profile = $4, renditions = $5, duration_s = coalesce($6, duration_s),"
            " width = coalesce($7, width), height = coalesce($8, height),"
            " poster_sha256 = coalesce($9, poster_sha256) where organization_id = $1 and asset_id = $2",
            self.organization, asset, note, profile, renditions, duration_s, width, height, poster_sha256,
        )  # fmt: skip

    async def add_captions(self, new: Captions) -> None:
        """Keep the next version of the captions in one language; the versions before stay."""
        await self.execute(
            "insert into media.captions (organization_id, asset_id, language, version, label, body, sha256, created_by,"
            " created_at) select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8 from media.captions"
            " where organization_id = $1 and asset_id = $2 and language = $3",
            self.organization, new.asset_id, new.language, new.label, new.body, new.sha256, new.created_by,
            new.created_at,
        )  # fmt: skip

    async def captions(self, assets: list[AssetId]) -> list[Captions]:
        """Return the captions of films as they are now."""
        rows = await self.fetch(
            "select distinct on (asset_id, language) * from media.captions"
            " where organization_id = $1 and asset_id = any($2) order by asset_id, language, version desc",
            self.organization, assets,
        )  # fmt: skip
        return [_captions(row) for row in rows]

    async def caption_history(self, asset: AssetId, language: str) -> list[Captions]:
        """Return every version of the captions in one language, the latest first."""
        rows = await self.fetch(
            "select * from media.captions where organization_id = $1 and asset_id = $2 and language = $3"
            " order by version desc",
            self.organization, asset, language,
        )  # fmt: skip
        return [_captions(row) for row in rows]


def _upload(row: Record) -> StoredUpload:
    announced = NewUpload(**{name: row[name] for name in NewUpload.__struct_fields__})
    return StoredUpload(
        upload_id=UploadId(row["upload_id"]), state=row["state"], reason=row["reason"], announced=announced,
        received=row["received"], created_by=row["created_by"], expires_at=row["expires_at"], asset_id=row["asset_id"],
    )  # fmt: skip


def _asset(row: Record) -> Asset:
    plain = {name: row[name] for name in Asset.__struct_fields__ if name != "renditions"}
    return Asset(**plain, renditions=msgspec.convert(row["renditions"], list[Rendition]))


def _captions(row: Record) -> Captions:
    return Captions(**{name: row[name] for name in Captions.__struct_fields__})
