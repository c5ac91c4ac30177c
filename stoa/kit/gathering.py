"""Writing together: whoever writes to one thing while it is being written goes into the next statement, as one batch.

A row that numbers or guards others lets one transaction through at a time; written one by one, a commit's wait is the
most it can do. Gathered, a batch of any size takes that time, and nobody waits for longer than two.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")


class Gathering(Generic[K, T, R]):
    """Gathers what is written to one key; `flush(key, items)` answers one result or exception an item, in order.

    An answer is given only when its batch is done; a flush that raises fails its whole batch. Nothing runs for a key
    that nobody writes to.
    """

    def __init__(
        self, flush: Callable[[K, Sequence[T]], Awaitable[Sequence[R | Exception]]], *, most: int = 500
    ) -> None:
        self._flush = flush
        self._most = most
        self._waiting: dict[K, list[tuple[T, asyncio.Future[R]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, key: K, item: T) -> R:
        """Write one item with others; return its result once it is done."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append((item, future))
        else:
            self._waiting[key] = [(item, future)]
            # A context of its own: the batch outlives the deadline of whoever happened to come first.
            task = asyncio.create_task(self._run(key), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _run(self, key: K) -> None:
        while waiting := self._waiting[key]:
            batch, self._waiting[key] = waiting[: self._most], waiting[self._most :]
            try:
                results = await self._flush(key, [item for item, _ in batch])
            except BaseException as failure:  # handed on to everyone who waits
                _fail(batch, failure)
                if not isinstance(failure, Exception):
                    _fail(self._waiting.pop(key), failure)
                    raise
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
        del self._waiting[key]


def _fail(batch: Sequence[tuple[T, "asyncio.Future[R]"]], failure: BaseException) -> None:
    for _, future in batch:
        if future.done():
            continue
        if isinstance(failure, Exception):
            future.set_exception(failure)
        else:
            future.cancel()
