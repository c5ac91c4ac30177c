"""The same write sent twice has one effect and two equal answers: keys, stored answers, and waiting for a twin."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Literal, Protocol

from stoa.kit.contract import Struct
from stoa.kit.errors import Conflict, Invalid, Malformed, StoaError

KEPT_FOR = timedelta(hours=24)
# After this a key whose process died can be taken over; a request that works longer renews its claim meanwhile.
LEASED_FOR = timedelta(seconds=15)
RENEWED_EVERY = timedelta(seconds=4)
_LONGEST_KEY = 255
_WAIT_S = 5.0
_POLL_S = (0.01, 0.02, 0.05, 0.1, 0.2)


class Slot(Struct, frozen=True, kw_only=True):
    """Whose key it is: the same text of another tenant, person or route is another key."""

    service: str
    organization: str
    principal: str
    route: str
    key: str


class StoredAnswer(Struct, frozen=True, kw_only=True):
    """An answer as it was first given."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Beginning(Struct, frozen=True, kw_only=True):
    """What a store says of a key: ours to run (with a fence), running elsewhere, done, or used for another body."""

    state: Literal["ours", "running", "done", "other_body"]
    fence: str = ""
    answer: StoredAnswer | None = None


class IdempotencyStore(Protocol):
    """Keeps keys and answers for at least a day."""

    async def begin(self, slot: Slot, *, fingerprint: bytes) -> Beginning:
        """Claim a key, or say who has it."""
        ...

    async def finish(self, slot: Slot, *, fence: str, answer: StoredAnswer) -> None:
        """Keep the answer, unless the claim was taken over."""
        ...

    async def renew(self, slot: Slot, *, fence: str) -> None:
        """Say that the work on a key still goes on."""
        ...

    async def abandon(self, slot: Slot, *, fence: str) -> None:
        """Give the key back: nothing worth repeating happened."""
        ...

    async def sweep(self) -> int:
        """Drop what is older than a day; return how many."""
        ...


class KeyReused(Invalid):
    """The key came before with another body."""

    code, title = "stoa.idempotency_key_reused", "This Idempotency-Key was used for another request"


class StillRunning(Conflict):
    """The first request with this key has not ended."""

    code, title = "stoa.idempotency_running", "The same request is still running"


def read_key(header: bytes) -> str:
    """Return a usable key, or refuse it as Malformed."""
    key = header.decode("latin-1").strip().strip('"')
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Malformed(
            f"An Idempotency-Key is 1 to {_LONGEST_KEY} printable ASCII characters.", hint="A UUID serves well."
        )
    return key


def fingerprint_of(query: bytes, body: bytes, *, key: str) -> bytes:
    """Return the digest by which a repeated request is recognised.

    It is keyed with what only the caller knows: a body may hold a password, and a bare digest of one could be guessed.
    """
    digest = hashlib.blake2b(query, digest_size=32, key=hashlib.blake2b(key.encode()).digest())
    digest.update(b"\x00")
    digest.update(body)
    return digest.digest()


class Once:
    """Runs the first of equal requests and gives its answer to all of them."""

    def __init__(
        self, store: IdempotencyStore, *, wait_s: float = _WAIT_S, renewed_every: timedelta = RENEWED_EVERY
    ) -> None:
        self._store = store
        self._wait_s = wait_s
        self._renewed_every_s = renewed_every.total_seconds()
        self._running: dict[Slot, asyncio.Event] = {}

    async def run(
        self, slot: Slot, fingerprint: bytes, work: Callable[[], Awaitable[StoredAnswer | None]]
    ) -> StoredAnswer | None:
        """Return the stored answer, else do the work; None says that the work's answer was not one to store."""
        beginning = await self._begin(slot, fingerprint)
        if beginning.state == "done":
            return beginning.answer
        if beginning.state == "other_body":
            raise KeyReused(hint="Use a new key for a new request.")
        if beginning.state == "running":
            raise StillRunning(hint="Send it again in a moment.", retry_after_s=2)
        ended = self._running[slot] = asyncio.Event()
        kept = False
        try:
            with self._renewed(slot, beginning.fence):
                answer = await work()
            if answer is not None:
                # The effect is there, so a caller who leaves now must not keep the answer from being stored.
                await asyncio.shield(self._store.finish(slot, fence=beginning.fence, answer=answer))
                kept = True
            return answer
        finally:
            if not kept:
                await asyncio.shield(self._store.abandon(slot, fence=beginning.fence))
            self._running.pop(slot, None)
            ended.set()

    @contextmanager
    def _renewed(self, slot: Slot, fence: str) -> Iterator[None]:
        """Renew a claim for as long as its work takes; most work is over before the first renewal."""
        loop, task = asyncio.get_running_loop(), None

        def begin() -> None:
            nonlocal task
            task = loop.create_task(self._renew(slot, fence))

        handle = loop.call_later(self._renewed_every_s, begin)
        try:
            yield
        finally:
            handle.cancel()
            if task is not None:
                task.cancel()

    async def _renew(self, slot: Slot, fence: str) -> None:
        while True:
            # A database that is away for a moment may well be back before the claim runs out.
            with suppress(StoaError):
                await self._store.renew(slot, fence=fence)
            await asyncio.sleep(self._renewed_every_s)

    async def _begin(self, slot: Slot, fingerprint: bytes) -> Beginning:
        """Claim the key; while a twin runs, wait for it: here by its event, elsewhere by asking again."""
        beginning = await self._store.begin(slot, fingerprint=fingerprint)
        if beginning.state != "running":
            return beginning
        try:
            async with asyncio.timeout(self._wait_s):
                tries = 0
                while beginning.state == "running":
                    twin = self._running.get(slot)
                    if twin is not None:
                        await twin.wait()
                    else:
                        await asyncio.sleep(_POLL_S[min(tries, len(_POLL_S) - 1)])
                    tries += 1
                    beginning = await self._store.begin(slot, fingerprint=fingerprint)
        except TimeoutError:
            pass
        return beginning
