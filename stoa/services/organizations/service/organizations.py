"""The use cases of organizations."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from stoa.kit.auth.authorizer import Authorizer, Decision
from stoa.kit.auth.caller import OPERATOR, ORGANIZATION, SYSTEM, Caller, Grant
from stoa.kit.auth.permission import Permission
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Invalid, PreconditionFailed
from stoa.kit.events import Delivery
from stoa.kit.names import clean_name, shown_name
from stoa.kit.store import Store
from stoa.services.identity.contract import Account, IdentityPort
from stoa.services.organizations import domain
from stoa.services.organizations.contract import (
    GrantId,
    LastOwner,
    MayNotGrant,
    MemberAdded,
    MemberGone,
    MemberRemoved,
    Membership,
    Organization,
    OrganizationCreated,
    OrganizationNotFound,
    RoleChanged,
    SlugTaken,
)
from stoa.services.organizations.domain import Giving
from stoa.services.organizations.policy import DEFAULT_COLOURS, GIVE_ROLES
from stoa.services.organizations.service.answers import Answers
from stoa.services.organizations.store import Branding, HeldRole, Member, OrganizationsTx, Tenant

_CLOSED_NAME = "Closed account"


class Organizations(Answers):
    """Tenants, their members and who may do what."""

    def __init__(
        self,
        *,
        store: Store[OrganizationsTx],
        clock: Clock,
        identity: IdentityPort,
        authorizer: Authorizer,
        permissions: Mapping[str, Permission],
    ) -> None:
        super().__init__(store=store, clock=clock)
        self._identity = identity
        self._authorizer = authorizer
        self._permissions = permissions

    async def ensure_organization(self, *, slug: str, name: str) -> Organization:
        """Return the organization with this short name, founding it if there is none."""
        found = await self.organization_by_slug(slug=slug)
        if found is not None:
            return found
        try:
            return await self.found(slug=slug, name=name)
        except SlugTaken:
            found = await self.organization_by_slug(slug=slug)
            assert found is not None
            return found

    async def ensure_member(
        self, *, organization: OrganizationId, user: UserId, display_name: str, locale: str = "en"
    ) -> None:
        """Make somebody a member with the learner's role, if they are not one already."""
        async with self._store.transaction(organization=organization) as tx:
            joined = await self._join(tx, user, display_name=display_name, locale=locale, actor=None, may_return=False)
            if not joined and await tx.membership_of(user) is Membership.GONE:
                raise MemberGone

    async def ensure_role(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        role: str,
        scope: str,
        scope_id: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """Give a role on the platform's own behalf, if it is not held already."""
        domain.check_role(role, scope, scope_id)
        held = Grant(role=role, scope=scope, scope_id=scope_id, since=since, until=until)
        async with self._store.transaction(organization=organization) as tx:
            await self._give(tx, user, held, actor=None)

    async def roles_of(self, *, organization: OrganizationId, user: UserId) -> list[HeldRole]:
        """Return the roles of one member with their ids."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.held_roles([user])

    async def explain(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        permission: str,
        scope_id: UUID | None,
        role: str | None = None,
    ) -> Decision:
        """Say which rule decides whether somebody may do something, or, with a role, give that role."""
        wanted = self._permissions.get(permission)
        if wanted is None:
            raise Invalid(f"There is no permission named '{permission}'", hint="The reference lists all permissions")
        held = await self.grants_of(organization=organization, user=user)
        if wanted.name == GIVE_ROLES.name and role is not None:
            giving = Giving(role=role, scope="course" if scope_id else "organization", scope_id=scope_id)
            domain.check_role(giving.role, giving.scope, giving.scope_id)
            return domain.decide_grant(held.grants, giving, carried=self._carried, now=self._clock.now())
        caller = Caller(user=user, organization=organization, grants=held.grants)
        return self._authorizer.decide(caller, wanted, scope_id)

    async def found(self, *, slug: str, name: str, owner: UserId | None = None) -> Organization:
        """Found an organization, with an owner if one is named."""
        if not domain.is_slug(slug):
            raise Invalid("A short name is made of a-z, 0-9 and hyphens within", hint="For example: north-school")
        organization = OrganizationId(new_id())
        accounts = await self._identity.accounts_of(users=[owner]) if owner is not None else []
        async with self._store.transaction(organization=organization) as tx:
            if not await tx.add_tenant(organization, slug=slug, name=name, at=self._clock.now()):
                raise SlugTaken
            tx.publish(OrganizationCreated(organization_id=organization, slug=slug, name=name))
            for account in accounts:
                name = account.email.partition("@")[0]
                await self._join(tx, account.user, display_name=name, locale="en", actor=owner)
                await self._give(tx, account.user, Grant(role="owner", scope="organization"), actor=owner)
        return Organization(organization=organization, slug=slug, name=name, allows_sign_up=True)

    async def tenant(self, *, organization: OrganizationId) -> Tenant:
        """Return an organization with its look."""
        async with self._store.reading(organization=organization) as tx:
            tenant = await tx.tenant(organization)
        if tenant is None:
            raise OrganizationNotFound
        return tenant

    async def tenants_of(self, *, user: UserId) -> list[Tenant]:
        """Return the organizations that somebody belongs to."""
        async with self._store.reading(organization=None) as tx:
            return await tx.tenants_of(user)

    async def update(
        self,
        *,
        organization: OrganizationId,
        version: int,
        name: str | None = None,
        branding: Branding | None = None,
        allows_sign_up: bool | None = None,
    ) -> Tenant:
        """Change what is given of an organization, if nobody else did meanwhile and the colours can be read."""
        domain.check_branding(branding or {}, DEFAULT_COLOURS)
        async with self._store.transaction(organization=organization) as tx:
            before = await tx.tenant(organization)
            if before is None:
                raise OrganizationNotFound
            updated = await tx.update_tenant(
                organization,
                version=version,
                name=before.organization.name if name is None else name,
                branding=before.branding if branding is None else branding,
                allows_sign_up=before.organization.allows_sign_up if allows_sign_up is None else allows_sign_up,
            )
            tenant = await tx.tenant(organization)
        assert tenant is not None
        if updated is None:
            raise PreconditionFailed(fields={"current": {"version": tenant.version, "name": tenant.organization.name}})
        return tenant

    async def members(
        self,
        *,
        organization: OrganizationId,
        query: str,
        after: tuple[str, UUID] | None,
        limit: int,
        role: str | None = None,
    ) -> tuple[list[Member], list[HeldRole], list[Account]]:
        """Return a page of members with their roles and accounts."""
        async with self._store.reading(organization=organization) as tx:
            members = await tx.members(query=domain.name_key(query), after=after, limit=limit, role=role)
            roles = await tx.held_roles([member.user for member in members])
        accounts = await self._identity.accounts_of(users=[member.user for member in members]) if members else []
        return members, roles, accounts

    async def add_member(
        self,
        *,
        organization: OrganizationId,
        actor: Caller,
        email: str,
        display_name: str,
        role: str,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> UserId:
        """Make the owner of an address a member with a role, opening an account that they claim by mail if need be."""
        self._check_may_give(actor, Giving(role=role, scope="organization", until=until))
        domain.check_dates(since, until)
        display_name = clean_name(display_name)
        account = await self._identity.ensure_account(organization=organization, email=email, display_name=display_name)
        held = Grant(role=role, scope="organization", scope_id=None, since=since, until=until)
        async with self._store.transaction(organization=organization) as tx:
            await self._join(tx, account.user, display_name=display_name, locale="en", actor=actor.user)
            await self._give(tx, account.user, held, actor=actor.user, sets_dates=True)
        return account.user

    async def remove_member(self, *, organization: OrganizationId, actor: Caller, user: UserId) -> None:
        """End a membership and take all its roles; the last owner stays."""
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            await tx.hold_owners()
            if await tx.membership_of(user) is not Membership.MEMBER:
                raise OrganizationNotFound("This person is not a member")
            held = await tx.held_roles([user])
            for role in held:
                self._check_may_take(actor, role.held)
            if any(role.held.role == "owner" for role in held):
                await self._keep_an_owner(tx, user)
            await tx.remove_all_grants(user, actor=actor.user, at=now)
            await self._leave(tx, user, at=now)

    async def grant_role(
        self, *, organization: OrganizationId, actor: Caller, user: UserId, held: Grant
    ) -> list[HeldRole]:
        """Give a member a role that the actor holds; giving it twice is the same."""
        wanted = Giving(role=held.role, scope=held.scope, scope_id=held.scope_id, until=held.until)
        self._check_may_give(actor, wanted)
        domain.check_dates(held.since, held.until)
        async with self._store.transaction(organization=organization) as tx:
            await tx.hold_owners()
            if await tx.membership_of(user) is not Membership.MEMBER:
                raise OrganizationNotFound("This person is not a member", hint="Add them as a member first")
            if held.prohibit:
                # A prohibition takes what other roles give as well, so it asks for the right to take those.
                for other in await tx.held_roles([user]):
                    self._check_may_take(actor, other.held)
                    if other.held.role == "owner":
                        raise LastOwner("An owner is not prohibited anything; take the owner's role first")
            elif held.role == "owner" and held.until is not None:
                await self._keep_an_owner(tx, user)
            await self._give(tx, user, held, actor=actor.user, sets_dates=True)
            return await tx.held_roles([user])

    async def revoke_role(self, *, organization: OrganizationId, actor: Caller, user: UserId, grant: GrantId) -> None:
        """Take a role from somebody; the last owner keeps theirs."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.hold_owners()
            held = await tx.grant_of(user, grant)
            if held is None:
                raise OrganizationNotFound("This person holds no such role")
            self._check_may_take(actor, held)
            if held.role == "owner" and not held.prohibit:
                await self._keep_an_owner(tx, user)
            version = await tx.remove_grant(user, grant, held, actor=actor.user, at=self._clock.now())
            tx.publish(RoleChanged(organization_id=organization, user_id=user, version=version))

    async def make_operator(self, *, user: UserId) -> None:
        """Let somebody run the whole platform: only the installation itself calls this."""
        async with self._store.transaction(organization=None) as tx:
            await tx.make_operator(user, at=self._clock.now())

    async def counts(self, *, organization: OrganizationId) -> dict[str, int]:
        """Return how many members there are, and how many hold each role."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.counts(now=self._clock.now())

    async def welcome(
        self, *, organization: OrganizationId, user: UserId, display_name: str, locale: str, delivery: Delivery
    ) -> None:
        """Make somebody who signed up a member, where the organization lets people in by themselves."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            tenant = await tx.tenant(organization)
            if tenant is not None and tenant.organization.allows_sign_up:
                await self._join(tx, user, display_name=display_name, locale=locale, actor=None, may_return=False)

    async def rename(
        self, *, organization: OrganizationId, user: UserId, display_name: str, delivery: Delivery
    ) -> None:
        """Note somebody's new name."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.rename_member(user, display_name=display_name, name_key=domain.name_key(display_name))

    async def forget(self, *, organization: OrganizationId, user: UserId, delivery: Delivery) -> None:
        """End every membership of a closed account; the one where it was opened comes last, with the delivery."""
        async with self._store.reading(organization=None) as tx:
            elsewhere = [place for place in await tx.memberships_of(user) if place != organization]
        for place in elsewhere:
            async with self._store.transaction(organization=place) as tx:
                await self._close(tx, user)
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await self._close(tx, user)

    async def _close(self, tx: OrganizationsTx, user: UserId) -> None:
        now = self._clock.now()
        await tx.remove_all_grants(user, actor=None, at=now)
        await tx.rename_member(user, display_name=_CLOSED_NAME, name_key=domain.name_key(_CLOSED_NAME))
        await self._leave(tx, user, at=now, is_account_closed=True)

    async def _leave(self, tx: OrganizationsTx, user: UserId, *, at: datetime, is_account_closed: bool = False) -> None:
        assert tx.organization is not None
        version = await tx.remove_member(user, at=at)
        if version is not None:
            tx.publish(
                MemberRemoved(organization_id=tx.organization, user_id=user, is_account_closed=is_account_closed)
            )
            tx.publish(RoleChanged(organization_id=tx.organization, user_id=user, version=version))

    async def _join(
        self,
        tx: OrganizationsTx,
        user: UserId,
        *,
        display_name: str,
        locale: str,
        actor: UserId | None,
        may_return: bool = True,
    ) -> bool:
        assert tx.organization is not None
        name = shown_name(display_name)
        joined = await tx.add_member(
            user,
            display_name=name,
            name_key=domain.name_key(name),
            at=self._clock.now(),
            may_return=may_return,
        )
        if joined:
            tx.publish(MemberAdded(organization_id=tx.organization, user_id=user, display_name=name, locale=locale))
            held = Grant(role="learner", scope="organization")
            await self._give(tx, user, held, actor=actor)
        return joined

    async def _give(
        self, tx: OrganizationsTx, user: UserId, held: Grant, *, actor: UserId | None, sets_dates: bool = False
    ) -> None:
        assert tx.organization is not None
        version = await tx.add_grant(user, held, actor=actor, at=self._clock.now(), sets_dates=sets_dates)
        if version is not None:
            tx.publish(RoleChanged(organization_id=tx.organization, user_id=user, version=version))

    def _check_may_take(self, actor: Caller, held: Grant) -> None:
        self._check_may_give(actor, Giving(role=held.role, scope=held.scope, scope_id=_named(held), is_lasting=False))

    def _check_may_give(self, actor: Caller, giving: Giving) -> None:
        domain.check_role(giving.role, giving.scope, giving.scope_id)
        decision = domain.decide_grant(actor.grants, giving, carried=self._carried, now=self._clock.now())
        if not decision.allowed:
            raise MayNotGrant(decision.reason, fields={"rule": decision.rule})

    def _carried(self, role: str, scope: str) -> frozenset[str]:
        """Return the rights that a role gives in a scope: one in a course reaches nothing of the organization."""
        return frozenset(
            name
            for name, right in self._permissions.items()
            if (right.is_carried_by(role, scope) and scope in (ORGANIZATION, right.scope))
            or (scope == SYSTEM and role == OPERATOR and right.operator)
        )

    async def _keep_an_owner(self, tx: OrganizationsTx, user: UserId) -> None:
        if await tx.other_owners(user, now=self._clock.now()) == 0:
            raise LastOwner


def _named(held: Grant) -> UUID | None:
    """Return what a stored role names: one in the organization names nothing."""
    return None if held.scope == "organization" else held.scope_id
