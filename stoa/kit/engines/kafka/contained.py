"""Keeping the client library's cancellations inside: some get out that nobody asked for, others are swallowed."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from aiokafka.errors import KafkaError

T = TypeVar("T")


class Interrupted(KafkaError):  # type: ignore[misc]  # aiokafka ships no types
    """The library cancelled what was asked of it, as it does when a broker goes away."""


async def contained(work: Coroutine[object, object, T], *, within_s: float) -> T:
    """Do something in a task of its own; Interrupted when the library cancels it, TimeoutError when it lasts."""
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait([task], timeout=within_s)
    finally:
        task.cancel()
    if not done:
        task.add_done_callback(_forget)
        raise TimeoutError
    if task.cancelled():
        raise Interrupted
    return task.result()


def _forget(task: "asyncio.Task[T]") -> None:
    if not task.cancelled():
        task.exception()
