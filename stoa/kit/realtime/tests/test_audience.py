"""An audience over real descriptors: each frame once to everybody, and who stops reading costs and loses nothing."""

import os
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from stoa.kit.clock import SystemClock
from stoa.kit.realtime.audience import Audience, spread
from stoa.kit.realtime.client import Client
from stoa.kit.realtime.codes import Code
from stoa.kit.realtime.frames import Frame, inflate
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.pipe import Pipe
from stoa.kit.testing.sockets import Guest, a_node

SMALL = 4_096


class Line(Pipe):
    """A pipe over one end of a pair of sockets, which keeps what the kernel did not take as an engine does."""

    def __init__(self, *, deflates: bool = False) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        self.near.setblocking(False)
        self.far.setblocking(False)
        self.deflates, self.is_clear, self.descriptor = deflates, True, self.near.fileno()
        self.waiting = b""
        self.audience: Audience | None = None
        self.client: Client | None = None
        self.asked = 0

    def raw(self, wire: bytes) -> None:
        self.asked += 1
        self.waiting += wire
        self._pass_on()
        if self.waiting and self.is_clear and self.audience is not None and self.client is not None:
            self.is_clear = False
            self.audience.hold(self.client)

    def read(self) -> bytes:
        """Read on from the far end until nothing waits any more."""
        heard = b""
        while True:
            try:
                heard += self.far.recv(1 << 20)
            except BlockingIOError:
                if not self._pass_on():
                    return heard

    def _pass_on(self) -> bool:
        try:
            taken = os.write(self.descriptor, self.waiting) if self.waiting else 0
        except BlockingIOError:
            taken = 0
        self.waiting = self.waiting[taken:]
        return taken > 0

    def write(self, payload: bytes) -> None:
        raise NotImplementedError

    def frame(self, frame: Frame) -> None:
        raise NotImplementedError

    def close(self, why: Code) -> None:
        self.is_clear = False

    def abort(self) -> None:
        self.is_clear = False

    def behind_bytes(self) -> int:
        return len(self.waiting)


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    made = await a_node(SystemClock())
    yield made
    await made.stop()


@pytest.fixture
def lines(node: Node) -> Iterator[list[Line]]:
    made: list[Line] = []
    yield made
    for line in made:
        line.near.close()
        line.far.close()


def member(node: Node, lines: list[Line], audience: Audience, *, deflates: bool = False) -> Line:
    line = Line(deflates=deflates)
    line.client = node.open(line, address="", headers={})
    assert line.client is not None
    line.audience = audience
    audience.add(line.client)
    lines.append(line)
    return line


def again(line: Line) -> bool:
    assert line.client is not None
    assert line.audience is not None
    line.is_clear = True
    return line.audience.release(line.client)


def frame(number: int, size: int = 600) -> Frame:
    return Frame(b"%d:" % number + b"." * size)


def numbers(heard: bytes) -> list[int]:
    found = []
    while heard:
        head, length = (2, heard[1]) if heard[1] < 126 else (4, int.from_bytes(heard[2:4], "big"))
        found.append(int(heard[head : head + length].split(b":")[0]))
        heard = heard[head + length :]
    return found


async def test_all_get_a_frame_in_the_form_they_read(node: Node, lines: list[Line]) -> None:
    audience = Audience(100_000)
    plain, pressed = member(node, lines, audience), member(node, lines, audience, deflates=True)

    size = audience.write(frame(7))
    heard, squeezed = plain.read(), pressed.read()

    assert numbers(heard) == [7]
    assert squeezed[0] == 0xC1
    assert inflate(squeezed[2:], at_most=1_000) == frame(7).payload
    assert size == len(frame(7).payload) + len(squeezed)


async def test_who_does_not_read_is_asked_no_more_and_misses_nothing(node: Node, lines: list[Line]) -> None:
    audience = Audience(100_000)
    stuck, reading = member(node, lines, audience), member(node, lines, audience)
    heard = []
    for number in range(100):
        audience.write(frame(number))
        heard += numbers(reading.read())
    asked = stuck.asked
    assert stuck.client is not None
    held = audience.held_bytes(stuck.client)

    late = b""
    while not (late_is_whole := stuck.is_clear):
        late += stuck.read()
        assert again(stuck)
    late += stuck.read()

    assert heard == numbers(late) == list(range(100))
    assert late_is_whole
    assert asked == 1
    assert 0 < held < 100 * len(frame(0).payload) + 200
    assert audience.held_bytes(stuck.client) == 0


async def test_what_is_kept_is_bounded_and_who_needs_more_is_told_so(node: Node, lines: list[Line]) -> None:
    audience = Audience(10_000)
    stuck = member(node, lines, audience)
    for number in range(200):
        audience.write(frame(number))

    assert len(audience._frames) <= 10_000 // 600 + 1
    stuck.read()
    assert not again(stuck)
    assert not audience._frames


async def test_who_left_or_ended_is_written_to_no_more(node: Node, lines: list[Line]) -> None:
    audience = Audience(10_000)
    left, stuck, ended = (member(node, lines, audience) for _ in range(3))
    assert left.client is not None
    assert stuck.client is not None
    assert ended.client is not None
    audience.hold(stuck.client)
    audience.remove(left.client)
    ended.client.lost()
    audience.remove(ended.client)
    audience.add(ended.client)

    audience.write(frame(1))
    audience.remove(stuck.client)

    assert left.read() == ended.read() == stuck.read() == b""
    assert not audience._frames


def test_a_row_goes_on_behind_those_that_are_full_or_broken() -> None:
    pairs = [socket.socketpair() for _ in range(4)]
    for near, _ in pairs:
        near.setblocking(False)
    full, broken = pairs[0][0], pairs[2]
    with pytest.raises(BlockingIOError):
        while True:
            full.send(b"x" * 65_536)
    broken[1].close()

    short = spread([near.fileno() for near, _ in pairs], b"hello")

    assert short == [(full.fileno(), 0), (broken[0].fileno(), 0)]
    assert [pairs[place][1].recv(100) for place in (1, 3)] == [b"hello", b"hello"]
    for near, far in pairs:
        near.close()
        far.close()


async def test_those_who_are_behind_are_sent_away_a_few_at_a_time(node: Node) -> None:
    guests = [Guest(node) for _ in range(100)]
    for guest in guests:
        guest.pipe.behind = 300_000
        node.clogged(guest.client)

    node.look()
    first = sum(guest.pipe.closed is not None for guest in guests)
    node.look()
    node.look()

    assert first == 40
    assert all(guest.pipe.closed is not None for guest in guests)
    assert node.tally.slow == 100
