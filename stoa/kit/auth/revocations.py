"""Sessions that were ended before their tokens ran out."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from stoa.kit.clock import Clock
from stoa.kit.contract import Struct, UserId

# Longer than any token lives, so a note may be dropped once nothing it covers can still be presented.
_REMEMBER_S = 20 * 60.0


class Revocation(Struct, frozen=True, kw_only=True):
    """One ended session, or every session of a user below a version."""

    user: UserId
    session: UUID | None
    version: int


class Bearer(Protocol):
    """The part of a token's claims that a revocation looks at."""

    @property
    def sub(self) -> UserId:
        """Return the user."""
        ...

    @property
    def sid(self) -> UUID:
        """Return the session."""
        ...

    @property
    def sv(self) -> int:
        """Return the session version at issue."""
        ...


RevocationSource = Callable[[], Awaitable[list[Revocation]]]


class Revocations:
    """What this process knows of ended sessions: told by broadcasts, and read from the source at start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._users: dict[UserId, tuple[int, float]] = {}
        self._sessions: dict[UUID, float] = {}
        self._swept_at = clock.monotonic()

    def note(self, *, user: UserId, session: UUID | None, version: int) -> None:
        """Remember an ended session, or that every session of the user below the version is ended."""
        now = self._clock.monotonic()
        if session is not None:
            self._sessions[session] = now
        else:
            known = self._users.get(user, (0, 0.0))[0]
            self._users[user] = (max(known, version), now)
        if now - self._swept_at > 60:
            self._sweep(now)

    def covers(self, claims: Bearer) -> bool:
        """Tell whether the session of a token was ended."""
        if claims.sid in self._sessions:
            return True
        ended = self._users.get(claims.sub)
        return ended is not None and claims.sv < ended[0]

    async def catch_up(self, source: RevocationSource) -> None:
        """Read what was revoked in the last minutes, as a process does when it starts or after a gap."""
        for revocation in await source():
            self.note(user=revocation.user, session=revocation.session, version=revocation.version)

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        self._sessions = {session: at for session, at in self._sessions.items() if now - at < _REMEMBER_S}
        self._users = {user: noted for user, noted in self._users.items() if now - noted[1] < _REMEMBER_S}
