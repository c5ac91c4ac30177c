"""One channel on one node: who follows it, what is to be told at the next tick, and one frame for all of them."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from stoa.kit.realtime import wire
from stoa.kit.realtime.audience import Audience
from stoa.kit.realtime.broker import ChannelOptions, Publication
from stoa.kit.realtime.delta import difference
from stoa.kit.realtime.frames import Frame
from stoa.kit.realtime.gate import Seat
from stoa.kit.realtime.ring import Ring

if TYPE_CHECKING:
    from stoa.kit.realtime.client import Client
    from stoa.kit.realtime.sources import Source


class State(Enum):
    """How far a room is filled."""

    COLD = "cold"
    WARMING = "warming"
    READY = "ready"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The adaptive tick: at once after a silence, else as long as writing to everybody takes, in a share of the time.

    A write costs 10-12 µs of a core, nearly all of it the kernel's.
    """

    floor_s: float = 0.020
    ceiling_s: float = 0.250
    write_s: float = 12e-6
    share: float = 0.6

    def after(self, members: int) -> float:
        """Return the seconds to the next tick of a room of so many."""
        return min(self.ceiling_s, max(self.floor_s, members * self.write_s / self.share))


class Tally:
    """What a node counts for its operators."""

    __slots__ = (
        *("bytes", "deliveries", "ended", "frames", "mended", "missed", "publications", "recovered", "refused"),
        *("resets", "slow", "tick_s"),
    )

    def __init__(self) -> None:
        self.bytes = 0
        self.tick_s = 0.0
        self.ended: dict[int, int] = {}
        self.publications = 0
        self.frames = 0
        self.deliveries = 0
        self.recovered = 0
        self.missed = 0
        self.mended = 0
        self.resets = 0
        self.slow = 0
        self.refused = 0

    def end(self, code: int) -> None:
        """Count a connection that was ended by us."""
        self.ended[code] = self.ended.get(code, 0) + 1


class Subscription:
    """One client in one room; `based` says that it holds the publication which the next delta leans on."""

    __slots__ = ("based", "delta", "listed", "room", "seat", "server_side")

    def __init__(self, room: "Room", seat: Seat, *, delta: bool, server_side: bool) -> None:
        self.room = room
        self.seat = seat
        self.delta = delta
        self.based = False
        self.listed = False
        self.server_side = server_side


