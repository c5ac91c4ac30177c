"""Locks between processes, for saving work; what must be right is kept right by the database."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from stoa.kit.contract import OrganizationId
from stoa.kit.errors import Unavailable


class LockBusy(Unavailable):
    """Somebody else holds the lock for longer than the caller waits."""

    code, title = "stoa.lock_busy", "Somebody else is doing this right now"


class Locks(Protocol):
    """Lends named locks that end by themselves when their holder dies."""

    def hold(
        self, organization: OrganizationId | None, name: str, *, ttl_s: float = 30.0, wait_s: float = 10.0
    ) -> AbstractAsyncContextManager[None]:
        """Hold a lock for a block, or raise LockBusy after waiting; it is renewed while the block runs."""
        ...

    async def aclose(self) -> None:
        """Let go of what the engine holds open."""
        ...


def lock_key(organization: OrganizationId | None, name: str) -> str:
    """Return the key under which engines keep a lock."""
    return f"{organization or '-'}:{name}"


def busy(name: str) -> LockBusy:
    """Return the outcome of a wait that was in vain."""
    return LockBusy(f"The lock {name} is held by somebody else.", retry_after_s=1)
