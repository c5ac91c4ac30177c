"""What organizations tells the others: tenants, grants, its events and its port."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from stoa.kit.auth.caller import GrantSet
from stoa.kit.contract import Event, OrganizationId, Struct, UserId
from stoa.kit.errors import Conflict, Forbidden, Invalid, NotFound
from stoa.kit.ports import Port, call

GrantId = NewType("GrantId", UUID)


class Organization(Struct, frozen=True, kw_only=True):
    """A tenant: a school, a university, a company."""

    organization: OrganizationId
    slug: str
    name: str
    allows_sign_up: bool


class Membership(StrEnum):
    """Whether somebody belongs to an organization; who is `gone` was removed by its staff."""

    NONE = "none"
    MEMBER = "member"
    GONE = "gone"


class RoleHolder(Struct, frozen=True, kw_only=True):
    """Somebody who holds a role now."""

    user: UserId
    display_name: str
    role: str


class OrganizationCreated(Event, frozen=True, kw_only=True):
    """A tenant exists."""

    type_: ClassVar[str] = "stoa.organizations.organization-created.v1"
    key_: ClassVar[str] = "organization_id"

    slug: str
    name: str


class MemberAdded(Event, frozen=True, kw_only=True):
    """Somebody belongs to an organization from now on."""

    type_: ClassVar[str] = "stoa.organizations.member-added.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    display_name: str
    locale: str


class MemberRemoved(Event, frozen=True, kw_only=True):
    """Somebody does not belong to an organization any more; what they did there stays.

    `is_account_closed` says that they have left the platform, so that whoever keeps their name forgets it.
    """

    type_: ClassVar[str] = "stoa.organizations.member-removed.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    is_account_closed: bool = False


class RoleChanged(Event, frozen=True, kw_only=True):
    """What somebody may do has changed; `version` counts the changes."""

    type_: ClassVar[str] = "stoa.organizations.role-changed.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    version: int


class MemberGone(Conflict):
    """The staff took this person's membership, and only the staff gives it back."""

    code, title = "organizations.member_gone", "This person was removed from the organization"


class OrganizationNotFound(NotFound):
    """There is no such organization, or it is not the caller's."""

    code, title = "organizations.not_found", "There is no such organization"


class SlugTaken(Conflict):
    """Another organization has this short name."""

    code, title = "organizations.slug_taken", "This short name is taken"


class LastOwner(Conflict):
    """An organization always has an owner."""

    code, title = "organizations.last_owner", "An organization must keep an owner; name another one first"


class MayNotGrant(Forbidden):
    """Nobody gives away what they do not hold."""

    code, title = "organizations.may_not_grant", "You cannot give or take a role that you do not hold yourself"


class UnknownRole(Invalid):
    """There is no such role in this scope."""

    code, title = "organizations.unknown_role", "There is no such role in this scope"


class BrandingRefused(Invalid):
    """A colour is not readable on another; the detail names the pair and its contrast."""

    code, title = "organizations.branding_refused", "These colours would be hard to read"


class OrganizationsPort(Port):
    """What other services may ask of organizations."""

    service_: ClassVar[str] = "organizations"

    @call(idempotent=True)
    async def grants_of(self, *, organization: OrganizationId, user: UserId) -> GrantSet:
        """Return all roles of somebody in an organization, and the system-wide ones."""
        raise NotImplementedError

    @call(idempotent=True)
    async def membership_of(self, *, organization: OrganizationId, user: UserId) -> Membership:
        """Say whether somebody belongs to an organization."""
        raise NotImplementedError

    @call(idempotent=True)
    async def organization_by_slug(self, *, slug: str) -> Organization | None:
        """Return the organization with this short name."""
        raise NotImplementedError

    @call(idempotent=True)
    async def role_holders(
        self, *, organization: OrganizationId, scope: str, scope_id: UUID | None
    ) -> list[RoleHolder]:
        """Return who holds a role in exactly this scope now, at most 500."""
        raise NotImplementedError

    @call(idempotent=True)
    async def members_in(self, *, organization: OrganizationId, after: UserId | None, limit: int) -> list[UserId]:
        """Return a page of those who belong to an organization, by their ids; at most 1,000."""
        raise NotImplementedError

    @call(idempotent=True)
    async def member_count(self, *, organization: OrganizationId, at_most: int) -> int:
        """Count those who belong to an organization, no further than so many."""
        raise NotImplementedError

    @call(idempotent=True)
    async def ensure_organization(self, *, slug: str, name: str) -> Organization:
        """Return the organization with this short name, founding it if there is none."""
        raise NotImplementedError

    @call(idempotent=True)
    async def ensure_member(
        self, *, organization: OrganizationId, user: UserId, display_name: str, locale: str = "en"
    ) -> None:
        """Make somebody a member with the learner's role, if they are not one already; raise MemberGone."""
        raise NotImplementedError

    @call(idempotent=True)
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
        raise NotImplementedError
