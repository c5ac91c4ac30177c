"""How full a process is and whether it is leaving: load shedding by class, readiness, drain."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from stoa.kit.clock import Clock
from stoa.kit.errors import StoaError, Unavailable
from stoa.kit.http.router import Urgency

Check = Callable[[], Awaitable[object]]

# The share of the process's capacity at which each class is turned away: reports first, saving last.
_SHARES: dict[Urgency, float] = {"reporting": 0.5, "reading": 0.8, "live": 0.9, "saving": 1.0}
_CHECK_S = 2.0


class Lifecycle:
    """Counts what is in flight and refuses what does not fit."""

    def __init__(self, *, most_in_flight: int, readiness: Mapping[str, Check], clock: Clock) -> None:
        self._most = {urgency: max(1, int(most_in_flight * share)) for urgency, share in _SHARES.items()}
        self._readiness = readiness
        self._clock = clock
        self._empty = asyncio.Event()
        self.in_flight = 0
        self.shed = 0
        self.is_draining = False

    def most(self, urgency: Urgency) -> int:
        """Return how many requests may be in flight for one more of a class to come in."""
        return self._most[urgency]

    def refusal(self) -> Unavailable:
        """Count and return the outcome of a request that is turned away."""
        self.shed += 1
        # Not everybody comes back in the same second: the count itself spreads them.
        return Unavailable("The server is full.", hint="Try again in a moment.", retry_after_s=1 + self.shed % 5)

    def left(self) -> None:
        """Note that a request is answered."""
        self.in_flight -= 1
        if self.is_draining and self.in_flight == 0:
            self._empty.set()

    def begin_drain(self) -> None:
        """Turn readiness off; requests that still come are served and told to close the connection."""
        self.is_draining = True
        if self.in_flight == 0:
            self._empty.set()

    async def drain(self, *, notice_s: float = 0.0, timeout_s: float = 25.0) -> bool:
        """Announce the end, wait `notice_s` for balancers to see it, then for what is in flight; tell if all ended."""
        self.begin_drain()
        if notice_s:
            await asyncio.sleep(notice_s)
        if self.in_flight == 0:
            return True
        self._empty.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def readiness(self) -> tuple[bool, dict[str, str]]:
        """Run every check; tell whether all passed and what each said."""
        if self.is_draining:
            return False, {"drain": "draining"}
        names = list(self._readiness)
        said = await asyncio.gather(*(_said(self._readiness[name]) for name in names))
        return all(word == "ok" for word in said), dict(zip(names, said, strict=True))


async def _said(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_S):
            await check()
    except TimeoutError:
        return f"no answer in {_CHECK_S:g} s"
    except (StoaError, OSError, RuntimeError) as error:
        return str(error) or type(error).__name__
    return "ok"
