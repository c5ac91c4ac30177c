"""Answers worth keeping for a moment: each key carries the organization, and many who ask at once load once."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from stoa.kit.contract import OrganizationId

T = TypeVar("T")
_LOADING_S = 10.0
_POLL_S = 0.02


class Cache(ABC):
    """Holds bytes that may be gone at any time; `organization=None` is for what belongs to the platform."""

    def __init__(self) -> None:
        self._loading: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, organization: OrganizationId | None, name: str) -> bytes | None:
        """Return what is kept under a name, or None."""
        return await self._read(_key(organization, name))

    async def set(self, organization: OrganizationId | None, name: str, value: bytes, *, ttl_s: float) -> None:
        """Keep a value for at most so many seconds."""
        await self._write(_key(organization, name), value, ttl_s)

    async def delete(self, organization: OrganizationId | None, *names: str) -> None:
        """Forget some names."""
        await self._drop([_key(organization, name) for name in names])

    async def remember(
        self,
        organization: OrganizationId | None,
        name: str,
        load: Callable[[], Awaitable[T]],
        *,
        type_: type[T],
        ttl_s: float,
    ) -> T:
        """Return what is kept, else load it and keep it; many who ask at once wait for one load."""
        key = _key(organization, name)
        kept = await self._read(key)
        if kept is not None:
            try:
                return msgspec.msgpack.decode(kept, type=type_)
            except msgspec.DecodeError:
                # An older version of this program kept another shape.
                await self._drop([key])
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, load, ttl_s))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._loaded(key, done))
        return msgspec.msgpack.decode(await asyncio.shield(task), type=type_)

    def _loaded(self, key: str, task: asyncio.Task[bytes]) -> None:
        self._loading.pop(key, None)
        if not task.cancelled():
            task.exception()

    async def _load(self, key: str, load: Callable[[], Awaitable[object]], ttl_s: float) -> bytes:
        """Load once among all processes; whoever does not get the claim waits for the value, but not for ever."""
        if not await self._claim(key, _LOADING_S):
            for _ in range(int(_LOADING_S / _POLL_S)):
                await asyncio.sleep(_POLL_S)
                kept = await self._read(key)
                if kept is not None:
                    return kept
                if await self._claim(key, _LOADING_S):
                    break
        try:
            value = msgspec.msgpack.encode(await load())
            await self._write(key, value, ttl_s)
        finally:
            await self._unclaim(key)
        return value

    @abstractmethod
    async def _read(self, key: str) -> bytes | None: ...

    @abstractmethod
    async def _write(self, key: str, value: bytes, ttl_s: float) -> None: ...

    @abstractmethod
    async def _drop(self, keys: list[str]) -> None: ...

    @abstractmethod
    async def _claim(self, key: str, ttl_s: float) -> bool: ...

    @abstractmethod
    async def _unclaim(self, key: str) -> None: ...


def _key(organization: OrganizationId | None, name: str) -> str:
    return f"{organization or '-'}:{name}"
