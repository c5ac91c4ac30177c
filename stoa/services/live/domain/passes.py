"""Join tokens: short-lived, for one person in one class in one role on one device, and taken back by their family."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from stoa.kit.contract import OrganizationId, Struct
from stoa.services.live.contract import ClassId, JoinNeeded, ParticipantId, Role

HEADER = "stoa-join"
_LONGEST = 512
_DIGEST = 32


class Pass(Struct, frozen=True, kw_only=True, array_like=True):
    """What a join token says."""

    organization: OrganizationId
    class_id: ClassId
    participant: ParticipantId
    role: Role
    family: UUID
    device: UUID
    until: int
    session: UUID | None = None


def written(made: Pass, *, key: bytes) -> str:
    """Return the token of a pass."""
    body = msgspec.msgpack.encode(made)
    return urlsafe_b64encode(body + hmac.digest(key, body, "sha256")).decode().rstrip("=")


def read(token: str | None, *, key: bytes, class_id: ClassId, now: datetime, grace: timedelta = timedelta()) -> Pass:
    """Return the pass of a token, or raise JoinNeeded; why is not told. With `grace` one that ended lately will do."""
    if not token or len(token) > _LONGEST:
        raise JoinNeeded
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        body, digest = raw[:-_DIGEST], raw[-_DIGEST:]
        if not hmac.compare_digest(digest, hmac.digest(key, body, "sha256")):
            raise JoinNeeded
        found = msgspec.msgpack.decode(body, type=Pass)
    except (ValueError, NotBase64, msgspec.DecodeError):
        raise JoinNeeded from None
    if found.until + grace.total_seconds() <= now.timestamp() or found.class_id != class_id:
        raise JoinNeeded
    return found
