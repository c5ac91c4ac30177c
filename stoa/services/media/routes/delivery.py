"""The addresses of files, outside the API: `/media/{organization}/{sha256}/{name}`."""

from starlette.responses import Response

from stoa.kit.contract import OrganizationId
from stoa.kit.http.router import PUBLIC, Router
from stoa.services.media.service.media import Media

router = Router("media", prefix="")


@router.get("/media/{organization}/{sha256}/{name:path}", permission=PUBLIC, produces="*/*", deadline_s=None)
async def media_file(organization: OrganizationId, sha256: str, name: str, media: Media) -> Response:
    """Deliver a file by its content's hash, whole or in ranges; its name is for people."""
    return await media.delivery.file(organization=organization, sha256=sha256, name=name)


@router.get(
    "/media/{organization}/signed/{grant}/{sha256}/{name:path}", permission=PUBLIC, produces="*/*", deadline_s=None
)
async def private_media_file(
    organization: OrganizationId, grant: str, sha256: str, name: str, media: Media
) -> Response:
    """Deliver a private file to whoever holds a grant for it that is not over."""
    return await media.delivery.private_file(organization=organization, grant=grant, sha256=sha256, name=name)
