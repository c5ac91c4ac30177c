"""What the tests of organizations build with: an identity that remembers, a school and its people."""

from stoa.kit.auth.caller import Caller, Grant
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.services.identity.contract import Account, AddressClosed, IdentityPort
from stoa.services.organizations.service.organizations import Organizations


class FakeIdentity(IdentityPort):
    """Accounts in a dictionary, by address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.accounts: dict[str, Account] = {}
        self.asked = 0

    async def accounts_of(self, *, users: list[UserId]) -> list[Account]:
        self.asked += 1
        return [account for account in self.accounts.values() if account.user in users]

    async def ensure_account(
        self,
        *,
        organization: OrganizationId,
        email: str,
        display_name: str,
        locale: str = "en",
        password: str | None = None,
    ) -> Account:
        found = self.accounts.setdefault(email, self._an_account(email))
        if found.is_closed:
            raise AddressClosed
        return found

    def _an_account(self, email: str) -> Account:
        return Account(
            user=UserId(new_id()), email=email, is_verified=True, is_closed=False, created_at=self._clock.now()
        )


async def a_school(organizations: Organizations, slug: str = "north") -> OrganizationId:
    """Found an organization."""
    return (await organizations.ensure_organization(slug=slug, name="North School")).organization


async def somebody(
    organizations: Organizations, school: OrganizationId, *roles: str, name: str = "Ada", user: UserId | None = None
) -> UserId:
    """Make somebody a member with roles."""
    chosen = user or UserId(new_id())
    await organizations.ensure_member(organization=school, user=chosen, display_name=name)
    for role in roles:
        await organizations.ensure_role(organization=school, user=chosen, role=role, scope="organization")
    return chosen


async def acting(organizations: Organizations, school: OrganizationId, user: UserId) -> Caller:
    """Return somebody as a caller with the roles that they hold now."""
    held = await organizations.grants_of(organization=school, user=user)
    return Caller(user=user, organization=school, grants=held.grants)


def the_system() -> Caller:
    """Return an operator of the platform."""
    return Caller(user=UserId(new_id()), grants=(Grant(role="operator", scope="system"),))
