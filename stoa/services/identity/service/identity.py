"""Identity as the others see it."""

from datetime import timedelta

from stoa.kit.auth.keys import KeySet
from stoa.kit.auth.passwords import PasswordPool
from stoa.kit.auth.revocations import Revocation
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.store import Store
from stoa.services.identity import domain
from stoa.services.identity.contract import Account, IdentityPort
from stoa.services.identity.service.accounts import Accounts
from stoa.services.identity.service.keys import SigningKeys
from stoa.services.identity.service.links import Links
from stoa.services.identity.service.sessions import Sessions
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.store.rows import account_of

_REMEMBERED = timedelta(minutes=20)
_MOST_REVOCATIONS = 50_000


class Identity(IdentityPort):
    """Accounts, sessions and the keys that sign their tokens."""

    def __init__(
        self,
        *,
        store: Store[IdentityTx],
        clock: Clock,
        accounts: Accounts,
        sessions: Sessions,
        keys: SigningKeys,
        links: Links,
        passwords: PasswordPool,
    ) -> None:
        self._store = store
        self._clock = clock
        self.accounts = accounts
        self.sessions = sessions
        self.keys = keys
        self.links = links
        self.passwords = passwords

    async def accounts_of(self, *, users: list[UserId]) -> list[Account]:
        """Return the accounts of these users, at most 500."""
        async with self._store.reading(organization=None) as tx:
            return await tx.accounts_of(users[:500])

    async def account_by_email(self, *, email: str) -> Account | None:
        """Return the account with this address, whatever its case and a closed one too."""
        address = domain.checked_email(email)
        async with self._store.reading(organization=None) as tx:
            login = await tx.login_by_email(address)
        return None if login is None else account_of(login)

    async def jwks(self) -> KeySet:
        """Return the public keys that verify access tokens, the retiring ones included."""
        return await self.keys.published()

    async def recent_revocations(self) -> list[Revocation]:
        """Return the sessions that were ended in the last 20 minutes."""
        async with self._store.reading(organization=None) as tx:
            return await tx.revocations_since(self._clock.now() - _REMEMBERED, limit=_MOST_REVOCATIONS)

    async def ensure_account(
        self,
        *,
        organization: OrganizationId,
        email: str,
        display_name: str,
        locale: str = "en",
        password: str | None = None,
    ) -> Account:
        """Return the account of an address, opening one if there is none."""
        return await self.accounts.ensure(
            organization=organization, email=email, display_name=display_name, locale=locale, password=password
        )

    async def sweep(self) -> None:
        """Delete what is long over."""
        async with self._store.transaction(organization=None) as tx:
            await tx.purge(now=self._clock.now())
