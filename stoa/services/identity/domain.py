"""The rules of identity: addresses, passwords, refresh rotation and the delay after failed logins."""

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from stoa.kit.contract import Struct
from stoa.services.identity.contract import BadEmail, WeakPassword

_LOCAL = r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f-\x9f]{1,64}"
_LABEL = r"[^\s@.<>\"'(),:;\\\[\]\x00-\x1f\x7f-\x9f]{1,63}"
_EMAIL = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)*{_LABEL}")
_COMMON = frozenset(
    [
        "password",
        "passw0rd",
        "password1",
        "password12",
        "password123",
        "password1234",
        "qwertyuiop",
        "qwerty12345",
        "1234567890",
        "12345678910",
        "iloveyou12",
        "letmein123",
        "welcome123",
        "administrator",
        "changeme123",
        "abcdefghij",
        "football123",
        "1q2w3e4r5t",
        "superman123",
    ]
)


class Purpose(StrEnum):
    """What a link that was sent by mail may do."""

    VERIFY = "verify"
    RESET = "reset"
    CONFIRM_EMAIL = "confirm-email"
    UNDO_EMAIL = "undo-email"
    TAKEN = "taken"


class Rotation(StrEnum):
    """What to do with a refresh token that was shown."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REUSED = "reused"


class SessionKey(Struct, frozen=True, kw_only=True):
    """Where a session lies: its account's organization, the account, the session."""

    organization: UUID
    user: UUID
    session: UUID


class LinkKey(Struct, frozen=True, kw_only=True):
    """Where a mailed link lies: its account's organization, the account, the link."""

    organization: UUID
    user: UUID
    link: UUID


class DeviceKey(Struct, frozen=True, kw_only=True):
    """A browser in which an account was once proved."""

    user: UUID
    device: UUID


class Guard(Struct, frozen=True, kw_only=True):
    """A counter of failed logins: how many are free, and the longest delay that the others cause."""

    bucket: bytes
    free: int
    ceiling: timedelta

    def wait(self, failures: tuple[int, datetime] | None, *, now: datetime) -> timedelta:
        """Return for how long a try would still come too soon after the failures so far."""
        if failures is None:
            return timedelta(0)
        count, failed_at = failures
        opens_at = failed_at + delay_after(count, free=self.free, ceiling=self.ceiling)
        return max(opens_at - now, timedelta(0))


def email_key(email: str) -> str:
    """Return the form of an address under which it is unique: NFKC, lower case, trimmed."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def checked_email(email: str) -> str:
    """Return the trimmed address, or raise BadEmail."""
    trimmed = unicodedata.normalize("NFKC", email).strip()
    if len(trimmed) > 254 or not _EMAIL.fullmatch(trimmed):
        raise BadEmail(hint="An address looks like name@example.org")
    return trimmed


def check_password(password: str, *, email: str, minimum: int) -> None:
    """Raise WeakPassword, with the rule that is broken, unless the password is fit to use."""
    if len(password) < minimum:
        raise WeakPassword(f"A password has at least {minimum} characters", hint="Three or four words make a good one")
    if len(password.encode()) > 1024:
        raise WeakPassword("A password has at most 1,024 bytes")
    folded = password.casefold()
    local = email_key(email).split("@")[0]
    if len(set(folded)) < 4 or folded in _COMMON:
        raise WeakPassword("This password is among the first that anybody would try")
    if folded in (email_key(email), local) or (len(local) >= 6 and folded.startswith(local)):
        raise WeakPassword("A password must not be made of the e-mail address")


def sign_refresh(session: SessionKey, counter: int, *, key: bytes) -> str:
    """Return the refresh token after `counter` rotations; it can be made again, so none is stored."""
    body = session.organization.bytes + session.user.bytes + session.session.bytes + counter.to_bytes(4, "big")
    return _seal(body, b"refresh", key=key)


def read_refresh(text: str, *, key: bytes) -> tuple[SessionKey, int] | None:
    """Return the session and the counter of a refresh token; None where the signature is not ours."""
    body = _open(text, b"refresh", length=52, key=key)
    if body is None:
        return None
    organization, user, session = (UUID(bytes=body[at : at + 16]) for at in (0, 16, 32))
    return SessionKey(organization=organization, user=user, session=session), int.from_bytes(body[48:], "big")


def sign_device(device: DeviceKey, *, key: bytes) -> str:
    """Return the token by which a browser is known again at the next login."""
    return _seal(device.user.bytes + device.device.bytes, b"device", key=key)


def read_device(text: str, *, key: bytes) -> DeviceKey | None:
    """Return whose browser shows a token; None where it is not ours."""
    body = _open(text, b"device", length=32, key=key)
    return None if body is None else DeviceKey(user=UUID(bytes=body[:16]), device=UUID(bytes=body[16:]))


def rotation_of(shown: int, *, current: int, rotated_at: datetime, now: datetime, grace: timedelta) -> Rotation:
    """Decide on a shown counter: the current one rotates, the one before repeats within the grace, others are theft."""
    if shown == current:
        return Rotation.ROTATE
    if shown == current - 1 and now - rotated_at <= grace:
        return Rotation.REPEAT
    return Rotation.REUSED


def sign_link(link: LinkKey, purpose: Purpose, *, key: bytes) -> str:
    """Return the secret text of a mailed link; it is bound to its purpose and is never stored."""
    return _seal(link.organization.bytes + link.user.bytes + link.link.bytes, purpose.encode(), key=key)


def read_link(text: str, purpose: Purpose, *, key: bytes) -> LinkKey | None:
    """Return where a link lies, or None where its text is not ours or for another purpose."""
    body = _open(text, purpose.encode(), length=48, key=key)
    if body is None:
        return None
    organization, user, link = (UUID(bytes=body[at : at + 16]) for at in (0, 16, 32))
    return LinkKey(organization=organization, user=user, link=link)


def subnet_of(address: str) -> str:
    """Return the /24 or /48 around an address: the unit that shares a login delay."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def bucket_of(*parts: str) -> bytes:
    """Return the key under which failed tries are counted, say those of one address from one subnet."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def delay_after(failures: int, *, free: int, ceiling: timedelta) -> timedelta:
    """Return how long the next login must wait after this many failures in a row; it doubles and has a ceiling."""
    if failures < free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free, 30)), ceiling)


def _seal(body: bytes, purpose: bytes, *, key: bytes) -> str:
    signed = body + hmac.digest(key, purpose + b"\0" + body, hashlib.sha256)
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


def _open(text: str, purpose: bytes, *, length: int, key: bytes) -> bytes | None:
    if len(text) > 200:
        return None
    try:
        signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    body = signed[:length]
    genuine = hmac.compare_digest(signed[length:], hmac.digest(key, purpose + b"\0" + body, hashlib.sha256))
    return body if genuine and len(body) == length else None
