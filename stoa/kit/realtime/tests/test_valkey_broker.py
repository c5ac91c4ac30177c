"""Rooms over a real Valkey: the contract of brokers, and what happens when Valkey goes away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from stoa.kit.contract import new_id
from stoa.kit.engines.valkey.realtime import ValkeyRooms
from stoa.kit.engines.valkey.wire import Address, RoomsUnavailable, Wire
from stoa.kit.realtime.broker import Broker, ChannelOptions, Control, Occupant, Publication
from stoa.kit.testing.brokers import FLEETING, KEPT, BrokerContract, Ear, say, soon
from stoa.kit.testing.valkey import ThrowawayValkey


@pytest.fixture(scope="module")
async def valkey() -> AsyncIterator[ThrowawayValkey]:
    server = ThrowawayValkey()
    await server.start()
    yield server
    await server.stop()


@contextlib.asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[ValkeyRooms, ValkeyRooms]]:
    prefix = f"{new_id().hex}:"
    brokers = ValkeyRooms(url, prefix=prefix), ValkeyRooms(url, prefix=prefix)
    try:
        yield brokers
    finally:
        for one in brokers:
            await one.stop()


class TestValkey(BrokerContract):
    @pytest.fixture(autouse=True)
    def _at(self, valkey: ThrowawayValkey) -> None:
        self.url = valkey.url

    @contextlib.asynccontextmanager
    async def two_brokers(self) -> AsyncIterator[tuple[Broker, Broker]]:
        async with two(self.url) as brokers:
            yield brokers


async def test_a_valkey_that_refuses_the_login_for_now_is_one_that_is_away() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR max number of clients reached\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(RoomsUnavailable):
        await Address(f"redis://:secret@127.0.0.1:{port}/0").open(Wire())

    server.close()
    await server.wait_closed()


async def test_what_is_published_at_once_goes_out_together_and_each_gets_its_own_place(valkey: ThrowawayValkey) -> None:
    async with two(valkey.url) as (here, there):
        ear = Ear()
        await there.start(ear)
        await there.subscribe("a:1")

        places = await asyncio.gather(*(here.publish("a:1", say(number), options=KEPT) for number in range(1, 101)))

        await soon(lambda: len(ear.publications) == 100)
        assert [one.offset for one in places] == list(range(1, 101))
        assert [one[2] for one in ear.publications] == [say(number).data for number in range(1, 101)]
        found = await here.history("a:1", options=KEPT, since=97, limit=2)
        assert [one.offset for one in found.publications] == [98, 99]


async def test_whoever_ran_out_of_time_is_not_counted(valkey: ThrowawayValkey) -> None:
    async with two(valkey.url) as (here, there):
        await here.enter("a:1", Occupant(client="c1", user="ada"), ttl_s=0.02)
        await here.enter("a:1", Occupant(client="c2", user="bob"), ttl_s=60)
        await here.enter("a:1", Occupant(client="c2", user="bob"), ttl_s=60)

        async with asyncio.timeout(5):
            while (await there.crowd("a:1")).clients > 1:
                await asyncio.sleep(0.01)

        crowd = await there.crowd("a:1")
        assert (crowd.clients, crowd.users) == (1, 1)
        assert set(await there.presence("a:1")) == {"c2"}


async def test_publishers_need_no_socket_server_of_their_own(valkey: ThrowawayValkey) -> None:
    async with two(valkey.url) as (speaker, node):
        ear = Ear()
        await node.start(ear)
        await node.subscribe("a:1")

        await speaker.publish("a:1", say(1), options=FLEETING)
        await speaker.control(Control(user="ada"))

        await soon(lambda: bool(ear.publications) and bool(ear.controls))


async def test_after_a_restart_a_node_hears_again_under_another_epoch_and_knows_of_the_gap() -> None:
    valkey = ThrowawayValkey()
    await valkey.start()
    async with two(valkey.url) as (here, there):
        ear = Ear()
        await there.start(ear)
        await there.subscribe("a:1")
        before = await here.publish("a:1", say(1), options=KEPT)
        await soon(lambda: len(ear.publications) == 1)

        await valkey.stop()
        with pytest.raises(RoomsUnavailable):
            await here.publish("a:1", say(2), options=KEPT)
        with pytest.raises(RoomsUnavailable):
            await there.subscribe("a:2")
        with pytest.raises(RoomsUnavailable):
            await there.check()
        await here.control(Control(user="ada", code=3500))
        await valkey.start()
        await soon(lambda: ear.interruptions == 1)
        await soon(lambda: bool(ear.controls))
        after = await _published(here, say(3))
        await there.subscribe("a:2")
        await there.check()

        await soon(lambda: len(ear.publications) == 2)
        assert ear.publications[-1][1:3] == (1, say(3).data)
        assert after.offset == 1
        assert after.epoch != before.epoch
        assert ear.controls == [Control(user="ada", code=3500)], "told as soon as Valkey took it"
    await valkey.stop()


async def test_a_node_starts_while_valkey_is_away_and_hears_once_it_is_there() -> None:
    valkey = ThrowawayValkey()
    await valkey.start()
    await valkey.stop()
    async with two(valkey.url) as (here, there):
        ear = Ear()
        await there.start(ear)

        await valkey.start()
        await soon(lambda: ear.interruptions == 1)
        await there.subscribe("a:1")
        await _published(here, say(1))

        await soon(lambda: len(ear.publications) == 1)
    await valkey.stop()


async def test_a_script_that_valkey_forgot_is_told_again(valkey: ThrowawayValkey) -> None:
    async with two(valkey.url) as (here, _):
        first = await here.publish("a:1", say(1), options=KEPT)
        await here._ask("SCRIPT", "FLUSH")

        second = await here.publish("a:1", say(2), options=KEPT)

        assert (second.epoch, second.offset) == (first.epoch, 2)


async def test_history_runs_out_of_time_and_its_place_does_not(valkey: ThrowawayValkey) -> None:
    brief = ChannelOptions(history_size=5, history_ttl_s=0.05)
    async with two(valkey.url) as (here, _):
        before = await here.publish("a:1", say(1), options=brief)

        async with asyncio.timeout(5):
            while (await here.history("a:1", options=brief)).publications:
                await asyncio.sleep(0.01)

        after = await here.publish("a:1", Publication(data=b"2"), options=brief)
        assert (after.epoch, after.offset) == (before.epoch, 2)


async def _published(broker: ValkeyRooms, publication: Publication):
    """Publish as soon as the pause after a failure is over."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await broker.publish("a:1", publication, options=KEPT)
            except RoomsUnavailable:
                await asyncio.sleep(0.02)


