"""Events delivered as badly as the rules allow: twice, out of order between keys, and repeats at the worst moment."""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from stoa.kit.bus import NO_OFFSET, Parcel
from stoa.kit.contract import Event, EventId, new_id
from stoa.kit.events import Envelope, decode, seal, service_of
from stoa.kit.inbox import Consumer, Dispatcher, Retry


class ChaosBus:
    """A bus in the process that delivers everything twice and shuffles what no rule keeps in order.

    The first deliveries of a key stay in order; a repeat comes at any time after its first delivery.
    """

    def __init__(self, consumers: Iterable[Consumer], *, seed: int, retry: Retry | None = None) -> None:
        self._random = random.Random(seed)
        self.dispatcher = Dispatcher(consumers, retry=retry)

    async def start(self) -> None:
        """Start the consumers."""
        await self.dispatcher.start()

    async def stop(self) -> None:
        """Stop the consumers."""
        await self.dispatcher.stop()

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        """Deliver a batch; each future is done when both deliveries of its parcel are."""
        envelopes = [decode(parcel.wire) for parcel in parcels]
        deliveries: dict[EventId, list[asyncio.Future[int]]] = defaultdict(list)
        for envelope in shuffled(envelopes, self._random):
            deliveries[envelope.id].append(self.dispatcher.dispatch(envelope))
            await asyncio.sleep(0)
        return [asyncio.ensure_future(_both(deliveries[envelope.id])) for envelope in envelopes]

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Forget nothing."""
        return set()

    def is_sure(self, service: str) -> bool:
        """Say yes: nothing is kept, so nothing is forgotten."""
        return True


async def deliver(consumers: Iterable[Consumer], events: Iterable[Event], *, at: datetime, seed: int = 0) -> None:
    """Hand events to a service's consumers, each twice and shuffled; raise what a handler raises.

    For the tests of a service's consumers: `await deliver(bound(consumers.subscriptions, service, database), [...])`.
    """
    chance = random.Random(seed)
    consumers = list(consumers)
    envelopes = [seal(event, id_=EventId(new_id()), service=service_of(event.type_), at=at) for event in events]
    for envelope in shuffled(envelopes, chance):
        for consumer in consumers:
            if consumer.type_ == envelope.type:
                await consumer.handle_once(envelope)


def shuffled(envelopes: Sequence[Envelope], chance: random.Random) -> list[Envelope]:
    """Return each envelope twice in a random order that keeps the first deliveries of a key in theirs."""
    first: dict[str, deque[Envelope]] = defaultdict(deque)
    for envelope in envelopes:
        first[envelope.partitionkey].append(envelope)
    turns = [envelope.partitionkey for envelope in envelopes]
    chance.shuffle(turns)
    order = [first[key].popleft() for key in turns]
    for envelope in envelopes:
        order.insert(chance.randint(order.index(envelope) + 1, len(order)), envelope)
    return order


async def _both(deliveries: "list[asyncio.Future[int]]") -> int:
    await asyncio.gather(*deliveries)
    return NO_OFFSET
