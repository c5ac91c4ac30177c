"""What the tests of identity build with: the service on a real database, its letters, and somebody who uses it."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from stoa.kit.auth.passwords import PasswordPool
from stoa.kit.auth.revocations import Revocations
from stoa.kit.auth.tokens import TokenVerifier
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.engines.postgres.database import Database
from stoa.kit.mail import Letter
from stoa.kit.store import Store
from stoa.kit.testing.outgoing import queued, told
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.services.identity.contract import SessionsRevoked
from stoa.services.identity.policy import IdentitySettings
from stoa.services.identity.service.accounts import Accounts
from stoa.services.identity.service.identity import Identity
from stoa.services.identity.service.keys import SigningKeys
from stoa.services.identity.service.links import Links, SendLink, SendTaken, WriteTo
from stoa.services.identity.service.sessions import Device, Sessions, Tokens
from stoa.services.identity.store.identity import IdentityTx

ISSUER = "http://stoa.test"
PASSWORD = "the engine weaves"
HOME = OrganizationId(new_id())
DESK = Device(address="192.0.2.7", name="Firefox")
AWAY = Device(address="198.51.100.9", name="Safari")


class MemoryMail:
    """Letters that were sent."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)


class CountingPool(PasswordPool):
    """Counts the hashes that were computed; the parameters are the real ones."""

    def __init__(self, *, threads: int = 2, queue: int = 64) -> None:
        super().__init__(threads=threads, queue=queue)
        self.verified = 0

    async def verify(self, encoded: str | None, password: str) -> bool:
        self.verified += 1
        return await super().verify(encoded, password)


def an_identity(
    database: Database, clock: ManualClock, mail: MemoryMail, *, passwords: PasswordPool, sealing_key: bytes = b"k" * 32
) -> Identity:
    """Put identity together as its manifest does."""
    settings = IdentitySettings.load({})
    store = Store(database, IdentityTx)
    keys = SigningKeys(
        store=store, clock=clock, issuer=ISSUER, lifetime=settings.access_token_lifetime, sealing_key=sealing_key
    )
    links = Links(store=store, clock=clock, settings=settings, mail=mail, public_url=ISSUER, key=b"l" * 32)
    accounts = Accounts(store=store, clock=clock, settings=settings, passwords=passwords, links=links)
    sessions = Sessions(
        store=store,
        clock=clock,
        settings=settings,
        passwords=passwords,
        keys=keys,
        links=links,
        refresh_key=b"r" * 32,
    )
    return Identity(
        store=store, clock=clock, accounts=accounts, sessions=sessions, keys=keys, links=links, passwords=passwords
    )


@dataclass
class Town:
    """Identity with everything around it, and the words of a test."""

    identity: Identity
    clock: ManualClock
    mail: MemoryMail
    passwords: CountingPool
    database: Database
    postgres: ThrowawayPostgres
    _answered: int = 0
    _delivered: int = 0
    _warned: int = 0
    revocations: Revocations = field(init=False)
    verifier: TokenVerifier = field(init=False)

    def __post_init__(self) -> None:
        self.revocations = Revocations(self.clock)
        self.verifier = TokenVerifier(self.identity.jwks, self.clock, self.revocations, issuer=ISSUER)

    async def register(self, email: str, *, password: str = PASSWORD, organization: OrganizationId = HOME) -> None:
        """Sign up."""
        await self.identity.accounts.register(
            organization=organization, email=email, password=password, display_name="Ada", locale="en"
        )

    async def settle(self, email: str = "ada@example.org", *, password: str = PASSWORD) -> UserId:
        """Sign up and prove the address."""
        await self.register(email, password=password)
        await self.identity.accounts.verify_email(token=await self.token_for(email))
        account = await self.identity.account_by_email(email=email)
        assert account is not None
        return account.user

    async def log_in(self, email: str = "ada@example.org", password: str = PASSWORD, device: Device = DESK) -> Tokens:
        """Log in."""
        return await self.identity.sessions.log_in(email=email, password=password, device=device)

    async def post(self) -> list[Letter]:
        """Do the waiting jobs of the mail and return all letters so far."""
        asked = await queued(self.postgres, "identity", WriteTo)
        for wish in asked[self._answered :]:
            await self.identity.links.answer(wish)
        self._answered = len(asked)
        jobs = await queued(self.postgres, "identity", SendLink)
        warnings = await queued(self.postgres, "identity", SendTaken)
        for job in jobs[self._delivered :]:
            await self.identity.links.deliver(job)
        for warning in warnings[self._warned :]:
            await self.identity.links.deliver_taken(warning)
        self._delivered, self._warned = len(jobs), len(warnings)
        return self.mail.letters

    async def token_for(self, email: str) -> str:
        """Return the token of the last letter to an address."""
        letter = next(letter for letter in reversed(await self.post()) if letter.to == email)
        url = next(word for word in letter.text.split() if word.startswith(ISSUER))
        return parse_qs(urlsplit(url).query)["token"][0]

    async def revoked(self) -> list[SessionsRevoked]:
        """Return the ends of sessions that were told, and let this town's verifier hear them."""
        events = await told(self.database, SessionsRevoked)
        for event in events:
            self.revocations.note(user=event.user_id, session=event.session_id, version=event.session_version)
        return events

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**time))
