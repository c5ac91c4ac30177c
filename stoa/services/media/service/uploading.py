"""Uploads that may stop anywhere and go on: each piece is safe before it is acknowledged."""

import hashlib
from collections.abc import AsyncIterator
from typing import ClassVar
from uuid import uuid4

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, UserId, new_id
from stoa.kit.errors import Malformed
from stoa.kit.scanning import Scanner, TooLargeToScan
from stoa.kit.store import Store
from stoa.services.media.contract import (
    AssetId,
    ChecksumMismatch,
    QuotaExceeded,
    TypeNotAllowed,
    UploadId,
    UploadMalformed,
    UploadNotFound,
    UploadTooLarge,
    WrongOffset,
)
from stoa.services.media.domain.assets import Asset, NewUpload, Part, StoredUpload
from stoa.services.media.domain.keys import asset_key, part_key, private_key
from stoa.services.media.domain.tus import Checksum
from stoa.services.media.domain.types import SNIFFED_BYTES, agrees, family, is_allowed, plain_type, sniff
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.transcoding import TranscodeFilm
from stoa.services.media.store import MediaTx

# What a broken connection can cost, and what one upload holds in memory.
PIECE_BYTES = 4 * 1024 * 1024


class CheckUpload(Job, frozen=True, kw_only=True):
    """Put a whole file together, see what it is, and take it in or refuse it."""

    type_: ClassVar[str] = "media.check_upload"
    # A scanner that is away for an hour leaves files in quarantine, not refused.
    max_attempts_: ClassVar[int] = 20

    organization_id: OrganizationId
    upload: UploadId


