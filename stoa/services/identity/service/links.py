"""Mailed links: made with the change that wants them, sent by a job, used once."""

import hashlib
import secrets
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, UserId, new_id
from stoa.kit.mail import Letter, Mail
from stoa.kit.store import Store
from stoa.services.identity import domain
from stoa.services.identity.contract import LinkRefused
from stoa.services.identity.domain import LinkKey, Purpose
from stoa.services.identity.policy import IdentitySettings
from stoa.services.identity.service import letters
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.store.rows import Credentials, Link, Login

_PAGES = {
    Purpose.VERIFY: "/verify",
    Purpose.RESET: "/reset",
    Purpose.CONFIRM_EMAIL: "/verify?change=confirm",
    Purpose.UNDO_EMAIL: "/verify?change=undo",
}


class SendLink(Job, frozen=True, kw_only=True):
    """Mail a link; it carries where the link lies, never its secret."""

    type_: ClassVar[str] = "identity.send-link"
    queue_: ClassVar[str] = "mail"

    organization_id: OrganizationId
    user: UUID
    link: UUID
    purpose: Purpose
    locale: str


class SendTaken(Job, frozen=True, kw_only=True):
    """Tell the owner of an address that somebody tried to sign up with it."""

    type_: ClassVar[str] = "identity.send-taken"
    queue_: ClassVar[str] = "mail"

    user: UUID
    locale: str


class WriteTo(Job, frozen=True, kw_only=True):
    """Write to an address if it has an account; it lies sealed, because nobody proved that it is theirs."""

    type_: ClassVar[str] = "identity.write-to"
    queue_: ClassVar[str] = "mail"

    sealed: str
    purpose: Purpose


