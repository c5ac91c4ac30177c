"""The ASGI application of a process: finds the route, guards the process, answers, and never shows a bug's insides."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from starlette.responses import Response

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.context import Surroundings, surroundings
from stoa.kit.clock import Clock
from stoa.kit.errors import Forbidden, NotFound, StoaError
from stoa.kit.http.address import Proxies, is_here
from stoa.kit.http.arguments import Exchange
from stoa.kit.http.endpoint import Callers, Endpoint, Gate, TenantSource, bind
from stoa.kit.http.idempotency import IdempotencyStore, Once
from stoa.kit.http.lifecycle import Check, Lifecycle
from stoa.kit.http.openapi import document_of
from stoa.kit.http.passes import LoadPasses
from stoa.kit.http.problems import NotAllowed, Unexpected, problem_of
from stoa.kit.http.reply import Reply, compressed, json_reply
from stoa.kit.http.requests import cors_headers, preflight, request_id_of, traceparent_of
from stoa.kit.http.router import Route, Router
from stoa.kit.http.tree import PathTree
from stoa.kit.limits import Limiter
from stoa.kit.telemetry.logs import logger
from stoa.kit.telemetry.telemetry import OPENMETRICS, Telemetry

Scope = MutableMapping[str, Any]  # any: an ASGI scope is a mapping of mixed values
Message = MutableMapping[str, Any]  # any: as above
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[object]]
Headers = list[tuple[bytes, bytes]]

_SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_SWEEP_S = 600.0
log = logger("kit")


@dataclass(frozen=True, kw_only=True)
class HttpOptions:
    """What an operator may turn; the composition root fills it from the settings."""

    title: str = "Stoa"
    version: str = "0"
    trusted_proxies: tuple[str, ...] = ()
    passes: LoadPasses | None = None
    cors_origins: tuple[str, ...] = ()
    most_in_flight: int = 512
    idempotency_wait_s: float = 5.0
    shows_metrics: bool = True
    metrics_token: str = ""


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What the routes of a process stand on.

    `mounts` answer below a first part of the path; `streams` do too, and last: they count for nothing in flight.
    """

    authorizer: Authorizer
    authenticator: Callers | None
    limiter: Limiter
    answers: IdempotencyStore
    clock: Clock
    telemetry: Telemetry = field(default_factory=Telemetry)
    options: HttpOptions = field(default_factory=HttpOptions)
    readiness: Mapping[str, Check] = field(default_factory=dict)
    mounts: Mapping[str, AsgiApp] = field(default_factory=dict)
    streams: Mapping[str, AsgiApp] = field(default_factory=dict)
    fallback: AsgiApp | None = None
    tenant_of: TenantSource | None = None
    lifespan: Lifespan | None = None


