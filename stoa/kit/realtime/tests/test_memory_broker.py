"""The broker in memory keeps the contract of brokers, and forgets when its time has come."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from stoa.kit.clock import ManualClock, SystemClock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.realtime.broker import Broker, Occupant
from stoa.kit.testing.brokers import KEPT, BrokerContract, Ear, say


class TestMemoryBroker(BrokerContract):
    def two_brokers(self) -> AbstractAsyncContextManager[tuple[Broker, Broker]]:
        @asynccontextmanager
        async def made() -> AsyncIterator[tuple[Broker, Broker]]:
            hall = Hall(SystemClock())
            yield MemoryBroker(hall), MemoryBroker(hall)

        return made()


async def test_history_is_forgotten_after_its_time_and_the_place_goes_on() -> None:
    clock = ManualClock()
    broker = MemoryBroker(Hall(clock))
    await broker.start(Ear())
    before = await broker.publish("a:1", say(1), options=KEPT)

    clock.advance(timedelta(seconds=301))
    found = await broker.history("a:1", options=KEPT)

    assert found.publications == []
    assert found.position == before


async def test_who_says_nothing_for_the_time_given_is_no_longer_present() -> None:
    clock = ManualClock()
    broker = MemoryBroker(Hall(clock))
    await broker.enter("a:1", Occupant(client="c", user="u"), ttl_s=60)

    clock.advance(timedelta(seconds=61))

    assert (await broker.crowd("a:1")).clients == 0


async def test_streams_that_ran_out_make_room_for_new_ones() -> None:
    clock = ManualClock()
    hall = Hall(clock, streams=2)
    broker = MemoryBroker(hall)
    await broker.publish("a:1", say(1), options=KEPT)
    await broker.publish("a:2", say(1), options=KEPT)
    clock.advance(timedelta(seconds=301))

    await broker.publish("a:3", say(1), options=KEPT)

    assert set(hall.streams) == {"a:3"}


class CountedHall(Hall):
    """Counts how often all streams were looked through."""

    sweeps = 0

    def _sweep(self) -> None:
        self.sweeps += 1
        super()._sweep()


async def test_more_streams_than_the_limit_that_all_live_are_looked_through_a_few_times_not_once_each() -> None:
    clock = ManualClock()
    hall = CountedHall(clock, streams=100)
    broker = MemoryBroker(hall)

    for number in range(6_400):
        await broker.publish(f"a:{number}", say(1), options=KEPT)

    assert (len(hall.streams), hall.sweeps) == (6_400, 6)
    clock.advance(timedelta(seconds=301))
    for number in range(6_400, 6_501):
        await broker.publish(f"a:{number}", say(1), options=KEPT)
    assert len(hall.streams) <= 200, "and those that ran out go with the next look"
