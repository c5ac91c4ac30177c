"""Declaring routes: what a service answers, to whom, how often, and with which errors."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Required, TypedDict, TypeVar, Unpack

from stoa.kit.auth.permission import AUTHENTICATED, MEMBER, PUBLIC, Permission
from stoa.kit.errors import StoaError
from stoa.kit.http.answer import Answer, Cookie
from stoa.kit.http.cursor import Cursor, PageQuery
from stoa.kit.http.etag import IfMatch
from stoa.kit.http.signature import Handler, Signature, read_signature
from stoa.kit.http.upload import Upload
from stoa.kit.limits import Limit

__all__ = [
    "AUTHENTICATED",
    "MEMBER",
    "PUBLIC",
    "Answer",
    "Cookie",
    "Cursor",
    "IfMatch",
    "Limit",
    "PageQuery",
    "Permission",
    "Route",
    "Router",
    "Upload",
    "Urgency",
]

F = TypeVar("F", bound=Handler)
Errors = tuple[type[StoaError], ...]

# What is shed last comes first: saving a learner's work, live rooms, reading, reports.
Urgency = Literal["saving", "live", "reading", "reporting"]

MEGABYTE = 1024 * 1024
_LONGEST_WORK_S = 30.0
_READS = ("GET", "HEAD", "OPTIONS")
_NAME = re.compile(r"\{([a-z_][a-z0-9_]*)(:path)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One declared route with everything that can be known before a request comes."""

    service: str
    method: str
    path: str
    handler: Handler
    permission: Permission
    signature: Signature
    limit: Limit | None
    status: int
    scope: str | None
    etag: bool
    errors: Errors
    urgency: Urgency
    deadline_s: float | None
    body_limit: int
    produces: str
    replay: bool
    hidden: bool

    @property
    def name(self) -> str:
        """Return the operation's stable id: the handler's name."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """Return the first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().split("\n", 1)[0]

    @property
    def path_names(self) -> tuple[str, ...]:
        """Return the names in the path, in order."""
        return tuple(name for name, _ in _NAME.findall(self.path))


class Options(TypedDict, total=False):
    """What a route declares beside its path.

    `scope` names the path parameter that is the resource the permission is checked on. `etag` answers conditional
    reads. `replay=False` keeps the answers of a write out of the idempotency store, for they hold secrets.
    `deadline_s=None` is for work that lasts as long as its stream.
    """

    permission: Required[Permission]
    scope: str
    status: int
    etag: bool
    errors: Errors
    urgency: Urgency
    deadline_s: float | None
    body_limit: int
    produces: str
    replay: bool
    hidden: bool


class ReadOptions(Options, total=False):
    """What a read declares."""

    limit: Limit


class WriteOptions(Options, total=False):
    """What a write declares: it has a limit."""

    limit: Required[Limit]


class Router:
    """The routes of one service; they are read and checked when the module is imported."""

    def __init__(self, service: str, *, prefix: str = "/api/v1") -> None:
        self.service = service
        self.prefix = prefix
        self.routes: list[Route] = []

    def get(self, path: str, **options: Unpack[ReadOptions]) -> Callable[[F], F]:
        """Declare a read; HEAD is answered with it."""
        return self._declare("GET", path, dict(options))

    def head(self, path: str, **options: Unpack[ReadOptions]) -> Callable[[F], F]:
        """Declare a HEAD that is not the one of a GET."""
        return self._declare("HEAD", path, dict(options))

    def options(self, path: str, **options: Unpack[ReadOptions]) -> Callable[[F], F]:
        """Declare what a protocol answers to OPTIONS; everywhere else the kit answers it."""
        return self._declare("OPTIONS", path, dict(options))

    def post(self, path: str, **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declare a write that creates or acts."""
        return self._declare("POST", path, dict(options))

    def put(self, path: str, **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declare a write that replaces."""
        return self._declare("PUT", path, dict(options))

    def patch(self, path: str, **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declare a write that changes a part."""
        return self._declare("PATCH", path, dict(options))

    def delete(self, path: str, **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declare a write that removes."""
        return self._declare("DELETE", path, dict(options))

    # any: the options of both typed dictionaries above
    def _declare(self, method: str, path: str, options: dict[str, Any]) -> Callable[[F], F]:
        def declare(handler: F) -> F:
            where = f"{method} {path} ({handler.__qualname__})"
            self.routes.append(self._route(where, method, path, handler, options))
            return handler

        return declare

    # any: as above
    def _route(self, where: str, method: str, path: str, handler: Handler, options: dict[str, Any]) -> Route:
        if not isinstance(options.get("permission"), Permission):
            raise TypeError(f"{where} declares no permission=; say PUBLIC if anyone may")
        if method not in _READS and not isinstance(options.get("limit"), Limit):
            raise TypeError(f"{where} writes and declares no limit=")
        if not inspect.iscoroutinefunction(handler):
            raise TypeError(f"{where} is not async")
        if not (handler.__doc__ or "").strip():
            raise TypeError(f"{where} has no docstring, which is its summary")
        signature = read_signature(handler, tuple(name for name, _ in _NAME.findall(path)))
        scope = options.get("scope")
        if scope is not None and scope not in {field.name for field in signature.path}:
            raise TypeError(f"{where}: scope {scope!r} is no name in the path")
        if signature.upload and signature.has_body:
            raise TypeError(f"{where} takes a body and an upload")
        return Route(
            service=self.service,
            method=method,
            path=self.prefix + path,
            handler=handler,
            permission=options["permission"],
            signature=signature,
            limit=options.get("limit"),
            status=options.get("status", 200),
            scope=scope,
            etag=options.get("etag", False),
            errors=tuple(options.get("errors", ())),
            urgency=options.get("urgency", "reading" if method in _READS else "saving"),
            deadline_s=options.get("deadline_s", None if signature.upload else _LONGEST_WORK_S),
            body_limit=options.get("body_limit", MEGABYTE),
            produces=options.get("produces", "application/json"),
            replay=options.get("replay", True),
            hidden=options.get("hidden", False),
        )
