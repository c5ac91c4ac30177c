"""From a bearer token to a caller with grants."""

from stoa.kit.auth.caller import GUEST, Caller, GrantSet
from stoa.kit.auth.grants import GrantCache
from stoa.kit.auth.tokens import Claims, TokenVerifier


class Authenticator:
    """Turns a token into a caller; on a warm path it awaits nothing that leaves the process."""

    def __init__(self, verifier: TokenVerifier, grants: GrantCache, *, size: int = 20_000) -> None:
        self._verifier = verifier
        self._grants = grants
        self._size = size
        self._callers: dict[str, tuple[Claims, GrantSet, Caller]] = {}

    async def caller_of(self, token: str | None) -> Caller:
        """Return who presents a token; a guest where there is none."""
        if token is None:
            return GUEST
        claims = await self._verifier.verify(token)
        grants = self._grants.known(claims.org, claims.sub)
        if grants is None:
            grants = await self._grants.grants_of(claims.org, claims.sub)
        held = self._callers.get(token)
        if held is not None and held[0] is claims and held[1] is grants:
            return held[2]
        caller = Caller(user=claims.sub, organization=claims.org, session=claims.sid, grants=grants.grants)
        if len(self._callers) >= self._size:
            del self._callers[next(iter(self._callers))]
        self._callers[token] = (claims, grants, caller)
        return caller
