"""Walking a router as somebody of another organization: every route that takes an id is called on ids of theirs."""

import enum
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import new_id
from stoa.kit.http.router import Route, Router
from stoa.kit.testing.routes import RoutesUnderTest

_SAMPLES: Mapping[type, object] = {
    str: "x" * 12,
    int: 1,
    float: 1.0,
    bool: False,
    Decimal: "1",
    datetime: datetime(2026, 1, 5, tzinfo=UTC).isoformat(),
}


async def walked(
    routes: RoutesUnderTest, router: Router, caller: Caller, ids: Mapping[str, UUID], **body: object
) -> dict[str, int]:
    """Call every route whose path takes ids, with a body that can be read, and return {operation: status}.

    `body` overrides fields of the bodies by name, say a role that exists.
    """
    client, answers = routes.client(caller), dict[str, int]()
    for route in router.routes:
        if not route.path_names:
            continue
        sent = a_body(route, **body)
        answer = await client.request(
            route.method,
            route.path.format(**{name: ids[name] for name in route.path_names}),
            json=None if route.method == "GET" else sent,
            headers={"if-match": '"1"'},
            params={field.name: "1" for field in route.signature.query if field.name != "cursor"},
        )
        answers[route.name] = answer.status_code
    return answers


def a_body(route: Route, **known: object) -> object:
    """Return a body that a route can read; `known` overrides its fields by name."""
    return msgspec.to_builtins({**_body_of(route), **_known(route, known)})


def _known(route: Route, body: Mapping[str, object]) -> dict[str, object]:
    kind = route.signature.body if route.signature.has_body else None
    names = getattr(kind, "__struct_fields__", ())
    return {name: value for name, value in body.items() if name in names}


def _body_of(route: Route) -> dict[str, object]:
    if not route.signature.has_body:
        return {}
    made = _sample(route.signature.body)
    return made if isinstance(made, dict) else {}


def _sample(kind: Any) -> object:  # any: a type of any form
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _sample_list(arguments[0], arguments[1:]) or _sample(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _sample(next(one for one in arguments if one not in (type(None), msgspec.UnsetType)))
    if isinstance(kind, typing.NewType):
        return _sample(kind.__supertype__)
    if origin is not None:
        return {} if origin is dict else []
    return _sample_of_class(kind)


def _sample_list(kind: Any, notes: tuple[object, ...]) -> list[object]:  # any: a type of any form
    """Return as many samples as a list must have at least; nothing for what is no list."""
    least = max((note.min_length or 0 for note in notes if isinstance(note, msgspec.Meta)), default=0)
    return [_sample(typing.get_args(kind)[0]) for _ in range(least)] if typing.get_origin(kind) is list else []


def _sample_of_class(kind: type) -> object:
    if kind is UUID:
        return str(new_id())
    if issubclass(kind, enum.Enum):
        return next(iter(kind)).value
    if issubclass(kind, msgspec.Struct):
        return {field.encode_name: _sample(field.type) for field in msgspec.structs.fields(kind) if field.required}
    return _SAMPLES.get(kind, "x")
