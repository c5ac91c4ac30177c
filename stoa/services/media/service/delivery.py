"""Delivering files: who holds the address of a course's file may fetch it, a private one needs a grant."""

import re
from collections import OrderedDict
from datetime import timedelta

from starlette.responses import Response

from stoa.kit.blobs import BlobHead, BlobNotFound, Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.errors import NotFound
from stoa.kit.http.delivery import HARMLESS, BlobResponse
from stoa.services.media.domain import grants
from stoa.services.media.domain.assets import Asset
from stoa.services.media.domain.keys import asset_key, media_url, private_key, rendition_key, signed_media_url
from stoa.services.media.domain.types import SNIFFED_BYTES, SVG, sniff
from stoa.services.media.policy import MediaSettings

FOR_EVER = "max-age=31536000, immutable"
_SHORT = "max-age=5"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RENDITION = re.compile(r"hls/([a-z0-9-]{1,20})/((?:[a-z0-9_-]{1,40}/)?[a-z0-9_-]{1,40}\.(m3u8|m4s|mp4|ts))")
_RENDITION_TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "ts": "video/mp2t",
}
# Chrome shows no PDF in a sandbox; its viewer runs apart from our pages and the file runs nothing of ours.
_PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
_PLAYED_POLICY = f"{HARMLESS}; img-src 'self'; media-src 'self'"
# Pages in the sandbox of the content origin have no origin of their own, and addresses carry all the rights there are.
_SHARED = {"cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*"}


class Delivery:
    """Answers for `/media/…`, asking nothing but the blobs; what a file is, is remembered by its hash."""

    def __init__(self, *, blobs: Blobs, clock: Clock, secret: bytes, settings: MediaSettings) -> None:
        self._blobs, self._clock, self._secret = blobs, clock, secret
        self._remembered, self._grant_lasts = settings.remembered_types, settings.grant_lasts
        self._types: OrderedDict[tuple[str, str], str] = OrderedDict()

    def url_of(self, organization: OrganizationId, sha256: str, name: str, *, viewer: UserId | None = None) -> str:
        """Return the address of a file, under a grant for the viewer where the file is private."""
        if viewer is None:
            return media_url(organization, sha256, name)
        return signed_media_url(organization, sha256, name, grant=self._token(organization, sha256, viewer))

    def ladder_of(self, organization: OrganizationId, film: Asset, *, viewer: UserId) -> str:
        """Return the address of a film's playlists and all their segments under one grant; empty without a ladder."""
        if not film.renditions:
            return ""
        token = self._token(organization, film.sha256, viewer, lasts=timedelta(seconds=film.duration_s or 0))
        base = signed_media_url(organization, film.sha256, "x", grant=token).removesuffix("/x")
        return f"{base}/hls/{film.profile}/index.m3u8"

    def _token(
        self, organization: OrganizationId, sha256: str, viewer: UserId, *, lasts: timedelta = timedelta(0)
    ) -> str:
        # Twice the film leaves room for pauses; on the full hour, so that a page that is read again is the same page.
        until = self._clock.now() + max(self._grant_lasts, 2 * lasts)
        until = until.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        grant = grants.Grant(viewer=viewer, until=until)
        return grants.sign(self._secret, grant, organization=organization, sha256=sha256)

    async def file(self, *, organization: OrganizationId, sha256: str, name: str) -> Response:
        """Answer with a file whose address is its right: 64 hex digits nobody guesses; a ladder needs a grant."""
        if _RENDITION.fullmatch(name):
            raise NotFound("This address is not valid without a grant.", hint="Open the page of the film.")
        return await self._answer(organization, sha256, name, is_private=False)

    async def private_file(self, *, organization: OrganizationId, grant: str, sha256: str, name: str) -> Response:
        """Answer with a private file, or a piece of a ladder, to whoever holds a grant that is not over."""
        if not _SHA256.fullmatch(sha256):
            raise NotFound
        now = self._clock.now()
        if grants.read(self._secret, grant, organization=organization, sha256=sha256, now=now) is None:
            raise NotFound("This address is not valid any more.", hint="Open the page again to get a new one.")
        return await self._answer(organization, sha256, name, is_private=True)

    async def _answer(
        self,
        organization: OrganizationId,
        sha256: str,
        name: str,
        *,
        is_private: bool,
    ) -> Response:
        if not _SHA256.fullmatch(sha256):
            raise NotFound
        rendition = _RENDITION.fullmatch(name)
        if rendition is not None:
            return await self._rendition(organization, sha256, rendition)
        if not name or "/" in name:
            raise NotFound
        key = private_key(organization, sha256) if is_private else asset_key(organization, sha256)
        head = await self._blobs.head(key)
        content_type = await self._type_of(head, sha256, name)
        return BlobResponse(
            self._blobs,
            head,
            content_type=_with_charset(content_type),
            cache_control=f"{'private' if is_private else 'public'}, {FOR_EVER}",
            etag=f'"{sha256}"',
            headers=_SHARED,
            inline=True if content_type == SVG else None,
            policy=_policy(content_type),
        )

    async def _rendition(self, organization: OrganizationId, sha256: str, found: re.Match[str]) -> Response:
        head = await self._rendition_head(organization, sha256, profile=found[1], name=found[2])
        # The playlist of playlists grows while rungs are added; a segment never changes.
        age = _SHORT if found[3] == "m3u8" else FOR_EVER
        return BlobResponse(
            self._blobs,
            head,
            content_type=_RENDITION_TYPES[found[3]],
            cache_control=f"private, {age}",
            headers=_SHARED,
            inline=True,
        )

    async def _rendition_head(self, organization: OrganizationId, sha256: str, *, profile: str, name: str) -> BlobHead:
        """Return a piece of the ladder of a course's film, else of a private one: equal bytes, equal leave."""
        try:
            return await self._blobs.head(rendition_key(organization, sha256, profile=profile, name=name))
        except BlobNotFound:
            key = rendition_key(organization, sha256, profile=profile, name=name, is_private=True)
            return await self._blobs.head(key)

    async def _type_of(self, head: BlobHead, sha256: str, name: str) -> str:
        extension = name.rpartition(".")[2].lower()[:8]
        known = self._types.get((sha256, extension))
        if known is None:
            known = self._types[sha256, extension] = sniff(await self._beginning(head), name=name)
        self._types.move_to_end((sha256, extension))
        while len(self._types) > self._remembered:
            self._types.popitem(last=False)
        return known

    async def _beginning(self, head: BlobHead) -> bytes:
        if head.size == 0:
            return b""
        return b"".join([part async for part in self._blobs.open(head.key, end=min(head.size, SNIFFED_BYTES))])


def _with_charset(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type


def _policy(content_type: str) -> str:
    if content_type == "application/pdf":
        return _PDF_POLICY
    return HARMLESS if content_type == SVG else _PLAYED_POLICY
