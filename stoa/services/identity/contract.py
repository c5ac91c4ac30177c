"""What identity tells the others: accounts, its events and its port."""

from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

from stoa.kit.auth.keys import KeySet
from stoa.kit.auth.revocations import Revocation
from stoa.kit.contract import Event, OrganizationId, Struct, UserId
from stoa.kit.errors import Conflict, Invalid, TooMany, Unauthenticated
from stoa.kit.ports import Port, call

SessionId = NewType("SessionId", UUID)


class Account(Struct, frozen=True, kw_only=True):
    """A login: one person may have several, each with one e-mail address."""

    user: UserId
    email: str
    is_verified: bool
    is_closed: bool
    created_at: datetime


class AccountRegistered(Event, frozen=True, kw_only=True):
    """A new account exists; `organization_id` is where it was opened."""

    type_: ClassVar[str] = "stoa.identity.account-registered.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    display_name: str
    locale: str
    is_invited: bool = False


class EmailVerified(Event, frozen=True, kw_only=True):
    """The owner of an account has proved the e-mail address."""

    type_: ClassVar[str] = "stoa.identity.email-verified.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId


class SessionsRevoked(Event, frozen=True, kw_only=True):
    """One session (`session_id`), or all older than `session_version`, are no longer good."""

    type_: ClassVar[str] = "stoa.identity.sessions-revoked.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    session_version: int
    session_id: UUID | None = None


class AccountClosed(Event, frozen=True, kw_only=True):
    """An account was closed by its owner; its e-mail address is not given out again."""

    type_: ClassVar[str] = "stoa.identity.account-closed.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId


class LoginFailed(Unauthenticated):
    """The one answer to every failed login: it does not tell what was wrong."""

    code, title = "identity.login_failed", "The e-mail address or the password is not right"


class LoginDelayed(TooMany):
    """Too many tries failed before this one, which is not looked at; addresses without an account wait as long."""

    code, title = "identity.login_delayed", "Too many tries"


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, expired or was used before."""

    code, title = "identity.refresh_refused", "Your session has ended; log in again"


class LinkRefused(Invalid):
    """The link is unknown, used or too old."""

    code, title = "identity.link_refused", "This link is no longer good; ask for a new one"


class WeakPassword(Invalid):
    """The password breaks a rule; the detail says which."""

    code, title = "identity.weak_password", "Choose another password"


class BadEmail(Invalid):
    """The e-mail address cannot be one."""

    code, title = "identity.bad_email", "This is not an e-mail address"


class WrongPassword(Conflict):
    """The present password, asked for again before a delicate change, is not right."""

    code, status, title = "identity.wrong_password", 403, "The password is not right"


class AddressClosed(Conflict):
    """The account of this address was closed by its owner; the address is not given out again."""

    code, title = "identity.address_closed", "The account of this address was closed"


class IdentityPort(Port):
    """What other services may ask of identity."""

    service_: ClassVar[str] = "identity"

    @call(idempotent=True)
    async def accounts_of(self, *, users: list[UserId]) -> list[Account]:
        """Return the accounts of these users, in no particular order, at most 500."""
        raise NotImplementedError

    @call(idempotent=True)
    async def account_by_email(self, *, email: str) -> Account | None:
        """Return the account with this address, whatever its case and a closed one too; raise BadEmail."""
        raise NotImplementedError

    @call(idempotent=True)
    async def jwks(self) -> KeySet:
        """Return the public keys that verify access tokens, the retiring ones included."""
        raise NotImplementedError

    @call(idempotent=True)
    async def recent_revocations(self) -> list[Revocation]:
        """Return the sessions that were ended in the last 20 minutes, longer than any access token lives."""
        raise NotImplementedError

    @call(idempotent=True, deadline_s=15.0)
    async def ensure_account(
        self,
        *,
        organization: OrganizationId,
        email: str,
        display_name: str,
        locale: str = "en",
        password: str | None = None,
    ) -> Account:
        """Return the account of an address, opening one if there is none; raise BadEmail or AddressClosed.

        With a password it counts as verified; without, its owner proves the address and chooses a password through
        the link that is mailed. An existing account is left as it is, but for a password that somebody set before
        the address was proved: that one is forgotten, so that nobody can wait in an account made for another.
        """
        raise NotImplementedError
