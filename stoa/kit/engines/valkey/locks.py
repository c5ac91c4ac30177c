"""Locks in Valkey, renewed while they are held; while it is down each process has its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.memory.locks import MemoryLocks
from stoa.kit.engines.valkey.link import ValkeyDown, ValkeyLink
from stoa.kit.locks import busy, lock_key

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_POLL_S = (0.005, 0.01, 0.02, 0.05, 0.1)


class ValkeyLocks:
    """A key that only its holder may delete."""

    def __init__(self, link: ValkeyLink) -> None:
        self._link = link
        self._local = MemoryLocks()
        self._release = link.client.register_script(_RELEASE)
        self._renew = link.client.register_script(_RENEW)

    @asynccontextmanager
    async def hold(
        self, organization: OrganizationId | None, name: str, *, ttl_s: float = 30.0, wait_s: float = 10.0
    ) -> AsyncIterator[None]:
        """Hold a lock for a block, or raise LockBusy after waiting; it is renewed while the block runs."""
        # The local lock first: the tasks of one process queue here instead of asking Valkey again and again.
        async with self._local.hold(organization, name, wait_s=wait_s):
            key, mine = f"{self._link.prefix}lock:{lock_key(organization, name)}", new_id().hex
            await self._acquire(key, mine, name, ttl_s, wait_s)
            keeper = asyncio.create_task(self._keep(key, mine, ttl_s))
            try:
                yield
            finally:
                keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeper
                with contextlib.suppress(ValkeyDown):
                    self._link.refuse_if_down()
                    await self._link.ask(self._release(keys=[key], args=[mine]))

    async def aclose(self) -> None:
        """Leave the link open: it belongs to whoever made it."""

    async def _acquire(self, key: str, mine: str, name: str, ttl_s: float, wait_s: float) -> None:
        tries = 0
        try:
            async with asyncio.timeout(wait_s):
                while not await self._set(key, mine, ttl_s):
                    await asyncio.sleep(_POLL_S[min(tries, len(_POLL_S) - 1)])
                    tries += 1
        except TimeoutError:
            raise busy(name) from None

    async def _set(self, key: str, mine: str, ttl_s: float) -> bool:
        try:
            return await self._link.command("SET", key, mine, "NX", "PX", int(ttl_s * 1000)) is True
        except ValkeyDown:
            return True

    async def _keep(self, key: str, mine: str, ttl_s: float) -> None:
        while True:
            await asyncio.sleep(ttl_s / 3)
            with contextlib.suppress(ValkeyDown):
                self._link.refuse_if_down()
                await self._link.ask(self._renew(keys=[key], args=[mine, int(ttl_s * 1000)]))
