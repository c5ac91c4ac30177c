"""The signing keys: sealed at rest, rotated with overlap, one token at a time."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stoa.kit.clock import Clock
from stoa.kit.contract import new_id
from stoa.kit.store import Store
from stoa.services.identity.contract import PublicKey
from stoa.services.identity.policy import IdentitySettings
from stoa.services.identity.store import IdentityTx, SealedKey

_NONCE_BYTES = 12


class SigningKeys:
    """Signs access tokens with the newest key and publishes all that still verify."""

    def __init__(
        self, *, store: Store[IdentityTx], clock: Clock, settings: IdentitySettings, sealing_key: bytes
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._box = AESGCM(sealing_key[:32])
        self._keys: list[SealedKey] = []
        self._private: tuple[str, Ed25519PrivateKey] | None = None
        self._look_again_at = 0.0
        self._lock = asyncio.Lock()

    async def sign(self, claims: Mapping[str, Any]) -> str:  # any: JWT claims are JSON of any shape
        """Return the claims as a signed JWT (EdDSA, RFC 8037)."""
        await self._ready()
        assert self._private is not None
        kid, key = self._private
        return jwt.encode(dict(claims), key, algorithm="EdDSA", headers={"kid": kid})

    async def public(self) -> list[PublicKey]:
        """Return the public halves of all keys that still verify."""
        await self._ready()
        return [PublicKey(kid=key.kid, x=_b64(key.public_key)) for key in self._keys]

    async def rotate(self) -> bool:
        """Make the next key if the newest is older than its lifetime; say whether one was made."""
        now = self._clock.now()
        private = Ed25519PrivateKey.generate()
        kid = str(new_id())
        nonce = new_id().bytes[-_NONCE_BYTES:]
        sealed = nonce + self._box.encrypt(nonce, private.private_bytes_raw(), kid.encode())
        key = SealedKey(
            kid=kid,
            public_key=private.public_key().public_bytes_raw(),
            sealed_private_key=sealed,
            created_at=now,
            retires_at=None,
        )
        async with self._store.transaction(organization=None) as tx:
            made = await tx.add_signing_key(
                key,
                others_retire_at=now + self._settings.access_token_lifetime * 4,
                unless_newer_than=now - self._settings.key_lifetime,
            )
        self._look_again_at = 0.0
        return made

    async def _ready(self) -> None:
        if self._private is not None and self._clock.monotonic() < self._look_again_at:
            return
        async with self._lock:
            if self._private is not None and self._clock.monotonic() < self._look_again_at:
                return
            await self._load()
            if not self._keys:
                await self.rotate()
                await self._load()
            self._look_again_at = self._clock.monotonic() + timedelta(minutes=1).total_seconds()

    async def _load(self) -> None:
        async with self._store.reading(organization=None) as tx:
            self._keys = await tx.signing_keys(now=self._clock.now())
        if self._keys:
            newest = self._keys[0]
            nonce, sealed = newest.sealed_private_key[:_NONCE_BYTES], newest.sealed_private_key[_NONCE_BYTES:]
            raw = self._box.decrypt(nonce, sealed, newest.kid.encode())
            self._private = newest.kid, Ed25519PrivateKey.from_private_bytes(raw)


def access_claims(
    *, issuer: str, user: UUID, organization: UUID, session: UUID, session_version: int, issued_at: int, expires_at: int
) -> dict[str, str | int]:
    """Return the claims of an access token."""
    return {
        "iss": issuer,
        "aud": "stoa",
        "sub": str(user),
        "org": str(organization),
        "sid": str(session),
        "sv": session_version,
        "iat": issued_at,
        "exp": expires_at,
    }


def _b64(raw: bytes) -> str:
    return jwt.utils.base64url_encode(raw).decode()
