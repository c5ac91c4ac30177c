"""Whatever is cut and whenever it is said: a client that recovers has every publication once, in order."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoa.kit.clock import SystemClock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.realtime.broker import Publication
from stoa.kit.realtime.node import Node
from stoa.kit.testing.sockets import Guest, Rows, a_node
from stoa.kit.testing.waiting import until

CLIENTS = 3
_moves = st.lists(
    st.one_of(
        st.just(("publish", 0)),
        st.tuples(st.sampled_from(["cut", "join", "deafen", "check"]), st.integers(0, CLIENTS - 1)),
        st.just(("yield", 0)),
    ),
    max_size=60,
)


class Reader:
    """A client as an SDK is one: it keeps its place and comes back to it, on the other node."""

    def __init__(self) -> None:
        self.transcript: list[int] = []
        self.epoch, self.offset = "", 0
        self.guest: Guest | None = None
        self._read = 0
        self._number: int | None = None

    def join(self, node: Node, channel: str) -> None:
        if self.guest is not None:
            return
        self.guest, self._read = Guest(node), 0
        self.guest.say(connect={})
        wish = {"channel": channel, "recover": True, "offset": self.offset, "epoch": self.epoch}
        self._number = self.guest.say(subscribe=wish)

    def cut(self) -> None:
        if self.guest is not None:
            self.read()
            self.guest.client.lost()
            self.guest = None

    def read(self) -> None:
        assert self.guest is not None
        lines, self._read = self.guest.pipe.lines[self._read :], len(self.guest.pipe.lines)
        for line in lines:
            reply = line.get("subscribe")
            if reply is not None:
                assert reply["recovered"], "nothing was forgotten, so all is recovered"
                self.epoch = reply["epoch"]
                for one in reply.get("publications", []):
                    self._take(one)
            elif "push" in line:
                assert "pub" in line["push"], line
                self._take(line["push"]["pub"])

    def _take(self, publication: dict[str, int]) -> None:
        self.transcript.append(publication["data"])
        self.offset = publication["offset"]


async def _run(moves: list[tuple[str, int]], *, is_lossless: bool) -> None:
    hall, rows = Hall(SystemClock()), Rows()
    nodes = [await a_node(SystemClock(), hall=hall, rows=rows) for _ in range(2)]
    outside = MemoryBroker(hall)
    channel = "class:1" if is_lossless else "c"
    options = nodes[0].gate.options_of(channel)
    assert options is not None
    readers, said = [Reader() for _ in range(CLIENTS)], 0
    for turn, (move, who) in enumerate(moves):
        if move == "publish":
            said += 1
            publication = Publication(data=b"%d" % said, offset=said if is_lossless else 0)
            rows.kept.append(publication.data)
            if is_lossless:
                await outside.fan_out(channel, [publication], epoch="rows")
            else:
                await outside.publish(channel, publication, options=options)
        elif move == "cut":
            readers[who].cut()
        elif move == "join":
            readers[who].join(nodes[turn % 2], channel)
        elif move == "deafen":
            _toggle(nodes[who % 2], channel)
        elif move == "check":
            nodes[who % 2].interrupted()
            nodes[who % 2].look()
        else:
            await asyncio.sleep(0)
    _listen(nodes, channel)
    for number, reader in enumerate(readers):
        reader.join(nodes[number % 2], channel)

    def all_read() -> bool:
        for node in nodes:
            node.rooms.interrupted()
            node.rooms.beat(node.now)
        for reader in readers:
            reader.read()
        return all(reader.transcript[-1:] == ([said] if said else []) for reader in readers)

    await until(all_read)
    assert [reader.transcript for reader in readers] == [list(range(1, said + 1))] * CLIENTS
    for node in nodes:
        await node.stop()


def _toggle(node: Node, channel: str) -> None:
    """Make the bus of a node die in silence, or live again."""
    heard = node.broker.channels  # type: ignore[attr-defined]  # a broker in memory
    heard.discard(channel) if channel in heard else _listen([node], channel)


def _listen(nodes: list[Node], channel: str) -> None:
    for node in nodes:
        if node.rooms.get(channel) is not None:
            node.broker.channels.add(channel)  # type: ignore[attr-defined]  # a broker in memory


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=_moves, is_lossless=st.booleans())
def test_every_transcript_is_exact(moves: list[tuple[str, int]], is_lossless: bool) -> None:
    asyncio.run(_run(moves, is_lossless=is_lossless))
