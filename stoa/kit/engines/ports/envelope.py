"""The signed question: who asks whom for what, in whose name, until when."""

import hmac
from collections.abc import Callable

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Struct
from stoa.kit.errors import Malformed, Unauthenticated

SIGNATURE = b"stoa-signature"
CONTENT_TYPE = b"application/vnd.stoa.port+msgpack"
# Clocks of one deployment may differ by this much; an older question is not answered, so a stolen one ages quickly.
FRESH_S = 30.0
KeysOf = Callable[[str, str], tuple[bytes, ...]]


class SignatureRefused(Unauthenticated):
    """The question is not signed by the service it says it comes from, or is too old."""

    code, title = "stoa.signature_refused", "The asking service could not be verified"


class Envelope(Struct, frozen=True, kw_only=True, array_like=True):
    """Everything that travels with a call; one signature covers all of it."""

    asker: str
    service: str
    call: str
    sent_at: float
    deadline_ms: int
    caller: Caller
    request_id: str
    traceparent: str | None
    arguments: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode


def pair_keys(*derive: Callable[[str], bytes]) -> KeysOf:
    """Make keys for each pair of asker and provider, so that no service can speak for another.

    The first derivation signs; the others (older root secrets that are being replaced) are accepted too.
    """
    known: dict[tuple[str, str], tuple[bytes, ...]] = {}

    def keys_of(asker: str, provider: str) -> tuple[bytes, ...]:
        pair = (asker, provider)
        if pair not in known:
            if len(known) > 4096:
                known.clear()
            known[pair] = tuple(one(f"kit.ports.{asker}.{provider}") for one in derive)
        return known[pair]

    return keys_of


def seal(envelope: Envelope, keys_of: KeysOf) -> tuple[bytes, bytes]:
    """Return the body of a question and its signature."""
    body = _encode(envelope)
    return body, _sign(body, keys_of(envelope.asker, envelope.service)[0])


def open_sealed(body: bytes, signature: bytes, *, service: str, call: str, now: float, keys_of: KeysOf) -> Envelope:
    """Read a question that is truly from its asker, for this call, and fresh; raise otherwise."""
    try:
        envelope = _decode(body)
    except msgspec.MsgspecError as problem:
        raise Malformed(f"The question cannot be read: {problem}") from None
    if not any(hmac.compare_digest(signature, _sign(body, key)) for key in keys_of(envelope.asker, service)):
        raise SignatureRefused
    if (envelope.service, envelope.call) != (service, call):
        raise SignatureRefused("The question was signed for another call")
    if abs(now - envelope.sent_at) > FRESH_S:
        raise SignatureRefused("The question is too old, or the clocks of two machines differ")
    return envelope


def _sign(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256").hex().encode()
