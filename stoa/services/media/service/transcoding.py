"""Films: a picture and a ladder of renditions where ffmpeg is there, the original and a plain word where it is not."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.contract import Job, OrganizationId
from stoa.kit.jobs import JobRun
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import logger
from stoa.services.media.contract import AssetId
from stoa.services.media.domain import ladder
from stoa.services.media.domain.assets import Asset, Rendition
from stoa.services.media.domain.keys import asset_key, private_key, rendition_key
from stoa.services.media.domain.ladder import PROFILE, Probe
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.programs import ProgramFailed, run
from stoa.services.media.store import MediaTx

log = logger("media")
_QUICK = timedelta(minutes=2)
NO_FFMPEG = "There is no ffmpeg on this machine: the film is played as it was uploaded."
NO_PICTURE = "No picture was found in the file: it is played as it was uploaded."
WAITING = "The renditions of the film are being made; until then it is played as it was uploaded."
Far = Callable[[float], Awaitable[None]]


class TranscodeFilm(Job, frozen=True, kw_only=True):
    """Make the picture and the ladder of a film."""

    type_: ClassVar[str] = "media.transcode_film"
    queue_: ClassVar[str] = "transcode"
    max_attempts_: ClassVar[int] = 3

    organization_id: OrganizationId
    asset: AssetId


class Transcoding:
    """Makes what players like better than the original."""

    def __init__(self, *, store: Store[MediaTx], blobs: Blobs, settings: MediaSettings) -> None:
        self._store, self._blobs, self._settings = store, blobs, settings

    @property
    def ffmpeg(self) -> str | None:
        """Return the program, None where there is none."""
        return shutil.which(self._settings.ffmpeg) if self._settings.ffmpeg else None

    async def transcode(self, *, organization: OrganizationId, asset: AssetId, run_: JobRun) -> None:
        """Make what is missing of a film's ladder; doing it again makes nothing twice."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.asset(asset)
        if found is None:
            return
        if self.ffmpeg is None:
            await self._note(organization, found, NO_FFMPEG, [])
            return
        await self._note(organization, found, WAITING, found.renditions)
        with tempfile.TemporaryDirectory(prefix="stoa-film-") as folder:
            await self._in_folder(organization, found, Path(folder), run_)

    async def _in_folder(self, organization: OrganizationId, asset: Asset, folder: Path, run_: JobRun) -> None:
        source = folder / "source"
        await self._fetch(_source_key(organization, asset), source)
        reader = ladder.reader_of(asset.content_type)
        try:
            report = await run([*self._named("ffprobe"), *ladder.probe_command(source, reader=reader)], within=_QUICK)
        except ProgramFailed:
            report = b""
        probe = ladder.read_probe(report)
        if probe is None:
            await self._note(organization, asset, NO_PICTURE, [])
            return
        poster = await self._poster(organization, asset, source, folder, probe, reader)
        wanted = ladder.rungs(probe)
        made: list[Rendition] = []
        failed: list[int] = []
        for number, rung in enumerate(wanted):

            async def tell(share: float, done: int = number, height: int = rung.height) -> None:
                await run_.progress(int(100 * (done + share)), 100 * len(wanted), f"Making {height}p")

            await tell(0)
            if await self._made(organization, asset, source, folder, rung, probe, reader, tell):
                made.append(rung)
                await self._publish(organization, asset, made, probe, poster)
            else:
                failed.append(rung.height)
        names = ", ".join(f"{height}p" for height in failed)
        note = f"These renditions could not be made: {names}." if failed else ""
        await self._note(organization, asset, note, made)

    async def _made(
        self,
        organization: OrganizationId,
        asset: Asset,
        source: Path,
        folder: Path,
        rung: Rendition,
        probe: Probe,
        reader: list[str],
        tell: Far,
    ) -> bool:
        """Make one rung unless it is there; its playlist is stored last, so a rung with a playlist is whole."""
        last = _rendition_key(organization, asset, f"{rung.height}/list.m3u8")
        if await self._has(last):
            return True

        async def listen(line: bytes) -> None:
            done_s = ladder.seconds_done(line)
            if done_s is not None and probe.duration_s > 0:
                await tell(min(1.0, done_s / probe.duration_s))

        into = folder / str(rung.height)
        await asyncio.to_thread(into.mkdir)
        threads = self._settings.transcode_threads
        command = ladder.rung_command(source, into, rung, probe, reader=reader, threads=threads)
        try:
            await run([*self._named("ffmpeg"), *command], within=self._settings.transcode_limit, on_line=listen)
        except ProgramFailed as problem:
            log.warning("media.rung_failed", asset=str(asset.asset_id), height=rung.height, why=problem.detail[:300])
            return False
        for file in sorted(into.iterdir(), key=lambda one: one.suffix == ".m3u8"):
            await self._blobs.put(_rendition_key(organization, asset, f"{rung.height}/{file.name}"), file)
        await asyncio.to_thread(shutil.rmtree, into)
        return True

    async def _publish(
        self,
        organization: OrganizationId,
        asset: Asset,
        made: list[Rendition],
        probe: Probe,
        poster: str | None,
    ) -> None:
        key = _rendition_key(organization, asset, "index.m3u8")
        await self._blobs.put(key, ladder.playlist(made).encode())
        async with self._store.transaction(organization=organization) as tx:
            await tx.note_film(
                asset.asset_id, note=WAITING, profile=PROFILE, renditions=made, duration_s=probe.duration_s,
                width=probe.width, height=probe.height, poster_sha256=poster,
            )  # fmt: skip

    async def _poster(
        self,
        organization: OrganizationId,
        asset: Asset,
        source: Path,
        folder: Path,
        probe: Probe,
        reader: list[str],
    ) -> str | None:
        picture = folder / "poster.jpg"
        try:
            command = ladder.poster_command(source, picture, probe, reader=reader)
            await run([*self._named("ffmpeg"), *command], within=_QUICK)
            data = await asyncio.to_thread(picture.read_bytes)
        except (ProgramFailed, FileNotFoundError):
            return None
        sha256 = hashlib.sha256(data).hexdigest()
        key = private_key(organization, sha256) if asset.is_private else asset_key(organization, sha256)
        await self._blobs.put(key, data)
        return sha256

    async def _note(self, organization: OrganizationId, asset: Asset, note: str, renditions: list[Rendition]) -> None:
        async with self._store.transaction(organization=organization) as tx:
            await tx.note_film(asset.asset_id, note=note, profile=PROFILE if renditions else "", renditions=renditions)

    async def _fetch(self, key: str, into: Path) -> None:
        with into.open("wb") as file:
            async for piece in self._blobs.open(key):
                await asyncio.to_thread(file.write, piece)

    async def _has(self, key: str) -> bool:
        try:
            await self._blobs.head(key)
        except BlobNotFound:
            return False
        return True

    def _named(self, program: str) -> list[str]:
        ffmpeg = Path(self.ffmpeg or "ffmpeg")
        return [str(ffmpeg if program == "ffmpeg" else ffmpeg.with_name("ffprobe"))]


def _source_key(organization: OrganizationId, asset: Asset) -> str:
    make = private_key if asset.is_private else asset_key
    return make(organization, asset.sha256)


def _rendition_key(organization: OrganizationId, asset: Asset, name: str) -> str:
    return rendition_key(organization, asset.sha256, profile=PROFILE, name=name, is_private=asset.is_private)
