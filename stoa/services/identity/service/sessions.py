"""Sessions: logging in, rotating, acting in an organization, logging out."""

from datetime import datetime
from uuid import UUID

from stoa.kit.auth.passwords import PasswordPool
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId, new_id
from stoa.kit.store import Store
from stoa.services.identity import domain
from stoa.services.identity.contract import LoginDelayed, LoginFailed, RefreshRefused
from stoa.services.identity.domain import DeviceKey, Guard, Purpose, Rotation, SessionKey
from stoa.services.identity.policy import IdentitySettings
from stoa.services.identity.service.keys import SigningKeys
from stoa.services.identity.service.links import Links
from stoa.services.identity.service.revoking import tell_revoked
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.store.rows import Credentials, Login, Session

# One hint for every reason, so that it tells nothing.
_HINT = "If you have just signed up, open the link that we sent you"


class Tokens(Struct, frozen=True, kw_only=True):
    """What a device holds after logging in."""

    access_token: str
    expires_in: int
    refresh_token: str
    user_id: UserId
    organization_id: OrganizationId
    token_type: str = "Bearer"  # noqa: S105 (the name of a scheme)


class Device(Struct, frozen=True, kw_only=True):
    """Where a login comes from: the address, what the browser calls itself, and what it was given to be known by."""

    address: str
    name: str = ""
    token: str = ""