class Uploading:
    """Files on their way in: announced, received in pieces, checked, and only then visible."""

    def __init__(
        self, *, store: Store[MediaTx], blobs: Blobs, clock: Clock, settings: MediaSettings, scanner: Scanner
    ) -> None:
        self._store, self._blobs, self._clock, self._settings = store, blobs, clock, settings
        self._scanner = scanner

    async def begin(self, *, organization: OrganizationId, user: UserId, new: NewUpload) -> StoredUpload:
        """Announce a file; what is too large, does not fit any more or is of a type that is not taken ends here."""
        limit = self._settings.max_upload_bytes
        if new.length < 1:
            raise UploadMalformed("A file has at least one byte.")
        if new.length > limit:
            raise UploadTooLarge(f"A file has at most {limit:,} bytes.", fields={"limit_bytes": limit})
        claimed = plain_type(new.claimed_type)
        if claimed and not is_allowed(claimed):
            raise TypeNotAllowed(f"Files of the type {claimed} are not taken.", fields={"content_type": claimed})
        upload, now = UploadId(new_id()), self._clock.now()
        until = now + self._settings.upload_lasts
        async with self._store.transaction(organization=organization) as tx:
            storage, quota = await tx.storage(), self._settings.quota_bytes
            used = storage.used_bytes + storage.arriving_bytes
            if used + new.length > quota:
                raise QuotaExceeded(
                    f"The file has {new.length:,} bytes and the organization has {max(0, quota - used):,} left.",
                    hint="Ask an administrator for more room, or upload a smaller file.",
                    fields={"quota_bytes": quota, "used_bytes": used, "length": new.length},
                )
            await tx.open_upload(upload, new, by=user, at=now, until=until)
        return await self.state(organization=organization, user=user, upload=upload)

    async def state(self, *, organization: OrganizationId, user: UserId, upload: UploadId) -> StoredUpload:
        """Return how far somebody's own upload is."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.upload(upload)
        is_over = found is not None and found.state == "receiving" and found.expires_at < self._clock.now()
        if found is None or found.created_by != user or is_over:
            raise UploadNotFound
        return found

    async def receive(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        upload: UploadId,
        offset: int,
        chunks: AsyncIterator[bytes],
        checksum: Checksum | None,
    ) -> StoredUpload:
        """Take a piece in; without a checksum, what came before a connection broke is kept."""
        known = await self.state(organization=organization, user=user, upload=upload)
        if known.received != offset or known.state != "receiving":
            raise WrongOffset(f"The upload is at {known.received}.", fields={"offset": known.received})
        receiving = _Receiving(self, organization, known)
        try:
            async for chunk in chunks:
                if checksum is not None:
                    checksum.update(chunk)
                await receiving.take(chunk, at_once=checksum is None)
        except Malformed:
            if checksum is None:
                await receiving.end()
            raise
        finally:
            if checksum is not None and not checksum.is_right():
                await receiving.discard()
        if checksum is not None and not checksum.is_right():
            raise ChecksumMismatch(fields={"offset": offset})
        await receiving.end()
        return await self.state(organization=organization, user=user, upload=upload)

    async def give_up(self, *, organization: OrganizationId, user: UserId, upload: UploadId) -> None:
        """Forget an upload and all that came of it."""
        await self.state(organization=organization, user=user, upload=upload)
        await self._forget(organization, upload)

    async def sweep(self) -> int:
        """Forget the uploads that paused too long."""
        async with self._store.reading(organization=None) as tx:
            overdue = await tx.overdue(at=self._clock.now())
        for organization, upload in overdue:
            await self._forget(organization, upload)
        return len(overdue)

    async def check(self, *, organization: OrganizationId, upload: UploadId) -> None:
        """Take a whole file in, or refuse it with a reason; doing it again changes nothing."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.upload(upload)
            parts = await tx.parts(upload)
        if found is None or found.state != "checking":
            return
        new = found.announced
        beginning = await self._beginning(parts)
        content_type = sniff(beginning, name=new.name)
        reason = _objection(new, content_type) or await self._infection(parts)
        if reason:
            await self._end(organization, upload, parts, asset=None, reason=reason, is_film=False)
            return
        sha256 = await self._hash(parts)
        await self._keep(organization, new.is_private, parts, sha256=sha256)
        asset = Asset(
            asset_id=AssetId(new_id()), sha256=sha256, is_private=new.is_private, name=new.name,
            content_type=content_type, size=new.length, alt=new.alt, language=new.language, licence=new.licence,
            note="", duration_s=None, width=None, height=None, poster_sha256=None, profile="", renditions=[],
            version=1, created_by=found.created_by, created_at=self._clock.now(),
        )  # fmt: skip
        is_film = family(content_type) == "video"
        await self._end(organization, upload, parts, asset=asset, reason="", is_film=is_film)

    async def _infection(self, parts: list[Part]) -> str:
        """Return why the scanner refuses a file; while it does not answer, the file stays in quarantine."""
        try:
            found = await self._scanner.scan(self._all_of(parts))
        except TooLargeToScan:
            return "The file is larger than the scanner for malicious software takes."
        return f"The scanner found malicious software in the file: {found}." if found else ""

    async def keep_parts(self, organization: OrganizationId, upload: UploadId, parts: list[Part]) -> bool:
        """Acknowledge pieces that are safely stored; the last one sets the check going."""
        until = self._clock.now() + self._settings.upload_lasts
        async with self._store.transaction(organization=organization) as tx:
            for part in parts:
                if not await tx.add_part(upload, part, until=until):
                    return False
            if await tx.begin_check(upload):
                tx.enqueue(CheckUpload(organization_id=organization, upload=upload), lock=f"media.upload:{upload}")
        return True

    async def store_part(self, organization: OrganizationId, upload: UploadId, start: int, data: bytes) -> Part:
        """Store a piece under a key of its own, so that two senders never overwrite each other."""
        key = part_key(organization, upload, start, uuid4().hex)
        await self._blobs.put(key, data)
        return Part(start=start, size=len(data), blob_key=key)

    async def drop_blobs(self, parts: list[Part]) -> None:
        """Remove stored pieces."""
        for part in parts:
            await self._blobs.delete(part.blob_key)

    async def _end(
        self,
        organization: OrganizationId,
        upload: UploadId,
        parts: list[Part],
        *,
        asset: Asset | None,
        reason: str,
        is_film: bool,
    ) -> None:
        async with self._store.transaction(organization=organization) as tx:
            kept = await tx.add_asset(asset) if asset else None
            await tx.end_upload(upload, asset=kept, reason=reason)
            await tx.forget_parts(upload)
            if kept is not None and is_film:
                tx.enqueue(TranscodeFilm(organization_id=organization, asset=kept), lock=f"media.film:{kept}")
        if asset is not None:
            # The same bytes may have been deleted between their keeping and now; from now on they are held by the row.
            await self._keep(organization, asset.is_private, parts, sha256=asset.sha256)
        await self.drop_blobs(parts)

    async def _forget(self, organization: OrganizationId, upload: UploadId) -> None:
        async with self._store.transaction(organization=organization) as tx:
            parts = await tx.parts(upload)
            await tx.forget_upload(upload)
        await self.drop_blobs(parts)

    async def _hash(self, parts: list[Part]) -> str:
        digest = hashlib.sha256()
        async for piece in self._all_of(parts):
            digest.update(piece)
        return digest.hexdigest()

    async def _keep(self, organization: OrganizationId, is_private: bool, parts: list[Part], *, sha256: str) -> None:
        key = private_key(organization, sha256) if is_private else asset_key(organization, sha256)
        try:
            await self._blobs.head(key)
        except BlobNotFound:
            await self._blobs.put(key, self._all_of(parts))

    async def _all_of(self, parts: list[Part]) -> AsyncIterator[bytes]:
        for part in parts:
            async for piece in self._blobs.open(part.blob_key):
                yield piece

    async def _beginning(self, parts: list[Part]) -> bytes:
        found = b""
        async for piece in self._all_of(parts):
            found += piece
            if len(found) >= SNIFFED_BYTES:
                break
        return found[:SNIFFED_BYTES]


