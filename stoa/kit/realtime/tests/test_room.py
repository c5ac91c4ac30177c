"""A room writes one frame a tick to all its members: each publication once, in order, to who was there."""

import asyncio

from centrifuge.fossil import apply_delta

from stoa.kit.clock import SystemClock
from stoa.kit.realtime.broker import Publication
from stoa.kit.realtime.gate import Seat
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.room import Pace
from stoa.kit.testing.sockets import KEPT, Guest, OpenGate, a_node
from stoa.kit.testing.waiting import until


async def following(node: Node, channel: str = "c", **wish: object) -> Guest:
    guest = Guest(node)
    await guest.ask(connect={})
    assert "code" not in await guest.ask(subscribe={"channel": channel, **wish})
    return guest


async def publish(node: Node, *data: bytes, channel: str = "c") -> None:
    options = node.gate.options_of(channel)
    assert options is not None
    for one in data:
        await node.broker.publish(channel, Publication(data=one), options=options)


def test_a_tick_comes_sooner_to_a_small_room_and_later_to_a_large_one_within_bounds() -> None:
    pace = Pace()

    assert [round(pace.after(members), 3) for members in (1, 1_000, 8_000, 100_000)] == [0.02, 0.02, 0.16, 0.25]


async def test_what_is_said_in_one_turn_goes_out_in_one_write_to_each() -> None:
    node = await a_node(SystemClock())
    guests = [await following(node) for _ in range(3)]
    before = [guest.pipe.writes for guest in guests]

    await publish(node, b"1", b"2", b"3")
    await until(lambda: all(guest.heard() == [1, 2, 3] for guest in guests))

    assert [guest.pipe.writes for guest in guests] == [count + 1 for count in before]
    await node.stop()


async def test_differences_lean_on_the_last_one_said_though_all_left_before_it_was_written() -> None:
    node = await a_node(SystemClock())
    # Each is the longer, so that a difference to another than the last one said would be read wrongly.
    texts = [b'{"rest":"%b%b"}' % (b"%d" % number * (40 + 9 * number), b"x" * 200) for number in range(6)]
    first = await following(node, "delta:1", delta="fossil")
    await publish(node, texts[0], channel="delta:1")
    await until(lambda: len(first.heard()) == 1)
    # The tick after the one that wrote the first is still to come.
    await publish(node, texts[1], channel="delta:1")
    first.client.lost()
    await publish(node, texts[2], channel="delta:1")

    place = {"recover": True, "epoch": first.reply(2)["subscribe"]["epoch"], "offset": 1}
    back = await following(node, "delta:1", delta="fossil", **place)
    await publish(node, *texts[3:], channel="delta:1")
    await until(lambda: len(back.heard()) == 3)

    found = [one["data"] for one in back.reply(2)["subscribe"]["publications"]]
    read = [found[0].encode()]
    for delta in [*found[1:], *back.heard()]:
        read.append(apply_delta(read[-1], delta.encode()))
    assert read == texts[1:]
    await node.stop()


async def test_a_burst_after_the_first_tick_waits_for_the_next_and_there_is_only_one_timer() -> None:
    node = await a_node(SystemClock())
    guest = await following(node)
    room = node.rooms.get("c")
    assert room is not None
    await publish(node, b"0")
    await until(lambda: guest.heard() == [0])
    writes = guest.pipe.writes

    for number in range(1, 30):
        await publish(node, b"%d" % number)
        assert room.is_ticking
    await until(lambda: len(guest.heard()) == 30)

    # Two timers would write twice: at most the tick under way and the one that follows it.
    assert guest.heard() == list(range(30))
    assert guest.pipe.writes - writes <= 2
    await until(lambda: not room.is_ticking)
    await node.stop()