class Room:
    """Members are kept by how they are written to; a tick builds each form of its frame once."""

    __slots__ = (
        "_audience",
        "_before",
        "_deltas",
        "_head",
        "_latecomers",
        "_pace",
        "_pending",
        "_said",
        "_tally",
        "_timer",
        "channel",
        "damaged",
        "empty_since",
        "heard_at",
        "holds",
        "members",
        "mending",
        "options",
        "reaching",
        "recoveries",
        "ring",
        "source",
        "stash",
        "state",
        "warming",
    )

    def __init__(
        self, channel: str, options: ChannelOptions, *, ring: int, pace: Pace, tally: Tally, held_bytes: int
    ) -> None:
        self.channel = channel
        self.options = options
        self.ring = Ring(ring)
        self.source: Source | None = None
        self.state = State.COLD
        self.warming: Awaitable[None] | None = None
        self.reaching: Awaitable[None] | None = None
        self.mending = False
        self.damaged = False
        self.holds = 0
        self.heard_at = 0.0
        self.empty_since: float | None = None
        self.stash: list[tuple[Publication, str]] = []
        self.members: dict[Client, Subscription] = {}
        self.recoveries: dict[int, bytes] = {}
        self._head = wire.push_head(channel) + b'"pub":'
        self._pace = pace
        self._tally = tally
        self._pending: list[bytes] = []
        self._said: list[Publication | None] = []
        self._before: bytes | None = None
        self._timer: asyncio.Handle | None = None
        self._audience = Audience(held_bytes)
        self._deltas: dict[Client, Subscription] = {}
        self._latecomers: list[tuple[Client, int]] = []

    def tell(self, publication: Publication) -> None:
        """Take a publication, in its place in the ring where it has one, and write it at the next tick."""
        if self.options.counts:
            self.ring.append(publication)
            self.recoveries.clear()
        self._tally.publications += 1
        # Behind lines that wait for the tick it waits as well, though all have left: differences lean on the order.
        if self.members or self._pending:
            self._queue(self._head + wire.publication(publication) + b"}}", publication)
        elif self.options.delta:
            self._before = publication.data

    def tell_line(self, line: bytes) -> None:
        """Write a push that is no publication to all members at the next tick."""
        if self.members:
            self._queue(line, None)

    def enter(self, client: "Client", subscription: Subscription) -> None:
        """Let a client in: it is told what is said from now on, not what waits for the tick already."""
        self.members[client] = subscription
        self.empty_since = None
        if self._pending:
            self._latecomers.append((client, len(self._pending)))
        else:
            self._place(client, subscription)

    def leave(self, client: "Client") -> None:
        """Let a client out; nothing more is written to it from here."""
        if self.members.pop(client, None) is None:
            return
        self._audience.remove(client)
        self._deltas.pop(client, None)
        if self._latecomers:
            self._latecomers = [one for one in self._latecomers if one[0] is not client]

    def hold(self, client: "Client") -> None:
        """Keep what is told until a client reads again."""
        self._audience.hold(client)

    def release(self, client: "Client") -> bool:
        """Tell a client what was kept for it; False where not all of it was."""
        return self._audience.release(client)

    def held_bytes(self, client: "Client") -> int:
        """Return how much is kept for a client."""
        return self._audience.held_bytes(client)

    def settled(self) -> None:
        """Learn that the ring was begun anew: the next difference leans on its last publication."""
        self.recoveries.clear()
        if self._pending:
            self._flush()
        self._before = self.ring.kept[-1].data if self.ring.kept else None

    def stop(self) -> None:
        """Cease to tick, and drop what was not told yet."""
        self._pending.clear()
        self._said.clear()
        self._latecomers.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def is_ticking(self) -> bool:
        """Tell whether a tick is set."""
        return self._timer is not None

    def _place(self, client: "Client", subscription: Subscription) -> None:
        if subscription.delta:
            self._deltas[client] = subscription
        else:
            self._audience.add(client)

    def _queue(self, line: bytes, publication: Publication | None) -> None:
        self._pending.append(line)
        if self.options.delta:
            self._said.append(publication)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._pending:
            self._timer = asyncio.get_running_loop().call_later(self._pace.after(len(self.members)), self._tick)
            began = time.perf_counter()
            self._flush()
            self._tally.tick_s += time.perf_counter() - began

    def _flush(self) -> None:
        lines, self._pending = self._pending, []
        said, self._said = self._said, []
        late, self._latecomers = self._latecomers, []
        frame = Frame(b"\n".join(lines))
        self._tally.bytes += self._audience.write(frame)
        self._tally.frames += 1
        self._tally.deliveries += len(lines) * (len(self.members) - len(late))
        if self._deltas or late or self.options.delta:
            self._flush_rest(lines, said, late)

    def _flush_rest(self, lines: list[bytes], said: list[Publication | None], late: list[tuple["Client", int]]) -> None:
        """Write to those who want differences, and to those who came while the lines waited."""
        built: dict[tuple[int, bool, bool], Frame] = {}

        def write(client: "Client", subscription: Subscription, start: int) -> None:
            form = (start, subscription.delta, subscription.based)
            if form not in built:
                rest = lines[start:]
                if subscription.delta:
                    rest = self._differences(lines, said, start, is_based=subscription.based)
                built[form] = Frame(b"\n".join(rest))
            client.pipe.frame(built[form])
            subscription.based = subscription.based or any(one is not None for one in said[start:])

        for client, subscription in self._deltas.items():
            write(client, subscription, 0)
        for client, start in late:
            subscription = self.members[client]
            if start < len(lines):
                write(client, subscription, start)
                self._tally.deliveries += len(lines) - start
            self._place(client, subscription)
        for one in reversed(said):
            if one is not None:
                self._before = one.data
                break

    def _differences(
        self, lines: list[bytes], said: list[Publication | None], start: int, *, is_based: bool
    ) -> list[bytes]:
        before = self._before
        for one in said[:start]:
            before = one.data if one is not None else before
        if not is_based:
            before = None
        rest = []
        for line, one in zip(lines[start:], said[start:], strict=True):
            if one is None:
                rest.append(line)
                continue
            rest.append(self._head + differing(before, one) + b"}}")
            before = one.data
        return rest


def differing(before: bytes | None, one: Publication) -> bytes:
    """Write a publication as the difference to the one before, or whole where that is shorter or there is none."""
    delta = difference(before, one.data) if before is not None else None
    return wire.differing(one, (delta or one.data).decode(), is_delta=delta is not None)
