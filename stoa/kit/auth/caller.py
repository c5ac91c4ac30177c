"""Who asks: a user or a guest, in which organization, with which grants."""

from datetime import datetime
from uuid import UUID

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.errors import Forbidden, Unauthenticated

SYSTEM, ORGANIZATION = "system", "organization"
OPERATOR = "operator"


class Grant(Struct, frozen=True, kw_only=True):
    """A role held in a scope, between two dates; a prohibiting grant takes away what its role would give."""

    role: str
    scope: str
    scope_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    prohibit: bool = False

    def is_active(self, at: datetime) -> bool:
        """Tell whether the grant's dates include an instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class GrantSet(Struct, frozen=True, kw_only=True):
    """Everything one user holds in one organization, and the version of that knowledge."""

    version: int
    grants: tuple[Grant, ...] = ()


class Caller(Struct, frozen=True, kw_only=True):
    """The one who asks; `service` is set when a service asks, alone or in a user's name."""

    user: UserId | None = None
    organization: OrganizationId | None = None
    session: UUID | None = None
    service: str | None = None
    grants: tuple[Grant, ...] = ()

    @property
    def is_guest(self) -> bool:
        """Tell whether nobody is logged in."""
        return self.user is None

    def require_user(self) -> UserId:
        """Return the user, or refuse a guest with 401."""
        if self.user is None:
            raise Unauthenticated
        return self.user

    def require_organization(self) -> OrganizationId:
        """Return the organization the caller acts in, or refuse with 403."""
        if self.organization is None:
            raise Forbidden("You are not acting in any organization.", hint="Switch to one of your organizations.")
        return self.organization


GUEST = Caller()
