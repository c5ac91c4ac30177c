"""Accounts: opening, verifying, changing, closing."""

from uuid import UUID

import msgspec

from stoa.kit.auth.passwords import PasswordPool
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.names import clean_name, shown_name
from stoa.kit.store import Store
from stoa.services.identity import domain
from stoa.services.identity.contract import (
    Account,
    AccountClosed,
    AccountRegistered,
    AddressClosed,
    EmailVerified,
    LinkRefused,
    LoginDelayed,
    WrongPassword,
)
from stoa.services.identity.domain import Guard, Purpose
from stoa.services.identity.policy import IdentitySettings
from stoa.services.identity.service.links import Links
from stoa.services.identity.service.revoking import tell_revoked
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.store.rows import Credentials, Login, account_of


class Accounts:
    """All accounts, one per e-mail address."""

    def __init__(
        self,
        *,
        store: Store[IdentityTx],
        clock: Clock,
        settings: IdentitySettings,
        passwords: PasswordPool,
        links: Links,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._passwords = passwords
        self._links = links

    async def register(
        self, *, organization: OrganizationId, email: str, password: str, display_name: str, locale: str
    ) -> None:
        """Open an account and mail the link that verifies it.

        Whether the address already has one is told to its owner by mail, never to the caller: not by the work, either.
        """
        address = domain.checked_email(email)
        display_name = clean_name(display_name)
        domain.check_password(password, email=address, minimum=self._settings.password_minimum)
        password_hash = await self._passwords.hash(password)
        login = self._new_login(organization, address, is_verified=False)
        async with self._store.transaction(organization=organization) as tx:
            opened = await tx.add_account(login, display_name=display_name, locale=locale, password_hash=password_hash)
            if opened:
                credentials = self._new_credentials(login, display_name, locale, password_hash)
                await self._links.add(tx, login, credentials, Purpose.VERIFY)
                tx.publish(_registered(login, display_name, locale, is_invited=False))
            else:
                taken = await tx.login_by_email(address)
                assert taken is not None
                await self._links.add_taken(tx, taken, organization=organization, locale=locale)

    async def ensure(
        self, *, organization: OrganizationId, email: str, display_name: str, locale: str, password: str | None
    ) -> Account:
        """Return the account of an address, opening one if there is none."""
        address = domain.checked_email(email)
        if password is not None:
            domain.check_password(password, email=address, minimum=self._settings.password_minimum)
        async with self._store.reading(organization=None) as tx:
            found = await tx.login_by_email(address)
        if found is not None:
            await self._hand_over(found)
            return account_of(found)
        password_hash = None if password is None else await self._passwords.hash(password)
        display_name = shown_name(display_name)
        login = self._new_login(organization, address, is_verified=password is not None)
        async with self._store.transaction(organization=organization) as tx:
            opened = await tx.add_account(login, display_name=display_name, locale=locale, password_hash=password_hash)
            if opened:
                tx.publish(_registered(login, display_name, locale, is_invited=password is None))
                if password is None:
                    credentials = self._new_credentials(login, display_name, locale, None)
                    await self._links.add(tx, login, credentials, Purpose.RESET)
            else:
                found = await tx.login_by_email(address)
        return account_of(found or login)

    async def verify_email(self, *, token: str) -> None:
        """Prove the address that a link was mailed to."""
        key = self._links.read(token, Purpose.VERIFY)
        organization = OrganizationId(key.organization)
        async with self._store.transaction(organization=organization) as tx:
            link = await self._links.use(tx, key, Purpose.VERIFY)
            if await tx.mark_verified(link.email, user=key.user, at=self._clock.now()):
                tx.publish(EmailVerified(organization_id=organization, user_id=UserId(key.user)))

    async def resend_verification(self, *, email: str) -> None:
        """Mail the verifying link again, if there is an unverified account; the caller is not told."""
        await self._links.ask(email=email, purpose=Purpose.VERIFY)

    async def request_reset(self, *, email: str) -> None:
        """Mail a link to choose a new password, if there is an account; the caller is not told."""
        await self._links.ask(email=email, purpose=Purpose.RESET)

    async def reset_password(self, *, token: str, password: str) -> UserId:
        """Choose a new password by a mailed link, which also proves the address; all devices are logged out.

        Whose it was is returned.
        """
        key = self._links.read(token, Purpose.RESET)
        organization = OrganizationId(key.organization)
        async with self._store.reading(organization=organization) as tx:
            link = await tx.link_of(key)
        if link is None:
            raise LinkRefused
        domain.check_password(password, email=link.email, minimum=self._settings.password_minimum)
        password_hash = await self._passwords.hash(password)
        async with self._store.transaction(organization=organization) as tx:
            link = await self._links.use(tx, key, Purpose.RESET)
            if await tx.mark_verified(link.email, user=key.user, at=self._clock.now()):
                tx.publish(EmailVerified(organization_id=organization, user_id=UserId(key.user)))
            await self._set_password(tx, organization, key.user, password_hash)
        return UserId(key.user)

    async def change_password(self, *, user: UserId, current: str, new: str) -> None:
        """Change a password that is known; all devices are logged out."""
        login = await self._proved(user, current)
        domain.check_password(new, email=login.email, minimum=self._settings.password_minimum)
        password_hash = await self._passwords.hash(new)
        async with self._store.transaction(organization=login.organization) as tx:
            await self._set_password(tx, login.organization, user, password_hash)

    async def request_email_change(self, *, user: UserId, password: str, email: str) -> None:
        """Mail a link to the new address; nothing changes before it is opened."""
        address = domain.checked_email(email)
        login = await self._proved(user, password)
        async with self._store.transaction(organization=login.organization) as tx:
            credentials = await tx.credentials_of(user)
            assert credentials is not None
            await self._links.add(tx, login, credentials, Purpose.CONFIRM_EMAIL, to=address)

    async def confirm_email_change(self, *, token: str) -> None:
        """Move the account to the new address and mail the old one a link to undo that."""
        await self._move(token, Purpose.CONFIRM_EMAIL)

    async def undo_email_change(self, *, token: str) -> None:
        """Move the account back to the address that the link was mailed to.

        Whoever moved it away knew the password, so it is forgotten, everybody is logged out, a link to choose the
        next one is mailed, and links that were sent to later addresses are no longer good.
        """
        await self._move(token, Purpose.UNDO_EMAIL)

    async def close(self, *, user: UserId, password: str) -> None:
        """Close an account; its address is not given out again."""
        login = await self._proved(user, password)
        async with self._store.transaction(organization=login.organization) as tx:
            await tx.close_account(user, at=self._clock.now())
            credentials = await tx.credentials_of(user)
            assert credentials is not None
            await tell_revoked(
                tx,
                organization=login.organization,
                user=user,
                version=credentials.session_version,
                at=self._clock.now(),
            )
            tx.publish(AccountClosed(organization_id=login.organization, user_id=user))

    async def _move(self, token: str, purpose: Purpose) -> None:
        key = self._links.read(token, purpose)
        organization = OrganizationId(key.organization)
        async with self._store.transaction(organization=organization) as tx:
            link = await self._links.use(tx, key, purpose)
            login = await tx.login_of(UserId(key.user))
            credentials = await tx.credentials_of(key.user)
            if login is None or credentials is None or login.is_closed:
                raise LinkRefused
            moved = await tx.change_email(key.user, old=login.email, new=link.email, at=self._clock.now())
            if not moved:
                raise LinkRefused("This address belongs to another account by now")
            if purpose is Purpose.CONFIRM_EMAIL:
                await self._links.add(tx, login, credentials, Purpose.UNDO_EMAIL, to=login.email)
            else:
                await self._links.use_up_later(tx, key, purpose, link)
                version = await self._set_password(tx, organization, key.user, None)
                back = msgspec.structs.replace(login, email=link.email, is_verified=True)
                renewed = msgspec.structs.replace(credentials, password_hash=None, session_version=version)
                await self._links.add(tx, back, renewed, Purpose.RESET)

    async def _set_password(
        self, tx: IdentityTx, organization: OrganizationId, user: UUID, password_hash: str | None
    ) -> int:
        version = await tx.set_password(user, password_hash)
        await tell_revoked(tx, organization=organization, user=user, version=version, at=self._clock.now())
        return version

    async def _hand_over(self, login: Login) -> None:
        """Forget a password that was set by somebody who never proved the address, and let its owner choose one."""
        if login.is_closed:
            raise AddressClosed
        if login.is_verified:
            return
        async with self._store.transaction(organization=login.organization) as tx:
            credentials = await tx.credentials_of(login.user)
            if credentials is None or credentials.password_hash is None:
                return
            version = await self._set_password(tx, login.organization, login.user, None)
            renewed = msgspec.structs.replace(credentials, password_hash=None, session_version=version)
            await self._links.add(tx, login, renewed, Purpose.RESET)

    async def _proved(self, user: UserId, password: str) -> Login:
        now = self._clock.now()
        chosen = self._settings
        bucket = domain.bucket_of("proof", str(user))
        guard = Guard(bucket=bucket, free=chosen.free_failures, ceiling=chosen.delay_ceiling)
        async with self._store.reading(organization=None) as tx:
            login = await tx.login_of(user)
            failures = (await tx.failures_of([guard.bucket])).get(guard.bucket)
        if login is None or login.is_closed:
            raise WrongPassword
        async with self._store.reading(organization=login.organization) as tx:
            credentials = await tx.credentials_of(user)
        fits = await self._passwords.verify(credentials.password_hash if credentials else None, password)
        wait = guard.wait(failures, now=now)
        if wait:
            raise LoginDelayed(retry_after_s=wait.total_seconds())
        async with self._store.transaction(organization=None) as tx:
            if fits:
                await tx.forget_failures([bucket])
            else:
                await tx.count_failure(bucket, at=now, forget=self._settings.delay_ceiling * 2)
        if not fits:
            raise WrongPassword
        return login

    def _new_login(self, organization: OrganizationId, email: str, *, is_verified: bool) -> Login:
        return Login(
            user=UserId(new_id()),
            organization=organization,
            email=email,
            is_verified=is_verified,
            is_closed=False,
            created_at=self._clock.now(),
        )

    def _new_credentials(self, login: Login, display_name: str, locale: str, password_hash: str | None) -> Credentials:
        return Credentials(
            display_name=display_name,
            locale=locale,
            password_hash=password_hash,
            session_version=1,
            created_at=login.created_at,
        )


def _registered(login: Login, display_name: str, locale: str, *, is_invited: bool) -> AccountRegistered:
    return AccountRegistered(
        organization_id=login.organization,
        user_id=login.user,
        display_name=display_name,
        locale=locale,
        is_invited=is_invited,
    )
