"""Signed leave to fetch one private file and all that is made of it, for one viewer, until a moment."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from stoa.kit.contract import OrganizationId, Struct, UserId

SKEW = timedelta(seconds=60)
_DIGEST_BYTES = 24
_TOKEN_BYTES = 16 + 8 + _DIGEST_BYTES


class Grant(Struct, frozen=True, kw_only=True):
    """Who may fetch, and until when."""

    viewer: UserId
    until: datetime


def sign(secret: bytes, grant: Grant, *, organization: OrganizationId, sha256: str) -> str:
    """Return the segment of an address that carries a grant."""
    body = grant.viewer.bytes + int(grant.until.timestamp()).to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _digest(secret, body, organization, sha256)).decode().rstrip("=")


def read(secret: bytes, token: str, *, organization: OrganizationId, sha256: str, now: datetime) -> Grant | None:
    """Return the grant of an address, None where it was not signed for this file or is over."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    body, digest = raw[:-_DIGEST_BYTES], raw[-_DIGEST_BYTES:]
    if len(raw) != _TOKEN_BYTES or not hmac.compare_digest(digest, _digest(secret, body, organization, sha256)):
        return None
    until = datetime.fromtimestamp(int.from_bytes(body[16:], "big"), UTC)
    return Grant(viewer=UserId(UUID(bytes=body[:16])), until=until) if now <= until + SKEW else None


def _digest(secret: bytes, body: bytes, organization: OrganizationId, sha256: str) -> bytes:
    return hmac.digest(secret, body + organization.bytes + bytes.fromhex(sha256), "sha256")[:_DIGEST_BYTES]