class Sessions:
    """The sessions of all accounts."""

    def __init__(
        self,
        *,
        store: Store[IdentityTx],
        clock: Clock,
        settings: IdentitySettings,
        passwords: PasswordPool,
        keys: SigningKeys,
        links: Links,
        refresh_key: bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._passwords = passwords
        self._keys = keys
        self._links = links
        self._refresh_key = refresh_key

    async def log_in(
        self, *, email: str, password: str, device: Device, organization: OrganizationId | None = None
    ) -> Tokens:
        """Open a session, or raise the one LoginFailed that does not tell what was wrong, LoginDelayed before its time.

        Unknown, wrong, delayed and unverified all cost one argon2id and the same queries; who waits is not told whether
        this password, or any, would have opened the account.
        """
        now = self._clock.now()
        async with self._store.reading(organization=None) as tx:
            login = await tx.login_by_email(email)
            guards = self._guards(email, login, device)
            failures = await tx.failures_of([guard.bucket for guard in guards])
        credentials = await self._credentials_of(login)
        fits = await self._passwords.verify(credentials.password_hash if credentials else None, password)
        # A try that comes too soon is not counted: nobody may lengthen the wait of others in the same subnet.
        wait = max(guard.wait(failures.get(guard.bucket), now=now) for guard in guards)
        if wait:
            raise LoginDelayed(retry_after_s=wait.total_seconds())
        if not fits or login is None or credentials is None:
            await self._count_failure(guards)
            raise LoginFailed(hint=_HINT)
        if self._settings.require_verified_email and not login.is_verified:
            await self._links.send(login, credentials, Purpose.VERIFY)
            raise LoginFailed(hint=_HINT)
        if credentials.password_hash and self._passwords.is_outdated(credentials.password_hash):
            await self._renew_hash(login, credentials.password_hash, password)
        return await self._open(login, credentials, device, organization or login.organization, forget=list(failures))

    def device_token(self, *, user: UserId, shown: str = "") -> str:
        """Return what a browser in which an account was just proved is known by, the same if it had one."""
        known = domain.read_device(shown, key=self._refresh_key)
        device = known.device if known is not None and known.user == user else new_id()
        return domain.sign_device(DeviceKey(user=user, device=device), key=self._refresh_key)

    async def refresh(self, *, refresh_token: str) -> Tokens:
        """Exchange a refresh token for its successor; a reused one ends the whole session."""
        read = domain.read_refresh(refresh_token, key=self._refresh_key)
        if read is None:
            raise RefreshRefused
        key, shown = read
        now = self._clock.now()
        async with self._store.transaction(organization=OrganizationId(key.organization)) as tx:
            session = await tx.session_for_update(key)
            credentials = await tx.credentials_of(key.user)
            if session is None or credentials is None or not _is_good(session, credentials, now=now):
                raise RefreshRefused
            rotation = domain.rotation_of(
                shown,
                current=session.counter,
                rotated_at=session.rotated_at,
                now=now,
                grace=self._settings.refresh_grace,
            )
            counter = session.counter
            if rotation is Rotation.ROTATE:
                counter += 1
                await tx.rotate(key, counter=counter, at=now, lifetime=self._settings.session_lifetime)
            elif rotation is Rotation.REUSED:
                await self._end(tx, key, version=credentials.session_version)
        if rotation is Rotation.REUSED:
            raise RefreshRefused("This session was ended because its token was used twice", hint="Log in again")
        return await self._tokens(session, counter=counter)

    async def session_key_of(self, *, user: UserId, session: UUID) -> SessionKey:
        """Return where the session of a caller lies."""
        async with self._store.reading(organization=None) as tx:
            login = await tx.login_of(user)
        if login is None:
            raise RefreshRefused
        return SessionKey(organization=login.organization, user=user, session=session)

    async def switch(self, *, user: UserId, session: UUID, organization: OrganizationId) -> Tokens:
        """Let a session act in another organization; what it may do there is its roles' matter."""
        key = await self.session_key_of(user=user, session=session)
        now = self._clock.now()
        async with self._store.transaction(organization=OrganizationId(key.organization)) as tx:
            found = await tx.session_for_update(key)
            credentials = await tx.credentials_of(user)
            if found is None or credentials is None or not _is_good(found, credentials, now=now):
                raise RefreshRefused
            await tx.act_in(key, organization)
            await tx.rotate(key, counter=found.counter + 1, at=now, lifetime=self._settings.session_lifetime)
            switched = await tx.session_for_update(key)
        assert switched is not None
        return await self._tokens(switched, counter=switched.counter)

    async def end(self, *, user: UserId, session: UUID) -> None:
        """End one session of an account; ending it twice is the same."""
        key = await self.session_key_of(user=user, session=session)
        async with self._store.transaction(organization=OrganizationId(key.organization)) as tx:
            credentials = await tx.credentials_of(user)
            if credentials is not None:
                await self._end(tx, key, version=credentials.session_version)

    async def end_by_token(self, *, refresh_token: str) -> None:
        """End the session of a refresh token, if it is one of ours."""
        read = domain.read_refresh(refresh_token, key=self._refresh_key)
        if read is not None:
            await self.end(user=UserId(read[0].user), session=read[0].session)

    async def end_all(self, *, user: UserId) -> None:
        """Log out everywhere."""
        key = await self.session_key_of(user=user, session=new_id())
        async with self._store.transaction(organization=OrganizationId(key.organization)) as tx:
            version = await tx.raise_session_version(user)
            organization = OrganizationId(key.organization)
            await tell_revoked(tx, organization=organization, user=user, version=version, at=self._clock.now())

    async def open_sessions_of(self, *, user: UserId) -> list[Session]:
        """Return the sessions of an account that are still good."""
        key = await self.session_key_of(user=user, session=new_id())
        async with self._store.reading(organization=OrganizationId(key.organization)) as tx:
            credentials = await tx.credentials_of(user)
            if credentials is None:
                return []
            return await tx.open_sessions(user, version=credentials.session_version, now=self._clock.now())

    async def _end(self, tx: IdentityTx, key: SessionKey, *, version: int) -> None:
        now = self._clock.now()
        if await tx.end_session(key, at=now):
            organization = OrganizationId(key.organization)
            await tell_revoked(
                tx, organization=organization, user=key.user, session=key.session, version=version, at=now
            )

    async def _credentials_of(self, login: Login | None) -> Credentials | None:
        # The same query is made for nobody, so that an unknown address costs as much as a known one.
        user = login.user if login and not login.is_closed else UserId(new_id())
        organization = login.organization if login else OrganizationId(new_id())
        async with self._store.reading(organization=organization) as tx:
            return await tx.credentials_of(user)

    def _guards(self, email: str, login: Login | None, device: Device) -> list[Guard]:
        """Return what counts failures: a known browser has its own counter, so nobody elsewhere can delay it."""
        chosen, key = self._settings, domain.email_key(email)
        known = domain.read_device(device.token, key=self._refresh_key)
        if login is not None and known is not None and known.user == login.user:
            own = domain.bucket_of("device", str(known.device))
            return [Guard(bucket=own, free=chosen.free_failures, ceiling=chosen.delay_ceiling)]
        near = domain.bucket_of("login", key, domain.subnet_of(device.address))
        everywhere = domain.bucket_of("account", key)
        return [
            Guard(bucket=everywhere, free=chosen.account_free_failures, ceiling=chosen.account_delay_ceiling),
            Guard(bucket=near, free=chosen.free_failures, ceiling=chosen.delay_ceiling),
        ]

    async def _count_failure(self, guards: list[Guard]) -> None:
        async with self._store.transaction(organization=None) as tx:
            for guard in guards:
                await tx.count_failure(guard.bucket, at=self._clock.now(), forget=self._settings.delay_ceiling * 2)

    async def _renew_hash(self, login: Login, old: str, password: str) -> None:
        new = await self._passwords.hash(password)
        async with self._store.transaction(organization=login.organization) as tx:
            await tx.refresh_hash(login.user, old=old, new=new)

    async def _open(
        self,
        login: Login,
        credentials: Credentials,
        device: Device,
        organization: OrganizationId,
        *,
        forget: list[bytes],
    ) -> Tokens:
        now = self._clock.now()
        session = Session(
            key=SessionKey(organization=login.organization, user=login.user, session=new_id()),
            acting_organization=organization,
            session_version=credentials.session_version,
            counter=0,
            rotated_at=now,
            created_at=now,
            expires_at=now + self._settings.session_lifetime,
            ended_at=None,
            device=device.name[:200],
        )
        async with self._store.transaction(organization=login.organization) as tx:
            await tx.add_session(session)
            if forget:
                await tx.forget_failures(forget)
        return await self._tokens(session, counter=0)

    async def _tokens(self, session: Session, *, counter: int) -> Tokens:
        return Tokens(
            access_token=await self._keys.issue(session),
            expires_in=int(self._settings.access_token_lifetime.total_seconds()),
            refresh_token=domain.sign_refresh(session.key, counter, key=self._refresh_key),
            user_id=UserId(session.key.user),
            organization_id=session.acting_organization,
        )


def _is_good(session: Session, credentials: Credentials, *, now: datetime) -> bool:
    return (
        session.ended_at is None and session.expires_at > now and session.session_version == credentials.session_version
    )
