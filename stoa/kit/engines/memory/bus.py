"""The bus inside one process: what the relay sends is handled here, and is safe once it was handled."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from stoa.kit.bus import NO_OFFSET, Parcel
from stoa.kit.events import decode
from stoa.kit.inbox import WIDTH, Consumer, Dispatcher, Retry
from stoa.kit.telemetry.telemetry import Telemetry


class MemoryBus:
    """Hands parcels to this process's consumers; nothing to lose, because the outbox keeps what was not handled."""

    def __init__(
        self,
        consumers: Iterable[Consumer],
        *,
        retry: Retry | None = None,
        telemetry: Telemetry | None = None,
        width: int = WIDTH,
    ) -> None:
        self.dispatcher = Dispatcher(consumers, width=width, retry=retry, telemetry=telemetry)

    @classmethod
    def over(cls, consumers: Iterable[Consumer], telemetry: Telemetry) -> Self:
        """Make a bus that counts and traces what its consumers do."""
        return cls(consumers, telemetry=telemetry)

    async def start(self) -> None:
        """Start the consumers."""
        await self.dispatcher.start()

    async def stop(self) -> None:
        """Let what runs finish."""
        await self.dispatcher.stop()

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        """Dispatch parcels in order; each future is done when its consumers are."""
        return [self._sent(parcel) for parcel in parcels]

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Forget nothing."""
        return set()

    def is_sure(self, service: str) -> bool:
        """Say yes: nothing is kept, so nothing is forgotten."""
        return True

    def _sent(self, parcel: Parcel) -> "asyncio.Future[int]":
        if self.dispatcher.wants(parcel.type_):
            return self.dispatcher.dispatch(decode(parcel.wire))
        unheard: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        unheard.set_result(NO_OFFSET)
        return unheard