async def test_who_comes_while_a_tick_waits_has_it_in_the_reply_and_not_again() -> None:
    node = await a_node(SystemClock())
    early = await following(node)
    await publish(node, b"1")
    await until(lambda: early.heard() == [1])
    await publish(node, b"2")
    late = Guest(node)
    await late.ask(connect={})

    reply = await late.ask(subscribe={"channel": "c", "recover": True, "offset": 0, "epoch": ""})
    await publish(node, b"3")
    await until(lambda: early.heard() == [1, 2, 3] and late.heard() == [3])

    assert [one["data"] for one in reply["publications"]] == [1, 2]
    assert (reply["recovered"], reply.get("offset", 0)) == (True, 0)
    await node.stop()


async def test_no_frame_overtakes_the_reply_that_lets_a_client_in() -> None:
    gate = OpenGate()
    node = await a_node(SystemClock(), gate=gate)
    gate.is_slow = True
    gate.seats = {"c": Seat(options=KEPT), "d": Seat(options=KEPT)}
    talking = True

    async def talk() -> None:
        while talking:
            await publish(node, b"0")
            await publish(node, b"0", channel="d")
            await asyncio.sleep(0.001)

    task = asyncio.create_task(talk())
    guests = [await following(node, f"e{number}") for number in range(10)]
    await until(lambda: all(guest.heard() for guest in guests))
    talking = False
    await task

    for guest in guests:
        connected = guest.pipe.lines[0]["connect"]
        for channel in ("c", "d"):
            pushed = [line["push"] for line in guest.pipe.lines if line.get("push", {}).get("channel") == channel]
            offsets = [push["pub"]["offset"] for push in pushed]
            # The reply says where the stream stood: what is pushed goes on from exactly there.
            start = connected["subs"][channel].get("offset", 0)
            assert offsets == list(range(start + 1, start + 1 + len(offsets)))
    await node.stop()


async def test_who_left_hears_nothing_more() -> None:
    node = await a_node(SystemClock())
    staying, leaving = await following(node), await following(node)
    await publish(node, b"1")

    await leaving.ask(unsubscribe={"channel": "c"})
    await publish(node, b"2")
    await until(lambda: staying.heard() == [1, 2])

    assert 2 not in leaving.heard()
    await node.stop()


async def test_a_room_without_memory_tells_the_living_and_recovers_nobody() -> None:
    node = await a_node(SystemClock())
    guest = await following(node, "fleeting:1")

    await publish(node, b"1", channel="fleeting:1")
    await until(lambda: guest.heard() == [1])
    reply = await (await following(node, "other")).ask(subscribe={"channel": "fleeting:1", "recover": True})

    assert "offset" not in guest.pushes("pub")[0]
    assert reply == {}
    await node.stop()


async def test_differences_are_for_those_who_asked_and_lean_on_what_they_hold() -> None:
    node = await a_node(SystemClock())
    plain, differing = await following(node, "delta:1"), await following(node, "delta:1", delta="fossil")
    said = [b'{"n":%d,"rest":"%b"}' % (number, b"x" * 200) for number in range(4)]

    await publish(node, *said[:2], channel="delta:1")
    await until(lambda: len(differing.pushes("pub")) == 2)
    late = await following(node, "delta:1", delta="fossil")
    await publish(node, *said[2:], channel="delta:1")
    await until(lambda: len(differing.pushes("pub")) == 4 and len(late.pushes("pub")) == 2)

    assert [one.get("delta", False) for one in differing.pushes("pub")] == [False, True, True, True]
    assert [one.get("delta", False) for one in late.pushes("pub")] == [False, True]
    assert [one["n"] for one in plain.heard()] == [0, 1, 2, 3]
    await node.stop()


async def test_comings_and_goings_are_told_to_the_members_and_to_who_comes() -> None:
    node = await a_node(SystemClock())
    first = await following(node, "hall:1")
    second = await following(node, "hall:1")
    await until(lambda: len(first.pushes("join")) == 2)

    await second.ask(unsubscribe={"channel": "hall:1"})
    await until(lambda: bool(first.pushes("leave")))

    assert [one["info"]["client"] for one in first.pushes("join")] == [first.client.uid, second.client.uid]
    assert first.pushes("leave")[0]["info"]["client"] == second.client.uid
    await node.stop()
