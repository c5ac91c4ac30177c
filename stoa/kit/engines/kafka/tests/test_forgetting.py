"""A broker that is killed: one that forgets loses nothing, and one that remembers is not asked to."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.kafka.broker import EmbeddedBroker, free_port
from stoa.kit.engines.kafka.bus import KafkaBus
from stoa.kit.engines.kafka.reader import Progress
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database
from stoa.kit.inbox import Retry
from stoa.kit.relay import Relay
from stoa.kit.store import Store
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx
from stoa.kit.testing.listening import Listener, listening
from stoa.kit.testing.waiting import until

ORGANIZATION = OrganizationId(new_id())
LEMMA_IDS = [uuid4() for _ in range(10)]


@pytest.fixture
async def store(store_for) -> Store[LemmasTx]:
    return await store_for("lemmas", LemmasTx, migrations=LEMMAS)


@pytest.fixture
async def s3_broker():
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        "python", "-m", "moto.server", "-p", str(port), "-H", "127.0.0.1",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"

    async def bucket_made() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.put(f"{address}/events", headers={"host": f"127.0.0.1:{port}"})).status_code == 200
            except httpx.TransportError:
                return False

    await until(bucket_made, why="moto's bucket")
    broker = EmbeddedBroker(
        storage="s3://events/",
        environment={
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT": address, "AWS_ALLOW_HTTP": "true",
        },
    )  # fmt: skip
    await broker.start()
    yield broker
    await broker.stop()
    server.terminate()
    await server.wait()


async def prove(store: Store[LemmasTx], numbers: range) -> None:
    for number in numbers:
        for lemma in LEMMA_IDS:
            async with store.transaction(organization=ORGANIZATION) as tx:
                tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=f"{number:03}"))


def all_heard(store: Store[LemmasTx], numbers: range):
    expected = {(str(lemma), f"{number:03}") for lemma in LEMMA_IDS for number in numbers}

    async def check() -> bool:
        async with store.reading(organization=ORGANIZATION) as tx:
            rows = await tx.heard()
        assert len(rows) == len(set(rows)), "an event was handled twice"
        return set(rows) == expected

    return check


async def survive_a_kill(store: Store[LemmasTx], broker: EmbeddedBroker) -> Relay:
    bus = KafkaBus(
        broker.bootstrap, listening(Listener(store), store.database), publishes=["lemmas"],
        retry=Retry(attempts=3, first_s=0.002),
    )  # fmt: skip
    relay = Relay(
        Database(store.database.pool, "kit", role=RELAY_ROLE, clock=store.database.clock), ["lemmas"], bus, lease_s=1.0
    )
    await bus.start()
    await relay.start()
    await prove(store, range(3))
    await until(all_heard(store, range(3)))

    await prove(store, range(3, 6))
    await broker.kill()
    await prove(store, range(6, 9))
    await broker.start()
    await prove(store, range(9, 12))

    await until(all_heard(store, range(12)), deadline_s=40)
    await relay.stop()
    await bus.stop()
    return relay


async def test_a_broker_that_forgets_everything_loses_nothing(store):
    broker = EmbeddedBroker()
    await broker.start()

    relay = await survive_a_kill(store, broker)

    await broker.stop()
    assert max(relay.leases.of["lemmas"].held.values()) >= 1


async def test_a_broker_that_keeps_what_it_acknowledged_is_not_sent_it_again(store, s3_broker):
    relay = await survive_a_kill(store, s3_broker)

    assert set(relay.leases.of["lemmas"].held.values()) == {0}


def test_progress_is_the_lowest_offset_that_is_not_done():
    progress = Progress()
    for offset in (5, 6, 7, 9):
        progress.begin(offset)

    progress.end(6)
    progress.end(9)
    assert (progress.next, progress.in_flight) == (5, 4)

    progress.end(5)
    assert (progress.next, progress.in_flight) == (7, 2)

    progress.end(7)
    assert (progress.next, progress.in_flight) == (10, 0)
