"""The rows of identity as values."""

from datetime import datetime

from asyncpg import Record

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.services.identity.contract import Account
from stoa.services.identity.domain import SessionKey


class Login(Struct, frozen=True, kw_only=True):
    """The row that leads from an address to an account."""

    user: UserId
    organization: OrganizationId
    email: str
    is_verified: bool
    is_closed: bool
    created_at: datetime


class Credentials(Struct, frozen=True, kw_only=True):
    """What an account is proved by."""

    display_name: str
    locale: str
    password_hash: str | None
    session_version: int
    created_at: datetime


class Session(Struct, frozen=True, kw_only=True):
    """One logged-in device."""

    key: SessionKey
    acting_organization: OrganizationId
    session_version: int
    counter: int
    rotated_at: datetime
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    device: str


class Link(Struct, frozen=True, kw_only=True):
    """A link that was mailed."""

    email: str
    session_version: int
    expires_at: datetime
    used_at: datetime | None


class SealedKey(Struct, frozen=True, kw_only=True):
    """A signing key, encrypted."""

    kid: str
    sealed: bytes


def account_of(login: Login) -> Account:
    """Return the account that a login leads to."""
    return Account(
        user=login.user,
        email=login.email,
        is_verified=login.is_verified,
        is_closed=login.is_closed,
        created_at=login.created_at,
    )


def login_from(row: Record) -> Login:
    """Read a login."""
    return Login(
        user=row["user_id"],
        organization=row["organization_id"],
        email=row["email"],
        is_verified=row["verified_at"] is not None,
        is_closed=row["closed_at"] is not None,
        created_at=row["created_at"],
    )


def session_from(row: Record) -> Session:
    """Read a session."""
    return Session(
        key=SessionKey(organization=row["organization_id"], user=row["user_id"], session=row["session_id"]),
        acting_organization=row["acting_organization_id"],
        session_version=row["session_version"],
        counter=row["counter"],
        rotated_at=row["rotated_at"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        device=row["device"],
    )
