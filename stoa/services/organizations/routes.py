"""The HTTP face of organizations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.access import AUTHENTICATED, MEMBER, PUBLIC, Authorizer, Decision
from stoa.kit.auth.caller import Caller, Grant
from stoa.kit.contract import OrganizationId, Page, Struct, UserId
from stoa.kit.errors import NotFound
from stoa.kit.http.answer import Answer
from stoa.kit.http.paging import PageQuery, decode_cursor, encode_cursor
from stoa.kit.http.conditions import IfMatch
from stoa.kit.http.router import Router
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
from stoa.services.organizations.service import Organizations
from stoa.services.organizations.store import HeldRole, Tenant

router = Router("organizations")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RoleView(Struct, frozen=True, kw_only=True):
    """A role that somebody holds."""

    grant_id: GrantId
    role: str
    scope: str
    scope_id: UUID | None
    since: datetime | None
    until: datetime | None


class OrganizationView(Struct, frozen=True, kw_only=True):
    """An organization and its look."""

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


class NewOrganization(Struct, frozen=True, kw_only=True):
    """An organization to found."""

    slug: Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
    name: Name


class OrganizationChange(Struct, frozen=True, kw_only=True):
    """The name, the look and whether people may sign up by themselves."""

    name: Name
    allows_sign_up: bool = True
    branding: dict[str, dict[str, str]] = {}


class MemberView(Struct, frozen=True, kw_only=True):
    """A member with roles and address."""

    user_id: UserId
    display_name: str
    email: str | None
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


class MemberAddedView(Struct, frozen=True, kw_only=True):
    """Who was added."""

    user_id: UserId


class RoleIn(Struct, frozen=True, kw_only=True):
    """A role to give."""

    role: str
    scope: str = "organization"
    scope_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class Roles(Struct, frozen=True, kw_only=True):
    """The roles of one member."""

    items: list[RoleView]


class Explanation(Struct, frozen=True, kw_only=True):
    """Whether somebody may do something, and which rule decides."""

    allowed: bool
    rule: str
    reason: str


class BrandingView(Struct, frozen=True, kw_only=True):
    """The look of an organization, for pages that nobody is logged in to."""

    organization_id: OrganizationId
    slug: str
    name: str
    allows_sign_up: bool
    branding: dict[str, dict[str, str]]


class AdminOverview(Struct, frozen=True, kw_only=True):
    """How many people belong to the organization, and how many hold each role."""

    members: int
    roles: dict[str, int]


@router.get("/organizations/mine", permission=AUTHENTICATED)
async def my_organizations(caller: Caller, organizations: Organizations) -> MyOrganizations:
    """The organizations that the caller belongs to, with the roles held in the present one."""
    user = caller.require_user()
    tenants = await organizations.tenants_of(user=user)
    _, held, _ = await _one_member(organizations, caller, user)
    return MyOrganizations(
        items=[
            MyOrganization(
                organization_id=tenant.organization.organization,
                slug=tenant.organization.slug,
                name=tenant.organization.name,
                is_current=tenant.organization.organization == caller.organization,
                roles=held if tenant.organization.organization == caller.organization else [],
            )
            for tenant in tenants
        ]
    )
