"""One route made ready to serve: everything decided once is decided here, and a request only runs through."""

import functools
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from starlette.responses import Response

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import GUEST, Caller
from stoa.kit.contract import OrganizationId, text_of
from stoa.kit.errors import DeadlineExceeded, Malformed, StoaError, Unauthenticated
from stoa.kit.http.address import Proxies
from stoa.kit.http.arguments import Arguments, Exchange, filler_of, path_reader_of
from stoa.kit.http.deadline import Deadlines
from stoa.kit.http.idempotency import Once, Slot, StoredAnswer, fingerprint_of, read_key
from stoa.kit.http.problems import problem_of
from stoa.kit.http.reply import Reply, renderer_of, replayed
from stoa.kit.http.router import Route
from stoa.kit.limits import Limiter, Verdict, refusal
from stoa.kit.telemetry.red import Series

TenantSource = Callable[[dict[bytes, bytes]], Awaitable[OrganizationId | None]]
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Callers(Protocol):
    """Knows who presents a token: the Authenticator, or a test's invention."""

    async def caller_of(self, token: str | None) -> Caller:
        """Return the caller, or raise Unauthenticated."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What every route of a process shares."""

    authorizer: Authorizer
    authenticator: Callers | None
    limiter: Limiter
    once: Once
    proxies: Proxies
    tenant_of: TenantSource | None = None
    deadlines: Deadlines = field(default_factory=Deadlines)


Serve = Callable[[Exchange], Awaitable[Reply | Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route bound to its service and the process's gate."""

    route: Route
    serve: Serve
    series: Series
    most_in_flight: int


def bind(route: Route, service: object, gate: Gate) -> Serve:
    """Return the function that serves a route."""
    path = path_reader_of(route)
    render = renderer_of(route)
    arguments = filler_of(route, service)
    handler = route.handler
    guard = _guard_of(route, gate)
    deadline_s = route.deadline_s
    writes = route.method in _WRITES

    async def call(exchange: Exchange, given: Arguments) -> Reply | Response:
        budget_s = deadline_s
        wanted = exchange.headers.get(b"stoa-deadline")
        if wanted is not None:
            budget_s = _shorter(budget_s, wanted)
        if budget_s is None:
            return render(await handler(**given), exchange.headers)
        deadline = gate.deadlines.within(budget_s)
        exchange.surroundings.deadline = deadline.when
        with deadline:
            result = await handler(**given)
        return render(result, exchange.headers)

    async def serve(exchange: Exchange) -> Reply | Response:
        given = {} if path is None else path(exchange)
        caller = await guard(exchange, given)
        body = await arguments(exchange, caller, given)
        if writes:
            header = exchange.headers.get(b"idempotency-key")
            if header is not None and route.replay:
                return await _once(route, gate, exchange, caller, read_key(header), body, lambda: call(exchange, given))
        return await call(exchange, given)

    return serve


def _guard_of(route: Route, gate: Gate) -> Callable[[Exchange, Arguments], Awaitable[Caller]]:
    """Return the check that comes before the body is read: who, how often, may they."""
    permission, limit, scope = route.permission, route.limit, route.scope
    public = permission.audience == "public"
    decide, require = gate.authorizer.decide, gate.authorizer.require

    async def guard(exchange: Exchange, given: Arguments) -> Caller:
        caller = await _caller(exchange, gate, forgiving=public)
        exchange.surroundings.caller = caller
        if limit is not None:
            exchange.address = gate.proxies.client_of(exchange.scope.get("client"), exchange.scope["headers"])
            exchange.surroundings.address = exchange.address
            buckets = limit.buckets(
                caller=text_of(caller.user) if caller.user else None,
                address=exchange.address,
                organization=caller.organization,
            )
            verdict = await gate.limiter.take(*buckets)
            exchange.extra += _rate_headers(limit.name, verdict)
            if not verdict.allowed:
                raise refusal(verdict)
        if not public:
            place = given.get(scope) if scope is not None else None
            where = place if isinstance(place, UUID) else None
            if not decide(caller, permission, where).allowed:
                require(caller, permission, where)
        return caller

    return guard


async def _caller(exchange: Exchange, gate: Gate, *, forgiving: bool) -> Caller:
    header = exchange.headers.get(b"authorization")
    if header is not None and gate.authenticator is not None:
        scheme, _, token = header.partition(b" ")
        try:
            if scheme.lower() != b"bearer":
                raise Unauthenticated("The Authorization header is not a bearer token.")
            return await gate.authenticator.caller_of(token.strip().decode("latin-1"))
        except Unauthenticated:
            if not forgiving:
                raise
    if gate.tenant_of is not None:
        return Caller(organization=await gate.tenant_of(exchange.headers))
    return GUEST


async def _once(
    route: Route,
    gate: Gate,
    exchange: Exchange,
    caller: Caller,
    key: str,
    body: bytes,
    work: Callable[[], Awaitable[Reply | Response]],
) -> Reply | Response:
    """Run a write under its Idempotency-Key; what cannot or must not be stored is simply answered."""
    principal = str(caller.user) if caller.user else f"guest:{exchange.address}"
    slot = Slot(
        service=route.service,
        organization=str(caller.organization or "-"),
        principal=principal,
        route=f"{route.name}:{exchange.scope['path']}",
        key=key,
    )
    first: list[Reply | Response] = []

    async def run() -> StoredAnswer | None:
        try:
            reply = await work()
        except StoaError as error:
            if error.status >= 500 or error.status in (401, 429):
                raise
            status, headers, text = problem_of(error, exchange.surroundings.request_id)
            reply = Reply(status, headers, text)
        first.append(reply)
        if isinstance(reply, Response) or reply.sets_cookies:
            return None
        return reply.stored()

    length = exchange.headers.get(b"content-length", b"") if route.signature.upload else b""
    fingerprint = fingerprint_of(exchange.scope["query_string"] + length, body, key=key)
    answer = await gate.once.run(slot, fingerprint, run)
    if first:
        return first[0]
    if answer is None:
        raise Malformed("The key's answer is gone.")
    return replayed(answer)


def _shorter(budget_s: float | None, header: bytes) -> float | None:
    """Return the shorter of the route's budget and the milliseconds a caller still has."""
    try:
        wanted_s = int(header) / 1000
    except ValueError:
        raise Malformed("Stoa-Deadline is the number of milliseconds that are left.") from None
    if wanted_s <= 0:
        raise DeadlineExceeded
    return wanted_s if budget_s is None else min(budget_s, wanted_s)


def _rate_headers(name: str, verdict: Verdict) -> list[tuple[bytes, bytes]]:
    left = f'"{name}";r={verdict.remaining};t={math.ceil(verdict.reset_s)}'
    return [_policy_header(name, verdict.count, verdict.per_s), (b"ratelimit", left.encode("latin-1"))]


@functools.lru_cache(maxsize=1024)
def _policy_header(name: str, count: int, per_s: float) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", f'"{name}";q={count};w={per_s:g}'.encode("latin-1")
