"""Who may pass: tokens, grants and the tenant of a guest, wired to the services that know them."""

import asyncio
import contextlib
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import msgspec

from stoa.kit.auth.authenticator import Authenticator
from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import GrantSet
from stoa.kit.auth.grants import GrantCache
from stoa.kit.auth.revocations import Revocations
from stoa.kit.auth.tokens import TokenVerifier
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.engines.postgres.database import Database
from stoa.kit.errors import StoaError
from stoa.kit.events import Consumers, Delivery, Envelope
from stoa.kit.inbox import Consumer, bound
from stoa.kit.invalidation import Invalidations
from stoa.kit.realtime.broker import ROLE, SESSIONS, Broker, Control
from stoa.services.identity.contract import IdentityPort, SessionsRevoked
from stoa.services.organizations.contract import OrganizationsPort, RoleChanged

# What every process hears before the change is answered.
TOLD: Final[tuple[type[SessionsRevoked | RoleChanged], ...]] = (SessionsRevoked, RoleChanged)
# So long their events may wait for others, well below what tokens of sockets count with (HEARD_S of the doorkeeper).
_PATIENCE_S: Final = 0.5
# The demo organization comes while the first pages are asked for already.
_NO_TENANT_S = 0.25
_TENANT_S = 60.0
_MOST_TENANTS = 1_000
_CATCH_UP_AGAIN_S = 1.0
_MOST_TOLD = 20_000


class Concerned(Protocol):
    """Acts at once when somebody may no longer do what they could."""

    def session_ended(self, *, user: UserId, session: UUID | None, at: float) -> None:
        """Learn that one session, or all older ones of a user, are no longer good since a moment in Unix seconds."""
        ...

    def role_changed(self, *, user: UserId, at: float) -> None:
        """Learn that what a user may do is another than before a moment in Unix seconds."""
        ...


class Access:
    """What one process knows of tokens, grants and tenants; broadcasts keep it true within seconds."""

    def __init__(
        self,
        *,
        clock: Clock,
        issuer: str,
        identity: IdentityPort,
        organizations: OrganizationsPort,
        default_slug: str,
    ) -> None:
        self._clock = clock
        self._identity = identity
        self._organizations = organizations
        self._default_slug = default_slug
        self.concerned: list[Concerned] = []
        self._tenants: dict[str, tuple[float, OrganizationId | None]] = {}
        self._told: dict[tuple[object, ...], None] = {}
        self.authorizer = Authorizer(clock)
        self.revocations = Revocations(clock)
        self.grants = GrantCache(self._grants_of, clock)
        self.verifier = TokenVerifier(identity.jwks, clock, self.revocations, issuer=issuer)
        self.authenticator = Authenticator(self.verifier, self.grants)

    async def tenant_of(self, headers: dict[bytes, bytes]) -> OrganizationId | None:
        """Return the organization of a guest: the one the page names, else that of the installation."""
        slug = headers.get(b"stoa-organization", self._default_slug.encode()).decode("latin-1")[:63]
        now = self._clock.monotonic()
        known = self._tenants.get(slug)
        if known is not None and now - known[0] < (_TENANT_S if known[1] else _NO_TENANT_S):
            return known[1]
        found = await self._organizations.organization_by_slug(slug=slug)
        if len(self._tenants) >= _MOST_TENANTS:
            self._tenants.clear()
        tenant = None if found is None else found.organization
        self._tenants[slug] = (now, tenant)
        return tenant

    async def catch_up(self) -> None:
        """Read which sessions ended while this process was not listening; ask until identity answers."""
        while True:
            try:
                ended = await self._identity.recent_revocations()
            except StoaError:
                await asyncio.sleep(_CATCH_UP_AGAIN_S)
            else:
                for one in ended:
                    self.sessions_ended(user=one.user, session=one.session, version=one.version)
                return

    def sessions_ended(self, *, user: UserId, session: UUID | None, version: int, at: float = 0.0) -> None:
        """Refuse what has ended and close what it opened; the same news by another way changes nothing."""
        self.revocations.note(user=user, session=session, version=version)
        if self._is_news(user, session, version, at):
            for one in self.concerned:
                one.session_ended(user=user, session=session, at=at or self._clock.now().timestamp())

    def role_changed(self, *, organization: OrganizationId, user: UserId, version: int, at: float) -> None:
        """Forget what a user could do and close what they opened by it; the same news again changes nothing."""
        self.grants.invalidate(organization, user, version)
        if self._is_news(user, organization, version, at):
            for one in self.concerned:
                one.role_changed(user=user, at=at)

    def _is_news(self, *what: object) -> bool:
        if what in self._told:
            return False
        self._told[what] = None
        if len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]
        return True

    def consumers(self) -> Consumers:
        """Return what every process hears: ended sessions and changed roles."""
        heard = Consumers("access")

        @heard.broadcast(SessionsRevoked, patience_s=_PATIENCE_S)
        async def forget_sessions(event: SessionsRevoked, delivery: Delivery) -> None:
            self._note(event, delivery.occurred_at)

        @heard.broadcast(RoleChanged, patience_s=_PATIENCE_S)
        async def forget_grants(event: RoleChanged, delivery: Delivery) -> None:
            self._note(event, delivery.occurred_at)

        return heard

    def listen(self, invalidations: Invalidations) -> None:
        """Hear of ended sessions and changed roles before their events come."""
        types = {one.type_: one for one in TOLD}

        def heard(envelope: Envelope) -> None:
            # Another release may say it in other words; its event comes in any case.
            with contextlib.suppress(msgspec.MsgspecError):
                self._note(msgspec.json.decode(envelope.data, type=types[envelope.type]), envelope.time)

        invalidations.listen(list(types), heard=heard, missed=lambda: None)

    def _note(self, event: SessionsRevoked | RoleChanged, occurred_at: datetime) -> None:
        at = occurred_at.timestamp()
        if isinstance(event, SessionsRevoked):
            self.sessions_ended(user=event.user_id, session=event.session_id, version=event.session_version, at=at)
        else:
            self.role_changed(organization=event.organization_id, user=event.user_id, version=event.version, at=at)

    async def _grants_of(self, organization: OrganizationId | None, user: UserId) -> GrantSet:
        if organization is None:
            return GrantSet(version=0)
        return await self._organizations.grants_of(organization=organization, user=user)


def heard_by(access: Access) -> list[Consumer]:
    """Return what a process binds to its bus to know of ended sessions and changed roles."""
    return bound(access.consumers().subscriptions, access, None)


def told_to_sockets(rooms: Broker, database: Database) -> list[Consumer]:
    """Return what one process tells the socket servers by their broker: it reaches those without events or late."""
    told = Consumers("sockets")

    @told.on(SessionsRevoked)
    async def tell_of_sessions(event: SessionsRevoked, delivery: Delivery) -> None:
        await rooms.control(
            Control(
                kind=SESSIONS,
                user=str(event.user_id),
                session=str(event.session_id or ""),
                version=event.session_version,
                at=delivery.occurred_at.timestamp(),
            )
        )

    @told.on(RoleChanged)
    async def tell_of_role(event: RoleChanged, delivery: Delivery) -> None:
        await rooms.control(
            Control(
                kind=ROLE,
                user=str(event.user_id),
                organization=str(event.organization_id),
                version=event.version,
                at=delivery.occurred_at.timestamp(),
            )
        )

    return bound(told.subscriptions, None, database)
