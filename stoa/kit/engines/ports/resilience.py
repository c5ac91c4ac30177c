"""Keeping a failing dependency from dragging others down: a circuit breaker, a retry budget, jittered backoff."""

import random
from collections.abc import Callable

Monotonic = Callable[[], float]


class Breaker:
    """Opens after failures in a row, and lets one question through after a while to see whether all is well."""

    def __init__(
        self, monotonic: Monotonic, *, failures: int = 5, open_s: float = 1.0, longest_s: float = 15.0
    ) -> None:
        self._monotonic = monotonic
        self._limit = failures
        self._shortest_s = open_s
        self._longest_s = longest_s
        self._in_a_row = 0
        self._open_s = open_s
        self._closed_again_at: float | None = None
        self._is_probing = False

    def wait_s(self) -> float:
        """Return how long the circuit stays open; 0.0 lets the question through, and only one when half open."""
        if self._closed_again_at is None:
            return 0.0
        left = self._closed_again_at - self._monotonic()
        if left > 0:
            return left
        if self._is_probing:
            return self._shortest_s
        self._is_probing = True
        return 0.0

    def succeeded(self) -> None:
        """Record an answer, whatever it says: the other side is there."""
        self._in_a_row = 0
        self._open_s = self._shortest_s
        self._closed_again_at = None
        self._is_probing = False

    def failed(self) -> None:
        """Record that the other side did not answer, or said that it cannot."""
        self._in_a_row += 1
        if self._is_probing:
            self._open_s = min(self._open_s * 2, self._longest_s)
        if self._is_probing or self._in_a_row >= self._limit:
            self._closed_again_at = self._monotonic() + self._open_s
        self._is_probing = False

    def given_up(self) -> None:
        """Record that the asker went away before anything was learnt."""
        self._is_probing = False


class RetryBudget:
    """Retries may add at most a tenth to the load of a target, and a few when it is quiet."""

    def __init__(self, *, share: float = 0.1, most: float = 10.0) -> None:
        self._share = share
        self._most = most
        self._tokens = most

    def asked(self) -> None:
        """Earn a part of a retry for each first attempt."""
        self._tokens = min(self._most, self._tokens + self._share)

    def take(self) -> bool:
        """Spend one retry, if there is one."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def backoff_s(attempt: int, *, first_s: float = 0.05, longest_s: float = 1.0) -> float:
    """Return a random wait before the attempt with this number (2 is the first retry)."""
    return random.uniform(0.2, 1.0) * min(longest_s, first_s * 2.0 ** (attempt - 2))
