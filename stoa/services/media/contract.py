"""What other services may know of media: ids, films and the words about files, errors and the port."""

from typing import ClassVar, Literal, NewType
from uuid import UUID

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.errors import Conflict, Invalid, Malformed, NotFound, PreconditionFailed, StoaError, TooLarge
from stoa.kit.ports import Port, call

AssetId = NewType("AssetId", UUID)
UploadId = NewType("UploadId", UUID)

# tus 1.0 wants its version on every answer.
TUS = {"Tus-Resumable": "1.0.0"}


Place = Literal["draft", "published"]


class FilmTrack(Struct, frozen=True, kw_only=True):
    """The captions of a film in one language, at an address that can be fetched."""

    language: str
    label: str
    url: str


class Film(Struct, frozen=True, kw_only=True):
    """What is made of a film; without a ladder, `ladder_url` is empty and `note` says why."""

    sha256: str
    ladder_url: str
    poster_url: str
    captions: list[FilmTrack]
    duration_s: float | None
    note: str


class CaptionText(Struct, frozen=True, kw_only=True):
    """The captions of a film in one language, as WebVTT."""

    language: str
    label: str
    body: str


class FileWords(Struct, frozen=True, kw_only=True):
    """All that authors said about an uploaded file, without its bytes."""

    sha256: str
    name: str
    content_type: str
    size: int
    alt: str
    language: str
    licence: str
    captions: list[CaptionText]


class AssetNotFound(NotFound):
    """No such file in this organization."""

    code, title = "media.asset_not_found", "There is no such file"


class AssetInUse(Conflict):
    """Courses use the file, in a draft or in what was published; `used_by` lists them."""

    code, title = "media.asset_in_use", "The file is used by a course"


class CaptionsNotFound(NotFound):
    """The film has no captions in this language."""

    code, title = "media.captions_not_found", "There are no captions in this language"


class CaptionsInvalid(Invalid):
    """The captions break a rule of WebVTT or SubRip; `errors` names the lines."""

    code, title = "media.captions_invalid", "The captions cannot be read"


class UploadNotFound(NotFound):
    """No such upload, or it is somebody else's, or it was given up."""

    code, title = "media.upload_not_found", "There is no such upload"
    headers = TUS


class UploadMalformed(Malformed):
    """A header of the upload protocol is missing or cannot be read."""

    code, title = "media.upload_malformed", "The upload could not be understood"
    headers = TUS


class UploadTooLarge(TooLarge):
    """The file is larger than the limit, or more came than was announced."""

    code, title = "media.upload_too_large", "The file is too large"
    headers = TUS


class QuotaExceeded(TooLarge):
    """The organization has no room left for the file."""

    code, title = "media.quota_exceeded", "The organization has no room left for this file"
    headers = TUS


class WrongOffset(Conflict):
    """The piece does not begin where the last one ended; `offset` says where that is."""

    code, title = "media.wrong_offset", "The piece does not fit onto what is there"
    headers = TUS


class WrongPieceType(StoaError):
    """A piece is sent as application/offset+octet-stream."""

    code, status, title = "media.wrong_piece_type", 415, "The piece has a wrong content type"
    headers = TUS


class TypeNotAllowed(StoaError):
    """Files of this type are not taken."""

    code, status, title = "media.type_not_allowed", 415, "Files of this type are not taken"
    headers = TUS


class ChecksumMismatch(StoaError):
    """The piece is not what its checksum says; nothing of it was kept."""

    code, status, title = "media.checksum_mismatch", 460, "The piece was damaged on its way"
    headers = TUS


class TusVersionUnsupported(PreconditionFailed):
    """The request speaks another version of the upload protocol than 1.0.0."""

    code, title = "media.tus_version_unsupported", "Say Tus-Resumable: 1.0.0"
    headers = {**TUS, "Tus-Version": "1.0.0"}


class MediaPort(Port):
    """Ask for uploaded files by their hashes: how films play, what is said about them, who uses them."""

    service_: ClassVar[str] = "media"

    @call(idempotent=True)
    async def films_of(
        self, *, organization: OrganizationId, files: list[str], viewer: UserId | None = None
    ) -> list[Film]:
        """Return the films among some files; their ladders at addresses signed for a viewer, else at none."""
        raise NotImplementedError

    @call(idempotent=True)
    async def words_of(self, *, organization: OrganizationId, files: list[str]) -> list[FileWords]:
        """Return what is known of the uploads among some files, captions included, ordered by hash."""
        raise NotImplementedError

    @call(idempotent=True)
    async def adopt(self, *, organization: OrganizationId, files: list[FileWords], by: UserId | None = None) -> None:
        """Take files in whose bytes lie at their place already; what is known of a file that is there stays."""
        raise NotImplementedError

    @call(idempotent=True)
    async def hold(
        self, *, organization: OrganizationId, holder: UUID, title: str, place: Place, files: list[str]
    ) -> None:
        """Keep files from being deleted as long as a course holds them; ask before making sure that they are there."""
        raise NotImplementedError

    @call(idempotent=True)
    async def release(self, *, organization: OrganizationId, holder: UUID, place: Place, files: list[str]) -> None:
        """Let go of files that a course does not use any more."""
        raise NotImplementedError
