"""How often somebody may do something: limits that services declare, and the port that counts."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from stoa.kit.contract import OrganizationId, Struct, text_of
from stoa.kit.errors import TooMany


@dataclass(frozen=True, slots=True)
class Limit:
    """A named rate: so many in `per_s` seconds for each caller, address or organization, or for everyone together.

    `by="address"` counts `per_caller` by address even for somebody who is logged in; a guest is always counted so.
    A burst of the whole count is allowed; afterwards one comes back every `per_s / count` seconds.
    """

    name: str
    per_caller: int | None = None
    per_s: float = 60.0
    by: Literal["caller", "address"] = "caller"
    per_address: int | None = None
    per_organization: int | None = None
    overall: int | None = None

    def __post_init__(self) -> None:
        counts = (self.per_caller, self.per_address, self.per_organization, self.overall)
        if all(count is None for count in counts) or any(count is not None and count < 1 for count in counts):
            raise ValueError(f"limit {self.name}: give at least one count of 1 or more")
        if self.per_s <= 0:
            raise ValueError(f"limit {self.name}: per_s is more than 0")

    def buckets(self, *, caller: str | None, address: str, organization: OrganizationId | None) -> "list[Bucket]":
        """Return the buckets one request takes from."""
        place = text_of(organization) if organization else "-"
        found: list[Bucket] = []
        if self.per_caller is not None:
            who = f"u:{caller}" if caller is not None and self.by == "caller" else f"a:{address}"
            found.append(Bucket(f"{place}:{self.name}:{who}", self.per_caller, self.per_s))
        if self.per_address is not None:
            found.append(Bucket(f"-:{self.name}:a:{address}", self.per_address, self.per_s))
        if self.per_organization is not None:
            found.append(Bucket(f"{place}:{self.name}:o", self.per_organization, self.per_s))
        if self.overall is not None:
            found.append(Bucket(f"-:{self.name}:*", self.overall, self.per_s))
        return found


@dataclass(frozen=True, slots=True)
class Bucket:
    """One counter: `count` in `per_s` seconds under a key that carries the organization where there is one."""

    key: str
    count: int
    per_s: float


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether a take succeeded, with what is left in the tightest bucket."""

    allowed: bool
    count: int
    per_s: float
    remaining: int
    retry_after_s: float = 0.0
    reset_s: float = 0.0


class Limiter(Protocol):
    """Counts; it takes from all buckets or from none."""

    async def take(self, *buckets: Bucket) -> Verdict:
        """Take one from each bucket if every one has it."""
        ...

    async def aclose(self) -> None:
        """Let go of what the engine holds open."""
        ...


class ScaledLimiter:
    """A limiter whose every count is multiplied: how an operator widens all limits at once."""

    def __init__(self, limiter: Limiter, factor: float) -> None:
        self._limiter = limiter
        self._factor = factor

    async def take(self, *buckets: Bucket) -> Verdict:
        """Take one from each bucket if every one has it."""
        factor = self._factor
        return await self._limiter.take(
            *[Bucket(one.key, max(1, int(one.count * factor)), one.per_s) for one in buckets]
        )

    async def aclose(self) -> None:
        """Let go of what the engine holds open."""
        await self._limiter.aclose()


async def require(limiter: Limiter, *buckets: Bucket) -> Verdict:
    """Take from the buckets, or raise TooMany with the time after which to come back."""
    verdict = await limiter.take(*buckets)
    if not verdict.allowed:
        raise refusal(verdict)
    return verdict


def refusal(verdict: Verdict) -> TooMany:
    """Return the outcome of a take that failed."""
    return TooMany(
        f"At most {verdict.count} in {verdict.per_s:g} seconds.",
        hint=f"Try again in {max(1, math.ceil(verdict.retry_after_s))} seconds.",
        retry_after_s=verdict.retry_after_s,
    )
