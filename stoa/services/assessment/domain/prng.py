"""Our own random numbers: the same seed gives the same order in every process and release."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MASK = (1 << 64) - 1


class Dice:
    """SplitMix64 over a hash of the seed's words; its stream is fixed by a golden file."""

    def __init__(self, *seed: str) -> None:
        digest = hashlib.sha256("\x1f".join(seed).encode()).digest()
        self._state = int.from_bytes(digest[:8], "big")

    def bits(self) -> int:
        """Return the next 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def below(self, bound: int) -> int:
        """Return a fair number from 0 to bound - 1."""
        fair = (1 << 64) - ((1 << 64) % bound)
        drawn = self.bits()
        while drawn >= fair:
            drawn = self.bits()
        return drawn % bound

    def between(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return low + (high - low) * (self.bits() >> 11) / (1 << 53)

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return the things in a fair order (Fisher-Yates)."""
        order = list(things)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
