"""Filling in a handler's arguments from a request: path, query, headers, body."""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import Surroundings
from stoa.kit.errors import Malformed, NotFound, PreconditionRequired
from stoa.kit.http.cursor import PageQuery
from stoa.kit.http.etag import parse_if_match
from stoa.kit.http.problems import UnsupportedType, invalid, unreadable_body
from stoa.kit.http.router import Route
from stoa.kit.http.upload import Upload, read_body

# PostgreSQL counts up to here.
_MOST = 2**63
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Arguments = dict[str, Any]  # any: a handler's arguments are of every type


class Exchange:
    """One request on its way through a route."""

    __slots__ = ("address", "extra", "headers", "receive", "scope", "surroundings", "values")

    def __init__(
        self,
        scope: Any,  # any: an ASGI scope is a mapping of mixed values
        receive: Any,  # any: as above
        headers: dict[bytes, bytes],
        values: list[str],
        surroundings: Surroundings,
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.headers = headers
        self.values = values
        self.surroundings = surroundings
        self.address = ""
        self.extra: list[tuple[bytes, bytes]] = []


def path_reader_of(route: Route) -> Callable[[Exchange], Arguments] | None:
    """Return the function that reads the typed values of a path's names."""
    names, kind = route.path_names, route.signature.path_type
    if kind is None:
        return None

    def read(exchange: Exchange) -> Arguments:
        values = dict(zip(names, exchange.values, strict=True))
        if "\0" in exchange.scope["path"]:
            raise NotFound(hint="Check the address.")
        try:
            return msgspec.structs.asdict(msgspec.convert(values, kind, strict=False))
        except msgspec.ValidationError:
            # What cannot be an id is the id of nothing.
            raise NotFound(hint="Check the address.") from None

    return read


def filler_of(route: Route, service: object) -> Callable[[Exchange, Caller, Arguments], Awaitable[bytes]]:
    """Return the function that fills in a handler's arguments and returns the raw body it read."""
    signature = route.signature
    query = _query_of(route)
    decoder = msgspec.json.Decoder(signature.body) if signature.has_body else None

    async def fill(exchange: Exchange, caller: Caller, given: Arguments) -> bytes:
        body = b""
        if query is not None:
            query(exchange.scope["query_string"], given)
        if signature.service_name is not None:
            given[signature.service_name] = service
        if signature.caller is not None:
            given[signature.caller] = caller
        if signature.if_match is not None:
            header = exchange.headers.get(b"if-match")
            if header is None:
                raise PreconditionRequired(hint="Send the ETag you received in an If-Match header.")
            given[signature.if_match] = parse_if_match(header.decode("latin-1"))
        if signature.upload is not None:
            given[signature.upload] = Upload(exchange.headers, exchange.receive, route.body_limit)
        elif decoder is not None:
            body = await read_body(exchange.headers, exchange.receive, route.body_limit)
            given["body"] = _decoded(route, decoder, exchange.headers, body)
        if signature.request is not None:
            given[signature.request] = Request(exchange.scope, exchange.receive)
        return body

    return fill


def _decoded(route: Route, decoder: msgspec.json.Decoder[Any], headers: dict[bytes, bytes], body: bytes) -> object:
    default = route.signature.body_default
    # PostgreSQL's text cannot hold a NUL character; an escaped backslash before "u0000" is none.
    if b"\\u0000" in body and _NUL.search(body):
        raise Malformed("A text in the body holds a NUL character.", hint="Send the text without it.")
    if not body:
        if default is not inspect.Parameter.empty:
            return default
        raise Malformed("The body is empty.", hint="Send a JSON object.")
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json" and not kind.endswith(b"+json"):
        raise UnsupportedType("The body is read as JSON.", hint="Send the header Content-Type: application/json.")
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if isinstance(error, msgspec.DecodeError):
            raise unreadable_body(error) from None
        raise Malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None


def _query_of(route: Route) -> Callable[[bytes, Arguments], None] | None:
    signature = route.signature
    kind = signature.query_type
    if kind is None:
        return None
    lists = frozenset(field.name for field in signature.query if field.is_list)
    paged = signature.page

    def fill(query: bytes, given: Arguments) -> None:
        values: dict[str, str | list[str]] = {}
        if query:
            for name, value in parse_qsl(query.decode("latin-1"), max_num_fields=100):
                if "\0" in value:
                    raise Malformed("A parameter holds a NUL character.")
                if name in lists:
                    held = values.setdefault(name, [])
                    if isinstance(held, list):
                        held.append(value)
                else:
                    values[name] = value
        found = msgspec.structs.asdict(msgspec.convert(values, kind, strict=False))
        if any(type(value) is int and not -_MOST <= value < _MOST for value in found.values()):
            raise Malformed("A number in the query is larger than any that is kept.")
        if paged is not None:
            given[paged] = PageQuery(cursor=found.pop("cursor"), limit=found.pop("limit"))
        given.update(found)

    def checked(query: bytes, given: Arguments) -> None:
        try:
            fill(query, given)
        except msgspec.ValidationError as error:
            raise invalid(error, where="query") from None
        except ValueError:
            raise Malformed("The query has more than 100 parameters.") from None

    return checked
