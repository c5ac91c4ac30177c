"""Work that runs beside: held until it is done, and never failing unheard."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from stoa.kit.telemetry.logs import logger

log = logger("kit")


class Tasks:
    """Holds tasks, which the loop alone would let be collected in mid-work, and speaks up when one fails."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()  # any: results are nobody's concern

    def start(
        self,
        work: Coroutine[Any, Any, Any],  # any: results are nobody's concern
        *,
        on_failure: Callable[[], None] | None = None,
    ) -> "asyncio.Task[Any]":  # any: results are nobody's concern
        """Run a coroutine to its end; an exception is logged, and `on_failure` called."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)

        def ended(task: "asyncio.Task[Any]") -> None:  # any: results are nobody's concern
            self._running.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("kit.socket_task_failed", error=type(error).__name__, exc_info=error)
                if on_failure is not None:
                    on_failure()

        task.add_done_callback(ended)
        return task

    def __len__(self) -> int:
        return len(self._running)

    async def stop(self, *, grace_s: float = 1.0) -> None:
        """Let what runs come to its end for a moment, then end it."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
