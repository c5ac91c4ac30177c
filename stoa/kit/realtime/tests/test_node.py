"""A node keeps its clients honest and its promises to them: pings, ends, limits, orders from elsewhere."""

import asyncio
from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock, SystemClock
from stoa.kit.engines.memory.realtime import Hall
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import Control
from stoa.kit.realtime.codes import Ended
from stoa.kit.realtime.node import Node, NodeSettings
from stoa.kit.realtime.wire import one_line
from stoa.kit.testing.sockets import BAD, OLD, Guest, Notepad, OpenGate, a_node
from stoa.kit.testing.waiting import until


def pass_time(node: Node, clock: ManualClock, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(timedelta(seconds=1))
        node.look()


async def connected(node: Node, user: str = "ada", **place: str) -> Guest:
    guest = Guest(node, **place)
    assert "client" in await guest.ask(connect={"token": user})
    return guest


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"subscribe": {"channel": "nowhere:1"}}, 102),
        ({"subscribe": {"channel": ""}}, 107),
        ({"subscribe": {"channel": "x" * 300}}, 107),
        ({"subscribe": {"channel": "c", "type": 1}}, 108),
        ({"subscribe": {"channel": "c", "tf": {"key": "k", "cmp": "eq", "val": "v"}}}, 108),
        ({"publish": {"channel": "c", "type": 1, "key": "k", "data": {}}}, 108),
        ({"presence": {"channel": ""}}, 107),
        ({"presence_stats": {"channel": ""}}, 107),
        ({"history": {"channel": "", "limit": 1}}, 107),
        ({"sub_refresh": {"channel": "c", "type": 1}}, 108),
        ({"subscribe": {"channel": "c", "token": OLD}}, 109),
        ({"publish": {"channel": "small:1", "data": {}}}, 103),
        ({"publish": {"channel": "c"}}, 107),
        ({"presence": {"channel": "c"}}, 108),
        ({"presence": {"channel": "hall:1"}}, 103),
        ({"history": {"channel": "fleeting:1"}}, 108),
        ({"history": {"channel": "c"}}, 103),
        ({"rpc": {"method": "m"}}, 108),
        ({"sub_refresh": {"channel": "c", "token": "t"}}, 103),
        ({"refresh": {"token": ""}}, 107),
        ({"track": {"channel": "c"}}, 108),
    ],
)
async def test_what_is_not_allowed_is_answered_with_its_number(command: dict[str, object], code: int) -> None:
    node = await a_node(SystemClock())
    guest = await connected(node)

    number = guest.say(**command)
    await until(lambda: guest.reply(number) is not None)

    assert guest.reply(number)["error"]["code"] == code
    assert guest.pipe.closed is None
    await node.stop()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"not json", 3501),
        (b'{"id":1,"subscribe":{"channel":"c"}}', 3501),
        (b'{"id":1,"connect":{"token":"bad"}}', 3500),
        (b'{"id":1,"connect":{}}\n{"id":2,"connect":{}}', 3501),
        (b'{"id":1,"connect":{"token":7}}', 3501),
        (b'{"id":1,"connect":{"data":' + b"[" * 30_000 + b"]" * 30_000 + b"}}", 3501),
    ],
)
async def test_who_does_not_speak_the_protocol_is_put_out(message: bytes, code: int) -> None:
    node = await a_node(SystemClock())
    guest = Guest(node)

    guest.client.receive(message)

    assert guest.pipe.closed is not None
    assert guest.pipe.closed.code == code
    assert node.connections == 0
    await node.stop()


async def test_commands_take_effect_in_their_order_though_some_take_time() -> None:
    gate = OpenGate()
    node = await a_node(SystemClock(), gate=gate)
    gate.is_slow = True
    guest = Guest(node)

    guest.client.receive(
        b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"c"}}\n{"id":3,"publish":{"channel":"c","data":1}}\n'
        b'{"id":4,"unsubscribe":{"channel":"c"}}\n{"id":5,"subscribe":{"channel":"c"}}'
    )
    await until(lambda: guest.reply(5) is not None)

    assert [line["id"] for line in guest.pipe.lines if "id" in line] == [1, 2, 3, 4, 5]
    assert all("error" not in line for line in guest.pipe.lines)
    await node.stop()


async def test_subscribing_twice_is_refused_and_the_first_goes_on() -> None:
    node = await a_node(SystemClock())
    guest = await connected(node)
    await guest.ask(subscribe={"channel": "c"})

    refused = await guest.ask(subscribe={"channel": "c"})
    await guest.ask(publish={"channel": "c", "data": 1})
    await until(lambda: guest.heard() == [1])

    assert refused["code"] == 105
    await node.stop()


async def test_json_of_many_lines_is_told_on_one() -> None:
    node = await a_node(SystemClock())
    guest = await connected(node)
    await guest.ask(subscribe={"channel": "c"})

    guest.client.receive(b'{"id":9,"publish":{"channel":"c","data":{"a":\t[1,\r 2]}}}')
    await until(lambda: guest.heard() == [{"a": [1, 2]}])
    await node.stop()


