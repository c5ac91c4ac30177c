"""Who waits a moment for something of their session to come back, instead of changing something else into it."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeAlias, TypeVar

T = TypeVar("T")
SessionKey: TypeAlias = tuple[str | None, str | None]
# Longer than a busy loop takes to come round, or every wait would end in the change that it is there to save.
PATIENCE_S: Final = 0.01


class Patience(Generic[T]):
    """The queues of those who wait, one a session; what comes back goes to the first of its queue."""

    def __init__(self, *, give_back: Callable[[T], None]) -> None:
        self._give_back = give_back
        self._queues: dict[SessionKey, deque[asyncio.Future[T | None]]] = {}

    async def wait_for(self, session: SessionKey) -> T | None:
        """Return the next thing of this session that comes back, or nothing when none does in a moment."""
        loop = asyncio.get_running_loop()
        due: asyncio.Future[T | None] = loop.create_future()
        self._queues.setdefault(session, deque()).append(due)
        patience = loop.call_later(PATIENCE_S, self._give_up, session, due)
        try:
            return await due
        except asyncio.CancelledError:
            if due.done() and not due.cancelled() and (came := due.result()) is not None:
                self._give_back(came)
            raise
        finally:
            patience.cancel()

    def hand_over(self, thing: T, session: SessionKey) -> bool:
        """Give what came back to whoever waits for it, and say whether anybody did."""
        queue = self._queues.get(session)
        while queue:
            due = queue.popleft()
            if not due.done():
                due.set_result(thing)
                return True
        if queue is not None:
            del self._queues[session]
        return False

    def _give_up(self, session: SessionKey, due: "asyncio.Future[T | None]") -> None:
        queue = self._queues.get(session)
        if queue and due in queue:
            queue.remove(due)
            if not queue:
                del self._queues[session]
        if not due.done():
            due.set_result(None)
