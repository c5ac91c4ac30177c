"""Where a room's history comes from: the broker that keeps it, or the service that owns it."""

import asyncio
from abc import ABC, abstractmethod

from stoa.kit.realtime.broker import Broker, ChannelOptions, History, Position
from stoa.kit.realtime.keeper import Keeper

PATIENCE_S = 5.0
BATCH = 500


class Source(ABC):
    """A stream that can be read from a place on."""

    @abstractmethod
    async def end(self, *, limit: int) -> History:
        """Return the last publications, oldest first, and the place where the stream ends."""

    @abstractmethod
    async def after(self, offset: int) -> History:
        """Return a batch beyond an offset, oldest first."""

    @abstractmethod
    async def position(self) -> Position:
        """Return where the stream ends."""


class KeptByBroker(Source):
    """A stream that the broker remembers and may forget."""

    def __init__(self, broker: Broker, channel: str, options: ChannelOptions) -> None:
        self._broker = broker
        self._channel = channel
        self._options = options

    async def end(self, *, limit: int) -> History:
        """Read backwards from the end."""
        async with asyncio.timeout(PATIENCE_S):
            found = await self._broker.history(self._channel, options=self._options, limit=limit, reverse=True)
        return History(position=found.position, publications=found.publications[::-1])

    async def after(self, offset: int) -> History:
        """Read on from an offset."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._broker.history(self._channel, options=self._options, since=offset, limit=BATCH)

    async def position(self) -> Position:
        """Ask for the end alone."""
        async with asyncio.timeout(PATIENCE_S):
            return (await self._broker.history(self._channel, options=self._options, limit=0)).position


class KeptByOwner(Source):
    """A stream that is rows of a service, reached through its port."""

    def __init__(self, keeper: Keeper, channel: str) -> None:
        self._keeper = keeper
        self._channel = channel

    async def end(self, *, limit: int) -> History:
        """Ask where the stream ends and read the last part of it."""
        position = await self.position()
        reached = max(0, position.offset - limit)
        publications = []
        while reached < position.offset:
            found = await self.after(reached)
            publications += found.publications
            position = found.position
            if not found.publications:
                break
            reached = publications[-1].offset
        return History(position=position, publications=publications)

    async def after(self, offset: int) -> History:
        """Read on from an offset."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._keeper.channel_history(channel=self._channel, after=offset, limit=BATCH)

    async def position(self) -> Position:
        """Ask for the end alone."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._keeper.channel_position(channel=self._channel)
