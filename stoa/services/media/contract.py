"""What other services may know of media: ids, errors."""

from typing import NewType
from uuid import UUID

from stoa.kit.errors import Conflict, Invalid, Malformed, NotFound, PreconditionFailed, StoaError, TooLarge

AssetId = NewType("AssetId", UUID)
UploadId = NewType("UploadId", UUID)

# tus 1.0 wants its version on every answer.
TUS = {"Tus-Resumable": "1.0.0"}


class AssetNotFound(NotFound):
    """No such file in this organization."""

    code, title = "media.asset_not_found", "There is no such file"


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
