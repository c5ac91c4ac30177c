"""The files of an organization over HTTP: what is known of them, captions, transcripts."""

from datetime import datetime
from typing import Annotated

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.http.cursor import PageQuery
from stoa.kit.http.etag import IfMatch
from stoa.kit.http.router import MEMBER, Answer, Router
from stoa.services.media.contract import AssetId, AssetInUse, AssetNotFound, CaptionsInvalid, CaptionsNotFound
from stoa.services.media.domain.assets import AssetChange, AssetView
from stoa.services.media.policy import READ, UPLOAD, WRITES
from stoa.services.media.service.library import StorageView, Transcript
from stoa.services.media.service.media import Media

router = Router("media")

MOST_CAPTION_BYTES = 4 * 1024 * 1024


class CaptionsIn(Struct, frozen=True, kw_only=True):
    """Captions as WebVTT or SubRip, with the words under which they are offered."""

    text: str
    label: Annotated[str, msgspec.Meta(max_length=100)] = ""


class CaptionVersion(Struct, frozen=True, kw_only=True):
    """One version of the captions in a language."""

    version: int
    label: str
    text: str
    created_by: UserId | None
    created_at: datetime


@router.get("/media/assets", permission=READ)
async def assets(
    page: PageQuery, caller: Caller, media: Media, q: Annotated[str, msgspec.Meta(max_length=200)] = ""
) -> Page[AssetView]:
    """The files of the organization."""
    return await media.library.assets(
        organization=caller.require_organization(), viewer=caller.require_user(), q=q, page=page
    )


@router.get("/media/assets/{asset}", permission=READ, errors=(AssetNotFound,))
async def asset(asset: AssetId, caller: Caller, media: Media) -> Answer[AssetView]:
    """One file."""
    found = await media.library.asset(
        organization=caller.require_organization(), viewer=caller.require_user(), asset=asset
    )
    return Answer(found, etag=found.version)


@router.patch("/media/assets/{asset}", permission=UPLOAD, limit=WRITES, errors=(AssetNotFound, PreconditionFailed))
async def update_asset(
    asset: AssetId, body: AssetChange, if_match: IfMatch, caller: Caller, media: Media
) -> Answer[AssetView]:
    """Change a file's name or alternative text."""
    found = await media.library.change(
        organization=caller.require_organization(),
        viewer=caller.require_user(),
        asset=asset,
        change=body,
        version=if_match.version,
    )
    return Answer(found, etag=found.version)


@router.delete("/media/assets/{asset}", permission=UPLOAD, limit=WRITES, errors=(AssetNotFound, AssetInUse), status=204)
async def delete_asset(asset: AssetId, caller: Caller, media: Media) -> None:
    """Delete a file that no course uses."""
    await media.library.delete(organization=caller.require_organization(), asset=asset)


@router.get("/media/storage", permission=READ)
async def storage(caller: Caller, media: Media) -> StorageView:
    """How much room the organization's files take."""
    return await media.library.storage(organization=caller.require_organization())


@router.put(
    "/media/assets/{asset}/captions/{language}",
    permission=UPLOAD,
    limit=WRITES,
    body_limit=MOST_CAPTION_BYTES,
    errors=(AssetNotFound, CaptionsInvalid),
)
async def put_captions(asset: AssetId, language: str, body: CaptionsIn, caller: Caller, media: Media) -> AssetView:
    """Give a film captions."""
    return await media.library.put_captions(
        organization=caller.require_organization(),
        author=caller.require_user(),
        asset=asset,
        language=language,
        label=body.label,
        text=body.text,
    )


@router.get("/media/assets/{asset}/captions/{language}", permission=READ, errors=(CaptionsNotFound,))
async def caption_history(asset: AssetId, language: str, caller: Caller, media: Media) -> list[CaptionVersion]:
    """The versions of a film's captions, the latest first."""
    found = await media.library.caption_history(
        organization=caller.require_organization(), asset=asset, language=language
    )
    return [
        CaptionVersion(
            version=one.version,
            label=one.label,
            text=one.body,
            created_by=one.created_by,
            created_at=one.created_at,
        )
        for one in found
    ]


@router.get("/media/assets/{asset}/transcript", permission=MEMBER, errors=(CaptionsNotFound,))
async def transcript(asset: AssetId, caller: Caller, media: Media, language: str = "") -> Transcript:
    """What is said in a film."""
    return await media.library.transcript(organization=caller.require_organization(), asset=asset, language=language)
