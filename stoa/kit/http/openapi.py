"""The OpenAPI 3.1 document, made from the declared routes and nothing else."""

import inspect
import typing
from typing import Any, get_args, get_origin

import msgspec
from starlette.responses import Response

from stoa.kit.contract import Struct
from stoa.kit.errors import (
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    StoaError,
    TooMany,
    Unauthenticated,
)
from stoa.kit.http.answer import Answer
from stoa.kit.http.cursor import PageQuery
from stoa.kit.http.router import Route
from stoa.kit.http.signature import Field

Json = dict[str, Any]  # any: a JSON schema is JSON of any shape
_REF = "#/components/schemas/{name}"
_PREFIX = _REF.format(name="")


class FieldProblem(Struct, frozen=True, kw_only=True):
    """What is wrong with one field."""

    field: str
    message: str


class ProblemDetails(Struct, frozen=True, kw_only=True):
    """RFC 9457 problem details; `code` is stable, the words are not."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    request_id: str
    errors: list[FieldProblem] = []


def document_of(routes: list[Route], *, title: str, version: str) -> bytes:
    """Return the document, the same bytes for the same routes."""
    shown = sorted((route for route in routes if not route.hidden), key=lambda route: (route.path, route.method))
    _refuse_twins(shown)
    taken = [_given(route.signature.body) for route in shown if route.signature.has_body]
    made = [kind for route in shown if (kind := answer_type(route)) is not None]
    schemas = _Schemas(taken, made)
    paths: dict[str, Json] = {}
    for route in shown:
        path = route.path.replace(":path}", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas)
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "tags": [{"name": name} for name in sorted({route.service for route in shown})],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"


def answer_type(route: Route) -> Any:  # any: an annotation is any type expression
    """Return the type of a route's JSON body, None for an empty answer or a stream."""
    kind = route.signature.returns
    if get_origin(kind) is Answer:
        (kind,) = get_args(kind)
    if kind is None or kind is type(None) or kind is Answer:
        return None
    members = get_args(kind) if get_origin(kind) is not None else (kind,)
    if any(isinstance(one, type) and issubclass(one, Response) for one in members):
        return None
    return kind


class _Schemas:
    """The named schemas: what comes in as it is declared, what goes out with every field required."""

    def __init__(self, taken: list[Any], made: list[Any]) -> None:
        # any: annotations are any type expressions
        self._taken, ins = _schemas_of(taken)
        self._made, outs = _schemas_of([*made, ProblemDetails])
        for schema in outs.values():
            _require_all(schema)
        _require_none(outs["ProblemDetails"], "errors")
        self._renamed = {name for name, schema in ins.items() if name in outs and not _is_same(name, ins, outs)}
        self._spread(ins)
        self.components: Json = dict(outs)
        for name, schema in ins.items():
            self.components[self._in_name(name)] = self._with_in_names(schema)
        for name, schema in self.components.items():
            _refuse_mixed(name, schema)

    def taken(self, kind: Any) -> Json:  # any: an annotation is any type expression
        """Return the schema of a body that comes in."""
        found: Json = self._with_in_names(self._taken[_key(kind)])
        return found

    def made(self, kind: Any) -> Json:  # any: an annotation is any type expression
        """Return the schema of a body that goes out."""
        return self._made[_key(kind)]

    def _spread(self, ins: Json) -> None:
        """What refers to a renamed schema must be renamed too, or it would refer to the other one."""
        grew = True
        while grew:
            grew = False
            for name, schema in ins.items():
                if name not in self._renamed and _references(schema) & self._renamed:
                    self._renamed.add(name)
                    grew = True

    def _in_name(self, name: str) -> str:
        return f"{name}In" if name in self._renamed else name

    def _with_in_names(self, schema: Any) -> Any:  # any: a JSON schema is JSON of any shape
        if isinstance(schema, dict):
            return {
                key: _PREFIX + self._in_name(value.removeprefix(_PREFIX))
                if isinstance(value, str) and value.startswith(_PREFIX)
                else self._with_in_names(value)
                for key, value in schema.items()
            }
        if isinstance(schema, list):
            return [self._with_in_names(item) for item in schema]
        return schema


def _schemas_of(kinds: list[Any]) -> tuple[dict[str, Json], Json]:  # any: annotations are any type expressions
    unique = {_key(kind): kind for kind in kinds}
    schemas, components = msgspec.json.schema_components(unique.values(), ref_template=_REF)
    return dict(zip(unique, schemas, strict=True)), components


def _key(kind: Any) -> str:  # any: an annotation is any type expression
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else repr(kind)


