"""Rate limits counted in this process."""

import math

from stoa.kit.clock import Clock
from stoa.kit.limits import Bucket, Verdict


class MemoryLimiter:
    """The generic cell rate algorithm: one number per bucket, the instant at which it is full again."""

    def __init__(self, clock: Clock, *, size: int = 100_000) -> None:
        self._clock = clock
        self._size = size
        self._full_at: dict[str, float] = {}

    async def take(self, *buckets: Bucket) -> Verdict:
        """Take one from each bucket if every one has it."""
        now = self._clock.monotonic()
        if len(buckets) == 1:
            return self._take_one(buckets[0], now)
        verdicts = [self._look(bucket, now) for bucket in buckets]
        refused = [verdict for verdict in verdicts if not verdict.allowed]
        if refused:
            return max(refused, key=lambda verdict: verdict.retry_after_s)
        for bucket in buckets:
            self._spend(bucket, now)
        return min(verdicts, key=lambda verdict: verdict.remaining / verdict.count)

    async def aclose(self) -> None:
        """Hold nothing open."""

    def _take_one(self, bucket: Bucket, now: float) -> Verdict:
        verdict = self._look(bucket, now)
        if verdict.allowed:
            self._spend(bucket, now)
        return verdict

    def _spend(self, bucket: Bucket, now: float) -> None:
        full_at = max(now, self._full_at.pop(bucket.key, now))
        self._full_at[bucket.key] = full_at + bucket.per_s / bucket.count
        if len(self._full_at) > self._size:
            self._sweep(now)

    def _look(self, bucket: Bucket, now: float) -> Verdict:
        step = bucket.per_s / bucket.count
        full_at = max(now, self._full_at.get(bucket.key, now))
        wait = full_at + step - bucket.per_s - now
        # A billionth of slack: the sum of n steps of 1/n is not exactly one.
        allowed = wait <= bucket.per_s * 1e-9
        left = max(0, math.floor((bucket.per_s - (full_at - now)) / step + 1e-9) - 1) if allowed else 0
        return Verdict(
            allowed=allowed,
            count=bucket.count,
            per_s=bucket.per_s,
            remaining=left,
            retry_after_s=0.0 if allowed else wait,
            reset_s=full_at - now + (step if allowed else 0.0),
        )

    def _sweep(self, now: float) -> None:
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        # Still too many: the longest untouched go, which only ever gives somebody a fresh bucket.
        for key in list(self._full_at)[: max(0, len(self._full_at) - self._size)]:
            del self._full_at[key]
