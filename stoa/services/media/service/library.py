"""The files of an organization: what is known of them, their captions and transcripts."""

import hashlib
from uuid import UUID

import msgspec

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Page, Struct, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.http.cursor import Cursor, PageQuery
from stoa.kit.store import Store
from stoa.services.media.contract import AssetId, AssetInUse, AssetNotFound, CaptionsInvalid, CaptionsNotFound
from stoa.services.media.domain import captions
from stoa.services.media.domain.assets import Asset, AssetChange, AssetView, CaptionTrack
from stoa.services.media.domain.captions import Cue
from stoa.services.media.domain.keys import asset_key, private_key, rendition_key
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.delivery import Delivery
from stoa.services.media.store import Captions, Holder, MediaTx

NEWEST = Cursor("media.assets", UUID)


class Transcript(Struct, frozen=True, kw_only=True):
    """What is said in a film, by cues and as one text."""

    language: str
    cues: list[Cue]
    text: str


class StorageView(Struct, frozen=True, kw_only=True):
    """How much an organization holds in uploaded files, what is on its way, and how much it may hold."""

    files: int
    used_bytes: int
    arriving_bytes: int
    quota_bytes: int


class Library:
    """What authors know of their files."""

    def __init__(
        self, *, store: Store[MediaTx], blobs: Blobs, clock: Clock, delivery: Delivery, settings: MediaSettings
    ) -> None:
        self._store, self._blobs, self._clock, self._delivery = store, blobs, clock, delivery
        self._quota = settings.quota_bytes

    async def assets(self, *, organization: OrganizationId, viewer: UserId, q: str, page: PageQuery) -> Page[AssetView]:
        """Return files, the last uploaded first."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.assets(q=q.strip(), after=NEWEST.read(page.cursor), limit=page.fetch)
            tracks = await tx.captions([asset.asset_id for asset in found])
        views = [self._view(organization, viewer, asset, tracks) for asset in found]
        return NEWEST.page(views, page, key=lambda one: one.asset_id)

    async def asset(self, *, organization: OrganizationId, viewer: UserId, asset: AssetId) -> AssetView:
        """Return one file."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.asset(asset)
            tracks = await tx.captions([asset])
        if found is None:
            raise AssetNotFound
        return self._view(organization, viewer, found, tracks)

    async def change(
        self,
        *,
        organization: OrganizationId,
        viewer: UserId,
        asset: AssetId,
        change: AssetChange,
        version: int,
    ) -> AssetView:
        """Change the words about a file, if nobody else did meanwhile."""
        async with self._store.transaction(organization=organization) as tx:
            changed = await tx.change_asset(asset, change, version=version)
        current = await self.asset(organization=organization, viewer=viewer, asset=asset)
        if changed is None:
            raise PreconditionFailed(fields={"current": msgspec.to_builtins(current)})
        return current

    async def delete(self, *, organization: OrganizationId, asset: AssetId) -> None:
        """Delete a file with all that was made of it, unless a course uses it."""
        async with self._store.transaction(organization=organization) as tx:
            found = await tx.asset(asset)
            if found is None:
                raise AssetNotFound
            await tx.lock_files([found.sha256], to_delete=True)
            holders = [] if found.is_private else await tx.holders(found.sha256)
            if holders:
                raise AssetInUse(_used_by(holders), fields={"used_by": msgspec.to_builtins(holders)})
            hashes = await tx.forget_asset(asset)
        # The rows are gone for good before any byte is: what is left behind by a crash is bytes that nobody sees.
        async with self._store.transaction(organization=organization) as tx:
            await tx.lock_files(hashes, to_delete=True)
            gone = set(hashes) - await tx.still_needed(hashes, is_private=found.is_private)
            for sha256 in sorted(gone):
                await self._blobs.delete(_key(organization, sha256, is_private=found.is_private))
            if found.sha256 in gone:
                base = rendition_key(organization, found.sha256, profile="", name="", is_private=found.is_private)
                async for rendition in self._blobs.list(base.rstrip("/")):
                    await self._blobs.delete(rendition.key)

    async def storage(self, *, organization: OrganizationId) -> StorageView:
        """Return how much the organization holds and may hold."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.storage()
        return StorageView(
            files=found.files, used_bytes=found.used_bytes, arriving_bytes=found.arriving_bytes,
            quota_bytes=self._quota,
        )  # fmt: skip

    async def put_captions(
        self,
        *,
        organization: OrganizationId,
        author: UserId,
        asset: AssetId,
        language: str,
        label: str,
        text: str,
    ) -> AssetView:
        """Give a film captions in a language; the versions before stay known."""
        if not captions.LANGUAGE.fullmatch(language):
            raise CaptionsInvalid(f"{language[:40]!r} is no language tag such as en or pt-BR.")
        found = await self.asset(organization=organization, viewer=author, asset=asset)
        body = captions.to_webvtt(text)
        data = body.encode()
        sha256 = hashlib.sha256(data).hexdigest()
        await self._blobs.put(_key(organization, sha256, is_private=found.is_private), data)
        new = Captions(
            asset_id=asset, language=language, version=0, label=label or language, body=body, sha256=sha256,
            created_by=author, created_at=self._clock.now(),
        )  # fmt: skip
        async with self._store.transaction(organization=organization) as tx:
            await tx.add_captions(new)
        return await self.asset(organization=organization, viewer=author, asset=asset)

    async def transcript(self, *, organization: OrganizationId, asset: AssetId, language: str) -> Transcript:
        """Return what is said in a film; without a language, in the first there is."""
        async with self._store.reading(organization=organization) as tx:
            tracks = await tx.captions([asset])
        chosen = next((track for track in tracks if not language or track.language == language), None)
        if chosen is None:
            raise CaptionsNotFound
        said = captions.cues(chosen.body)
        return Transcript(language=chosen.language, cues=said, text="\n".join(cue.text for cue in said))

    async def caption_history(self, *, organization: OrganizationId, asset: AssetId, language: str) -> list[Captions]:
        """Return every version of the captions in a language, the latest first."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.caption_history(asset, language)
        if not found:
            raise CaptionsNotFound
        return found

    def _view(self, organization: OrganizationId, viewer: UserId, asset: Asset, tracks: list[Captions]) -> AssetView:
        leave = viewer if asset.is_private else None

        def url(sha256: str, name: str) -> str:
            return self._delivery.url_of(organization, sha256, name, viewer=leave)

        shown = [
            CaptionTrack(
                language=track.language,
                label=track.label,
                url=url(track.sha256, f"{track.language}.vtt"),
                version=track.version,
            )
            for track in tracks
            if track.asset_id == asset.asset_id
        ]
        return AssetView(
            asset_id=asset.asset_id, name=asset.name, alt=asset.alt, language=asset.language, licence=asset.licence,
            content_type=asset.content_type, size=asset.size, sha256=asset.sha256, url=url(asset.sha256, asset.name),
            is_private=asset.is_private, captions=shown,
            hls_url=self._delivery.ladder_of(organization, asset, viewer=viewer),
            poster_url=url(asset.poster_sha256, "poster.jpg") if asset.poster_sha256 else "",
            renditions=asset.renditions, duration_s=asset.duration_s, width=asset.width, height=asset.height,
            note=asset.note, version=asset.version, created_at=asset.created_at,
        )  # fmt: skip


def _key(organization: OrganizationId, sha256: str, *, is_private: bool) -> str:
    return private_key(organization, sha256) if is_private else asset_key(organization, sha256)


def _used_by(holders: list[Holder]) -> str:
    places = {"draft": "the draft of", "published": "what was published of"}
    named = [f"{places.get(holder.place, holder.place)} “{holder.title}”" for holder in holders[:5]]
    more = f" and {len(holders) - 5} more" if len(holders) > 5 else ""
    return f"It is used by {', '.join(named)}{more}."
