"""What is known of files and of uploads on their way."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from stoa.kit.contract import Struct, UserId
from stoa.services.media.contract import AssetId, UploadId

UploadStage = Literal["receiving", "checking", "ready", "refused"]
Line = Annotated[str, msgspec.Meta(max_length=300)]


class Rendition(Struct, frozen=True, kw_only=True):
    """One rung of a film's ladder."""

    height: int
    width: int
    bits_per_s: int


class Asset(Struct, frozen=True, kw_only=True):
    """A file of an organization."""

    asset_id: AssetId
    sha256: str
    is_private: bool
    name: str
    content_type: str
    size: int
    alt: str
    language: str
    licence: str
    note: str
    duration_s: float | None
    width: int | None
    height: int | None
    poster_sha256: str | None
    profile: str
    renditions: list[Rendition]
    version: int
    created_by: UserId | None
    created_at: datetime


class CaptionTrack(Struct, frozen=True, kw_only=True):
    """The captions of a film in one language, as they are now."""

    language: str
    label: str
    url: str
    version: int


class AssetView(Struct, frozen=True, kw_only=True):
    """A file as authors see it; `note` says plainly what is missing, such as the ladder of a film."""

    asset_id: AssetId
    name: str
    alt: str
    language: str
    licence: str
    content_type: str
    size: int
    sha256: str
    url: str
    is_private: bool
    captions: list[CaptionTrack]
    hls_url: str
    poster_url: str
    renditions: list[Rendition]
    duration_s: float | None
    width: int | None
    height: int | None
    note: str
    version: int
    created_at: datetime


class AssetChange(Struct, frozen=True, kw_only=True):
    """The new words about a file; what is None stays."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    alt: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    licence: Line | None = None


class NewUpload(Struct, frozen=True, kw_only=True):
    """What is announced of a file before it comes."""

    name: str
    claimed_type: str
    alt: str
    language: str
    licence: str
    is_private: bool
    length: int


class UploadState(Struct, frozen=True, kw_only=True):
    """How far an upload is; `reason` says why a file was refused."""

    upload_id: UploadId
    state: UploadStage
    reason: str
    name: str
    length: int
    received: int
    expires_at: datetime
    asset_id: AssetId | None


class StoredUpload(Struct, frozen=True, kw_only=True):
    """An upload with all that its end needs to know."""

    upload_id: UploadId
    state: UploadStage
    reason: str
    announced: NewUpload
    received: int
    created_by: UserId
    expires_at: datetime
    asset_id: AssetId | None


class Part(Struct, frozen=True, kw_only=True):
    """A piece of an upload that is safely kept."""

    start: int
    size: int
    blob_key: str
