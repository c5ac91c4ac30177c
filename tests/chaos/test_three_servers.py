"""Three socket servers over one Valkey behind a balancer: one is killed, Valkey forgets, one drains; one comes late."""

import contextlib
import signal
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.chaos.test_class_goes_on import Class
from tests.harness.balancing import Balancer, SocketServer
from tests.harness.platform import Platform
from tests.harness.processes import eventually
from tests.harness.sockets import Listener

BACK_S = 5.0
GUESTS = 9


class Hall:
    """A class whose pages come through a balancer to three servers, one of which hears no events."""

    def __init__(self, platform: Platform, stack: contextlib.ExitStack) -> None:
        self.platform = platform
        own = urlsplit(str(platform.status()["sockets_url"])).port or 0
        self.killed = SocketServer(platform)
        stack.callback(self.killed.end)
        self.drained = SocketServer(platform, with_events=False)
        stack.callback(self.drained.end)
        balancer = stack.enter_context(Balancer([own, self.killed.port, self.drained.port]).running())
        self.held = Class(platform, title="Three servers", guests=GUESTS, at=balancer.address)
        stack.callback(self.held.close)

    def tolls(self) -> list[int]:
        """Return how much each page was told so far."""
        return [len(guest.page.told) for guest in self.held.guests]

    def lost_since(self, before: list[int]) -> list[int]:
        """Return the pages that lost their server since then."""
        told = [guest.page.told[since:] for guest, since in zip(self.held.guests, before, strict=True)]
        return [number for number, states in enumerate(told) if any(state == "connecting" for state, _ in states)]

    def all_back(self, before: list[int]) -> None:
        """Look that somebody lost their server, and that each of them is back within the time."""
        eventually(lambda: bool(self.lost_since(before)), why="some pages lose their server")
        for number in self.lost_since(before):
            self.held.guests[number].page.is_told("subscribed", since=before[number], within_s=BACK_S)


@pytest.fixture
def hall(split: Platform) -> Iterator[Hall]:
    """Lend a class over three servers."""
    with contextlib.ExitStack() as stack:
        yield Hall(split, stack)


def test_over_three_servers_every_transcript_is_the_same_whatever_befalls_them(split: Platform, hall: Hall):
    class_ = hall.held
    class_.say(3)
    class_.all_heard_all()

    before = hall.tolls()
    hall.killed.process.kill()
    class_.say(5)
    hall.all_back(before)
    class_.all_heard_all()

    split.kill("valkey")
    class_.say(5)
    class_.all_heard_all()

    before = hall.tolls()
    hall.drained.process.send_signal(signal.SIGTERM)
    class_.say(5)
    hall.all_back(before)
    class_.all_heard_all()
    assert all(False not in guest.page.recoveries for guest in class_.guests), "the epoch of the lane stays"


def test_who_was_sent_out_is_not_let_in_by_a_server_that_starts_later_and_hears_no_events(split: Platform):
    with contextlib.ExitStack() as stack:
        class_ = Class(split, title="Sent out", guests=1)
        stack.callback(class_.close)
        [gone] = class_.guests
        held = gone.renewed()
        connection = str(held["connection_token"])
        lane = next(one["token"] for one in held["channels"] if one["channel"] == gone.lane)

        path = f"/live/classes/{class_.id}/people/{gone.id}/remove"
        class_.host.post(path, {"reason": "enough"}, headers=class_.as_host(), expect=204)
        gone.page.is_told("disconnected", within_s=BACK_S)
        late = SocketServer(split, with_events=False)
        stack.callback(late.end)
        again = Listener(split, lambda: connection, at=late.address)
        stack.callback(again.close)
        again.ask_for(gone.lane, lambda: lane)

        again.is_told("disconnected", within_s=BACK_S)
        assert ("subscribed", 0) not in again.told
