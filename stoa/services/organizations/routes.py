"""The HTTP face of organizations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller, Grant
from stoa.kit.contract import OrganizationId, Page, Struct, UserId
from stoa.kit.http.router import AUTHENTICATED, MEMBER, PUBLIC, Answer, Cursor, IfMatch, PageQuery, Router
from stoa.kit.names import BadName
from stoa.services.organizations.contract import (
    BrandingRefused,
    GrantId,
    LastOwner,
    MayNotGrant,
    OrganizationNotFound,
    SlugTaken,
    UnknownRole,
)
from stoa.services.organizations.policy import FOUND, MANAGE_MEMBERS, SEE_MEMBERS, UPDATE, WRITES
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.organizations.store import HeldRole, Tenant

router = Router("organizations")
by_name = Cursor("members", tuple[str, UUID])

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RoleView(Struct, frozen=True, kw_only=True):
    """A role that somebody holds."""

    grant_id: GrantId
    role: str
    scope: str
    scope_id: UUID | None
    since: datetime | None
    until: datetime | None
    prohibit: bool


class Roles(Struct, frozen=True, kw_only=True):
    """The roles of one member."""

    items: list[RoleView]


class OrganizationView(Struct, frozen=True, kw_only=True):
    """An organization and its look; `version` is its ETag."""

    organization_id: OrganizationId
    slug: str
    name: str
    allows_sign_up: bool
    branding: dict[str, dict[str, str]]
    version: int


class MyOrganization(Struct, frozen=True, kw_only=True):
    """An organization that the caller belongs to; roles are given for the one they act in."""

    organization_id: OrganizationId
    slug: str
    name: str
    is_current: bool
    roles: list[RoleView]


class MyOrganizations(Struct, frozen=True, kw_only=True):
    """The organizations that the caller belongs to."""

    items: list[MyOrganization]
    is_operator: bool


class NewOrganization(Struct, frozen=True, kw_only=True):
    """An organization to found."""

    slug: Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
    name: Name


class OrganizationChange(Struct, frozen=True, kw_only=True):
    """The name, the look and whether people may sign up by themselves; what is left out stays."""

    name: Name | None = None
    allows_sign_up: bool | None = None
    branding: dict[str, dict[str, str]] | None = None


class MemberView(Struct, frozen=True, kw_only=True):
    """A member with roles and address."""

    user_id: UserId
    display_name: str
    email: str
    is_verified: bool
    joined_at: datetime
    roles: list[RoleView]


class NewMember(Struct, frozen=True, kw_only=True):
    """Somebody to invite, by e-mail address, with a role in the organization."""

    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    role: str = "learner"
    since: datetime | None = None
    until: datetime | None = None


class AddedMember(Struct, frozen=True, kw_only=True):
    """Who was added."""

    user_id: UserId


class RoleIn(Struct, frozen=True, kw_only=True):
    """A role to give, or with `prohibit` one whose rights to take away whatever else gives them."""

    role: str
    scope: str = "organization"
    scope_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    prohibit: bool = False


class Explanation(Struct, frozen=True, kw_only=True):
    """Whether somebody may do something, and which rule decides."""

    allowed: bool
    rule: str
    reason: str


class AdminOverview(Struct, frozen=True, kw_only=True):
    """How many people belong to the organization, and how many hold each role."""

    members: int
    roles: dict[str, int]


@router.get("/organizations/mine", permission=AUTHENTICATED)
async def my_organizations(caller: Caller, organizations: Organizations) -> MyOrganizations:
    """The organizations that the caller belongs to, with the roles held in the present one."""
    user, current = caller.require_user(), caller.organization
    tenants = await organizations.tenants_of(user=user)
    held = [] if current is None else await organizations.roles_of(organization=current, user=user)
    items = [
        MyOrganization(
            organization_id=tenant.organization.organization,
            slug=tenant.organization.slug,
            name=tenant.organization.name,
            is_current=tenant.organization.organization == current,
            roles=_roles(held) if tenant.organization.organization == current else [],
        )
        for tenant in tenants
    ]
    return MyOrganizations(items=items, is_operator=any(grant.scope == "system" for grant in caller.grants))


@router.get("/organizations/branding", permission=PUBLIC)
async def branding(caller: Caller, organizations: Organizations, slug: str | None = None) -> OrganizationView:
    """The look of an organization, for pages that nobody is logged in to; without a slug that of this address."""
    if slug is None:
        return _view(await organizations.tenant(organization=caller.require_organization()))
    found = await organizations.organization_by_slug(slug=slug)
    if found is None:
        raise OrganizationNotFound
    return _view(await organizations.tenant(organization=found.organization))


@router.get("/organizations/overview", permission=SEE_MEMBERS)
async def admin_overview(caller: Caller, organizations: Organizations) -> AdminOverview:
    """How many people belong to the caller's organization, and how many hold each role."""
    counts = await organizations.counts(organization=caller.require_organization())
    return AdminOverview(members=counts.pop("members", 0), roles=counts)


@router.post("/organizations", permission=FOUND, limit=WRITES, status=201, errors=(SlugTaken,))
async def create_organization(body: NewOrganization, caller: Caller, organizations: Organizations) -> OrganizationView:
    """Found an organization; its founder becomes its owner."""
    founded = await organizations.found(slug=body.slug, name=body.name, owner=caller.require_user())
    return _view(await organizations.tenant(organization=founded.organization))


