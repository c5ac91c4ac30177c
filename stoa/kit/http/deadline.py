"""The deadlines of all requests of a process under one timer: an own one for each cost more than finding its route."""

import asyncio
from types import TracebackType
from typing import Final

from stoa.kit.errors import DeadlineExceeded

GRAIN_S: Final = 0.05


class Deadline:
    """One request's deadline, as a block: the task in it is cancelled when it is over, and says so."""

    __slots__ = ("_before", "_deadlines", "_task", "is_over", "when")

    def __init__(self, deadlines: "Deadlines", when: float) -> None:
        self._deadlines = deadlines
        self._task: asyncio.Task[object] | None = None
        self._before = 0
        self.when = when
        self.is_over = False

    def __enter__(self) -> None:
        task = self._task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is for work in a task")
        self._before = task.cancelling()
        self._deadlines.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.drop(self)
        if not self.is_over or self._task is None:
            return
        # Who else wanted this task to end still gets its way.
        if self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise DeadlineExceeded(hint="Try again in a moment.", retry_after_s=1) from error

    def end(self) -> None:
        """Cancel the work."""
        self.is_over = True
        if self._task is not None:
            self._task.cancel()


class Deadlines:
    """Looks every twentieth of a second, while there is anything to look at, who is over their time."""

    def __init__(self) -> None:
        self._open: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> Deadline:
        """Return the deadline of work that may take so long from now."""
        return Deadline(self, asyncio.get_running_loop().time() + seconds)

    def add(self, deadline: Deadline) -> None:
        """Watch over a deadline."""
        self._open[deadline] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GRAIN_S, self._look)

    def drop(self, deadline: Deadline) -> None:
        """Forget a deadline whose work has ended."""
        self._open.pop(deadline, None)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for deadline in [one for one in self._open if one.when <= now]:
            del self._open[deadline]
            deadline.end()
        if self._open:
            self._timer = loop.call_later(GRAIN_S, self._look)
