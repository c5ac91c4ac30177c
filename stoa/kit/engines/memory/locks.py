"""Locks between the tasks of this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stoa.kit.contract import OrganizationId
from stoa.kit.locks import busy, lock_key


class MemoryLocks:
    """One asyncio lock per key, for as long as somebody wants it."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(
        self, organization: OrganizationId | None, name: str, *, ttl_s: float = 30.0, wait_s: float = 10.0
    ) -> AsyncIterator[None]:
        """Hold a lock for a block, or raise LockBusy after waiting."""
        key = lock_key(organization, name)
        lock, wanting = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, wanting + 1)
        try:
            await _acquire(lock, name, wait_s)
            try:
                yield
            finally:
                lock.release()
        finally:
            wanting = self._locks[key][1] - 1
            if wanting:
                self._locks[key] = (lock, wanting)
            else:
                del self._locks[key]

    async def aclose(self) -> None:
        """Hold nothing open."""


async def _acquire(lock: asyncio.Lock, name: str, wait_s: float) -> None:
    if not lock.locked():
        await lock.acquire()
        return
    try:
        async with asyncio.timeout(wait_s):
            await lock.acquire()
    except TimeoutError:
        raise busy(name) from None
