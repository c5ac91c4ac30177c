"""Passes of a load test: each counts as an address of its own, so that a crowd of one machine keeps all limits on."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import timedelta

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Struct

HEADER = "stoa-load"
PURPOSE = "kit.load"
_LONGEST = 512


class _Claims(Struct, frozen=True, kw_only=True):
    number: int
    exp: int


class LoadPasses:
    """Writes and reads the passes; whoever holds the key of the home may be as many addresses as they like."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def write(self, number: int, *, expires_in: timedelta) -> str:
        """Return the pass of one of the crowd."""
        until = int((self._clock.now() + expires_in).timestamp())
        body = urlsafe_b64encode(msgspec.json.encode(_Claims(number=number, exp=until)))
        return (body + b"." + self._sign(body)).decode()

    def address_of(self, value: bytes) -> str | None:
        """Return the address that a pass stands for, None where it is not good."""
        body, _, signature = value.partition(b".")
        if len(value) > _LONGEST or not hmac.compare_digest(signature, self._sign(body)):
            return None
        try:
            claims = msgspec.json.decode(urlsafe_b64decode(body), type=_Claims)
        except (NotBase64, msgspec.DecodeError):
            return None
        return f"load:{claims.number}" if claims.exp > self._clock.now().timestamp() else None

    def _sign(self, body: bytes) -> bytes:
        return urlsafe_b64encode(hmac.digest(self._key, body, "sha256"))
