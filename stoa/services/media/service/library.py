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
from stoa.services.media.contract import AssetId, AssetNotFound, CaptionsInvalid, CaptionsNotFound
from stoa.services.media.domain import captions
from stoa.services.media.domain.assets import Asset, AssetChange, AssetView, CaptionTrack
from stoa.services.media.domain.captions import Cue
from stoa.services.media.domain.keys import asset_key, private_key
from stoa.services.media.service.delivery import Delivery
from stoa.services.media.store import Captions, MediaTx

NEWEST = Cursor("media.assets", UUID)


class Transcript(Struct, frozen=True, kw_only=True):
    """What is said in a film, by cues and as one text."""

    language: str
    cues: list[Cue]
    text: str


class Library:
    """What authors know of their files."""

    def __init__(self, *, store: Store[MediaTx], blobs: Blobs, clock: Clock, delivery: Delivery) -> None:
        self._store, self._blobs, self._clock, self._delivery = store, blobs, clock, delivery

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
        key = private_key(organization, sha256) if found.is_private else asset_key(organization, sha256)
        await self._blobs.put(key, data)
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
        base = url(asset.sha256, "x").removesuffix("/x")
        return AssetView(
            asset_id=asset.asset_id, name=asset.name, alt=asset.alt, language=asset.language, licence=asset.licence,
            content_type=asset.content_type, size=asset.size, sha256=asset.sha256, url=url(asset.sha256, asset.name),
            is_private=asset.is_private, captions=shown,
            hls_url=f"{base}/hls/{asset.profile}/index.m3u8" if asset.renditions else "",
            poster_url=url(asset.poster_sha256, "poster.jpg") if asset.poster_sha256 else "",
            renditions=asset.renditions, duration_s=asset.duration_s, width=asset.width, height=asset.height,
            note=asset.note, version=asset.version, created_at=asset.created_at,
        )  # fmt: skip
