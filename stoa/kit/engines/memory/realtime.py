"""The broker of sockets inside one process: streams, presence and news in dictionaries."""

from collections import deque
from collections.abc import Mapping, Sequence
from uuid import uuid4

from stoa.kit.clock import Clock
from stoa.kit.realtime.broker import (
    REMEMBERED_S,
    Broker,
    ChannelOptions,
    Control,
    Crowd,
    History,
    Occupant,
    Position,
    Publication,
    Sink,
)


class Hall:
    """What the nodes of one process share; a node's broker is made over it."""

    def __init__(self, clock: Clock, *, streams: int = 10_000) -> None:
        self.clock = clock
        self.nodes: list[MemoryBroker] = []
        self.streams: dict[str, _Stream] = {}
        self.present: dict[str, dict[str, tuple[Occupant, float]]] = {}
        self.closings: deque[Control] = deque(maxlen=100_000)
        self._fewest = self._most = streams

    def stream(self, channel: str) -> "_Stream":
        """Return a channel's stream, begun where there is none."""
        stream = self.streams.get(channel)
        if stream is None:
            if len(self.streams) >= self._most:
                self._sweep()
            stream = self.streams[channel] = _Stream()
        return stream

    def occupants(self, channel: str) -> dict[str, Occupant]:
        """Return who is counted in a channel and has not run out."""
        now = self.clock.monotonic()
        found = self.present.get(channel, {})
        for client in [client for client, (_, until) in found.items() if until <= now]:
            del found[client]
        if not found:
            self.present.pop(channel, None)
        return {client: occupant for client, (occupant, _) in found.items()}

    def _sweep(self) -> None:
        """Forget streams that ran out and that nobody hears: their next epoch says so to whoever comes back."""
        now = self.clock.monotonic()
        heard = {channel for node in self.nodes for channel in node.channels}
        for channel in [name for name, one in self.streams.items() if one.until <= now and name not in heard]:
            del self.streams[channel]
        # Looked through again only when twice as many are there, or each new stream beyond the limit would cost all.
        self._most = max(self._fewest, 2 * len(self.streams))


class _Stream:
    """Publications of one channel with the moment at which they are forgotten."""

    __slots__ = ("epoch", "kept", "top", "until")

    def __init__(self) -> None:
        self.epoch = uuid4().hex[:8]
        self.top = 0
        self.until = 0.0
        self.kept: deque[Publication] = deque()


class MemoryBroker(Broker):
    """One node's broker; several over one hall stand for several servers."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._sink: Sink | None = None
        self.channels: set[str] = set()
        self.name = ""

    async def start(self, sink: Sink) -> None:
        """Begin to tell a sink what its node subscribes to, and what was closed before."""
        self._sink = sink
        self._hall.nodes.append(self)
        for control in list(self._hall.closings):
            sink.controlled(control)

    async def stop(self) -> None:
        """Cease to tell."""
        if self in self._hall.nodes:
            self._hall.nodes.remove(self)
        self._sink = None
        self.channels.clear()

    async def publish(self, channel: str, publication: Publication, *, options: ChannelOptions) -> Position:
        """Give a publication its place and tell all nodes."""
        return await self.publish_many(channel, [publication], options=options)

    async def publish_many(
        self, channel: str, publications: Sequence[Publication], *, options: ChannelOptions
    ) -> Position:
        """Publish in order."""
        if not options.keeps:
            self._tell(channel, publications, "")
            return Position(epoch="")
        stream = self._hall.stream(channel)
        placed = []
        for top, one in enumerate(publications, start=stream.top + 1):
            placed.append(Publication(data=one.data, offset=top, info=one.info, tags=one.tags))
        self._expire(stream)
        stream.kept.extend(placed)
        stream.top += len(placed)
        stream.until = self._hall.clock.monotonic() + options.history_ttl_s
        while len(stream.kept) > options.history_size:
            stream.kept.popleft()
        self._tell(channel, placed, stream.epoch)
        return Position(epoch=stream.epoch, offset=stream.top)

    async def fan_out(self, channel: str, publications: Sequence[Publication], *, epoch: str) -> None:
        """Tell all nodes what has its offsets already."""
        self._tell(channel, publications, epoch)

    async def history(
        self, channel: str, *, options: ChannelOptions, since: int | None = None, limit: int = -1, reverse: bool = False
    ) -> History:
        """Return what is remembered."""
        stream = self._hall.stream(channel)
        self._expire(stream)
        position = Position(epoch=stream.epoch, offset=stream.top)
        if limit == 0:
            return History(position=position, publications=[])
        found = list(stream.kept)
        if reverse:
            found = [one for one in reversed(found) if since is None or one.offset < since]
        elif since is not None:
            found = [one for one in found if one.offset > since]
        return History(position=position, publications=found if limit < 0 else found[:limit])

    async def remove_history(self, channel: str) -> None:
        """Forget a channel's publications."""
        self._hall.stream(channel).kept.clear()

    async def subscribe(self, channel: str) -> None:
        """Begin to hear a channel."""
        self.channels.add(channel)

    async def unsubscribe(self, channel: str) -> None:
        """Cease to hear a channel."""
        self.channels.discard(channel)

    async def enter(self, channel: str, occupant: Occupant, *, ttl_s: float, announce: bool = False) -> None:
        """Count somebody in."""
        until = self._hall.clock.monotonic() + ttl_s
        self._hall.present.setdefault(channel, {})[occupant.client] = (occupant, until)
        if announce:
            for node in list(self._hall.nodes):
                if channel in node.channels and node._sink is not None:
                    node._sink.joined(channel, occupant)

    async def leave(self, channel: str, occupant: Occupant, *, announce: bool = False) -> None:
        """Count somebody out."""
        self._hall.present.get(channel, {}).pop(occupant.client, None)
        if announce:
            for node in list(self._hall.nodes):
                if channel in node.channels and node._sink is not None:
                    node._sink.left(channel, occupant)

    async def presence(self, channel: str) -> Mapping[str, Occupant]:
        """Return who is in a channel."""
        return self._hall.occupants(channel)

    async def crowd(self, channel: str) -> Crowd:
        """Return how many are in a channel."""
        found = self._hall.occupants(channel).values()
        return Crowd(clients=len(found), users=len({one.user for one in found}))

    async def control(self, control: Control) -> None:
        """Tell every node to close something."""
        if control.at:
            known = self._hall.closings
            while known and known[0].at <= control.at - REMEMBERED_S:
                known.popleft()
            known.append(control)
        for node in list(self._hall.nodes):
            if node._sink is not None:
                node._sink.controlled(control)

    async def reach(self, node: str) -> None:
        """Begin to hear what is passed on to this node."""
        self.name = node

    async def pass_on(self, node: str, data: bytes) -> bool:
        """Hand something to the node of a name."""
        reached = [one for one in self._hall.nodes if one.name == node and one._sink is not None]
        for one in reached:
            if one._sink is not None:
                one._sink.passed_on(data)
        return bool(reached)

    def _tell(self, channel: str, publications: Sequence[Publication], epoch: str) -> None:
        for node in list(self._hall.nodes):
            if channel in node.channels and node._sink is not None:
                for one in publications:
                    node._sink.heard(channel, one, epoch)

    def _expire(self, stream: _Stream) -> None:
        if stream.until <= self._hall.clock.monotonic():
            stream.kept.clear()
