"""A cache in Valkey; while it is down everything is a miss."""

import math

from stoa.kit.cache import Cache
from stoa.kit.engines.valkey.link import ValkeyDown, ValkeyLink


class ValkeyCache(Cache):
    """Plain keys with an end."""

    def __init__(self, link: ValkeyLink) -> None:
        super().__init__()
        self._link = link

    async def _read(self, key: str) -> bytes | None:
        try:
            found = await self._link.command("GET", self._name(key))
        except ValkeyDown:
            return None
        return found if isinstance(found, bytes) else None

    async def _write(self, key: str, value: bytes, ttl_s: float) -> None:
        if ttl_s <= 0:
            await self._drop([key])
            return
        try:
            ttl_ms = math.ceil(ttl_s * 1000)
            await self._link.command("SET", self._name(key), value, "PX", ttl_ms)
        except ValkeyDown:
            return

    async def _drop(self, keys: list[str]) -> None:
        try:
            if keys:
                await self._link.command("DEL", *map(self._name, keys))
        except ValkeyDown:
            return

    async def _claim(self, key: str, ttl_s: float) -> bool:
        try:
            name, ttl_ms = f"{self._name(key)}:loading", math.ceil(ttl_s * 1000)
            return await self._link.command("SET", name, "1", "NX", "PX", ttl_ms) is True
        except ValkeyDown:
            return True

    async def _unclaim(self, key: str) -> None:
        try:
            await self._link.command("DEL", f"{self._name(key)}:loading")
        except ValkeyDown:
            return

    def _name(self, key: str) -> str:
        return f"{self._link.prefix}cache:{key}"
