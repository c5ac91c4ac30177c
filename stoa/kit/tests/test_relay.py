"""From the outbox to the consumers: once, in order per key, around failures, crashes and rival relays."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from stoa.kit import relay as relay_module
from stoa.kit.bus import Parcel
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.memory.bus import MemoryBus
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database
from stoa.kit.inbox import Retry
from stoa.kit.outbox import Outbox
from stoa.kit.relay import Relay
from stoa.kit.store import Store
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx
from stoa.kit.testing.listening import Listener, listening, listening_in_batches
from stoa.kit.testing.waiting import until

QUICK = Retry(attempts=3, first_s=0.002, factor=2, redrive_every_s=0.02)
ORGANIZATION = OrganizationId(new_id())


class Platform:
    """One process's relay, bus and consumers."""

    def __init__(self, database: Database, listener: Listener, *, lease_s: float = 1.0, listen=listening) -> None:
        relay_side = Database(database.pool, "kit", role=RELAY_ROLE, clock=database.clock)
        self.bus = MemoryBus(listen(listener, database), retry=QUICK)
        self.relay = Relay(relay_side, ["lemmas"], self.bus, lease_s=lease_s)
        self.outbox = Outbox(database, "lemmas")

    async def __aenter__(self) -> "Platform":
        await self.bus.start()
        await self.relay.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.relay.stop()
        await self.bus.stop()


@pytest.fixture
async def store(store_for) -> Store[LemmasTx]:
    return await store_for("lemmas", LemmasTx, migrations=LEMMAS)


async def prove(store: Store[LemmasTx], lemma: UUID, *titles: str) -> None:
    for title in titles:
        async with store.transaction(organization=ORGANIZATION) as tx:
            tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=title))


async def heard(store: Store[LemmasTx]) -> list[tuple[str, str]]:
    async with store.reading(organization=ORGANIZATION) as tx:
        return await tx.heard()


def published(outbox: Outbox, count: int):
    async def check() -> bool:
        found = await outbox.count()
        return found.waiting == 0 and found.published == count

    return check


async def test_what_was_committed_before_and_after_the_start_arrives_in_order(store):
    listener, lemma = Listener(store), uuid4()
    await prove(store, lemma, "1", "2")

    async with Platform(store.database, listener) as platform:
        await prove(store, lemma, "3", "4")
        await until(published(platform.outbox, 4))

    assert await heard(store) == [(str(lemma), title) for title in "1234"]


async def test_what_nobody_waits_for_wakes_no_relay_and_arrives_all_the_same(store, monkeypatch):
    listener, lemma, told = Listener(store), uuid4(), store.database.pool.told
    monkeypatch.setattr(LemmaProved, "is_urgent_", False)
    told.take()

    await prove(store, lemma, "1")
    assert not told.take()
    async with Platform(store.database, listener) as platform:
        await prove(store, lemma, "2", "3")
        await until(published(platform.outbox, 3))

    assert await heard(store) == [(str(lemma), title) for title in "123"]


async def test_what_nobody_waits_for_leaves_though_another_service_is_never_quiet(store, monkeypatch):
    listener, look = Listener(store), relay_module.services_waiting
    monkeypatch.setattr(LemmaProved, "is_urgent_", False)
    monkeypatch.setattr(relay_module, "services_waiting", lambda database, services: look(database, ["lemmas"]))

    async with Platform(store.database, listener) as platform:
        monkeypatch.setitem(platform.relay._streams, "busy", Busy())
        monkeypatch.setattr(store.database.pool.told, "take", lambda: {"busy"})
        await prove(store, uuid4(), "1")
        await until(published(platform.outbox, 1))


class Busy:
    """The stream of a service that always has something to say, and nothing on its way."""

    in_flight = done = ()
    is_in_doubt = False

    async def pump(self, now: float) -> int:
        await asyncio.sleep(0.001)
        return 1

    async def settle(self) -> None:
        """Have nothing to record."""


async def test_a_poisoned_key_blocks_only_itself_and_ends_in_the_dead_letters(store):
    listener, bad, good = Listener(store), uuid4(), uuid4()
    listener.refuse = lambda event: ValueError("poison") if event.title == "bad" else None
    await prove(store, bad, "bad", "after")
    await prove(store, good, "good")

    async with Platform(store.database, listener) as platform:
        await until(published(platform.outbox, 3))
        letters = await platform.outbox.dead()

    assert sorted(await heard(store)) == sorted([(str(good), "good"), (str(bad), "after")])
    assert listener.tries["bad"] == QUICK.attempts
    assert [(one.consumer, one.key, one.attempts, one.error) for one in letters] == [
        ("lemmas.note", str(bad), QUICK.attempts, "ValueError: poison")
    ]


