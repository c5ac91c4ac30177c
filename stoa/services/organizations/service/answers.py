"""What other services are told: roles, and who belongs."""

from uuid import UUID

from stoa.kit.auth.caller import GrantSet
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.store import Store
from stoa.services.organizations.contract import Membership, Organization, OrganizationsPort, RoleHolder
from stoa.services.organizations.store import OrganizationsTx

_PAGE = 1_000


class Answers(OrganizationsPort):
    """The questions of the port that change nothing."""

    def __init__(self, *, store: Store[OrganizationsTx], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def grants_of(self, *, organization: OrganizationId, user: UserId) -> GrantSet:
        """Return all roles of somebody in an organization, and the system-wide ones."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.grants_of(user)

    async def membership_of(self, *, organization: OrganizationId, user: UserId) -> Membership:
        """Say whether somebody belongs to an organization."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.membership_of(user)

    async def organization_by_slug(self, *, slug: str) -> Organization | None:
        """Return the organization with this short name."""
        async with self._store.reading(organization=None) as tx:
            tenant = await tx.tenant_by_slug(slug)
        return tenant.organization if tenant else None

    async def slugs(self, *, at_most: int) -> list[str]:
        """Return the short names of organizations in their order, for the terminal; no route and no port tells them."""
        async with self._store.reading(organization=None) as tx:
            return await tx.slugs(at_most=at_most)

    async def role_holders(
        self, *, organization: OrganizationId, scope: str, scope_id: UUID | None
    ) -> list[RoleHolder]:
        """Return who holds a role in exactly this scope now, at most 500."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.role_holders(scope=scope, scope_id=scope_id, now=self._clock.now())

    async def members_in(self, *, organization: OrganizationId, after: UserId | None, limit: int) -> list[UserId]:
        """Return a page of those who belong to an organization."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.members_in(after=after, limit=min(max(limit, 0), _PAGE))

    async def member_count(self, *, organization: OrganizationId, at_most: int) -> int:
        """Count those who belong to an organization, no further than so many."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.member_count(at_most=at_most)
