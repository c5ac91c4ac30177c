"""A broker that is killed: one that forgets loses nothing, and one that remembers is not asked to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from stoa.kit.bus import NO_OFFSET, Parcel
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.kafka.broker import EmbeddedBroker, free_port
from stoa.kit.engines.kafka.bus import BrokerUnavailable, KafkaBus
from stoa.kit.engines.kafka.contained import Interrupted, contained
from stoa.kit.engines.kafka.reader import Progress
from stoa.kit.engines.kafka.topics import Topics
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database
from stoa.kit.events import bucket_of
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


async def test_who_asks_about_a_topic_does_not_make_it_so_it_has_the_partitions_that_buckets_need():
    broker = EmbeddedBroker()
    await broker.start()
    asker = AIOKafkaConsumer("stoa.lemmas", bootstrap_servers=broker.bootstrap, metadata_max_age_ms=100)
    topics = Topics(broker.bootstrap, partitions=8, replicas=1)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await asker.start()
    await topics.ensure({"stoa.lemmas"})

    async with asyncio.timeout(20):
        while not asker.partitions_for_topic("stoa.lemmas"):
            await asker._client.force_metadata_update()
    assert asker.partitions_for_topic("stoa.lemmas") == set(range(8))
    await asker.stop()
    await topics.close()
    await broker.stop()


async def test_nothing_new_is_sent_before_it_is_known_what_the_broker_lost():
    broker = EmbeddedBroker()
    await broker.start()
    bus = KafkaBus(broker.bootstrap, [], publishes=["lemmas"])
    await bus.start()

    [too_early] = await bus.send([parcel(bucket=3)])
    at_first = await bus.forgotten("lemmas", {3: NO_OFFSET})
    [sent] = await bus.send([parcel(bucket=3)])
    offset = await sent
    await broker.kill()
    await broker.start()
    fallen = bus.send([parcel(bucket=11) for _ in range(5)])
    refused = await asyncio.gather(*await fallen, return_exceptions=True)
    lost = await until_asked(bus, {3: offset})

    assert isinstance(too_early.exception(), BrokerUnavailable)
    assert (at_first, offset) == (set(), 0)
    assert {type(one) for one in refused} == {BrokerUnavailable}
    # Bucket 11 lies in the partition of bucket 3: had it been sent, it would have covered up what is missing.
    assert lost == {3}
    await bus.stop()
    await broker.stop()


async def until_asked(bus: KafkaBus, acknowledged: dict[int, int]) -> set[int]:
    found: set[int] = set()

    async def is_answered() -> bool:
        try:
            found.update(await bus.forgotten("lemmas", acknowledged))
        except BrokerUnavailable:
            return False
        return True

    await until(is_answered, why="the broker answers", deadline_s=40)
    return found


def parcel(*, bucket: int) -> Parcel:
    key = next(key for key in map(str, range(10_000)) if bucket_of(key) == bucket)
    wire = f'{{"id": "{uuid4()}"}}'
    return Parcel(service="lemmas", type_="t", key=key, bucket=bucket, generation=0, wire=wire)


@contextlib.asynccontextmanager
async def two_buses(broker: EmbeddedBroker) -> AsyncIterator[tuple[KafkaBus, KafkaBus]]:
    one, other = (KafkaBus(broker.bootstrap, [], publishes=["lemmas"]) for _ in range(2))
    async with contextlib.AsyncExitStack() as stack:
        await broker.start()
        stack.push_async_callback(broker.stop)
        for bus in (one, other):
            await bus.start()
            stack.push_async_callback(bus.stop)
        yield one, other


async def test_what_another_relay_put_into_the_partition_does_not_hide_that_the_broker_forgot():
    broker = EmbeddedBroker()
    async with two_buses(broker) as (one, other):
        await until_asked(one, {3: NO_OFFSET})
        await until_asked(other, {11: NO_OFFSET})
        [first] = [await one_sent for one_sent in await one.send([parcel(bucket=3)])]
        [second] = [await one_sent for one_sent in await other.send([parcel(bucket=11)])]
        await broker.kill()
        await broker.start()

        lost_to_one = await until_asked(one, {3: first})
        await until_asked(one, {3: NO_OFFSET})
        again = [await sent for sent in await one.send([parcel(bucket=3) for _ in range(3)])]
        lost_to_the_other = await until_asked(other, {11: second})
        untouched = await one.forgotten("lemmas", {3: again[-1]})

    assert (first, second, again[-1] > second) == (0, 1, True)
    assert (lost_to_one, lost_to_the_other, untouched) == ({3}, {11}, set())


async def test_what_the_library_sent_again_by_itself_does_not_hide_that_the_broker_forgot():
    broker = EmbeddedBroker()
    async with two_buses(broker) as (one, other):
        await until_asked(one, {3: NO_OFFSET})
        [offset] = [await sent for sent in await one.send([parcel(bucket=3)])]
        await broker.kill()
        await broker.start()
        await until_asked(other, {3: NO_OFFSET})
        [again] = [await sent for sent in await other.send([parcel(bucket=3)])]

        lost = await until_asked(one, {3: offset})

    assert (offset, again, lost) == (0, 0, {3})


async def test_of_a_bucket_that_was_just_taken_nothing_is_sent_before_it_is_looked_into():
    broker = EmbeddedBroker()
    async with two_buses(broker) as (one, _):
        await until_asked(one, {3: NO_OFFSET})

        sent = await one.send([parcel(bucket=3), parcel(bucket=11)])
        offset, refusal = await asyncio.gather(*sent, return_exceptions=True)

    assert (offset, type(refusal)) == (0, BrokerUnavailable)


async def test_two_relays_of_one_service_lose_nothing_to_a_broker_that_forgets_and_keep_the_order_of_each_key(store):
    broker, listener = EmbeddedBroker(), Listener(store)
    await broker.start()
    retry = Retry(attempts=3, first_s=0.002)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(broker.stop)
        relays = []
        for _ in range(2):
            bus = KafkaBus(broker.bootstrap, listening(listener, store.database), publishes=["lemmas"], retry=retry)
            database = Database(store.database.pool, "kit", role=RELAY_ROLE, clock=store.database.clock)
            relay = Relay(database, ["lemmas"], bus, lease_s=1.0)
            await bus.start()
            stack.push_async_callback(bus.stop)
            await relay.start()
            stack.push_async_callback(relay.stop)
            relays.append(relay)
        await until(lambda: all(0 < len(one.leases.of["lemmas"].held) < 64 for one in relays), why="they share")
        await prove(store, range(3))
        await until(all_heard(store, range(3)))

        await prove(store, range(3, 6))
        await broker.kill()
        await prove(store, range(6, 9))
        await broker.start()
        await prove(store, range(9, 12))
        await until(all_heard(store, range(12)), deadline_s=60)

    async with store.reading(organization=ORGANIZATION) as tx:
        heard = await tx.heard()
    for lemma in LEMMA_IDS:
        titles = [title for about, title in heard if about == str(lemma)]
        assert titles == sorted(titles), f"{lemma} was heard out of order"


async def test_a_reader_outlives_what_its_library_cancels(store, monkeypatch):
    broker = EmbeddedBroker()
    await broker.start()
    # In the library's words: the end of a consumer whose broker has gone may come as a cancellation.
    ends, stop = iter([True]), AIOKafkaConsumer.stop

    async def cancelled(consumer: AIOKafkaConsumer) -> None:
        await stop(consumer)
        if next(ends, False):
            raise asyncio.CancelledError

    monkeypatch.setattr(AIOKafkaConsumer, "stop", cancelled)

    await survive_a_kill(store, broker)

    assert next(ends, None) is None
    await broker.stop()


async def test_a_cancellation_of_the_librarys_own_ends_what_was_asked_and_not_who_asked():
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(Interrupted):
        await contained(cancelled(), within_s=5)


async def test_what_swallows_its_cancellation_is_not_waited_for():
    let_go = asyncio.Event()

    async def stubborn() -> None:
        while not let_go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await let_go.wait()

    with pytest.raises(TimeoutError):
        await contained(stubborn(), within_s=0.01)
    let_go.set()
