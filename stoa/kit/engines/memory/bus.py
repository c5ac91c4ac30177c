"""The bus inside one process: what the relay sends is handled here, and is safe once it was handled."""

import asyncio
from collections.abc import Mapping, Sequence

from stoa.kit.bus import NO_OFFSET, Handler, Parcel
from stoa.kit.events import decode


class MemoryBus:
    """Hands parcels to this process's consumers; nothing to lose, because the outbox keeps what was not handled."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing to disconnect."""

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        """Dispatch parcels in order; each future is done when its consumers are."""
        return [self._sent(parcel) for parcel in parcels]

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Nothing is ever forgotten here."""
        return set()

    def _sent(self, parcel: Parcel) -> "asyncio.Future[int]":
        sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if not self._handler.wants(parcel.type_):
            sent.set_result(NO_OFFSET)
            return sent

        def finish(_: "asyncio.Future[None]") -> None:
            if not sent.done():
                sent.set_result(NO_OFFSET)

        self._handler.dispatch(decode(parcel.wire)).add_done_callback(finish)
        return sent
