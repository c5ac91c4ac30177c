"""Rate limits counted in Valkey, so that all processes count together."""

from redis.commands.core import AsyncScript

from stoa.kit.clock import Clock
from stoa.kit.engines.memory.limits import MemoryLimiter
from stoa.kit.engines.valkey.link import ValkeyDown, ValkeyLink
from stoa.kit.limits import Bucket, Verdict

# The same algorithm as in memory, on all buckets or none, by the server's own clock unless a test gives one.
_TAKE = """
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local allowed, result = 1, {}
local full, steps = {}, {}
for i, key in ipairs(KEYS) do
  local count, per_s = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local step = per_s / count
  local full_at = math.max(now, tonumber(redis.call('GET', key) or '0'))
  local wait = full_at + step - per_s - now
  local fits = wait <= per_s * 1e-6
  full[i], steps[i] = full_at, step
  local left, reset = 0, full_at - now
  if fits then
    left = math.max(0, math.floor((per_s - (full_at - now)) / step + 1e-6) - 1)
    reset = reset + step
    wait = 0
  else
    allowed = 0
  end
  result[i] = {fits and 1 or 0, left, string.format('%.6f', wait), string.format('%.6f', reset)}
end
if allowed == 1 then
  for i, key in ipairs(KEYS) do
    local full_at = full[i] + steps[i]
    redis.call('SET', key, string.format('%.6f', full_at), 'PX', math.max(1, math.ceil((full_at - now) * 1000)))
  end
end
return result
"""


class ValkeyLimiter:
    """Counts in Valkey; while it is down each process counts for itself, which is more than no limit at all."""

    def __init__(self, link: ValkeyLink, clock: Clock, *, test_clock: Clock | None = None) -> None:
        self._link = link
        self._local = MemoryLimiter(clock)
        self._test_clock = test_clock
        self._script: AsyncScript = link.client.register_script(_TAKE)

    async def take(self, *buckets: Bucket) -> Verdict:
        """Take one from each bucket if every one has it."""
        try:
            self._link.refuse_if_down()
            return await self._take(buckets)
        except ValkeyDown:
            return await self._local.take(*buckets)

    async def aclose(self) -> None:
        """Leave the link open: it belongs to whoever made it."""

    async def _take(self, buckets: tuple[Bucket, ...]) -> Verdict:
        now = "" if self._test_clock is None else f"{self._test_clock.now().timestamp():.6f}"
        keys = [f"{self._link.prefix}limit:{bucket.key}" for bucket in buckets]
        arguments = [now, *(f"{number}" for bucket in buckets for number in (bucket.count, bucket.per_s))]
        rows = await self._link.ask(self._script(keys=keys, args=arguments))
        verdicts = [
            Verdict(
                allowed=bool(row[0]),
                count=bucket.count,
                per_s=bucket.per_s,
                remaining=int(row[1]),
                retry_after_s=float(row[2]),
                reset_s=float(row[3]),
            )
            for bucket, row in zip(buckets, rows, strict=True)
        ]
        refused = [verdict for verdict in verdicts if not verdict.allowed]
        if refused:
            return max(refused, key=lambda verdict: verdict.retry_after_s)
        return min(verdicts, key=lambda verdict: verdict.remaining / verdict.count)
