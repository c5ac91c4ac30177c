"""Access tokens: short-lived EdDSA JWTs, verified once, remembered, and revocable on every use."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stoa.kit.auth.keys import KeyRing, KeySet
from stoa.kit.auth.revocations import Revocations
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.errors import Unauthenticated

ALGORITHM = "EdDSA"
LONGEST_LIFETIME = timedelta(minutes=15)
_LEEWAY_S = 5
_LONGEST_TOKEN = 2_048
KeySource = Callable[[], Awaitable[KeySet]]


class TokenExpired(Unauthenticated):
    """The token was good once: whoever holds it refreshes the session."""


class Claims(Struct, frozen=True, kw_only=True):
    """What a token says; `sv` is the session version that "log out everywhere" raises."""

    iss: str
    aud: str
    sub: UserId
    sid: UUID
    sv: int
    iat: int
    exp: int
    org: OrganizationId | None = None


class TokenIssuer:
    """Signs access tokens; it lives where the private keys live."""

    def __init__(self, ring: KeyRing, clock: Clock, *, issuer: str, audience: str = "stoa") -> None:
        self.ring = ring
        self._clock = clock
        self._issuer = issuer
        self._audience = audience

    def issue(
        self,
        *,
        user: UserId,
        session: UUID,
        session_version: int,
        organization: OrganizationId | None,
        lifetime: timedelta = LONGEST_LIFETIME,
    ) -> str:
        """Return a signed token of at most fifteen minutes."""
        now = self._clock.now()
        kid, private = self.ring.signing(now)
        claims = Claims(
            iss=self._issuer,
            aud=self._audience,
            sub=user,
            sid=session,
            sv=session_version,
            iat=int(now.timestamp()),
            exp=int((now + min(lifetime, LONGEST_LIFETIME)).timestamp()),
            org=organization,
        )
        return jwt.encode(msgspec.to_builtins(claims), private, algorithm=ALGORITHM, headers={"kid": kid})


class TokenVerifier:
    """Verifies tokens against the published keys; a verified token is remembered until it expires or is revoked."""

    def __init__(
        self,
        keys: KeySource,
        clock: Clock,
        revocations: Revocations,
        *,
        issuer: str,
        audience: str = "stoa",
        size: int = 20_000,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._revocations = revocations
        self._issuer = issuer
        self._audience = audience
        self._size = size
        self._known: dict[str, Claims] = {}
        self._public: dict[str, Ed25519PublicKey] = {}
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def verify(self, token: str) -> Claims:
        """Return the claims of a good token, or raise Unauthenticated."""
        claims = self._known.get(token)
        if claims is None:
            claims = await self._read(token)
        if claims.exp + _LEEWAY_S <= self._clock.now().timestamp():
            self._known.pop(token, None)
            raise TokenExpired("The access token has expired.", hint="Refresh the session.")
        if self._revocations.covers(claims):
            self._known.pop(token, None)
            raise Unauthenticated("The session was ended.", hint="Log in again.")
        return claims

    async def _read(self, token: str) -> Claims:
        if len(token) > _LONGEST_TOKEN:
            raise _unreadable()
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            raise _unreadable() from None
        kid = header.get("kid")
        if header.get("alg") != ALGORITHM or not isinstance(kid, str):
            raise _unreadable()
        public = await self._public_key(kid)
        try:
            # Dates are checked above with the injected clock; the library would read the machine's.
            payload = jwt.decode(
                token,
                public,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            claims = msgspec.convert(payload, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError):
            raise _unreadable() from None
        now = self._clock.now().timestamp()
        if claims.exp - claims.iat > LONGEST_LIFETIME.total_seconds() or claims.iat > now + 60:
            raise _unreadable()
        self._remember(token, claims, now)
        return claims

    def _remember(self, token: str, claims: Claims, now: float) -> None:
        if len(self._known) >= self._size:
            for old in [text for text, held in self._known.items() if held.exp <= now]:
                del self._known[old]
            while len(self._known) >= self._size:
                del self._known[next(iter(self._known))]
        self._known[token] = claims

    async def _public_key(self, kid: str) -> Ed25519PublicKey:
        known = self._public.get(kid)
        if known is not None:
            return known
        async with self._asking:
            # An unknown kid may be a fresh key or an attack: ask at most every five seconds.
            now = self._clock.monotonic()
            if kid not in self._public and (self._asked_at is None or now - self._asked_at >= 5):
                self._asked_at = now
                published = await self._keys()
                self._public = {key.kid: key.load() for key in published.keys}
        public = self._public.get(kid)
        if public is None:
            raise _unreadable()
        return public

    async def refresh_keys(self) -> None:
        """Ask for the published keys now, so that a withdrawn key is no longer trusted."""
        published = await self._keys()
        self._public = {key.kid: key.load() for key in published.keys}
        self._known.clear()


def _unreadable() -> Unauthenticated:
    return Unauthenticated("The access token is not valid.", hint="Log in again.")
