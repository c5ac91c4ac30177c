"""What a process remembers for a moment, so that a full room does not ask the database the same thing again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, TypeVar

from stoa.kit.clock import Clock

K = TypeVar("K")
V = TypeVar("V")


class Moment(Generic[K, V]):
    """Values that may be as old as `lasts_s`; many who ask for one at once load it once."""

    def __init__(self, clock: Clock, *, lasts_s: float, most: int) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._most = most
        self._kept: dict[K, tuple[V, float]] = {}
        self._loading: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        """Return what is remembered, else load it."""
        kept = self._kept.get(key)
        if kept is not None and self._clock.monotonic() - kept[1] < self._lasts_s:
            return kept[0]
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, load), context=Context())
            self._loading[key] = task
            task.add_done_callback(_noted)
        return await asyncio.shield(task)

    def forget(self, key: K) -> None:
        """Load it anew the next time; what is being loaded now may be old already."""
        self._kept.pop(key, None)
        self._loading.pop(key, None)

    async def _load(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        task = asyncio.current_task()
        at = self._clock.monotonic()
        try:
            value = await load()
            if self._loading.get(key) is task:
                if len(self._kept) >= self._most:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = (value, at)
            return value
        finally:
            if self._loading.get(key) is task:
                del self._loading[key]


def _noted(task: "asyncio.Task[V]") -> None:
    # Whoever asked may have gone meanwhile; a failure that nobody waits for is nobody's.
    if not task.cancelled():
        task.exception()
