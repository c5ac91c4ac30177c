"""Rooms are filled once for all who wait, find what the bus lost, and say so where it cannot be mended."""

import asyncio
from datetime import timedelta

from stoa.kit.clock import ManualClock, SystemClock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.errors import Unavailable
from stoa.kit.realtime.broker import ChannelOptions, History, Publication
from stoa.kit.realtime.node import Node, NodeSettings
from stoa.kit.realtime.rooms import Memory
from stoa.kit.testing.sockets import Guest, Rows, a_node
from stoa.kit.testing.waiting import until


class Counting(MemoryBroker):
    """A broker that counts what it is asked, can be deaf and can be down."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        self.histories = 0
        self.is_down = False

    async def history(
        self, channel: str, *, options: ChannelOptions, since: int | None = None, limit: int = -1, reverse: bool = False
    ) -> History:
        if self.is_down:
            raise Unavailable("down")
        self.histories += 1
        await asyncio.sleep(0)
        return await super().history(channel, options=options, since=since, limit=limit, reverse=reverse)


async def a_guest(node: Node, channel: str, **wish: object) -> tuple[Guest, dict[str, object]]:
    guest = Guest(node)
    await guest.ask(connect={})
    return guest, await guest.ask(subscribe={"channel": channel, **wish})


async def publish(node: Node, channel: str, *numbers: int) -> None:
    options = node.gate.options_of(channel)
    assert options is not None
    for number in numbers:
        await node.broker.publish(channel, Publication(data=b"%d" % number), options=options)


async def test_many_who_come_at_once_fill_a_room_once() -> None:
    broker = Counting(Hall(SystemClock()))
    node = await a_node(SystemClock(), broker=broker)
    guests = [Guest(node) for _ in range(100)]
    for guest in guests:
        guest.say(connect={})

    numbers = [guest.say(subscribe={"channel": "c"}) for guest in guests]
    await until(lambda: all(guest.reply(number) for guest, number in zip(guests, numbers, strict=True)))

    assert broker.histories == 1
    await node.stop()


async def test_a_gap_is_filled_in_order_before_anything_later_is_told() -> None:
    hall = Hall(SystemClock())
    broker, other = Counting(hall), MemoryBroker(hall)
    node = await a_node(SystemClock(), broker=broker)
    guest, _ = await a_guest(node, "c")
    options = node.gate.options_of("c")
    assert options is not None
    await publish(node, "c", 1)

    broker.channels.clear()
    await other.publish("c", Publication(data=b"2"), options=options)
    await other.publish("c", Publication(data=b"3"), options=options)
    broker.channels.add("c")
    await publish(node, "c", 4, 5)

    await until(lambda: guest.heard() == [1, 2, 3, 4, 5])
    assert [one["offset"] for one in guest.pushes("pub")] == [1, 2, 3, 4, 5]
    assert node.tally.mended == 1
    await node.stop()


async def test_a_bus_that_died_in_silence_is_found_by_the_position() -> None:
    hall, clock = Hall(SystemClock()), ManualClock()
    broker, other = Counting(hall), MemoryBroker(hall)
    node = await a_node(clock, broker=broker)
    guest, _ = await a_guest(node, "c")
    options = node.gate.options_of("c")
    assert options is not None

    broker.channels.clear()
    await other.publish("c", Publication(data=b"1"), options=options)
    clock.advance(timedelta(seconds=11))
    node.look()

    await until(lambda: guest.heard() == [1])
    await node.stop()


async def test_a_broker_that_forgot_sends_everybody_to_subscribe_again() -> None:
    hall, clock = Hall(SystemClock()), ManualClock()
    node = await a_node(clock, hall=hall)
    guest, first = await a_guest(node, "c")
    await publish(node, "c", 1, 2)
    await until(lambda: guest.heard() == [1, 2])

    hall.streams.clear()
    await publish(node, "c", 3)
    await until(lambda: bool(guest.pushes("unsubscribe")))
    again = await guest.ask(subscribe={"channel": "c", "recover": True, "epoch": first["epoch"], "offset": 2})

    assert guest.pushes("unsubscribe")[0]["code"] == 2500
    assert again["epoch"] != first["epoch"]
    assert (again["was_recovering"], again.get("recovered", False), again["offset"]) == (True, False, 1)
    await node.stop()


async def test_what_the_history_no_longer_reaches_is_not_recovered_and_strict_clients_are_refused() -> None:
    node = await a_node(SystemClock())
    _, first = await a_guest(node, "small:1")
    await publish(node, "small:1", 1, 2, 3, 4)
    wish = {"recover": True, "epoch": first["epoch"], "offset": 1}

    _, lost = await a_guest(node, "small:1", **wish)
    _, kept = await a_guest(node, "small:1", **{**wish, "offset": 2})
    _, strict = await a_guest(node, "small:1", flag=2, **wish)

    assert (lost["was_recovering"], lost.get("recovered", False), lost["offset"]) == (True, False, 4)
    assert [one["data"] for one in kept["publications"]] == [3, 4]
    assert strict["code"] == 112
    await node.stop()


async def test_a_lossless_channel_is_filled_and_mended_from_its_owner_and_the_epoch_stays() -> None:
    rows, clock = Rows(), ManualClock()
    rows.kept += [b"1", b"2", b"3"]
    node = await a_node(clock, rows=rows)
    guest, reply = await a_guest(node, "class:1", recover=True, offset=1, epoch="rows")

    rows.kept += [b"4", b"5"]
    await node.broker.fan_out("class:1", [Publication(data=b"5", offset=5)], epoch="rows")
    await until(lambda: guest.heard() == [4, 5])
    rows.kept.append(b"6")
    clock.advance(timedelta(seconds=11))
    node.look()
    await until(lambda: guest.heard() == [4, 5, 6])
    await node.broker.fan_out("class:1", [Publication(data=b"6", offset=6)], epoch="rows")
    rows.kept.append(b"7")
    await node.broker.fan_out("class:1", [Publication(data=b"7", offset=7)], epoch="rows")
    await until(lambda: guest.heard()[-1] == 7)

    assert (reply["epoch"], [one["data"] for one in reply["publications"]]) == ("rows", [2, 3])
    assert guest.heard() == [4, 5, 6, 7]
    await node.stop()


async def test_a_wave_that_comes_back_from_before_the_ring_asks_the_owner_once() -> None:
    rows = Rows()
    rows.kept += [b"%d" % number for number in range(1, 401)]
    node = await a_node(SystemClock(), rows=rows)
    await a_guest(node, "class:1")
    rows.asked.clear()
    guests = [Guest(node) for _ in range(50)]
    for guest in guests:
        guest.say(connect={})

    wish = {"channel": "class:1", "recover": True, "epoch": "rows", "offset": 100}
    numbers = [guest.say(subscribe=wish) for guest in guests]
    await until(lambda: all(guest.reply(number) for guest, number in zip(guests, numbers, strict=True)))

    replies = [guest.reply(number)["subscribe"] for guest, number in zip(guests, numbers, strict=True)]
    assert all(len(reply["publications"]) == 300 for reply in replies)
    assert rows.asked == [100]
    await node.stop()


async def test_a_source_that_is_down_is_a_passing_error_and_the_next_try_succeeds() -> None:
    broker = Counting(Hall(SystemClock()))
    node = await a_node(SystemClock(), broker=broker)
    broker.is_down = True
    guest, refused = await a_guest(node, "c")

    broker.is_down = False
    reply = await guest.ask(subscribe={"channel": "c"})

    assert (refused["code"], refused["temporary"]) == (100, True)
    assert reply["recoverable"]
    await node.stop()


async def test_a_lossless_channel_without_an_owner_is_a_passing_error() -> None:
    node = await a_node(SystemClock())

    _, refused = await a_guest(node, "class:1")

    assert refused["code"] == 100
    await node.stop()


async def test_an_interrupted_bus_makes_every_room_look_at_once() -> None:
    hall, clock = Hall(SystemClock()), ManualClock()
    broker, other = Counting(hall), MemoryBroker(hall)
    node = await a_node(clock, broker=broker)
    guest, _ = await a_guest(node, "c")
    options = node.gate.options_of("c")
    assert options is not None
    broker.channels.clear()
    await other.publish("c", Publication(data=b"1"), options=options)

    node.interrupted()
    clock.advance(timedelta(seconds=1))
    node.look()

    await until(lambda: guest.heard() == [1])
    await node.stop()


async def test_a_room_that_nobody_is_in_is_closed_after_a_while_and_opens_again() -> None:
    clock = ManualClock()
    settings = NodeSettings(memory=Memory(linger_s=5))
    node = await a_node(clock, settings=settings)
    guest, _ = await a_guest(node, "c")
    await guest.ask(unsubscribe={"channel": "c"})

    for _ in range(7):
        clock.advance(timedelta(seconds=1))
        node.look()
    closed = node.rooms.get("c")
    await publish(node, "c", 1)
    _, reply = await a_guest(node, "c", recover=True, offset=0)

    assert closed is None
    assert [one["data"] for one in reply["publications"]] == [1]
    await node.stop()


async def test_large_rooms_and_those_without_loss_are_looked_after_first() -> None:
    hall, clock = Hall(SystemClock()), ManualClock()
    broker, other = Counting(hall), MemoryBroker(hall)
    settings = NodeSettings(memory=Memory(checks_at_once=1))
    node = await a_node(clock, broker=broker, settings=settings)
    options = node.gate.options_of("c")
    assert options is not None
    for number in range(20):
        await a_guest(node, f"alone{number}")
    guests = [(await a_guest(node, "full"))[0] for _ in range(3)]
    broker.channels.clear()
    await other.publish("full", Publication(data=b"1"), options=options)

    clock.advance(timedelta(seconds=11))
    node.look()

    await until(lambda: all(guest.heard() == [1] for guest in guests))
    await node.stop()