@router.get("/organizations/{organization}", permission=MEMBER, errors=(OrganizationNotFound,))
async def organization(
    organization: OrganizationId, caller: Caller, organizations: Organizations
) -> Answer[OrganizationView]:
    """The organization that the caller acts in."""
    tenant = await organizations.tenant(organization=_own(organization, caller))
    return Answer(_view(tenant), etag=tenant.version)


@router.patch(
    "/organizations/{organization}",
    permission=UPDATE,
    scope="organization",
    limit=WRITES,
    errors=(OrganizationNotFound, BrandingRefused),
)
async def update_organization(
    organization: OrganizationId, body: OrganizationChange, if_match: IfMatch, organizations: Organizations
) -> Answer[OrganizationView]:
    """Change an organization's name and look."""
    tenant = await organizations.update(
        organization=organization,
        version=if_match.version,
        name=body.name,
        branding=body.branding,
        allows_sign_up=body.allows_sign_up,
    )
    return Answer(_view(tenant), etag=tenant.version)


@router.get("/organizations/{organization}/members", permission=SEE_MEMBERS, scope="organization")
async def members(
    organization: OrganizationId,
    page: PageQuery,
    organizations: Organizations,
    q: str = "",
    role: str | None = None,
) -> Page[MemberView]:
    """The members of an organization by name, those whose name contains `q`."""
    found, held, accounts = await organizations.members(
        organization=organization, query=q, after=by_name.read(page.cursor), limit=page.fetch, role=role
    )
    account_of = {account.user: account for account in accounts}
    kept = by_name.page(found, page, lambda member: (member.name_key, member.user))
    views = [
        MemberView(
            user_id=member.user,
            display_name=member.display_name,
            email=account_of[member.user].email if member.user in account_of else "",
            is_verified=member.user in account_of and account_of[member.user].is_verified,
            joined_at=member.joined_at,
            roles=_roles([role for role in held if role.user == member.user]),
        )
        for member in kept.items
    ]
    return Page(items=views, next=kept.next)


@router.post(
    "/organizations/{organization}/members",
    permission=MANAGE_MEMBERS,
    scope="organization",
    limit=WRITES,
    status=201,
    errors=(MayNotGrant, UnknownRole, BadName),
)
async def add_member(
    organization: OrganizationId, body: NewMember, caller: Caller, organizations: Organizations
) -> AddedMember:
    """Make somebody a member; a new account is claimed by mail."""
    user = await organizations.add_member(
        organization=organization,
        actor=caller,
        email=body.email,
        display_name=body.display_name,
        role=body.role,
        since=body.since,
        until=body.until,
    )
    return AddedMember(user_id=user)


@router.delete(
    "/organizations/{organization}/members/{user}",
    permission=MANAGE_MEMBERS,
    scope="organization",
    limit=WRITES,
    errors=(OrganizationNotFound, LastOwner, MayNotGrant),
)
async def remove_member(
    organization: OrganizationId, user: UserId, caller: Caller, organizations: Organizations
) -> None:
    """End a membership; the work stays."""
    await organizations.remove_member(organization=organization, actor=caller, user=user)


@router.post(
    "/organizations/{organization}/members/{user}/roles",
    permission=MEMBER,
    limit=WRITES,
    errors=(OrganizationNotFound, MayNotGrant, UnknownRole),
)
async def grant_role(
    organization: OrganizationId, user: UserId, body: RoleIn, caller: Caller, organizations: Organizations
) -> Roles:
    """Give a member a role that the caller holds."""
    given = Grant(
        role=body.role,
        scope=body.scope,
        scope_id=body.scope_id,
        since=body.since,
        until=body.until,
        prohibit=body.prohibit,
    )
    held = await organizations.grant_role(organization=_own(organization, caller), actor=caller, user=user, held=given)
    return Roles(items=_roles(held))


@router.delete(
    "/organizations/{organization}/members/{user}/roles/{grant}",
    permission=MEMBER,
    limit=WRITES,
    errors=(OrganizationNotFound, LastOwner, MayNotGrant),
)
async def revoke_role(
    organization: OrganizationId, user: UserId, grant: GrantId, caller: Caller, organizations: Organizations
) -> None:
    """Take a role from a member."""
    await organizations.revoke_role(organization=_own(organization, caller), actor=caller, user=user, grant=grant)


@router.get("/organizations/{organization}/explain", permission=SEE_MEMBERS, scope="organization")
async def explain_permission(
    organization: OrganizationId,
    user: UserId,
    permission: str,
    organizations: Organizations,
    scope_id: UUID | None = None,
    role: str | None = None,
) -> Explanation:
    """Which rule decides whether somebody may do something; `role` asks whether they may give it."""
    decision = await organizations.explain(
        organization=organization, user=user, permission=permission, scope_id=scope_id, role=role
    )
    return Explanation(allowed=decision.allowed, rule=decision.rule, reason=decision.reason)


def _own(organization: OrganizationId, caller: Caller) -> OrganizationId:
    if organization != caller.organization:
        raise OrganizationNotFound
    return organization


def _view(tenant: Tenant) -> OrganizationView:
    return OrganizationView(
        organization_id=tenant.organization.organization,
        slug=tenant.organization.slug,
        name=tenant.organization.name,
        allows_sign_up=tenant.organization.allows_sign_up,
        branding=tenant.branding,
        version=tenant.version,
    )


def _roles(held: list[HeldRole]) -> list[RoleView]:
    return [
        RoleView(
            grant_id=role.grant,
            role=role.held.role,
            scope=role.held.scope,
            scope_id=role.held.scope_id,
            since=role.held.since,
            until=role.held.until,
            prohibit=role.held.prohibit,
        )
        for role in held
    ]
