"""Where the bytes of media lie: by their hash, so that the same file is kept once in an organization."""

from urllib.parse import quote

from stoa.kit.contract import OrganizationId


def asset_key(organization: OrganizationId, sha256: str) -> str:
    """Return where the bytes of a course's file lie; the courses service stores what it imports at the same place."""
    return f"{organization}/assets/{sha256[:2]}/{sha256}"


def private_key(organization: OrganizationId, sha256: str) -> str:
    """Return where the bytes of a private file lie: never under an address that needs no grant."""
    return f"{organization}/private/{sha256[:2]}/{sha256}"


def rendition_key(organization: OrganizationId, sha256: str, *, profile: str, name: str) -> str:
    """Return where one file of a film's ladder lies."""
    return f"{organization}/renditions/{sha256[:2]}/{sha256}/{profile}/{name}"


def media_url(organization: OrganizationId, sha256: str, name: str) -> str:
    """Return the immutable address of a file."""
    return f"/media/{organization}/{sha256}/{quote(name.rsplit('/', 1)[-1] or 'file')}"


def signed_media_url(organization: OrganizationId, sha256: str, name: str, *, grant: str) -> str:
    """Return the address of a private file under a grant."""
    return f"/media/{organization}/signed/{grant}/{sha256}/{quote(name.rsplit('/', 1)[-1] or 'file')}"
