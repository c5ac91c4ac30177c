"""Idempotency keys kept in this process: for tests and for work that may be lost."""

from datetime import datetime

from stoa.kit.clock import Clock
from stoa.kit.contract import new_id
from stoa.kit.http.idempotency import KEPT_FOR, LEASED_FOR, Beginning, Slot, StoredAnswer


class _Entry:
    __slots__ = ("answer", "at", "fence", "fingerprint")

    def __init__(self, fingerprint: bytes, fence: str, at: datetime) -> None:
        self.fingerprint = fingerprint
        self.fence = fence
        self.at = at
        self.answer: StoredAnswer | None = None


class MemoryIdempotencyStore:
    """A dictionary of keys."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[Slot, _Entry] = {}

    async def begin(self, slot: Slot, *, fingerprint: bytes) -> Beginning:
        """Claim a key, or say who has it."""
        now = self._clock.now()
        entry = self._entries.get(slot)
        if entry is not None and now - entry.at < KEPT_FOR:
            if entry.fingerprint != fingerprint:
                return Beginning(state="other_body")
            if entry.answer is not None:
                return Beginning(state="done", answer=entry.answer)
            if now - entry.at < LEASED_FOR:
                return Beginning(state="running")
        fence = new_id().hex
        self._entries[slot] = _Entry(fingerprint, fence, now)
        return Beginning(state="ours", fence=fence)

    async def finish(self, slot: Slot, *, fence: str, answer: StoredAnswer) -> None:
        """Keep the answer, unless the claim was taken over."""
        entry = self._entries.get(slot)
        if entry is not None and entry.fence == fence:
            entry.answer = answer

    async def renew(self, slot: Slot, *, fence: str) -> None:
        """Say that the work on a key still goes on."""
        entry = self._entries.get(slot)
        if entry is not None and entry.fence == fence and entry.answer is None:
            entry.at = self._clock.now()

    async def abandon(self, slot: Slot, *, fence: str) -> None:
        """Give the key back."""
        entry = self._entries.get(slot)
        if entry is not None and entry.fence == fence and entry.answer is None:
            del self._entries[slot]

    async def sweep(self) -> int:
        """Drop what is older than a day."""
        now = self._clock.now()
        old = [slot for slot, entry in self._entries.items() if now - entry.at >= KEPT_FOR]
        for slot in old:
            del self._entries[slot]
        return len(old)
