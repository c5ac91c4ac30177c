"""What other services ask of media: how films play, what authors said about files, and who uses them."""

import hashlib
from uuid import UUID

import msgspec

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.store import Store
from stoa.services.media.contract import (
    AssetId,
    CaptionText,
    FileWords,
    Film,
    FilmTrack,
    Place,
)
from stoa.services.media.domain import captions
from stoa.services.media.domain.assets import Asset
from stoa.services.media.domain.keys import asset_key
from stoa.services.media.domain.types import SNIFFED_BYTES, family, sniff
from stoa.services.media.service.delivery import Delivery
from stoa.services.media.service.transcoding import TranscodeFilm
from stoa.services.media.store import Captions, MediaTx


class Sharing:
    """The side of media that faces courses and their learners."""

    def __init__(self, *, store: Store[MediaTx], blobs: Blobs, clock: Clock, delivery: Delivery) -> None:
        self._store, self._blobs, self._clock, self._delivery = store, blobs, clock, delivery

    async def films_of(self, *, organization: OrganizationId, files: list[str], viewer: UserId | None) -> list[Film]:
        """Return the films among some files, their ladders under a grant for the viewer."""
        async with self._store.reading(organization=organization) as tx:
            found = [asset for asset in await tx.assets_with(files) if family(asset.content_type) == "video"]
            tracks = await tx.captions([film.asset_id for film in found]) if found else []
        return [self._film(organization, film, tracks, viewer) for film in found]

    async def words_of(self, *, organization: OrganizationId, files: list[str]) -> list[FileWords]:
        """Return what is known of the uploads among some files."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.assets_with(files)
            tracks = await tx.captions([asset.asset_id for asset in found]) if found else []
        return [
            FileWords(
                sha256=asset.sha256, name=asset.name, content_type=asset.content_type, size=asset.size, alt=asset.alt,
                language=asset.language, licence=asset.licence,
                captions=[
                    CaptionText(language=track.language, label=track.label, body=track.body)
                    for track in tracks
                    if track.asset_id == asset.asset_id
                ],
            )
            for asset in found
        ]  # fmt: skip

    async def adopt(self, *, organization: OrganizationId, files: list[FileWords], by: UserId | None) -> None:
        """Take files in that a package brought; captions come along where the file has none in their language."""
        for file in files:
            content_type, size = await self._found(asset_key(organization, file.sha256), file.name)
            # A package is a stranger's word: the type is what the bytes say, captions are read before they are kept.
            texts = {track.language: captions.to_webvtt(track.body) for track in file.captions}
            for body in texts.values():
                await self._blobs.put(asset_key(organization, _hash_of(body)), body.encode())
            tracks = [
                CaptionText(language=track.language, label=track.label, body=texts[track.language])
                for track in file.captions
                if captions.LANGUAGE.fullmatch(track.language)
            ]
            true = msgspec.structs.replace(file, content_type=content_type, size=size, captions=tracks)
            async with self._store.transaction(organization=organization) as tx:
                await self._keep(tx, organization, true, by=by)

    async def hold(
        self, *, organization: OrganizationId, holder: UUID, title: str, place: Place, files: list[str]
    ) -> None:
        """Keep files from being deleted."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.lock_files(files, to_delete=False)
            await tx.hold(files, holder=holder, title=title, place=place)

    async def release(self, *, organization: OrganizationId, holder: UUID, place: Place, files: list[str]) -> None:
        """Let go of files."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.release(files, holder=holder, place=place)

    async def _found(self, key: str, name: str) -> tuple[str, int]:
        head = await self._blobs.head(key)
        pieces = [piece async for piece in self._blobs.open(key, end=min(head.size, SNIFFED_BYTES))]
        return sniff(b"".join(pieces), name=name), head.size

    async def _keep(self, tx: MediaTx, organization: OrganizationId, file: FileWords, *, by: UserId | None) -> None:
        now = self._clock.now()
        new = AssetId(new_id())
        asset = await tx.add_asset(
            Asset(
                asset_id=new, sha256=file.sha256, is_private=False, name=file.name, content_type=file.content_type,
                size=file.size, alt=file.alt, language=file.language, licence=file.licence, note="", duration_s=None,
                width=None, height=None, poster_sha256=None, profile="", renditions=[], version=1, created_by=by,
                created_at=now,
            )
        )  # fmt: skip
        known = {track.language for track in await tx.captions([asset])}
        for track in file.captions:
            if track.language not in known:
                await tx.add_captions(
                    Captions(
                        asset_id=asset, language=track.language, version=0, label=track.label, body=track.body,
                        sha256=_hash_of(track.body), created_by=by, created_at=now,
                    )
                )  # fmt: skip
        if asset == new and family(file.content_type) == "video":
            tx.enqueue(TranscodeFilm(organization_id=organization, asset=asset), lock=f"media.film:{asset}")

    def _film(self, organization: OrganizationId, film: Asset, tracks: list[Captions], viewer: UserId | None) -> Film:
        return Film(
            sha256=film.sha256,
            ladder_url=self._delivery.ladder_of(organization, film, viewer=viewer) if viewer else "",
            poster_url=self._delivery.url_of(organization, film.poster_sha256, "poster.jpg")
            if film.poster_sha256
            else "",
            captions=[
                FilmTrack(
                    language=track.language,
                    label=track.label,
                    url=self._delivery.url_of(organization, track.sha256, f"{track.language}.vtt"),
                )
                for track in tracks
                if track.asset_id == film.asset_id
            ],
            duration_s=film.duration_s,
            note=film.note,
        )


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