async def test_a_dead_letter_is_handled_once_it_is_redriven(store):
    listener, lemma = Listener(store), uuid4()
    listener.refuse = lambda event: ValueError("not yet")
    await prove(store, lemma, "late")

    async with Platform(store.database, listener) as platform:
        await until(published(platform.outbox, 1))
        listener.refuse = lambda event: None
        assert await platform.outbox.redrive(consumer="lemmas.note") == 1

        async def emptied() -> bool:
            return await platform.outbox.dead() == []

        await until(emptied)

    assert await heard(store) == [(str(lemma), "late")]


async def test_a_redriven_letter_that_fails_again_stays_dead(store):
    listener, lemma = Listener(store), uuid4()
    listener.refuse = lambda event: ValueError("never")
    await prove(store, lemma, "never")

    async with Platform(store.database, listener) as platform:
        await until(published(platform.outbox, 1))
        await platform.outbox.redrive()
        await until(lambda: listener.tries["never"] >= 2 * QUICK.attempts)

        async def buried_again() -> bool:
            return [one.redrive_at for one in await platform.outbox.dead()] == [None]

        await until(buried_again)


async def test_a_replay_delivers_again_and_the_inbox_drops_the_repeats(store):
    listener, lemma = Listener(store), uuid4()
    async with Platform(store.database, listener) as platform:
        await prove(store, lemma, "1", "2")
        await until(published(platform.outbox, 2))

        assert await platform.outbox.replay(since=store.database.clock.now() - timedelta(hours=1)) == 2
        await until(lambda: listener.tries["2"] == 2)
        await until(published(platform.outbox, 2))

    assert await heard(store) == [(str(lemma), "1"), (str(lemma), "2")]


async def test_two_relays_share_the_buckets_and_keep_the_order_of_each_key(store, postgres):
    first, second = Listener(store), None
    other_pool = postgres.pool("lemmas_test")
    other = Database(other_pool, "lemmas", clock=store.database.clock)
    second = Listener(Store(other, LemmasTx))
    lemmas = [uuid4() for _ in range(20)]
    async with Platform(store.database, first, lease_s=0.3) as a, Platform(other, second, lease_s=0.3) as b:
        for number in range(15):
            for lemma in lemmas:
                await prove(store, lemma, f"{number:02}")
        await until(published(a.outbox, 300))
        await until(lambda: len(a.relay.leases.of["lemmas"].held) == len(b.relay.leases.of["lemmas"].held) == 32)
    await other_pool.close()

    rows = await heard(store)
    assert len(rows) == 300
    for lemma in lemmas:
        assert [title for key, title in rows if key == str(lemma)] == [f"{number:02}" for number in range(15)]


async def test_the_buckets_of_a_relay_that_died_are_taken_over(store):
    listener, lemma = Listener(store), uuid4()
    dead = Platform(store.database, listener, lease_s=0.3)
    await dead.relay.leases.renew()
    await prove(store, lemma, "1")

    async with Platform(store.database, listener, lease_s=0.3) as platform:
        await until(published(platform.outbox, 1))

    assert await heard(store) == [(str(lemma), "1")]


async def test_old_rows_are_purged_and_waiting_ones_kept(store, clock):
    listener, lemma = Listener(store), uuid4()
    async with Platform(store.database, listener) as platform:
        await prove(store, lemma, "old")
        await until(published(platform.outbox, 1))
    clock.advance(timedelta(hours=25))
    await prove(store, lemma, "new")

    outbox = Outbox(Database(store.database.pool, "kit", role=RELAY_ROLE, clock=clock), "lemmas")
    deleted = await outbox.purge(published_before=clock.now() - timedelta(hours=24), handled_before=clock.now())

    count = await outbox.count()
    assert (deleted >= 1, count.waiting, count.published) == (True, 1, 0)


