"""The identity of one service before another: a signed pass for one call, with the end user's name in it."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.errors import Unauthenticated

_SHORTEST_SECRET = 32
_SKEW_S = 30
_LIFETIME_S = 60


class Pass(Struct, frozen=True, kw_only=True):
    """Who calls, in whose name, what exactly, and how long it may take."""

    service: str
    target: str
    call: str
    caller: Caller
    at: float
    body: str
    deadline_s: float | None = None
    request_id: str = ""


_decoder = msgspec.json.Decoder(Pass)


class InternalSigner:
    """Signs and checks passes with the cluster's secret; older secrets are accepted while they are being replaced."""

    def __init__(self, secrets: tuple[bytes, ...], clock: Clock) -> None:
        if not secrets or any(len(secret) < _SHORTEST_SECRET for secret in secrets):
            raise ValueError(f"a cluster secret has at least {_SHORTEST_SECRET} bytes")
        self._secrets = secrets
        self._clock = clock

    def sign(
        self,
        *,
        service: str,
        target: str,
        call: str,
        caller: Caller,
        body: bytes,
        deadline_s: float | None = None,
        request_id: str = "",
    ) -> str:
        """Return a pass for one call of one service, bound to the bytes of its body."""
        letter = msgspec.json.encode(
            Pass(
                service=service,
                target=target,
                call=call,
                caller=caller,
                at=self._clock.now().timestamp(),
                body=_digest(body),
                deadline_s=deadline_s,
                request_id=request_id,
            )
        )
        return f"{_text(letter)}.{_text(_mac(self._secrets[0], letter))}"

    def verify(self, token: str, *, target: str, call: str, body: bytes) -> Pass:
        """Return a pass that is genuine, fresh and meant for this call; else raise Unauthenticated."""
        head, _, tail = token.partition(".")
        try:
            letter, mac = _bytes(head), _bytes(tail)
        except (NotBase64, ValueError):
            raise _refused("it could not be read") from None
        if not any(hmac.compare_digest(mac, _mac(secret, letter)) for secret in self._secrets):
            raise _refused("its signature is wrong")
        try:
            found = _decoder.decode(letter)
        except msgspec.DecodeError:
            raise _refused("it could not be read") from None
        age_s = self._clock.now().timestamp() - found.at
        if not -_SKEW_S <= age_s <= _LIFETIME_S:
            raise _refused("it is not of this moment")
        if found.target != target or found.call != call or not hmac.compare_digest(found.body, _digest(body)):
            raise _refused("it is for another call")
        return found


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _mac(secret: bytes, letter: bytes) -> bytes:
    return hmac.digest(secret, letter, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(f"The pass of the calling service was refused: {why}.")
