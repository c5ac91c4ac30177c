"""PostgreSQL is killed while events are on their way: what was acknowledged arrives, once and in order."""

import asyncio
import os
import random
import signal
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.kit.clock import ManualClock
from stoa.kit.contract import EventId, OrganizationId, new_id
from stoa.kit.engines.memory.bus import MemoryBus
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database, Login, connect, pool_of
from stoa.kit.engines.postgres.migrate import migrate
from stoa.kit.engines.postgres.pool import DatabaseUnavailable
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.events import Envelope, seal
from stoa.kit.inbox import Retry
from stoa.kit.relay import Relay
from stoa.kit.store import Store
from stoa.kit.testing.chaos import shuffled
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx
from stoa.kit.testing.listening import Listener, listening
from stoa.kit.testing.waiting import until

ORGANIZATION = OrganizationId(new_id())


@pytest.fixture
async def server(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    endpoint = await server.start()
    admin = await connect(Login(host=endpoint.socket_dir, port=endpoint.port, user=endpoint.user))
    await migrate(admin, [LEMMAS])
    await admin.close()
    yield server
    await server.stop()


async def publish(store: Store[LemmasTx], lemma: UUID, title: str) -> bool:
    """Say whether the commit was acknowledged; without an answer it may have happened or not."""
    try:
        async with store.transaction(organization=ORGANIZATION) as tx:
            tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=title))
    except DatabaseUnavailable:
        return False
    return True


async def test_a_killed_database_loses_no_acknowledged_event_and_repeats_none(server):
    pool = pool_of(Login(host=server.endpoint.socket_dir, port=server.endpoint.port), size=10)
    database = Database(pool, "lemmas")
    store = Store(database, LemmasTx)
    bus = MemoryBus(listening(Listener(store), database), retry=Retry(attempts=3, first_s=0.002))
    relay = Relay(Database(pool, "kit", role=RELAY_ROLE), ["lemmas"], bus, lease_s=1.0, alone=True)
    await bus.start()
    await relay.start()
    lemmas, acknowledged = [uuid4() for _ in range(5)], []

    async def write(lemma: UUID) -> None:
        for number in range(60):
            if await publish(store, lemma, f"{number:03}"):
                acknowledged.append((str(lemma), f"{number:03}"))
            else:
                await asyncio.sleep(0.01)

    writers = asyncio.gather(*map(write, lemmas))
    await until(lambda: len(acknowledged) > 60)
    os.kill(server.status.pid, signal.SIGKILL)
    await writers

    async def all_heard() -> bool:
        try:
            async with store.reading(organization=ORGANIZATION) as tx:
                return set(acknowledged) <= set(await tx.heard())
        except DatabaseUnavailable:
            return False

    await until(all_heard, deadline_s=30)
    await relay.stop()
    await bus.stop()
    async with store.reading(organization=ORGANIZATION) as tx:
        rows = await tx.heard()
    assert len(rows) == len(set(rows))
    for lemma in lemmas:
        titles = [title for key, title in rows if key == str(lemma)]
        assert titles == sorted(titles)
    await pool.close()


@settings(max_examples=60, deadline=None)
@given(keys=st.lists(st.sampled_from("abc"), max_size=12), seed=st.integers(0, 1 << 16))
def test_the_worst_order_keeps_every_rule_of_delivery(keys, seed):
    envelopes = [an_envelope(key, number) for number, key in enumerate(keys)]

    delivered = shuffled(envelopes, random.Random(seed))

    assert sorted(envelope.id for envelope in delivered) == sorted(2 * [envelope.id for envelope in envelopes])
    firsts = list(dict.fromkeys(envelope.id for envelope in delivered))
    for key in set(keys):
        mine = [envelope.id for envelope in envelopes if key_of(envelope) == key]
        assert [one for one in firsts if one in mine] == mine


def an_envelope(key: str, number: int) -> Envelope:
    lemma = UUID(int=ord(key))
    event = LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=str(number))
    return seal(event, id_=EventId(UUID(int=number + 1)), service="lemmas", at=ManualClock().now())


def key_of(envelope: Envelope) -> str:
    return chr(UUID(envelope.partitionkey).int)
