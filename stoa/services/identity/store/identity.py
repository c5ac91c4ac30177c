"""The SQL of identity."""

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import UniqueViolationError

from stoa.kit.auth.revocations import Revocation
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.identity.contract import Account
from stoa.services.identity.domain import LinkKey, Purpose, SessionKey, email_key
from stoa.services.identity.store.rows import (
    Credentials,
    Link,
    Login,
    SealedKey,
    Session,
    account_of,
    login_from,
    session_from,
)

_ALL_SESSIONS = UUID(int=0)


class IdentityTx(UnitOfWork):
    """The questions that identity asks of its tables."""

    async def login_by_email(self, email: str) -> Login | None:
        """Return the login of an address."""
        row = await self.fetchrow("select * from identity.logins where email_key = $1", email_key(email))
        return login_from(row) if row else None

    async def login_of(self, user: UserId) -> Login | None:
        """Return the login of an account."""
        row = await self.fetchrow(
            "select * from identity.logins where user_id = $1 order by closed_at nulls first, created_at desc limit 1",
            user,
        )
        return login_from(row) if row else None

    async def accounts_of(self, users: list[UserId]) -> list[Account]:
        """Return the accounts of many users."""
        rows = await self.fetch(
            "select distinct on (user_id) * from identity.logins where user_id = any($1)"
            " order by user_id, closed_at nulls first, created_at desc",
            users,
        )
        return [account_of(login_from(row)) for row in rows]

    async def add_account(self, login: Login, *, display_name: str, locale: str, password_hash: str | None) -> bool:
        """Open an account unless its address is taken; say whether it was opened."""
        taken = await self.fetchval(
            "insert into identity.logins (email_key, email, user_id, organization_id, verified_at, created_at)"
            " values ($1, $2, $3, $4, case when $5 then $6::timestamptz end, $6)"
            " on conflict (email_key) do nothing returning user_id",
            email_key(login.email),
            login.email,
            login.user,
            login.organization,
            login.is_verified,
            login.created_at,
        )
        if taken is None:
            return False
        await self.execute(
            "insert into identity.accounts (user_id, organization_id, display_name, locale, password_hash, created_at)"
            " values ($1, $2, $3, $4, $5, $6)",
            login.user,
            login.organization,
            display_name,
            locale,
            password_hash,
            login.created_at,
        )
        return True

    async def credentials_of(self, user: UUID) -> Credentials | None:
        """Return what proves an account."""
        row = await self.fetchrow(
            "select display_name, locale, password_hash, session_version, created_at"
            " from identity.accounts where user_id = $1",
            user,
        )
        return Credentials(**dict(row)) if row else None

    async def mark_verified(self, email: str, *, user: UUID, at: datetime) -> bool:
        """Note that an address is proved; say whether it was news."""
        count = await self.execute(
            "update identity.logins set verified_at = $3"
            " where email_key = $1 and user_id = $2 and verified_at is null and closed_at is null",
            email_key(email),
            user,
            at,
        )
        return count == 1

    async def set_password(self, user: UUID, password_hash: str | None) -> int:
        """Set the password's hash and end all sessions by raising their version, which is returned."""
        version = await self.fetchval(
            "update identity.accounts set password_hash = $2, session_version = session_version + 1"
            " where user_id = $1 returning session_version",
            user,
            password_hash,
        )
        return int(version)

    async def refresh_hash(self, user: UUID, *, old: str, new: str) -> None:
        """Replace a hash of older parameters by a newer one of the same password."""
        await self.execute(
            "update identity.accounts set password_hash = $3 where user_id = $1 and password_hash = $2", user, old, new
        )

    async def raise_session_version(self, user: UUID) -> int:
        """End all sessions of an account; return the new version."""
        version = await self.fetchval(
            "update identity.accounts set session_version = session_version + 1"
            " where user_id = $1 returning session_version",
            user,
        )
        return int(version)

    async def change_email(self, user: UUID, *, old: str, new: str, at: datetime) -> bool:
        """Move an account to another proved address; False where that address is taken."""
        try:
            count = await self.execute(
                "update identity.logins set email_key = $3, email = $4, verified_at = $5"
                " where email_key = $2 and user_id = $1 and closed_at is null",
                user,
                email_key(old),
                email_key(new),
                new,
                at,
            )
        except UniqueViolationError:
            return False
        return count == 1

    async def close_account(self, user: UUID, *, at: datetime) -> None:
        """Close an account; the address stays taken."""
        await self.execute("update identity.logins set closed_at = $2 where user_id = $1", user, at)
        await self.execute(
            "update identity.accounts set password_hash = null, session_version = session_version + 1"
            " where user_id = $1",
            user,
        )

    async def add_session(self, session: Session) -> None:
        """Record a login."""
        await self.execute(
            "insert into identity.sessions (user_id, session_id, organization_id, acting_organization_id,"
            " session_version, rotated_at, created_at, expires_at, device) values ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
            session.key.user,
            session.key.session,
            session.key.organization,
            session.acting_organization,
            session.session_version,
            session.created_at,
            session.expires_at,
            session.device,
        )

    async def session_for_update(self, key: SessionKey) -> Session | None:
        """Return a session and keep others from changing it until the end of the transaction."""
        row = await self.fetchrow(
            "select * from identity.sessions where user_id = $1 and session_id = $2 for update", key.user, key.session
        )
        return session_from(row) if row else None

    async def rotate(self, key: SessionKey, *, counter: int, at: datetime, lifetime: timedelta) -> None:
        """Note that the refresh token was exchanged for its successor."""
        await self.execute(
            "update identity.sessions set counter = $3, rotated_at = $4, expires_at = $5"
            " where user_id = $1 and session_id = $2",
            key.user,
            key.session,
            counter,
            at,
            at + lifetime,
        )

    async def act_in(self, key: SessionKey, organization: OrganizationId) -> None:
        """Let a session act in another organization."""
        await self.execute(
            "update identity.sessions set acting_organization_id = $3 where user_id = $1 and session_id = $2",
            key.user,
            key.session,
            organization,
        )

    async def end_session(self, key: SessionKey, *, at: datetime) -> bool:
        """End one session; say whether it was open."""
        count = await self.execute(
            "update identity.sessions set ended_at = $3 where user_id = $1 and session_id = $2 and ended_at is null",
            key.user,
            key.session,
            at,
        )
        return count == 1

    async def open_sessions(self, user: UUID, *, version: int, now: datetime) -> list[Session]:
        """Return the sessions of an account that are still good, newest first, at most 100."""
        rows = await self.fetch(
            "select * from identity.sessions where user_id = $1 and ended_at is null and session_version = $2"
            " and expires_at > $3 order by rotated_at desc limit 100",
            user,
            version,
            now,
        )
        return [session_from(row) for row in rows]

    async def add_link(self, key: LinkKey, purpose: Purpose, link: Link) -> None:
        """Record a link that is about to be mailed."""
        await self.execute(
            "insert into identity.links (user_id, link_id, organization_id, purpose, email, session_version,"
            " expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
            key.user,
            key.link,
            key.organization,
            purpose,
            link.email,
            link.session_version,
            link.expires_at,
        )

    async def use_link(self, key: LinkKey, purpose: Purpose, *, now: datetime) -> Link | None:
        """Use a link up and return it; None where it was used, is too old or never was."""
        row = await self.fetchrow(
            "update identity.links set used_at = $4 where user_id = $1 and link_id = $2 and purpose = $3"
            " and used_at is null and expires_at > $4 returning email, session_version, expires_at, used_at",
            key.user,
            key.link,
            purpose,
            now,
        )
        return Link(**dict(row)) if row else None

    async def link_of(self, key: LinkKey) -> Link | None:
        """Return a link as it stands."""
        row = await self.fetchrow(
            "select email, session_version, expires_at, used_at from identity.links"
            " where user_id = $1 and link_id = $2",
            key.user,
            key.link,
        )
        return Link(**dict(row)) if row else None

    async def letters_expiring_after(self, user: UUID, purpose: Purpose, *, at: datetime) -> int:
        """Count the letters of one kind to an account that end after an instant, used ones included."""
        count = await self.fetchval(
            "select count(*) from identity.links where user_id = $1 and purpose = $2 and expires_at > $3",
            user,
            purpose,
            at,
        )
        return int(count)

    async def use_up_expiring_from(self, user: UUID, purpose: Purpose, *, expiry: datetime, at: datetime) -> None:
        """Use up the links of a purpose that an account was sent together with or after the one of this expiry."""
        await self.execute(
            "update identity.links set used_at = $4"
            " where user_id = $1 and purpose = $2 and expires_at >= $3 and used_at is null",
            user,
            purpose,
            expiry,
            at,
        )

    async def note_revocation(self, user: UUID, *, session: UUID | None, version: int, at: datetime) -> None:
        """Note that a session, or all below a version, are over."""
        await self.execute(
            "insert into identity.revocations as r (user_id, session_id, session_version, revoked_at)"
            " values ($1, $2, $3, $4) on conflict (user_id, session_id) do update"
            " set session_version = greatest(r.session_version, $3), revoked_at = greatest(r.revoked_at, $4)",
            user,
            session or _ALL_SESSIONS,
            version,
            at,
        )

    async def revocations_since(self, at: datetime, *, limit: int) -> list[Revocation]:
        """Return what was revoked since an instant, the latest first."""
        rows = await self.fetch(
            "select user_id, session_id, session_version from identity.revocations where revoked_at >= $1"
            " order by revoked_at desc, user_id, session_id limit $2",
            at,
            limit,
        )
        return [
            Revocation(
                user=row["user_id"],
                session=None if row["session_id"] == _ALL_SESSIONS else row["session_id"],
                version=row["session_version"],
            )
            for row in rows
        ]

    async def failures_of(self, buckets: list[bytes]) -> dict[bytes, tuple[int, datetime]]:
        """Return how many logins failed in a row in each of these buckets, and when the last did."""
        rows = await self.fetch("select * from identity.login_failures where bucket = any($1::bytea[])", buckets)
        return {bytes(row["bucket"]): (row["failures"], row["failed_at"]) for row in rows}

    async def count_failure(self, bucket: bytes, *, at: datetime, forget: timedelta) -> None:
        """Count a failed login; the count starts anew after a quiet time."""
        await self.execute(
            "insert into identity.login_failures as f values ($1, 1, $2) on conflict (bucket) do update"
            " set failures = case when f.failed_at < $3 then 1 else f.failures + 1 end, failed_at = $2",
            bucket,
            at,
            at - forget,
        )

    async def forget_failures(self, buckets: list[bytes]) -> None:
        """Forget the failed logins of these buckets."""
        await self.execute("delete from identity.login_failures where bucket = any($1::bytea[])", buckets)

    async def lock_signing_keys(self) -> None:
        """Keep other processes from changing the signing keys until the end of the transaction."""
        await self.execute("select pg_advisory_xact_lock(hashtext('identity.signing_keys'))")

    async def signing_keys(self) -> list[SealedKey]:
        """Return all signing keys that were not replaced."""
        rows = await self.fetch("select kid, sealed from identity.signing_keys")
        return [SealedKey(kid=row["kid"], sealed=row["sealed"]) for row in rows]

    async def replace_signing_keys(self, keys: list[SealedKey]) -> None:
        """Keep these signing keys and no others."""
        await self.execute("delete from identity.signing_keys where kid <> all($1)", [key.kid for key in keys])
        await self.executemany(
            "insert into identity.signing_keys (kid, sealed) values ($1, $2) on conflict (kid) do nothing",
            [(key.kid, key.sealed) for key in keys],
        )

    async def purge(self, *, now: datetime) -> None:
        """Delete the failed logins and the ended sessions' notes of yesterday."""
        await self.execute("delete from identity.login_failures where failed_at < $1", now - timedelta(days=1))
        await self.execute("delete from identity.revocations where revoked_at < $1", now - timedelta(days=1))
