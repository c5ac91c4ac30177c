"""Reading a handler's signature once, at declaration: what comes from the path, the query, the body and the kit."""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from starlette.requests import Request

from stoa.kit.auth.caller import Caller
from stoa.kit.http.cursor import PageQuery
from stoa.kit.http.etag import IfMatch
from stoa.kit.http.upload import Upload

Handler = Callable[..., Any]  # any: handlers have every signature; this module reads it
_SCALARS = (str, int, float, bool, UUID, datetime, date, time, timedelta, Decimal)


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of the path or the query."""

    name: str
    type: Any  # any: an annotation is any type expression
    default: Any = inspect.Parameter.empty  # any: the default of any type

    @property
    def is_required(self) -> bool:
        """Tell whether the caller must give it."""
        return self.default is inspect.Parameter.empty

    @property
    def is_list(self) -> bool:
        """Tell whether it may be given more than once."""
        return any(get_origin(kind) in (list, frozenset, set, tuple) for kind in _alternatives(self.type))


@dataclass(slots=True)
class Signature:
    """What a handler takes and gives."""

    path: tuple[Field, ...] = ()
    query: tuple[Field, ...] = ()
    path_type: type[msgspec.Struct] | None = None
    query_type: type[msgspec.Struct] | None = None
    body: Any = None  # any: an annotation is any type expression
    body_default: Any = inspect.Parameter.empty  # any: the default of any type
    service_name: str | None = None
    service_type: type | None = None
    caller: str | None = None
    if_match: str | None = None
    page: str | None = None
    request: str | None = None
    upload: str | None = None
    returns: Any = None  # any: an annotation is any type expression

    @property
    def has_body(self) -> bool:
        """Tell whether the handler takes a decoded body."""
        return self.body is not None


def read_signature(handler: Handler, path_names: tuple[str, ...]) -> Signature:
    """Sort a handler's parameters by where their values come from; what fits nowhere is a TypeError."""
    hints = typing.get_type_hints(handler, include_extras=True)
    found = Signature(returns=hints.pop("return", None))
    path: list[Field] = []
    query: list[Field] = []
    for parameter in inspect.signature(handler).parameters.values():
        name = parameter.name
        if name not in hints:
            raise TypeError(f"{handler.__qualname__}: parameter {name} has no type")
        field = Field(name, hints[name], parameter.default)
        if name in path_names:
            path.append(field)
        elif not _takes_from_kit(found, field):
            if not is_scalar(field.type):
                raise TypeError(f"{handler.__qualname__}: no way to fill parameter {name}: {field.type!r}")
            query.append(field)
    missing = set(path_names) - {field.name for field in path}
    if missing:
        raise TypeError(f"{handler.__qualname__}: the path names {sorted(missing)}, the handler does not")
    found.path, found.query = tuple(path), tuple(query)
    if path:
        found.path_type = _struct(f"{handler.__name__}_path", path)
    if query or found.page:
        paging = [Field(one.name, one.type, one.default) for one in msgspec.structs.fields(PageQuery) if found.page]
        found.query_type = _struct(f"{handler.__name__}_query", [*query, *paging])
    return found


def is_scalar(kind: Any) -> bool:  # any: an annotation is any type expression
    """Tell whether a type can be written as one text, or a list of such."""
    for one in _alternatives(kind):
        if get_origin(one) in (list, frozenset, set):
            if not all(is_scalar(item) for item in get_args(one)):
                return False
        elif get_origin(one) is Literal or one is types.NoneType:
            continue
        elif not (isinstance(one, type) and issubclass(one, (*_SCALARS, Enum))):
            return False
    return True


def _takes_from_kit(found: Signature, field: Field) -> bool:
    """Note a parameter that is neither of the path nor of the query; tell whether it was one."""
    name, kind = field.name, field.type
    if name == "body":
        found.body, found.body_default = kind, field.default
    elif kind is Caller:
        found.caller = name
    elif kind is IfMatch:
        found.if_match = name
    elif kind is PageQuery:
        found.page = name
    elif kind is Request:
        found.request = name
    elif kind is Upload:
        found.upload = name
    elif isinstance(kind, type) and not is_scalar(kind) and found.service_name is None:
        found.service_name, found.service_type = name, kind
    else:
        return False
    return True


def _alternatives(kind: Any) -> tuple[Any, ...]:  # any: an annotation is any type expression
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if hasattr(kind, "__supertype__"):
        return _alternatives(kind.__supertype__)
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(one for member in get_args(kind) for one in _alternatives(member))
    return (kind,)


def _struct(name: str, fields: list[Field]) -> type[msgspec.Struct]:
    # any: a field of defstruct is (name, type) or (name, type, default)
    parts: list[Any] = [
        (field.name, field.type) if field.is_required else (field.name, field.type, field.default) for field in fields
    ]
    return msgspec.defstruct(name, parts, kw_only=True, gc=False)
