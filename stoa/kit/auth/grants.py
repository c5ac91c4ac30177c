"""The grants of users, remembered for a short while in each process and forgotten when a role changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from stoa.kit.auth.caller import GrantSet
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.errors import StoaError

Key = tuple[OrganizationId | None, UserId]
GrantSource = Callable[[OrganizationId | None, UserId], Awaitable[GrantSet]]


class _Entry:
    __slots__ = ("grants", "loaded_at")

    def __init__(self, grants: GrantSet, loaded_at: float) -> None:
        self.grants = grants
        self.loaded_at = loaded_at


class GrantCache:
    """Bounded and versioned; one load per user at a time, whoever waits gets the same answer.

    An answer without grants is kept only a second: a person who has just registered must not wait a minute.
    When the source fails, what was known is used for up to `stale_s` longer.
    """

    def __init__(
        self,
        source: GrantSource,
        clock: Clock,
        *,
        ttl_s: float = 60.0,
        empty_ttl_s: float = 1.0,
        stale_s: float = 300.0,
        size: int = 20_000,
    ) -> None:
        self._source = source
        self._clock = clock
        self._ttl_s = ttl_s
        self._empty_ttl_s = empty_ttl_s
        self._stale_s = stale_s
        self._size = size
        self._users: OrderedDict[UserId, dict[OrganizationId | None, _Entry]] = OrderedDict()
        self._least: OrderedDict[Key, int] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[GrantSet]] = {}

    def known(self, organization: OrganizationId | None, user: UserId) -> GrantSet | None:
        """Return fresh grants from memory, or None when they must be loaded."""
        entry = self._entry(organization, user)
        if entry is None:
            return None
        ttl = self._ttl_s if entry.grants.grants else self._empty_ttl_s
        return entry.grants if self._clock.monotonic() - entry.loaded_at < ttl else None

    async def grants_of(self, organization: OrganizationId | None, user: UserId) -> GrantSet:
        """Return the grants of a user in an organization, from memory or the source."""
        fresh = self.known(organization, user)
        if fresh is not None:
            return fresh
        key = (organization, user)
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._loaded(key, done))
        return await asyncio.shield(task)

    def invalidate(self, organization: OrganizationId | None, user: UserId, version: int) -> None:
        """Forget what is older than a version; loads that are under way and answer with less are not kept.

        Versions count within an organization, so one place's change says nothing about another's.
        """
        key = (organization, user)
        self._least[key] = max(version, self._least.pop(key, 0))
        while len(self._least) > self._size:
            self._least.popitem(last=False)
        entries = self._users.get(user, {})
        held = entries.get(organization)
        if held is not None and held.grants.version < version:
            del entries[organization]
        self._loading.pop(key, None)

    def forget_everything(self) -> None:
        """Forget all, as after a gap in the stream of role changes."""
        self._users.clear()
        self._loading.clear()

    def _loaded(self, key: Key, task: asyncio.Task[GrantSet]) -> None:
        if self._loading.get(key) is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()

    def _entry(self, organization: OrganizationId | None, user: UserId) -> _Entry | None:
        entries = self._users.get(user)
        return None if entries is None else entries.get(organization)

    async def _load(self, key: Key) -> GrantSet:
        organization, user = key
        try:
            grants = await self._source(organization, user)
        except (StoaError, OSError):
            stale = self._entry(organization, user)
            if stale is not None and self._clock.monotonic() - stale.loaded_at < self._ttl_s + self._stale_s:
                return stale.grants
            raise
        if grants.version >= self._least.get(key, 0):
            self._users.setdefault(user, {})[organization] = _Entry(grants, self._clock.monotonic())
            self._users.move_to_end(user)
            while len(self._users) > self._size:
                self._users.popitem(last=False)
        return grants


async def nobody_holds_anything(organization: OrganizationId | None, user: UserId) -> GrantSet:
    """Serve as the source where no organizations service is wired."""
    return GrantSet(version=0)
