"""The headers every request is read for: its id, its trace, where it comes from."""

import re
from random import getrandbits

from stoa.kit.telemetry.tracing import parse_traceparent

Headers = list[tuple[bytes, bytes]]
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{8,128}")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_SENDABLE = (
    b"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, Traceparent, Stoa-Deadline"
)
_READABLE = b"ETag, Location, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotency-Replayed"


def request_id_of(headers: dict[bytes, bytes]) -> str:
    """Return the id a caller gave its request where it is a decent one, else a fresh one."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    # An id is no secret: the system's randomness would cost a system call a request.
    return f"{getrandbits(128):032x}"


def traceparent_of(headers: dict[bytes, bytes]) -> str | None:
    """Return a valid W3C trace context, or None."""
    given = headers.get(b"traceparent")
    if given is None:
        return None
    text = given.decode("latin-1")
    return text if parse_traceparent(text) else None


def cors_headers(origins: frozenset[str], headers: dict[bytes, bytes]) -> Headers:
    """Return what lets a page of an allowed origin read the answer; nothing for any other."""
    origin = headers.get(b"origin")
    if origin is None or origin.decode("latin-1") not in origins:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _READABLE),
        (b"vary", b"Origin"),
    ]


def preflight(origins: frozenset[str], headers: dict[bytes, bytes]) -> Headers:
    """Return the answer to a browser that asks before it sends."""
    allowed = cors_headers(origins, headers)
    if not allowed:
        return []
    return [
        *allowed,
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _SENDABLE),
        (b"access-control-max-age", b"600"),
    ]
