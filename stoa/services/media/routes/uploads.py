"""Uploads by the protocol tus 1.0 (tus.io): creation, offset, pieces, termination."""

from starlette.requests import Request
from starlette.responses import Response

from stoa.kit.auth.caller import Caller
from stoa.kit.errors import Malformed
from stoa.kit.http.router import PUBLIC, Answer, Router, Upload
from stoa.services.media.contract import (
    TUS,
    ChecksumMismatch,
    QuotaExceeded,
    TusVersionUnsupported,
    TypeNotAllowed,
    UploadId,
    UploadMalformed,
    UploadNotFound,
    UploadTooLarge,
    WrongOffset,
    WrongPieceType,
)
from stoa.services.media.domain import tus
from stoa.services.media.domain.assets import NewUpload, StoredUpload, UploadState
from stoa.services.media.policy import MOST_BODY_BYTES, PARTS, UPLOAD, UPLOADS
from stoa.services.media.service.media import Media

router = Router("media")

UPLOAD_ERRORS = (UploadMalformed, UploadTooLarge, TusVersionUnsupported)


@router.options("/media/uploads", permission=PUBLIC)
async def upload_protocol(media: Media) -> Response:
    """Say what of the upload protocol is spoken here."""
    headers = {
        **TUS,
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        "Tus-Max-Size": str(media.settings.max_upload_bytes),
        "Allow": "OPTIONS, POST",
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "/media/uploads",
    permission=UPLOAD,
    limit=UPLOADS,
    status=201,
    body_limit=MOST_BODY_BYTES,
    errors=(*UPLOAD_ERRORS, QuotaExceeded, TypeNotAllowed),
)
async def create_upload(request: Request, upload: Upload, caller: Caller, media: Media) -> Answer[UploadState]:
    """Announce a file, and bring its first piece along if you like.

    Upload-Metadata names filename, filetype, alt, language, licence and visibility (`course` or `private`).
    """
    _check_version(request)
    organization, user = caller.require_organization(), caller.require_user()
    given = tus.metadata(request.headers.get("upload-metadata", ""))
    new = NewUpload(
        name=(given.get("filename") or given.get("name") or "file").rsplit("/", 1)[-1].strip()[:200] or "file",
        claimed_type=(given.get("filetype") or given.get("type") or "")[:200],
        alt=given.get("alt", "")[:2_000],
        language=given.get("language", "")[:35],
        licence=given.get("licence", "")[:300],
        is_private=given.get("visibility", "course") == "private",
        length=tus.number(request.headers.get("upload-length"), "Upload-Length"),
    )
    made = await media.uploading.begin(organization=organization, user=user, new=new)
    if upload.content_type == tus.PIECE_TYPE:
        try:
            made = await media.uploading.receive(
                organization=organization, user=user, upload=made.upload_id, offset=0, chunks=upload.chunks(),
                checksum=_checksum(request),
            )  # fmt: skip
        except (ChecksumMismatch, Malformed):
            # The file is announced all the same; its sender asks for the offset and sends the piece again.
            made = await media.uploading.state(organization=organization, user=user, upload=made.upload_id)
    headers = {**_headers(made), "Location": f"/api/v1/media/uploads/{made.upload_id}"}
    return Answer(_state(made), status=201, headers=headers)


@router.head("/media/uploads/{upload}", permission=UPLOAD, errors=(UploadNotFound, TusVersionUnsupported))
async def upload_offset(upload: UploadId, request: Request, caller: Caller, media: Media) -> Response:
    """Say how much of an upload has come."""
    _check_version(request)
    found = await media.uploading.state(
        organization=caller.require_organization(), user=caller.require_user(), upload=upload
    )
    length = {"Upload-Length": str(found.announced.length), "Cache-Control": "no-store"}
    return Response(status_code=200, headers={**_headers(found), **length})


@router.get("/media/uploads/{upload}", permission=UPLOAD, errors=(UploadNotFound,))
async def upload_state(upload: UploadId, caller: Caller, media: Media) -> UploadState:
    """Say how far an upload is: receiving, checking, ready with its asset, or refused with the reason."""
    found = await media.uploading.state(
        organization=caller.require_organization(), user=caller.require_user(), upload=upload
    )
    return _state(found)


@router.patch(
    "/media/uploads/{upload}",
    permission=UPLOAD,
    limit=PARTS,
    status=204,
    body_limit=MOST_BODY_BYTES,
    errors=(*UPLOAD_ERRORS, UploadNotFound, WrongOffset, WrongPieceType, ChecksumMismatch),
)
async def send_piece(upload: UploadId, request: Request, piece: Upload, caller: Caller, media: Media) -> Answer[None]:
    """Send the next piece of an upload."""
    _check_version(request)
    if piece.content_type != tus.PIECE_TYPE:
        raise WrongPieceType(f"Send the piece as {tus.PIECE_TYPE}.")
    found = await media.uploading.receive(
        organization=caller.require_organization(),
        user=caller.require_user(),
        upload=upload,
        offset=tus.number(request.headers.get("upload-offset"), "Upload-Offset"),
        chunks=piece.chunks(),
        checksum=_checksum(request),
    )
    return Answer(None, status=204, headers=_headers(found))


@router.delete("/media/uploads/{upload}", permission=UPLOAD, limit=UPLOADS, errors=(UploadNotFound,))
async def give_up_upload(upload: UploadId, caller: Caller, media: Media) -> Answer[None]:
    """Give an upload up and forget what came of it."""
    await media.uploading.give_up(organization=caller.require_organization(), user=caller.require_user(), upload=upload)
    return Answer(None, status=204, headers=dict(TUS))


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != tus.VERSION:
        raise TusVersionUnsupported


def _checksum(request: Request) -> tus.Checksum | None:
    header = request.headers.get("upload-checksum")
    return tus.Checksum(header) if header else None


def _headers(upload: StoredUpload) -> dict[str, str]:
    expires = upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return {**TUS, "Upload-Offset": str(upload.received), "Upload-Expires": expires}


def _state(upload: StoredUpload) -> UploadState:
    return UploadState(
        upload_id=upload.upload_id,
        state=upload.state,
        reason=upload.reason,
        name=upload.announced.name,
        length=upload.announced.length,
        received=upload.received,
        expires_at=upload.expires_at,
        asset_id=upload.asset_id,
    )