async def test_what_a_valkey_forgot_that_was_closed_the_nodes_tell_it_again() -> None:
    valkey = ThrowawayValkey()
    await valkey.start()
    prefix = f"{new_id().hex}:"
    witness, late = ValkeyRooms(valkey.url, prefix=prefix), ValkeyRooms(valkey.url, prefix=prefix)
    heard, told = Ear(), Ear()
    closing = Control(user="ada", channel="a:1", at=1_795_000_000.5)
    await witness.start(heard)
    await witness.control(closing)
    await soon(lambda: heard.controls == [closing])

    await valkey.stop()
    await valkey.start()
    await soon(lambda: heard.interruptions == 1)
    speaker = ValkeyRooms(valkey.url, prefix=prefix)
    async with asyncio.timeout(20):
        while not await speaker._ask("EXISTS", f"{prefix}rooms:closed"):
            await asyncio.sleep(0.01)
    await late.start(told)

    await soon(lambda: told.controls == [closing])
    assert heard.controls == [closing], "who knows it already is not told again"
    for one in (witness, late, speaker):
        await one.stop()
    await valkey.stop()


async def test_a_node_that_was_deaf_for_a_moment_learns_what_was_closed_then(valkey: ThrowawayValkey) -> None:
    async with two(valkey.url) as (here, there):
        ear = Ear()
        await there.start(ear)
        assert there._hearing is not None and there._hearing._wire is not None
        there._hearing._wire.close()

        # The wire is closed and the loop has not turned since: nobody hears this.
        await here.control(Control(user="ada", at=1_795_000_000.5))

        await soon(lambda: ear.controls == [Control(user="ada", at=1_795_000_000.5)])