async def test_what_browsers_and_event_streams_cannot_read_is_told_to_nobody() -> None:
    node = await a_node(SystemClock())
    guest = await connected(node)
    await guest.ask(subscribe={"channel": "c"})

    guest.client.receive(b'{"id":8,"publish":{"channel":"c","data":"\xff"}}')
    await until(lambda: guest.reply(8) is not None)

    # A carriage return ends a line of an event stream, as a line feed does.
    assert one_line(b'{"a":\r1}') == b'{"a":1}'
    assert guest.reply(8)["error"]["code"] == 107
    assert guest.heard() == []
    await node.stop()


async def test_a_ping_is_answered_and_who_does_not_answer_ours_is_closed() -> None:
    clock = ManualClock()
    node = await a_node(clock)
    faithful, silent = await connected(node), await connected(node)
    assert await faithful.ask(ping={}) == {}

    for _ in range(26):
        pass_time(node, clock, 1)
        if {} in faithful.pipe.lines:
            faithful.client.receive(b"{}")
    pass_time(node, clock, 9)

    assert {} in silent.pipe.lines
    assert silent.pipe.closed == codes.NO_PONG
    assert faithful.pipe.closed is None
    await node.stop()


async def test_a_node_that_was_held_up_asks_again_before_it_closes_anybody() -> None:
    clock = ManualClock()
    node = await a_node(clock)
    guests = [await connected(node) for _ in range(25)]
    pass_time(node, clock, 3)

    clock.advance(timedelta(seconds=12))
    node.look()
    pass_time(node, clock, 8)
    held_up = [guest.pipe.closed for guest in guests]
    pass_time(node, clock, 26)

    assert held_up == [None] * 25
    assert all(guest.pipe.closed == codes.NO_PONG for guest in guests)
    await node.stop()


async def test_those_who_come_together_are_not_pinged_together() -> None:
    clock = ManualClock()
    node = await a_node(clock, settings=NodeSettings(ping_s=25, pong_s=24))
    guests = [await connected(node) for _ in range(50)]

    pinged = []
    for _ in range(25):
        before = sum({} in guest.pipe.lines for guest in guests)
        pass_time(node, clock, 1)
        pinged.append(sum({} in guest.pipe.lines for guest in guests) - before)

    assert pinged == [2] * 25
    await node.stop()


async def test_who_never_says_who_they_are_is_closed() -> None:
    clock = ManualClock()
    node = await a_node(clock, settings=NodeSettings(pong_s=24))
    stranger, known = Guest(node), await connected(node)

    pass_time(node, clock, 17)

    assert stranger.pipe.closed == codes.STALE
    assert known.pipe.closed is None
    await node.stop()


async def test_rights_that_ran_out_end_unless_they_are_renewed() -> None:
    clock, gate = ManualClock(), OpenGate()
    node = await a_node(clock, gate=gate, settings=NodeSettings(pong_s=24))
    gate.until = clock.now().timestamp() + 10
    idle, busy = await connected(node), await connected(node)
    gate.until = clock.now().timestamp() + 20
    reply = await busy.ask(subscribe={"channel": "c"})
    gate.until = clock.now().timestamp() + 1_000
    renewed = await busy.ask(refresh={"token": "t"})

    for _ in range(80):
        pass_time(node, clock, 1)
        for guest in (idle, busy):
            guest.client.receive(b"{}")

    assert idle.pipe.closed == codes.CONNECTION_EXPIRED
    assert busy.pipe.closed is None
    assert (reply["expires"], reply["ttl"], renewed["ttl"]) == (True, 20, 1_000)
    assert [one["code"] for one in busy.pushes("unsubscribe")] == [2501]
    await node.stop()


async def test_a_stale_token_at_a_renewal_ends_what_it_would_renew_so_that_the_client_begins_anew() -> None:
    node = await a_node(SystemClock())
    one, other = await connected(node), await connected(node)
    await one.ask(subscribe={"channel": "c"})

    refusal = await one.ask(sub_refresh={"channel": "c", "token": OLD})
    other.say(refresh={"token": OLD})
    await until(lambda: other.pipe.closed is not None)

    assert [push["code"] for push in one.pushes("unsubscribe")] == [2501]
    assert refusal["code"] == 109
    # The SDK must know that the subscription ended before it reads the error, which it would take for the last word.
    assert [next(iter(line)) for line in one.pipe.lines[-2:]] == ["push", "id"]
    assert one.pipe.closed is None
    assert other.pipe.closed == codes.CONNECTION_EXPIRED
    await node.stop()


async def test_who_reads_too_slowly_is_closed_and_who_catches_up_is_not() -> None:
    clock = ManualClock()
    node = await a_node(clock)
    full, late, caught_up = await connected(node), await connected(node), await connected(node)
    for guest in (full, late, caught_up):
        node.choked(guest.client, is_choked=True)

    full.pipe.behind = 300_000
    clock.advance(timedelta(seconds=4))
    node.look()
    first = full.pipe.closed
    node.choked(caught_up.client, is_choked=False)
    pass_time(node, clock, 2)

    assert first == late.pipe.closed == codes.SLOW
    assert caught_up.pipe.closed is None
    assert node.tally.slow == 2
    await node.stop()


