"""A socket server, or Valkey behind it, dies: pages come back by themselves and miss nothing that is kept for them."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.harness.client import wait_for
from tests.harness.platform import Platform
from tests.harness.processes import eventually
from tests.harness.sockets import Listener, channel_token, guest_token

BACK_S = 5.0
ROOM = "load:chaos"


@pytest.fixture
def class_(split: Platform) -> Iterator[list[Listener]]:
    """Lend a speaker and listeners in one room."""
    eventually(lambda: state_of(split, "sockets-standby") == "standing by", why="another socket server stands by")
    found = [Listener(split, guest_token(f"p{number}")) for number in range(6)]
    for number, one in enumerate(found):
        one.listen(ROOM, channel_token(f"p{number}", ROOM))
    yield found
    for one in found:
        one.close()


def state_of(split: Platform, name: str) -> str:
    states = {one["name"]: one["state"] for one in split.status().get("services", [])}
    return str(states.get(name, ""))


def all_hear(class_: list[Listener], expected: list[int]) -> None:
    for one in class_:
        wait_for(lambda one=one: len(one.data_in(ROOM)) >= len(expected), why="everybody hears all of it")
        assert one.data_in(ROOM) == expected, "nothing is lost, doubled or out of order"


def test_a_killed_socket_server_is_back_in_five_seconds_and_nobody_missed_anything(
    split: Platform, class_: list[Listener]
):
    speaker = class_[0]
    for number in range(5):
        speaker.publish(ROOM, number)
    all_hear(class_, list(range(5)))
    before = [len(one.told) for one in class_]

    killed = split.kill("sockets")

    took = [one.is_told("subscribed", since=since, within_s=BACK_S) for one, since in zip(class_, before, strict=True)]
    assert max(took) <= BACK_S
    assert all(one.recoveries == [True] for one in class_)
    for number in range(5, 10):
        speaker.publish(ROOM, number)
    all_hear(class_, list(range(10)))
    eventually(lambda: split.pid_of("sockets") != killed, why="another runs")


def test_a_socket_server_that_is_told_to_end_sends_its_clients_elsewhere_first(split: Platform, class_: list[Listener]):
    before = [len(one.told) for one in class_]

    os.kill(split.pid_of("sockets"), signal.SIGTERM)

    for one, since in zip(class_, before, strict=True):
        one.is_told("connecting", 3001, since=since)
        one.is_told("subscribed", since=since, within_s=BACK_S)
    assert all(one.recoveries == [True] for one in class_)


def test_a_valkey_that_forgot_everything_costs_history_and_no_connection(split: Platform, class_: list[Listener]):
    speaker = class_[0]
    speaker.publish(ROOM, "before")
    for one in class_:
        wait_for(lambda one=one: one.data_in(ROOM) == ["before"], why="all hear")
    before = [len(one.told) for one in class_]

    split.kill("valkey")

    for one, since in zip(class_, before, strict=True):
        one.is_told("subscribed", since=since, within_s=3 * BACK_S)
        assert all(state != "connecting" for state, _ in one.told[since:])
    speaker.publish(ROOM, "after")
    for one in class_:
        wait_for(lambda one=one: one.data_in(ROOM) == ["before", "after"], why="all hear again")
        assert one.recoveries in ([], [False]), "what was forgotten is said to be"