class App:
    """A plain ASGI application, so that the server under it stays a switch."""

    def __init__(self, services: Sequence[tuple[Router, object]], wiring: Wiring) -> None:
        self.routes: list[Route] = [route for router, _ in services for route in router.routes]
        self.lifecycle = Lifecycle(
            most_in_flight=wiring.options.most_in_flight, readiness=wiring.readiness, clock=wiring.clock
        )
        self._wiring = wiring
        self._origins = frozenset(wiring.options.cors_origins)
        self._monotonic = time.perf_counter
        self._tree: PathTree[Endpoint] = PathTree()
        self._openapi: bytes | None = None
        gate = Gate(
            authorizer=wiring.authorizer,
            authenticator=wiring.authenticator,
            limiter=wiring.limiter,
            once=Once(wiring.answers, wait_s=wiring.options.idempotency_wait_s),
            proxies=Proxies(wiring.options.trusted_proxies, wiring.options.passes),
            tenant_of=wiring.tenant_of,
        )
        for router, service in services:
            for route in router.routes:
                self._add(route, service, gate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            mounted = self._mounted(scope["path"])
            if mounted is None:
                await send({"type": "websocket.close", "code": 4404})
            else:
                await mounted(scope, receive, send)

    def openapi(self) -> bytes:
        """Return the OpenAPI document of these routes."""
        if self._openapi is None:
            options = self._wiring.options
            self._openapi = document_of(self.routes, title=options.title, version=options.version)
        return self._openapi

    def _add(self, route: Route, service: object, gate: Gate) -> None:
        wanted = route.signature.service_type
        if wanted is not None and not isinstance(service, wanted):
            raise TypeError(f"{route.name} asks for {wanted.__name__} and was given {type(service).__name__}")
        endpoint = Endpoint(
            route,
            bind(route, service, gate),
            self._wiring.telemetry.http.series(route.service, route.name),
            self.lifecycle.most(route.urgency),
        )
        self._tree.add(route.method, route.path, endpoint)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = request_id_of(headers)
        here = Surroundings(request_id, traceparent_of(headers))
        token = surroundings.set(here)
        try:
            found = self._tree.find(scope["path"])
            if found is None:
                await self._elsewhere(scope, receive, send, headers, request_id)
                return
            leaves, values = found
            method = scope["method"]
            endpoint = leaves.get(method) or (leaves.get("GET") if method == "HEAD" else None)
            if endpoint is None:
                await self._send(scope, send, self._no_method(method, leaves, headers, request_id), [], request_id)
                return
            exchange = Exchange(scope, receive, headers, values, here)
            await self._run(endpoint, exchange, send, request_id)
        finally:
            surroundings.reset(token)

    async def _run(self, endpoint: Endpoint, exchange: Exchange, send: Send, request_id: str) -> None:
        life = self.lifecycle
        if life.in_flight >= endpoint.most_in_flight:
            refused = Reply(*problem_of(life.refusal(), request_id))
            endpoint.series.observe(0.0, "5xx")
            await self._send(exchange.scope, send, refused, exchange.extra, request_id)
            return
        life.in_flight += 1
        started = self._monotonic()
        status = 500
        try:
            reply = await self._reply(endpoint, exchange, request_id)
            status = reply.status if isinstance(reply, Reply) else reply.status_code
            if isinstance(reply, Reply):
                compressed(reply, exchange.headers.get(b"accept-encoding"))
                await self._send(exchange.scope, send, reply, exchange.extra, request_id)
            else:
                dressed = self._dressing(send, exchange, request_id)
                await reply(exchange.scope, exchange.receive, dressed)
        finally:
            life.left()
            endpoint.series.observe(self._monotonic() - started, f"{status // 100}xx")

    async def _reply(self, endpoint: Endpoint, exchange: Exchange, request_id: str) -> Reply | Response:
        try:
            tracing = self._wiring.telemetry.tracing
            if not tracing.is_on:
                return await endpoint.serve(exchange)
            route = endpoint.route
            attributes = {"http.request.method": route.method, "http.route": route.path}
            with tracing.span(f"{route.service}.{route.name}", kind="server", attributes=attributes) as span:
                try:
                    reply = await endpoint.serve(exchange)
                except StoaError as error:
                    reply = Reply(*problem_of(error, request_id))
                if span is not None:
                    status = reply.status if isinstance(reply, Reply) else reply.status_code
                    span.set_attribute("http.response.status_code", status)
                return reply
        except StoaError as error:
            return Reply(*problem_of(error, request_id))
        except Exception:
            log.exception("kit.request_failed", route=endpoint.route.name, owner=endpoint.route.service)
            return Reply(*problem_of(Unexpected(hint="Tell us the request id if it happens again."), request_id))

    async def _send(self, scope: Scope, send: Send, reply: Reply, extra: Headers, request_id: str) -> None:
        headers = [*reply.headers, *extra, *_SAFE, (b"x-request-id", request_id.encode())]
        if self._origins:
            headers += cors_headers(self._origins, dict(scope["headers"]))
        if self.lifecycle.is_draining:
            headers.append((b"connection", b"close"))
        if reply.status not in (204, 304):
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    def _dressing(self, send: Send, exchange: Exchange, request_id: str) -> Send:
        """Return a send that adds the common headers to a response that a handler built itself."""
        common = [*exchange.extra, *_SAFE, (b"x-request-id", request_id.encode())]
        if self._origins:
            common += cors_headers(self._origins, exchange.headers)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                added = [header for header in common if header[0] not in own]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        return dressed

    async def _elsewhere(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], request_id: str
    ) -> None:
        """Answer what is no declared route: the probes, what is mounted, the fallback, or 404."""
        path = scope["path"]
        try:
            own = await self._own(path, scope, headers)
        except Forbidden as error:
            own = Reply(*problem_of(error, request_id))
        if own is not None:
            await self._send(scope, send, own, [], request_id)
            return
        if (stream := self._wiring.streams.get("/" + path[1:].partition("/")[0])) is not None:
            await stream(scope, receive, send)
            return
        mounted = self._mounted(path) or self._wiring.fallback
        if mounted is None or (mounted is self._wiring.fallback and path.startswith("/api/")):
            missing = NotFound("There is nothing at this address.", hint="Check the address.")
            await self._send(scope, send, Reply(*problem_of(missing, request_id)), [], request_id)
            return
        self.lifecycle.in_flight += 1
        try:
            await mounted(scope, receive, send)
        finally:
            self.lifecycle.left()

    def _mounted(self, path: str) -> AsgiApp | None:
        head, _, tail = path[1:].partition("/")
        mounts = self._wiring.mounts
        nearest = mounts.get(path) or mounts.get(f"/{head}/{tail.partition('/')[0]}")
        return nearest or mounts.get(f"/{head}")

    async def _own(self, path: str, scope: Scope, headers: Mapping[bytes, bytes]) -> Reply | None:
        if path == "/livez":
            return Reply(200, [(b"content-type", b"text/plain; charset=utf-8")], b"ok\n")
        if path == "/readyz":
            ready, checks = await self.lifecycle.readiness()
            return json_reply(200 if ready else 503, {"ready": ready, "checks": checks})
        if path == "/metrics" and self._wiring.options.shows_metrics:
            if not self._may_see_metrics(scope, headers):
                raise Forbidden("Figures are shown on this machine, or for the bearer token of STOA_METRICS_TOKEN.")
            return Reply(200, [(b"content-type", OPENMETRICS.encode())], self._wiring.telemetry.exposition())
        if path == "/api/openapi.json":
            return Reply(200, [(b"content-type", b"application/json"), (b"cache-control", b"no-cache")], self.openapi())
        return None

    def _may_see_metrics(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        token = self._wiring.options.metrics_token
        shown = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        return is_here(scope.get("client"), headers) or (token != "" and compare_digest(shown, token.encode()))

    def _no_method(
        self, method: str, leaves: Mapping[str, Endpoint], headers: dict[bytes, bytes], request_id: str
    ) -> Reply:
        methods = sorted({*leaves, "OPTIONS", *(["HEAD"] if "GET" in leaves else [])})
        allow = (b"allow", ", ".join(methods).encode())
        if method == "OPTIONS":
            return Reply(204, [allow, *preflight(self._origins, headers)], b"")
        refused = Reply(*problem_of(NotAllowed(hint=f"Use {' or '.join(methods)}."), request_id))
        refused.headers.append(allow)
        return refused

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server; at the end what is in flight may finish."""
        async with AsyncExitStack() as stack:
            await receive()
            try:
                if self._wiring.lifespan is not None:
                    await stack.enter_async_context(self._wiring.lifespan())
            except (StoaError, OSError) as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            sweeper = asyncio.create_task(self._sweep())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper
            await self.lifecycle.drain()
        await send({"type": "lifespan.shutdown.complete"})

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            try:
                await self._wiring.answers.sweep()
            except (StoaError, OSError) as error:
                log.warning("kit.sweep_failed", error=type(error).__name__)


def build_app(services: Sequence[tuple[Router, object]], wiring: Wiring) -> App:
    """Return the application that serves some services' routes."""
    return App(services, wiring)