async def test_one_address_account_or_organization_opens_so_many_and_no_more() -> None:
    node = await a_node(SystemClock(), settings=NodeSettings(per_address=3, per_account=2, per_organization=4))
    here, there = {"address": "203.0.113.1"}, {"address": "203.0.113.2"}
    first = await connected(node, "ada", **here)
    await connected(node, "ada", **here)
    third = Guest(node, **here)

    refused = node.open(Notepad(), address="203.0.113.1", headers={})
    third.say(connect={"token": "ada"})
    await connected(node, "bob", **there)
    await connected(node, "eve", **there)
    fifth = Guest(node, **there)
    fifth.say(connect={"token": "dan"})
    first.client.lost()
    again = await connected(node, "ada", **here)

    assert refused is None
    assert third.pipe.closed == fifth.pipe.closed == codes.CONNECTION_LIMIT
    assert again.pipe.closed is None
    await node.stop()


async def test_this_machine_itself_is_no_address_that_is_counted() -> None:
    node = await a_node(SystemClock(), settings=NodeSettings(per_address=1))

    guests = [await connected(node, address="127.0.0.1") for _ in range(3)]

    assert all(guest.pipe.closed is None for guest in guests)
    await node.stop()


async def test_who_sends_too_much_is_closed() -> None:
    node = await a_node(SystemClock(), settings=NodeSettings(messages_per_s=10, bytes_per_s=1_000))
    chatty, wordy = await connected(node), await connected(node)

    for _ in range(60):
        chatty.client.receive(b'{"id":2,"ping":{}}')
    wordy.client.receive(b'{"id":2,"send":{"data":"%b"}}' % (b"x" * 6_000))

    assert chatty.pipe.closed == wordy.pipe.closed == codes.TOO_MANY_COMMANDS
    await node.stop()


async def test_an_order_closes_a_user_everywhere_or_one_subscription_or_one_session() -> None:
    hall = Hall(SystemClock())
    nodes = [await a_node(SystemClock(), hall=hall) for _ in range(2)]
    here, there, other = await connected(nodes[0]), await connected(nodes[1]), await connected(nodes[0], "bob")
    for guest in (here, there, other):
        await guest.ask(subscribe={"channel": "c"})

    await nodes[0].broker.control(Control(user="ada", session="another"))
    await nodes[0].broker.control(Control(user="ada", channel="c", reason="role"))
    unsubscribed = [guest.pushes("unsubscribe") for guest in (here, there)]
    await nodes[1].broker.control(Control(user="ada"))

    assert [one[0]["code"] for one in unsubscribed] == [2500, 2500]
    assert here.pipe.closed is not None
    assert there.pipe.closed is not None
    assert here.pipe.closed.code == there.pipe.closed.code == 3503
    assert other.pipe.closed is None
    assert not other.pushes("unsubscribe")
    for node in nodes:
        await node.stop()


async def test_a_gone_client_is_counted_out_of_the_presence() -> None:
    node = await a_node(SystemClock())
    ada, bob = await connected(node), await connected(node, "bob")
    await ada.ask(subscribe={"channel": "hall:1"})
    await bob.ask(subscribe={"channel": "hall:1"})
    both = await ada.ask(presence_stats={"channel": "hall:1"})

    bob.client.lost()
    await until(lambda: not len(node.tasks))

    assert both == {"num_clients": 2, "num_users": 2}
    assert set((await ada.ask(presence={"channel": "hall:1"}))["presence"]) == {ada.client.uid}
    await node.stop()


async def test_presence_is_said_again_before_it_runs_out() -> None:
    clock = ManualClock()
    node = await a_node(clock, hall=Hall(clock))
    guest = await connected(node)
    await guest.ask(subscribe={"channel": "hall:1"})

    for _ in range(200):
        pass_time(node, clock, 1)
        guest.client.receive(b"{}")
        await asyncio.sleep(0)

    assert (await node.broker.crowd("hall:1")).clients == 1
    await node.stop()


async def test_a_drain_sends_everybody_elsewhere_and_takes_nobody_new() -> None:
    node = await a_node(SystemClock())
    guests = [await connected(node) for _ in range(40)]

    await node.drain(over_s=0.02)

    assert all(guest.pipe.closed == codes.SHUTDOWN for guest in guests)
    assert node.open(Notepad(), address="", headers={}) is None
    await node.stop()


async def test_limits_are_told_by_the_gate_before_a_seat_is_given() -> None:
    node = await a_node(SystemClock(), settings=NodeSettings(channels_per_client=1))
    guest = await connected(node)
    await guest.ask(subscribe={"channel": "c"})

    assert (await guest.ask(subscribe={"channel": "d"}))["code"] == 106
    with pytest.raises(Ended):
        OpenGate().connect(_knock(BAD))
    await node.stop()


def _knock(token: str):  # type: ignore[no-untyped-def]  # a knock
    from stoa.kit.realtime.gate import Knock

    return Knock(client="c", token=token, address="", transport="websocket")
