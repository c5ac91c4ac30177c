"""A cache in this process: bounded, the longest untouched goes first."""

from collections import OrderedDict

from stoa.kit.cache import Cache
from stoa.kit.clock import Clock


class MemoryCache(Cache):
    """An ordered dictionary with dates."""

    def __init__(self, clock: Clock, *, size_bytes: int = 16 * 1024 * 1024) -> None:
        super().__init__()
        self._clock = clock
        self._size_bytes = size_bytes
        self._held_bytes = 0
        self._values: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def _read(self, key: str) -> bytes | None:
        held = self._values.get(key)
        if held is None:
            return None
        value, until = held
        if self._clock.monotonic() >= until:
            self._forget(key)
            return None
        self._values.move_to_end(key)
        return value

    async def _write(self, key: str, value: bytes, ttl_s: float) -> None:
        self._forget(key)
        if len(value) > self._size_bytes or ttl_s <= 0:
            return
        self._values[key] = (value, self._clock.monotonic() + ttl_s)
        self._held_bytes += len(value)
        while self._held_bytes > self._size_bytes:
            self._forget(next(iter(self._values)))

    async def _drop(self, keys: list[str]) -> None:
        for key in keys:
            self._forget(key)

    async def _claim(self, key: str, ttl_s: float) -> bool:
        # One process: the table of loads in the base class already lets only one through.
        return True

    async def _unclaim(self, key: str) -> None:
        return

    def _forget(self, key: str) -> None:
        held = self._values.pop(key, None)
        if held is not None:
            self._held_bytes -= len(held[0])
