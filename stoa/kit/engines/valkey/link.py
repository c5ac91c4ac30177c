"""The connection to Valkey: short deadlines, and a pause after a failure so that nobody waits for what is down."""

from collections.abc import Awaitable
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from stoa.kit.clock import Clock
from stoa.kit.telemetry.logs import logger

T = TypeVar("T")
_PAUSE_S = 1.0
log = logger("kit")


class ValkeyDown(Exception):
    """Valkey cannot be asked now; every engine here has something to do instead."""


class ValkeyLink:
    """One client for all engines of a process."""

    def __init__(self, url: str, clock: Clock, *, deadline_s: float = 0.25, prefix: str = "stoa:") -> None:
        # A pool that waits: one that refuses would take a burst of requests for a Valkey that is down.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=32,
            timeout=deadline_s,
            socket_timeout=deadline_s,
            socket_connect_timeout=deadline_s,
            retry=None,
            protocol=3,
        )
        self.client: Redis = Redis.from_pool(pool)
        self.prefix = prefix
        self._clock = clock
        self._down_until = 0.0

    @property
    def is_down(self) -> bool:
        """Tell whether the last attempt failed a moment ago."""
        return self._clock.monotonic() < self._down_until

    def refuse_if_down(self) -> None:
        """Raise ValkeyDown while the pause after a failure lasts."""
        if self.is_down:
            raise ValkeyDown

    async def ask(self, command: Awaitable[T]) -> T:
        """Await one command; a failure becomes ValkeyDown and starts the pause."""
        try:
            return await command
        except (RedisError, OSError, TimeoutError) as error:
            self._down_until = self._clock.monotonic() + _PAUSE_S
            log.warning("kit.valkey_down", error=type(error).__name__)
            raise ValkeyDown from error

    async def command(self, *parts: str | bytes | int) -> object:
        """Send one command and return what Valkey says."""
        self.refuse_if_down()
        return await self.ask(self.client.execute_command(*parts))  # type: ignore[no-untyped-call]  # redis: untyped

    async def ping(self) -> None:
        """Raise ValkeyDown unless Valkey answers: a readiness check."""
        await self.command("PING")

    async def aclose(self) -> None:
        """Close every connection."""
        await self.client.aclose()
