"""Cutting off connections to a PostgreSQL that fell silent: a look at all of them instead of a timer a statement.

The server itself ends a statement or a transaction that lasts too long (database.SETTINGS; behind a PgBouncer its own
configuration must say so); what is left for us is a server that hangs, or a network that swallows what is sent.
"""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

import asyncpg

LOOK_S: Final = 10.0
# Where nothing was begun for so many looks, nothing comes any more: 60 to 70 seconds.
MOST_LOOKS: Final = 7

if TYPE_CHECKING:
    _Session = asyncpg.Connection[asyncpg.Record]
else:
    _Session = asyncpg.Connection


class Connection(_Session):
    """A connection that counts the looks since something was begun on it; whoever begins something sets it to 0."""

    __slots__ = ("looks",)
    looks: int


class Lent(Protocol):
    """What is lent to somebody."""

    connection: Connection


class Overdue:
    """Terminates lent connections on which nothing has been begun for a minute; their holders hear that they died."""

    def __init__(self, lent: Iterable[Lent], *, every_s: float = LOOK_S) -> None:
        self._lent = lent
        self._every_s = every_s
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_looking(self) -> bool:
        """Say whether another look is to come."""
        return self._timer is not None

    def start(self) -> None:
        """Begin to look, where that has not begun."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._again)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self) -> None:
        """Count a look on every connection that is lent, and cut off where it is one too many."""
        for one in list(self._lent):
            one.connection.looks += 1
            if one.connection.looks >= MOST_LOOKS:
                one.connection.terminate()

    def _again(self) -> None:
        self._timer = None
        self.look()
        self.start()
