"""The socket server of a process: what news closes, what an operator may turn, and who keeps which history."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from stoa.app.doorkeeper import Doorkeeper
from stoa.app.options import SocketSettings
from stoa.app.sockets import Bouncer, _node_settings, lossless_of, sent_elsewhere
from stoa.kit.clock import ManualClock
from stoa.kit.contract import UserId, new_id
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import Control
from stoa.kit.realtime.channels import OWN
from stoa.kit.realtime.figures import SocketFigures
from stoa.kit.realtime.gate import Member
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.tokens import SocketTokens
from stoa.topology import discover

ADA = UserId(new_id())
NOW = ManualClock().now().timestamp()


class NodeUnderTest:
    """Writes down what it is told to close, and asks the gate as a node does."""

    def __init__(self, door: Doorkeeper) -> None:
        self.door = door
        self.controls: list[Control] = []

    def controlled(self, control: Control) -> None:
        self.door.closed(control)
        self.controls.append(control)


@pytest.fixture
def door() -> Doorkeeper:
    clock = ManualClock()
    return Doorkeeper(tokens=SocketTokens(b"k" * 32, clock), options=OWN, clock=clock)


@pytest.fixture
def node(door: Doorkeeper) -> NodeUnderTest:
    return NodeUnderTest(door)


@pytest.fixture
def bouncer(node: NodeUnderTest) -> Iterator[Bouncer]:
    yield Bouncer(node)  # type: ignore[arg-type]  # the one thing of a node that is asked for


def test_an_ended_session_ends_its_sockets_for_good(bouncer: Bouncer, node: NodeUnderTest) -> None:
    session = UUID(int=7)

    bouncer.session_ended(user=ADA, session=session, at=NOW)

    [control] = node.controls
    assert (control.user, control.session, control.code) == (str(ADA), str(session), codes.INVALID_TOKEN.code)


def test_when_all_older_sessions_ended_all_come_back_to_be_looked_at(bouncer: Bouncer, node: NodeUnderTest) -> None:
    bouncer.session_ended(user=ADA, session=None, at=NOW)

    [control] = node.controls
    assert (control.session, control.code) == ("", codes.FORCE_RECONNECT.code)


def test_a_change_of_role_spoils_the_tokens_that_were_given_before(bouncer: Bouncer, door: Doorkeeper) -> None:
    tokens = SocketTokens(b"k" * 32, ManualClock())
    held = tokens.subscription(user=str(ADA), channel="load:a")
    member = Member(client="c", user=str(ADA))
    assert door.subscribe(member, "load:a", held, None)

    bouncer.role_changed(user=ADA, at=NOW)

    with pytest.raises(codes.Refused) as refused:
        door.subscribe(member, "load:a", held, None)
    assert refused.value.why is codes.TOKEN_EXPIRED


def test_what_an_operator_sets_is_what_the_node_goes_by() -> None:
    chosen = SocketSettings.load(
        {"STOA_SOCKETS_PING": "40s", "STOA_SOCKETS_BEHIND": "1MiB", "STOA_SOCKETS_PER_ACCOUNT": "3"}
    )

    knobs, alone = _node_settings(chosen, is_alone=False), _node_settings(chosen, is_alone=True)

    assert (knobs.ping_s, knobs.behind_bytes, knobs.per_account, knobs.messages_per_s) == (40, 1_048_576, 3, 50)
    assert alone.messages_per_s == 5_000


def test_every_lossless_namespace_of_the_platform_has_a_port_that_keeps_it() -> None:
    manifests: Any = discover()

    found = lossless_of(SimpleNamespace(manifests=manifests))  # type: ignore[arg-type]  # the one thing asked for

    assert {name: port.service_ for name, port in found.items()} == {"class": "live"}


async def test_figures_say_what_a_node_counts_and_a_drained_node_takes_nobody(door: Doorkeeper) -> None:
    clock = ManualClock()
    node = Node(gate=door, broker=MemoryBroker(Hall(clock)), clock=clock)
    await node.start()
    node.tally.deliveries = 7
    node.tally.end(3008)

    told = {metric.name: metric.samples[0].value for metric in SocketFigures(node).collect()}
    await sent_elsewhere(node, at_most=SocketSettings.load({}).behind_for)

    assert (told["stoa_sockets_deliveries"], told["stoa_sockets_connections"]) == (7, 0)
    assert (told["stoa_sockets_closes"], told["stoa_sockets_behind_bytes"]) == (1, 0)
    assert node.is_draining
    await node.stop()