def _require_all(schema: Any) -> None:  # any: a JSON schema is JSON of any shape
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema["required"] = list(schema["properties"])
            for one in schema["properties"].values():
                if isinstance(one, dict):
                    one.pop("default", None)
        for inner in schema.values():
            _require_all(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _require_all(inner)


def _require_none(schema: Json, *names: str) -> None:
    schema["required"] = [name for name in schema["required"] if name not in names]


def _is_same(name: str, ins: Json, outs: Json) -> bool:
    return bool(ins[name] == outs[name])


def _references(schema: Any) -> set[str]:  # any: a JSON schema is JSON of any shape
    if isinstance(schema, str):
        return {schema.removeprefix(_PREFIX)} if schema.startswith(_PREFIX) else set()
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return {name for one in inner for name in _references(one)}


def _refuse_mixed(name: str, schema: Any) -> None:  # any: a JSON schema is JSON of any shape
    if isinstance(schema, dict):
        if "prefixItems" in schema:
            raise TypeError(f"{name} holds a tuple of mixed types, which clients read as never[]: use a struct or list")
        for inner in schema.values():
            _refuse_mixed(name, inner)
    elif isinstance(schema, list):
        for inner in schema:
            _refuse_mixed(name, inner)


def _refuse_twins(routes: list[Route]) -> None:
    seen: dict[str, str] = {}
    for route in routes:
        place = f"{route.method} {route.path}"
        if route.name in seen:
            raise ValueError(f"two routes are called {route.name}: {seen[route.name]} and {place}")
        seen[route.name] = place


def _operation(route: Route, schemas: _Schemas) -> Json:
    signature = route.signature
    operation: Json = {
        "operationId": route.name,
        "tags": [route.service],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route, schemas),
        "x-permission": route.permission.name,
    }
    more = inspect.cleandoc(route.handler.__doc__ or "").partition("\n")[2].strip()
    if more:
        operation["description"] = more
    if signature.has_body:
        required = signature.body_default is inspect.Parameter.empty
        content = {"application/json": {"schema": schemas.taken(_given(signature.body))}}
        operation["requestBody"] = {"required": required, "content": content}
    elif signature.upload:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": binary}}
    if route.permission.audience != "public":
        operation["security"] = [{"bearer": []}]
    if route.limit is not None:
        operation["x-limit"] = route.limit.name
    return operation


def _given(kind: Any) -> Any:  # any: an annotation is any type expression
    """Return the type of a body without the None that makes it optional."""
    members = [one for one in get_args(kind) if one is not type(None)]
    is_optional = type(None) in get_args(kind)
    return typing.Union[tuple(members)] if is_optional else kind  # noqa: UP007 (built from a list)


def _parameters(route: Route) -> list[Json]:
    signature = route.signature
    found = [_parameter("path", field) for field in signature.path]
    found += [_parameter("query", field) for field in signature.query]
    if signature.page:
        paging = [Field(one.name, one.type, one.default) for one in msgspec.structs.fields(PageQuery)]
        found += [_parameter("query", field) for field in paging]
    if signature.if_match:
        found.append(_header("If-Match", "The ETag of the version that is changed.", required=True))
    if route.etag:
        found.append(_header("If-None-Match", "The ETag already held; answers 304 while it is current."))
    if route.method not in ("GET", "HEAD", "OPTIONS") and route.replay:
        found.append(_header("Idempotency-Key", "Repeating the request with the same key has one effect."))
    return found


def _parameter(place: str, field: Field) -> Json:
    parameter: Json = {
        "name": field.name,
        "in": place,
        "required": place == "path" or field.is_required,
        "schema": _plain_schema(field.type),
    }
    default = field.default
    if not field.is_required and default is not None:
        parameter["schema"] = {**parameter["schema"], "default": msgspec.to_builtins(default)}
    return parameter


def _plain_schema(kind: Any) -> Json:  # any: an annotation is any type expression
    """Return a parameter's schema without references and without null, which a query cannot say."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_REF)
    while "$ref" in schema:
        schema = components[schema["$ref"].removeprefix(_PREFIX)]
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        schema = choices[0]
        while "$ref" in schema:
            schema = components[schema["$ref"].removeprefix(_PREFIX)]
    return dict(schema)


def _header(name: str, description: str, *, required: bool = False) -> Json:
    return {
        "name": name, "in": "header", "required": required, "description": description, "schema": {"type": "string"},
    }  # fmt: skip


def _responses(route: Route, schemas: _Schemas) -> Json:
    kind = answer_type(route)
    returns = route.signature.returns
    is_stream = kind is None and returns is not None and returns is not type(None) and get_origin(returns) is not Answer
    status = 204 if kind is None and not is_stream and route.status == 200 else route.status
    done: Json = {"description": route.summary}
    if kind is not None:
        done["content"] = {"application/json": {"schema": schemas.made(kind)}}
    elif is_stream:
        done["content"] = {route.produces: {"schema": {"type": "string", "format": "binary"}}}
    responses: Json = {str(status): done}
    if route.etag:
        responses["304"] = {"description": "What the caller holds is current."}
    by_status: dict[int, list[type[StoaError]]] = {}
    for error in _errors_of(route):
        by_status.setdefault(error.status, []).append(error)
    for number, errors in sorted(by_status.items()):
        words = "; ".join(f"`{error.code}` {error.title}" for error in errors)
        content = {"application/problem+json": {"schema": {"$ref": _PREFIX + "ProblemDetails"}}}
        responses[str(number)] = {"description": words, "content": content}
    return responses


def _errors_of(route: Route) -> list[type[StoaError]]:
    found: list[type[StoaError]] = list(route.errors)
    signature = route.signature
    if route.permission.audience != "public":
        found += [Unauthenticated, Forbidden]
    if signature.path:
        found.append(NotFound)
    if signature.has_body or signature.query or signature.page:
        found.append(Invalid)
    if signature.if_match:
        found += [PreconditionFailed, PreconditionRequired]
    if route.limit is not None:
        found.append(TooMany)
    return list(dict.fromkeys(found))
