"""Writing together: whoever writes to one thing while it is being written goes into the next statement, as one batch.

A row that numbers or guards others lets one transaction through at a time; written one by one, a commit's wait is the
most it can do. Gathered, a batch of any size takes that time, and nobody waits for longer than two.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeAlias, TypeVar

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")
Batch: TypeAlias = Sequence[tuple[T, "asyncio.Future[R]"]]


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
            flushing = asyncio.ensure_future(self._flush(key, [item for item, _ in batch]))  # noqa: RUF006 (waited for)
            try:
                await asyncio.wait([flushing])
            except asyncio.CancelledError:
                flushing.cancel()
                _give_up(batch)
                _give_up(self._waiting.pop(key))
                raise
            _answer(batch, flushing)
        del self._waiting[key]


def _answer(batch: "Batch[T, R]", flushing: "asyncio.Future[Sequence[R | Exception]]") -> None:
    """Give everyone who still waits the result of their item, or the failure of the whole batch."""
    if flushing.cancelled():
        _give_up(batch)
        return
    failure = flushing.exception()
    if failure is not None:
        for _, future in batch:
            if not future.done():
                future.set_exception(failure)
        return
    for (_, future), result in zip(batch, flushing.result(), strict=True):
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)


def _give_up(batch: "Batch[T, R]") -> None:
    for _, future in batch:
        future.cancel()
