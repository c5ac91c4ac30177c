"""The signing keys: sealed at rest, published before they sign, shared by every process of identity."""

import asyncio
import os
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stoa.kit.auth.keys import KeyRing, KeySet, SigningKey
from stoa.kit.auth.tokens import TokenIssuer
from stoa.kit.clock import Clock
from stoa.kit.contract import UserId
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.store import Store
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.store.rows import SealedKey, Session

_NONCE_BYTES = 12
_REREAD = timedelta(minutes=1)


class SigningKeys:
    """Signs access tokens and publishes the keys that verify them."""

    def __init__(
        self, *, store: Store[IdentityTx], clock: Clock, issuer: str, lifetime: timedelta, sealing_key: bytes
    ) -> None:
        self._store = store
        self._clock = clock
        self._issuer = issuer
        self._lifetime = lifetime
        self._box = AESGCM(sealing_key)
        self._tokens = TokenIssuer(KeyRing([]), clock, issuer=issuer)
        self._read_again_at = -1.0
        self._lock = asyncio.Lock()

    async def issue(self, session: Session) -> str:
        """Return an access token of a session."""
        await self._ready()
        return self._tokens.issue(
            user=UserId(session.key.user),
            session=session.key.session,
            session_version=session.session_version,
            organization=session.acting_organization,
            lifetime=self._lifetime,
        )

    async def published(self) -> KeySet:
        """Return the public keys to trust, the coming one included."""
        await self._ready()
        return self._tokens.ring.published(self._clock.now())

    async def rotate(self) -> None:
        """Add the next key when the present one nears its end; of several processes that try, one does."""
        async with self._store.transaction(organization=None) as tx:
            await tx.lock_signing_keys()
            ring = self._ring(await tx.signing_keys())
            rotated = ring.rotated(self._clock.now())
            if rotated is not None:
                await tx.replace_signing_keys([self._sealed(key) for key in rotated.stored()])
        self._tokens.ring = rotated or ring

    async def _ready(self) -> None:
        if self._clock.monotonic() < self._read_again_at:
            return
        async with self._lock:
            if self._clock.monotonic() < self._read_again_at:
                return
            async with self._store.reading(organization=None) as tx:
                self._tokens.ring = self._ring(await tx.signing_keys())
            if self._tokens.ring.rotated(self._clock.now()) is not None:
                await self.rotate()
            self._read_again_at = self._clock.monotonic() + _REREAD.total_seconds()

    def _ring(self, sealed: list[SealedKey]) -> KeyRing:
        return KeyRing([self._opened(key) for key in sealed])

    def _sealed(self, key: SigningKey) -> SealedKey:
        nonce = os.urandom(_NONCE_BYTES)
        box = nonce + self._box.encrypt(nonce, key.to_bytes(), key.kid.encode())
        return SealedKey(kid=key.kid, sealed=box)

    def _opened(self, key: SealedKey) -> SigningKey:
        nonce, box = key.sealed[:_NONCE_BYTES], key.sealed[_NONCE_BYTES:]
        try:
            return SigningKey.from_bytes(self._box.decrypt(nonce, box, key.kid.encode()))
        except InvalidTag:
            raise EnvironmentProblem(
                "The signing keys were sealed with another secret", hint="Start with the secret of this database's home"
            ) from None
