"""A consumer for the kit's tests: it writes down what it hears, and fails when it is told to."""

from collections import Counter, defaultdict
from collections.abc import Callable

from stoa.kit.engines.postgres.database import Database
from stoa.kit.events import Consumers, Delivery, Heard
from stoa.kit.inbox import Consumer, bound
from stoa.kit.store import Store
from stoa.kit.testing.lemmas import LemmaProved, LemmasTx


class Listener:
    """Notes each lemma it hears of in a table, in the transaction that records the delivery."""

    def __init__(self, store: Store[LemmasTx]) -> None:
        self.store = store
        self.tries: Counter[str] = Counter()
        self.batches: list[int] = []
        self.heard: dict[str, list[str]] = defaultdict(list)
        self.refuse: Callable[[LemmaProved], Exception | None] = lambda _: None

    async def note(self, event: LemmaProved, delivery: Delivery) -> None:
        """Write down that a lemma was proved."""
        self.tries[event.title] += 1
        if error := self.refuse(event):
            raise error
        async with self.store.transaction(organization=event.organization_id, delivery=delivery) as tx:
            await tx.hear(str(event.lemma_id), event.title)
        self.heard[str(event.lemma_id)].append(event.title)

    async def note_many(self, heard: list[Heard[LemmaProved]]) -> None:
        """Write down many at once."""
        self.batches.append(len(heard))
        for one in heard:
            self.tries[one.event.title] += 1
            if error := self.refuse(one.event):
                raise error
        organization, deliveries = heard[0].event.organization_id, [one.delivery for one in heard]
        async with self.store.transaction(organization=organization, deliveries=deliveries) as tx:
            first = [one.event for one in heard if tx.is_first(one.delivery)]
            await tx.hear_all([(str(event.lemma_id), event.title) for event in first])


def listening_in_batches(listener: Listener, database: Database, *, size: int = 50) -> list[Consumer]:
    """Bind a listener to the events of lemmas, many at a time."""
    consumers = Consumers("lemmas")

    @consumers.in_batches(LemmaProved, size=size)
    async def note_many(heard: list[Heard[LemmaProved]], listener: Listener) -> None:
        await listener.note_many(heard)

    return bound(consumers.subscriptions, listener, database)


def listening(listener: Listener, database: Database) -> list[Consumer]:
    """Bind a listener to the events of lemmas."""
    consumers = Consumers("lemmas")

    @consumers.on(LemmaProved)
    async def note(event: LemmaProved, delivery: Delivery, listener: Listener) -> None:
        await listener.note(event, delivery)

    return bound(consumers.subscriptions, listener, database)
