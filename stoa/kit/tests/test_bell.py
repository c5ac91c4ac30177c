"""A bell saves asking: who rests hears at once, and a ring that is lost loses nothing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from stoa.kit.bus import Bell, Ear, Parcel
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.kafka import attention
from stoa.kit.engines.kafka.broker import EmbeddedBroker
from stoa.kit.engines.kafka.bus import KafkaBus
from stoa.kit.engines.valkey.bell import ValkeyBell
from stoa.kit.events import Consumers, bucket_of, encode, seal
from stoa.kit.inbox import bound
from stoa.kit.testing.lemmas import LemmaProved
from stoa.kit.testing.waiting import until

ORGANIZATION = OrganizationId(new_id())


class Mute:
    """A bell whose every ring is lost."""

    is_on = True

    def ear(self, patience: Mapping[str, float]) -> Ear:
        """Return what hears nothing."""
        return Ear()

    def ring(self, type_: str, partition: int) -> None:
        """Ring in vain."""

    async def start(self) -> None:
        """Begin nothing."""

    async def stop(self) -> None:
        """End nothing."""


@pytest.fixture
async def bus_with():
    """Make buses over one broker, each with a bell and a list of what it hears."""
    broker, made = EmbeddedBroker(), []
    await broker.start()

    async def make(bell: Bell, heard: list[str]) -> KafkaBus:
        consumers = Consumers("lemmas")

        @consumers.broadcast(LemmaProved)
        async def hear(event: LemmaProved) -> None:
            heard.append(event.title)

        bus = KafkaBus(broker.bootstrap, bound(consumers.subscriptions, None, None), publishes=["lemmas"], bell=bell)
        await bus.start()
        assert await bus.forgotten("lemmas", dict.fromkeys(range(64), -1)) == set()
        made.append(bus)
        return bus

    yield make
    for bus in made:
        await bus.stop()
    await broker.stop()


async def send(bus: KafkaBus, title: str) -> None:
    event = LemmaProved(organization_id=ORGANIZATION, lemma_id=uuid4(), title=title)
    key = event.ordering_key()
    envelope = seal(event, id_=new_id(), service="lemmas", at=datetime(2026, 1, 5, tzinfo=UTC))
    parcel = Parcel(
        service="lemmas",
        type_=event.type_,
        key=key,
        bucket=bucket_of(key),
        generation=0,
        wire=encode(envelope).decode(),
    )
    await asyncio.gather(*await bus.send([parcel]))


def is_resting(bus: KafkaBus) -> bool:
    return all(one._consumer.paused() for one in bus._readers)


async def test_a_reader_that_rests_is_woken_by_the_ring(monkeypatch, bus_with, own_valkey):
    monkeypatch.setattr(attention, "LOOK_EVERY_S", 3600.0)
    heard: list[str] = []
    bus = await bus_with(ValkeyBell(own_valkey.url), heard)

    for title in ("first", "second"):
        await until(lambda: is_resting(bus))
        await send(bus, title)
        await until(lambda title=title: title in heard)

    assert heard == ["first", "second"]


async def test_what_a_slow_broker_answers_while_a_reader_rests_is_taken_at_once(monkeypatch, bus_with, own_valkey):
    monkeypatch.setattr(attention, "LOOK_EVERY_S", 3600.0)
    # This broker answers once the wait is over, which is longer than anybody stays awake.
    monkeypatch.setattr("stoa.kit.engines.kafka.bus.RUNG_WAIT_MS", 300)
    heard: list[str] = []
    bus = await bus_with(ValkeyBell(own_valkey.url), heard)

    for title in ("first", "second", "third"):
        await until(lambda: is_resting(bus))
        await send(bus, title)
        await until(lambda title=title: title in heard)

    assert heard == ["first", "second", "third"]


async def test_a_ring_that_is_lost_loses_nothing(monkeypatch, bus_with):
    monkeypatch.setattr(attention, "LOOK_EVERY_S", 0.05)
    heard: list[str] = []
    bus = await bus_with(Mute(), heard)
    await until(lambda: is_resting(bus))

    await send(bus, "unrung")

    await until(lambda: heard == ["unrung"])


async def test_without_a_valkey_readers_go_on_asking_and_rest_again_when_it_is_back(monkeypatch, bus_with, own_valkey):
    monkeypatch.setattr(attention, "LOOK_EVERY_S", 0.5)
    heard: list[str] = []
    bell = ValkeyBell(own_valkey.url)
    bus = await bus_with(bell, heard)
    await until(lambda: is_resting(bus))

    await own_valkey.stop()
    await until(lambda: not bell.is_on)
    await send(bus, "while it was away")
    await until(lambda: heard == ["while it was away"])
    await own_valkey.start()
    await until(lambda: bell.is_on)
    monkeypatch.setattr(attention, "LOOK_EVERY_S", 3600.0)
    await until(lambda: is_resting(bus))
    await send(bus, "back")

    await until(lambda: heard[-1] == "back")


async def test_a_ring_reaches_every_ear_of_its_type_and_no_other(own_valkey):
    mine, theirs = ValkeyBell(own_valkey.url), ValkeyBell(own_valkey.url)
    ears = [mine.ear({"lemma-proved": 0}), theirs.ear({"other": 0, "lemma-proved": 0}), theirs.ear({"other": 0})]
    await mine.start()
    await theirs.start()

    async def rung() -> bool:
        mine.ring("lemma-proved", 3)
        mine.ring("lemma-proved", 5)
        await asyncio.sleep(0.01)
        return ears[0].is_rung and ears[1].is_rung

    await until(rung)
    assert ears[0].take() == ears[1].take() == {("lemma-proved", 3), ("lemma-proved", 5)}
    assert not ears[2].is_rung
    await mine.stop()
    await theirs.stop()


async def test_a_patient_ring_waits_for_others_and_an_urgent_one_does_not() -> None:
    ear = Ear({"patient": 0.05, "more": 3600.0})

    ear.ring("more", [1])
    ear.ring("patient", [2])
    ear.ring("patient", [3])
    assert not ear.is_rung
    ear.ring("urgent", [4])
    assert ear.take() == {("urgent", 4)}

    await asyncio.wait_for(ear.next_ring(), 5)
    assert ear.take() == {("patient", 2), ("patient", 3), ("more", 1)}
    assert not ear.is_rung
