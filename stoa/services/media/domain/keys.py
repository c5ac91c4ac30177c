"""Where the bytes of media lie: by their hash, so that the same file is kept once in an organization."""

from urllib.parse import quote
from uuid import UUID

from stoa.kit.contract import OrganizationId


def asset_key(organization: OrganizationId, sha256: str) -> str:
    """Return where the bytes of a course's file lie; the courses service stores what it imports at the same place."""
    return f"{organization}/assets/{sha256[:2]}/{sha256}"


def private_key(organization: OrganizationId, sha256: str) -> str:
    """Return where the bytes of a private file lie: never under an address that needs no grant."""
    return f"{organization}/private/{sha256[:2]}/{sha256}"


def rendition_key(
    organization: OrganizationId, sha256: str, *, profile: str, name: str, is_private: bool = False
) -> str:
    """Return where one file of a film's ladder lies; that of a private film apart, as the film itself."""
    place = "private-renditions" if is_private else "renditions"
    return f"{organization}/{place}/{sha256[:2]}/{sha256}/{profile}/{name}"


def part_key(organization: OrganizationId, upload: UUID, start: int, salt: str) -> str:
    """Return where a piece of an upload waits for the others."""
    return f"{organization}/uploads/{upload}/{start:015}-{salt}"


def media_url(organization: OrganizationId, sha256: str, name: str) -> str:
    """Return the immutable address of a file."""
    return f"/media/{organization}/{sha256}/{quote(name.rsplit('/', 1)[-1] or 'file')}"


def signed_media_url(organization: OrganizationId, sha256: str, name: str, *, grant: str) -> str:
    """Return the address of a private file under a grant."""
    return f"/media/{organization}/signed/{grant}/{sha256}/{quote(name.rsplit('/', 1)[-1] or 'file')}"