class _Receiving:
    """One request's bytes, gathered into pieces."""

    def __init__(self, uploading: Uploading, organization: OrganizationId, known: StoredUpload) -> None:
        self._uploading, self._organization, self._known = uploading, organization, known
        self._buffer = bytearray()
        self._at = known.received
        self._stored: list[Part] = []

    async def take(self, chunk: bytes, *, at_once: bool) -> None:
        self._buffer += chunk
        if self._at + len(self._buffer) > self._known.announced.length:
            await self.discard()
            raise UploadTooLarge(f"Only {self._known.announced.length:,} bytes were announced.")
        if len(self._buffer) >= PIECE_BYTES:
            await self._store()
            if at_once:
                await self._keep()

    async def end(self) -> None:
        if self._buffer:
            await self._store()
        if self._stored:
            await self._keep()

    async def discard(self) -> None:
        stored, self._stored = self._stored, []
        self._buffer.clear()
        await self._uploading.drop_blobs(stored)

    async def _store(self) -> None:
        upload, data = self._known.upload_id, bytes(self._buffer)
        self._stored.append(await self._uploading.store_part(self._organization, upload, self._at, data))
        self._at += len(data)
        self._buffer.clear()

    async def _keep(self) -> None:
        stored, self._stored = self._stored, []
        if not await self._uploading.keep_parts(self._organization, self._known.upload_id, stored):
            await self._uploading.drop_blobs(stored)
            raise WrongOffset("Somebody else sends the same upload.")


def _objection(new: NewUpload, content_type: str) -> str:
    """Return why a file is refused, empty where it is taken."""
    if not is_allowed(content_type):
        return f"The file is of the type {content_type}, which is not taken."
    if not agrees(new.claimed_type, content_type):
        return f"The file is called {plain_type(new.claimed_type)}, and what is in it is {content_type}."
    return ""
