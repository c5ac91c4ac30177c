"""What every bus promises, on each engine: all of it, in order per key, and nobody held up by another's failure."""

from uuid import UUID, uuid4

import pytest

from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.kafka.broker import EmbeddedBroker
from stoa.kit.engines.kafka.bus import KafkaBus
from stoa.kit.engines.memory.bus import MemoryBus
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database
from stoa.kit.engines.valkey.bell import ValkeyBell
from stoa.kit.events import Consumers
from stoa.kit.inbox import Retry, bound
from stoa.kit.outbox import Outbox
from stoa.kit.relay import Relay
from stoa.kit.store import Store
from stoa.kit.testing.chaos import ChaosBus
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx
from stoa.kit.testing.listening import Listener, listening
from stoa.kit.testing.valkey import ThrowawayValkey
from stoa.kit.testing.waiting import until

QUICK = Retry(attempts=3, first_s=0.002, factor=2, redrive_every_s=0.02)
ORGANIZATION = OrganizationId(new_id())


@pytest.fixture
async def store(store_for) -> Store[LemmasTx]:
    return await store_for("lemmas", LemmasTx, migrations=LEMMAS)


@pytest.fixture(params=["memory", "chaos", "kafka", "kafka with a bell"])
async def bus_of(request):
    """Make a bus of each engine; Kafka's has a broker of its own, so that no test meets another's events."""
    if request.param == "memory":
        yield lambda consumers: MemoryBus(consumers, retry=QUICK)
    elif request.param == "chaos":
        yield lambda consumers: ChaosBus(consumers, retry=QUICK, seed=7)
    else:
        broker, valkey = EmbeddedBroker(), ThrowawayValkey()
        await broker.start()
        await valkey.start()
        bell = ValkeyBell(valkey.url) if "bell" in request.param else None
        yield lambda consumers: KafkaBus(broker.bootstrap, consumers, publishes=["lemmas"], retry=QUICK, bell=bell)
        await valkey.stop()
        await broker.stop()


def relay_of(store: Store[LemmasTx], bus) -> Relay:
    side = Database(store.database.pool, "kit", role=RELAY_ROLE, clock=store.database.clock)
    return Relay(side, ["lemmas"], bus, lease_s=1.0)


async def prove(store: Store[LemmasTx], *proofs: tuple[UUID, str]) -> None:
    for lemma, title in proofs:
        async with store.transaction(organization=ORGANIZATION) as tx:
            tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=title))


async def heard_by_key(store: Store[LemmasTx]) -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    async with store.reading(organization=ORGANIZATION) as tx:
        for key, title in await tx.heard():
            by_key.setdefault(key, []).append(title)
    return by_key


async def test_everything_arrives_once_in_order_per_key_and_a_poisoned_key_holds_up_nobody(store, bus_of):
    listener, told = Listener(store), []
    listener.refuse = lambda event: ValueError("poison") if event.title == "poison" else None
    everywhere = Consumers("lemmas")

    @everywhere.broadcast(LemmaProved)
    async def forget(event: LemmaProved) -> None:
        told.append(event.title)

    consumers = listening(listener, store.database) + bound(everywhere.subscriptions, None, None)
    lemmas, poisoned = [uuid4() for _ in range(12)], uuid4()
    bus = bus_of(consumers)
    relay = relay_of(store, bus)
    await bus.start()
    await relay.start()

    await prove(store, (poisoned, "poison"), *((lemma, f"{n:02}") for n in range(8) for lemma in lemmas))
    await prove(store, (poisoned, "after"))
    expected = {str(lemma): [f"{n:02}" for n in range(8)] for lemma in lemmas} | {str(poisoned): ["after"]}

    async def complete() -> bool:
        return await heard_by_key(store) == expected

    await until(complete)
    outbox = Outbox(store.database, "lemmas")

    async def buried() -> bool:
        return [letter.key for letter in await outbox.dead()] == [str(poisoned)]

    await until(buried)
    await until(lambda: set(told) == {f"{n:02}" for n in range(8)} | {"poison", "after"})
    await relay.stop()
    await bus.stop()
    assert await heard_by_key(store) == expected