async def test_the_inbox_forgets_by_when_an_event_was_handled_however_old_the_event_is(store, clock):
    old, now = UUID(int=7 << 76 | 2 << 62), clock.now()
    async with store.database.session(None) as connection:
        await connection.executemany(
            "insert into lemmas.inbox (consumer, event_id, at) values ($1, $2, $3)",
            [("long ago", old, now - timedelta(days=8)), ("just now", old, now), ("new", new_id(), now)],
        )

    relay_side = Outbox(Database(store.database.pool, "kit", role=RELAY_ROLE, clock=clock), "lemmas")
    await relay_side.purge(published_before=now, handled_before=now - timedelta(days=7))

    async with store.database.session(None) as connection:
        left = await connection.fetch("select consumer from lemmas.inbox order by consumer")
    assert [row["consumer"] for row in left] == ["just now", "new"]


async def test_a_batch_is_handled_once_in_order_and_repeats_in_it_are_told(store):
    listener, lemma = Listener(store), uuid4()
    await prove(store, lemma, *(f"{n:02}" for n in range(30)))

    async with Platform(store.database, listener, listen=listening_in_batches) as platform:
        await until(published(platform.outbox, 30))
        await platform.outbox.replay(since=store.database.clock.now() - timedelta(hours=1))
        await prove(store, lemma, "30")
        await until(lambda: listener.tries["00"] == 2 and listener.tries["30"] == 1)
        await until(published(platform.outbox, 31))

    assert await heard(store) == [(str(lemma), f"{n:02}") for n in range(31)]
    assert max(listener.batches) > 10


async def test_a_batch_with_a_poisoned_key_is_parted_and_only_that_key_waits(store):
    listener, bad, good = Listener(store), uuid4(), uuid4()
    listener.refuse = lambda event: ValueError("poison") if event.title == "bad" else None
    await prove(store, good, "g1")
    await prove(store, bad, "b1", "bad", "b2")
    await prove(store, good, "g2")

    async with Platform(store.database, listener, listen=listening_in_batches) as platform:
        await until(published(platform.outbox, 5))
        letters = await platform.outbox.dead()

    rows = await heard(store)
    assert [title for key, title in rows if key == str(bad)] == ["b1", "b2"]
    assert [title for key, title in rows if key == str(good)] == ["g1", "g2"]
    assert [letter.key for letter in letters] == [str(bad)]


async def test_a_split_process_relays_its_own_outbox_as_its_own_role_and_sees_no_other_lease(store, postgres):
    await prove(store, uuid4(), "1")
    own = postgres.database("lemmas_test", "lemmas", clock=store.database.clock)
    listener = Listener(Store(own, LemmasTx))
    platform = Platform(own, listener)
    platform.relay = Relay(own, ["lemmas"], platform.bus, lease_s=1.0)

    async with platform:
        await until(published(platform.outbox, 1))
        async with own.session(None) as connection:
            assert await connection.fetchval("select count(*) from kit.relay_buckets where service <> 'lemmas'") == 0
    await own.pool.close()

    assert [title for _, title in await heard(store)] == ["1"]


class DoubtfulBus(MemoryBus):
    """A bus that counts how often it is asked what it has forgotten."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked = 0
        self.sure = True
        self.refuses = False

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        self.asked += 1
        self.sure = True
        return set()

    def is_sure(self, service: str) -> bool:
        return self.sure

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        sent = await super().send(parcels)
        if self.refuses:
            self.refuses = False
            sent[0] = asyncio.get_running_loop().create_future()
            sent[0].set_exception(ConnectionError("the broker went away"))
        return sent


async def test_the_bus_is_asked_what_it_forgot_as_soon_as_there_is_a_reason_and_else_hardly_ever(store, monkeypatch):
    monkeypatch.setattr(relay_module, "CARE_EVERY_S", 3600.0)
    bus = DoubtfulBus()
    relay = Relay(
        Database(store.database.pool, "kit", role=RELAY_ROLE, clock=store.database.clock), ["lemmas"], bus, lease_s=0.3
    )
    await relay.start()
    try:
        await until(lambda: bus.asked >= 1, why="buckets came")

        before, bus.sure = bus.asked, False
        await until(lambda: bus.asked > before, why="the bus fell, with nothing in flight")
        before, bus.refuses = bus.asked, True
        await prove(store, uuid4(), "refused once")
        await until(lambda: bus.asked > before, why="an event was refused")
        await until(published(Outbox(store.database, "lemmas"), 1))
    finally:
        await relay.stop()
