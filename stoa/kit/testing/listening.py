"""A consumer for the kit's tests: it writes down what it hears, and fails when it is told to."""

from collections import Counter, defaultdict
from collections.abc import Callable

from stoa.kit.engines.postgres.database import Database
from stoa.kit.events import Consumers, Delivery
from stoa.kit.inbox import Consumer, bound
from stoa.kit.store import Store
from stoa.kit.testing.lemmas import LemmaProved, LemmasTx


class Listener:
    """Notes each lemma it hears of in a table, in the transaction that records the delivery."""

    def __init__(self, store: Store[LemmasTx]) -> None:
        self.store = store
        self.tries: Counter[str] = Counter()
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


def listening(listener: Listener, database: Database) -> list[Consumer]:
    """Bind a listener to the events of lemmas."""
    consumers = Consumers("lemmas")

    @consumers.on(LemmaProved)
    async def note(event: LemmaProved, delivery: Delivery, listener: Listener) -> None:
        await listener.note(event, delivery)

    return bound(consumers.subscriptions, listener, database)