class Links:
    """The links that are sent to prove an address or to choose a password."""

    def __init__(
        self,
        *,
        store: Store[IdentityTx],
        clock: Clock,
        settings: IdentitySettings,
        mail: Mail,
        public_url: str,
        key: bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._mail = mail
        self.public_url = public_url
        self._key = key
        self._box = AESGCM(hashlib.sha256(b"addresses" + key).digest())

    async def ask(self, *, email: str, purpose: Purpose) -> None:
        """Have a link mailed to whoever has an account: one row is written, whether there is one or not."""
        nonce = secrets.token_bytes(12)
        sealed = nonce + self._box.encrypt(nonce, email.encode("utf-8", "surrogatepass"), purpose.encode())
        async with self._store.transaction(organization=None) as tx:
            tx.enqueue(WriteTo(sealed=b64encode(sealed).decode(), purpose=purpose))

    async def answer(self, job: WriteTo) -> None:
        """Mail the link that somebody asked for, if the address has an account that can use it."""
        sealed = b64decode(job.sealed)
        email = self._box.decrypt(sealed[:12], sealed[12:], job.purpose.encode()).decode("utf-8", "surrogatepass")
        async with self._store.reading(organization=None) as tx:
            login = await tx.login_by_email(email)
        if login is None or login.is_closed or (job.purpose is Purpose.VERIFY and login.is_verified):
            return
        async with self._store.reading(organization=login.organization) as tx:
            credentials = await tx.credentials_of(login.user)
        if credentials is not None:
            await self.send(login, credentials, job.purpose)

    async def send(self, login: Login, credentials: Credentials, purpose: Purpose, *, to: str | None = None) -> None:
        """Make a link and mail it, to the login's address or to another that is to be proved."""
        async with self._store.transaction(organization=login.organization) as tx:
            await self.add(tx, login, credentials, purpose, to=to)

    async def add(
        self,
        tx: IdentityTx,
        login: Login,
        credentials: Credentials,
        purpose: Purpose,
        *,
        to: str | None = None,
    ) -> None:
        """Make a link and have it mailed, in a transaction that is already open; too many are not sent."""
        if not await self._has_room(tx, login.user, purpose):
            return
        key = LinkKey(organization=login.organization, user=login.user, link=new_id())
        link = Link(
            email=to or login.email,
            session_version=credentials.session_version,
            expires_at=self._clock.now() + self._lifetime_of(purpose),
            used_at=None,
        )
        await tx.add_link(key, purpose, link)
        tx.enqueue(
            SendLink(
                organization_id=login.organization,
                user=login.user,
                link=key.link,
                purpose=purpose,
                locale=credentials.locale,
            )
        )

    async def add_taken(self, tx: IdentityTx, taken: Login, *, organization: OrganizationId, locale: str) -> None:
        """Have the owner of an address told that it already has an account.

        The row is there to be counted, and is written in any case: an address that is taken costs what a free one does.
        """
        is_told = await self._has_room(tx, taken.user, Purpose.TAKEN) and not taken.is_closed
        key = LinkKey(organization=organization, user=taken.user, link=new_id())
        expires_at = self._clock.now() + self._lifetime_of(Purpose.TAKEN)
        await tx.add_link(
            key, Purpose.TAKEN, Link(email=taken.email, session_version=0, expires_at=expires_at, used_at=None)
        )
        if is_told:
            tx.enqueue(SendTaken(user=taken.user, locale=locale))

    async def use(self, tx: IdentityTx, key: LinkKey, purpose: Purpose) -> Link:
        """Use a link up, or raise LinkRefused.

        What gives the account away is bound to the password and to the address that it was sent for.
        """
        link = await tx.use_link(key, purpose, now=self._clock.now())
        login = await tx.login_of(UserId(key.user))
        credentials = await tx.credentials_of(key.user)
        if link is None or login is None or login.is_closed or credentials is None:
            raise LinkRefused
        is_older = link.session_version != credentials.session_version
        if is_older and purpose in (Purpose.RESET, Purpose.CONFIRM_EMAIL):
            raise LinkRefused("The password was changed after this link was sent")
        if purpose is Purpose.RESET and domain.email_key(link.email) != domain.email_key(login.email):
            raise LinkRefused("The address was changed after this link was sent")
        return link

    async def use_up_later(self, tx: IdentityTx, key: LinkKey, purpose: Purpose, link: Link) -> None:
        """Use up the links of a purpose that were sent after this one: who has it was there first."""
        await tx.use_up_expiring_from(key.user, purpose, expiry=link.expires_at, at=self._clock.now())

    def read(self, token: str, purpose: Purpose) -> LinkKey:
        """Return where a link lies, or raise LinkRefused."""
        key = domain.read_link(token, purpose, key=self._key)
        if key is None:
            raise LinkRefused
        return key

    async def deliver(self, job: SendLink) -> None:
        """Mail the link of a job, unless it was used or grew too old meanwhile."""
        key = LinkKey(organization=job.organization_id, user=job.user, link=job.link)
        async with self._store.reading(organization=job.organization_id) as tx:
            link = await tx.link_of(key)
        if link is None or link.used_at is not None or link.expires_at <= self._clock.now():
            return
        token = domain.sign_link(key, job.purpose, key=self._key)
        page = _PAGES[job.purpose]
        url = f"{self.public_url}{page}{'&' if '?' in page else '?'}token={token}"
        await self._write(letters.words_for(job.purpose, locale=job.locale), to=link.email, url=url, locale=job.locale)

    async def deliver_taken(self, job: SendTaken) -> None:
        """Tell the owner of an address that it already has an account."""
        async with self._store.reading(organization=None) as tx:
            accounts = await tx.accounts_of([UserId(job.user)])
        if accounts and not accounts[0].is_closed:
            url = f"{self.public_url}/login"
            await self._write(
                letters.words_for(None, locale=job.locale), to=accounts[0].email, url=url, locale=job.locale
            )

    async def _has_room(self, tx: IdentityTx, user: UUID, purpose: Purpose) -> bool:
        # Anybody may ask for letters to an address of somebody else: five an hour are no flood.
        if purpose is Purpose.UNDO_EMAIL:
            return True
        an_hour_old = self._clock.now() + self._lifetime_of(purpose) - timedelta(hours=1)
        sent = await tx.letters_expiring_after(user, purpose, at=an_hour_old)
        return sent < self._settings.letters_an_hour

    def _lifetime_of(self, purpose: Purpose) -> timedelta:
        return self._settings.undo_lifetime if purpose is Purpose.UNDO_EMAIL else self._settings.link_lifetime

    async def _write(self, words: letters.Words, *, to: str, url: str, locale: str) -> None:
        letter = Letter(
            to=to,
            subject=words.subject,
            text=letters.as_text(words, url),
            html=letters.as_html(words, url, locale=locale),
        )
        await self._mail.send(letter)
