"""Serving routes in a test, without a socket: memory engines, and a token for every caller the test invents."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import GUEST, Caller, Grant
from stoa.kit.clock import Clock, ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.engines.memory.idempotency import MemoryIdempotencyStore
from stoa.kit.engines.memory.limits import MemoryLimiter
from stoa.kit.errors import Unauthenticated
from stoa.kit.http.app import App, Wiring, build_app
from stoa.kit.http.router import Router


class InventedCallers:
    """Gives out tokens for callers and knows them again."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}

    def token_of(self, caller: Caller) -> str:
        """Return a token under which a caller is known from now on."""
        token = new_id().hex
        self._callers[token] = caller
        return token

    async def caller_of(self, token: str | None) -> Caller:
        """Return who presents a token."""
        if token is None:
            return GUEST
        try:
            return self._callers[token]
        except KeyError:
            raise Unauthenticated from None


def a_caller(
    *roles: str,
    organization: OrganizationId | None = None,
    user: UserId | None = None,
    course: UUID | None = None,
) -> Caller:
    """Invent a logged-in caller with roles in an organization, or in one course of it."""
    home = organization or OrganizationId(new_id())
    grants = tuple(
        Grant(role=role, scope="course" if course else "organization", scope_id=course or home) for role in roles
    )
    return Caller(user=user or UserId(new_id()), organization=home, session=new_id(), grants=grants)


class RoutesUnderTest:
    """Some services' routes with everything around them; `client(caller)` speaks to them as somebody."""

    def __init__(
        self,
        *services: tuple[Router, object],
        clock: Clock | None = None,
        **wiring: Any,  # any: whatever Wiring takes
    ) -> None:
        self.clock = clock or ManualClock()
        self.callers = InventedCallers()
        given: dict[str, Any] = {  # any: as above
            "authorizer": Authorizer(self.clock),
            "authenticator": self.callers,
            "limiter": MemoryLimiter(self.clock),
            "answers": MemoryIdempotencyStore(self.clock),
            "clock": self.clock,
        }
        self.app: App = build_app(services, Wiring(**{**given, **wiring}))

    def client(self, caller: Caller | None = None, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """Return a client that speaks as a caller, or as a guest."""
        known = {} if caller is None else {"authorization": f"Bearer {self.callers.token_of(caller)}"}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://stoa.test",
            headers={**known, **(headers or {})},
        )
