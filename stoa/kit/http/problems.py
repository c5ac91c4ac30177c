"""Expected and unexpected outcomes on the wire: RFC 9457 problem details with a stable code."""

import math
import re
from typing import Any

import msgspec

from stoa.kit.errors import Invalid, Malformed, StoaError

MEDIA_TYPE = b"application/problem+json"
Headers = list[tuple[bytes, bytes]]

_RESERVED = frozenset({"type", "title", "status", "detail", "code", "hint", "request_id"})
_PLACE = re.compile(r" - at `(?:key in )?\$?(.*)`$")
_MISSING = re.compile(r"^Object missing required field `(.+?)`")
_LENGTH = re.compile(r"^Expected `(str|array|object|bytes)` of length (>=|<=|==) (\d+)")
_RANGE = re.compile(r"^Expected `(?:int|float|decimal)` (>=|<=|>|<) (\S+)")
_EXPECTED = re.compile(r"^Expected `(.+?)`, got `(.+?)`")
_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "uuid": "an id (a UUID)",
    "datetime": "a date and time such as 2026-01-31T09:00:00Z",
    "date": "a date such as 2026-01-31",
    "null": "nothing (null)",
}
_BOUNDS = {">=": "at least", "<=": "at most", "==": "exactly", ">": "more than", "<": "less than"}
_COUNTED = {"str": "characters", "array": "entries", "object": "entries", "bytes": "bytes"}
_encoder = msgspec.json.Encoder()


class NotAllowed(StoaError):
    """The path exists, the method does not."""

    code, status, title = "stoa.method_not_allowed", 405, "This method is not allowed here"


class UnsupportedType(StoaError):
    """The body comes in a form that this route does not read."""

    code, status, title = "stoa.unsupported_type", 415, "This kind of body is not read here"


class Unexpected(StoaError):
    """A bug; the log holds the rest under the request's id."""

    code, status, title = "stoa.unexpected", 500, "Something went wrong on our side"


def problem_of(error: StoaError, request_id: str) -> tuple[int, Headers, bytes]:
    """Return status, headers and body of the problem that an error renders as."""
    document: dict[str, Any] = {  # any: extension members are JSON of any shape
        "type": f"urn:stoa:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "hint": error.hint,
        "request_id": request_id,
    }
    document.update((name, value) for name, value in error.fields.items() if name not in _RESERVED)
    headers: Headers = [(b"content-type", MEDIA_TYPE), (b"cache-control", b"no-store")]
    if error.retry_after_s is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(error.retry_after_s))).encode()))
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    headers.extend((name.lower().encode(), value.encode("latin-1")) for name, value in error.headers.items())
    return error.status, headers, _encoder.encode(document)


def unreadable_body(error: msgspec.DecodeError) -> StoaError:
    """Return the outcome of a body that is no JSON, or is not what the route takes."""
    if isinstance(error, msgspec.ValidationError):
        return invalid(error)
    return Malformed(
        f"The body is not valid JSON: {error}.", hint="Send UTF-8 JSON with the header Content-Type: application/json."
    )


def invalid(error: msgspec.ValidationError, *, where: str = "body") -> Invalid:
    """Return a validation error as a field with words on what to do."""
    field, message = readable(str(error))
    name = field or where
    return Invalid(
        f"{name}: {message}",
        hint="Correct the fields listed in `errors` and send the request again.",
        fields={"errors": [{"field": field, "in": where, "message": message}]},
    )


def readable(text: str) -> tuple[str, str]:
    """Split the validator's message into the field it is about and a sentence for people."""
    place = _PLACE.search(text)
    field = place.group(1).lstrip(".") if place else ""
    message = text[: place.start()] if place else text
    missing = _MISSING.match(message)
    if missing:
        name = missing.group(1)
        return (f"{field}.{name}" if field else name), "This is required."
    return field, _sentence(message)


def _sentence(message: str) -> str:
    if length := _LENGTH.match(message):
        kind, sign, count = length.groups()
        return f"This has {_BOUNDS[sign]} {count} {_COUNTED[kind]}."
    if bound := _RANGE.match(message):
        sign, limit = bound.groups()
        return f"This is {_BOUNDS[sign]} {limit}."
    if expected := _EXPECTED.match(message):
        wanted, got = expected.groups()
        return f"This is {_kinds(wanted)}, not {_kinds(got)}."
    return f"{message}." if not message.endswith(".") else message


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name.strip(), name.strip()) for name in names.split("|"))
