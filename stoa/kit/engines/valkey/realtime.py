"""Rooms over Valkey: one call gives a batch its offsets, remembers it and tells all nodes."""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Mapping, Sequence

import msgspec

from stoa.kit.engines.valkey import rooms
from stoa.kit.engines.valkey.closings import CLOSE, Closings, close_words
from stoa.kit.engines.valkey.hearing import Hearing
from stoa.kit.engines.valkey.wire import Address, RoomsUnavailable, Wire, WireError, Word
from stoa.kit.errors import StoaError
from stoa.kit.realtime.broker import (
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
from stoa.kit.telemetry.logs import logger

_ANSWER_S = 2.0
_PAUSE_S = 0.25
# Longer than any history: as long as this is there, offsets go on where they were.
_PLACE_MS = 7 * 24 * 3_600_000
# As long as a token of a channel is good.
_CONTROL_FOR_S, _CONTROL_EVERY_S = 900.0, 0.25
_MOST_CONTROLS = 10_000
_SCRIPTS = {
    hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(): text
    for text in (rooms.PUBLISH, rooms.HISTORY, rooms.ENTER, rooms.LEAVE, rooms.WHO, rooms.HOW_MANY, CLOSE)
}
_SHA = {text: digest for digest, text in _SCRIPTS.items()}
_encode_control = msgspec.msgpack.Encoder().encode
_decode_control = msgspec.msgpack.Decoder(Control).decode
log = logger("kit")

Waiting = list[tuple[Publication, "asyncio.Future[Position]"]]


class ValkeyRooms(Broker):
    """Two connections: one to ask and tell, one to hear; what is published meanwhile goes out as the next batch.

    PUBLISH costs Valkey 3.5 µs and SPUBLISH 3.0, and a batch of 25 is one entry of 46 µs: sharded pub/sub would win
    one part in a hundred on one Valkey, so there is none.
    """

    def __init__(self, url: str, *, prefix: str = "stoa:") -> None:
        self._address = Address(url)
        self._prefix = f"{prefix}room:"
        self._control = f"{prefix}rooms"
        self._node = f"{prefix}node:"
        self._wire: Wire | None = None
        self._opening = asyncio.Lock()
        self._down_until = 0.0
        self._waiting: dict[str, Waiting] = {}
        # Kept, or the collector may end a task in the middle of its work.
        self._tasks: set[asyncio.Task[None]] = set()
        self._untold: list[tuple[float, Control]] = []
        self._hearing: Hearing | None = None
        self._sink: Sink | None = None
        self._closings = Closings(f"{prefix}rooms:closed", told=self._controlled)

    async def start(self, sink: Sink) -> None:
        """Begin to hear what this node subscribes to, and the control messages to all nodes, those before it too."""
        self._sink = sink
        self._hearing = Hearing(self._address, heard=self._heard, interrupted=self._interrupted)
        await self._hearing.start(self._control)
        try:
            await self._closings.compare(self._ask)
        except RoomsUnavailable:
            self._keep(asyncio.create_task(self._agree(), name="rooms-closings"))

    async def stop(self) -> None:
        """Let go of both connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._hearing is not None:
            await self._hearing.stop()
        if self._wire is not None:
            self._wire.close()

    async def check(self) -> None:
        """Raise RoomsUnavailable unless Valkey answers and is heard: a readiness check."""
        await self._ask("PING")
        if self._hearing is not None and not self._hearing.is_on:
            raise RoomsUnavailable("Rooms are not heard now")

    async def publish(self, channel: str, publication: Publication, *, options: ChannelOptions) -> Position:
        """Publish; whatever waits for the same channel goes with it in one trip."""
        place: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(channel)
        if waiting is None:
            self._waiting[channel] = [(publication, place)]
            self._keep(asyncio.create_task(self._ingest(channel, options), name="rooms-ingest"))
        else:
            waiting.append((publication, place))
        return await place

    async def publish_many(
        self, channel: str, publications: Sequence[Publication], *, options: ChannelOptions
    ) -> Position:
        """Publish in order, in one trip."""
        batch = rooms.batch_of(publications)
        if not options.keeps:
            await self._ask("PUBLISH", self._name(channel), b"P 0 " + batch)
            return Position(epoch="")
        answer = await self._run(
            rooms.PUBLISH,
            self._keys(channel, "place", "said"),
            secrets.token_hex(4),
            len(publications),
            options.history_size,
            int(options.history_ttl_s * 1_000),
            max(_PLACE_MS, int(options.history_ttl_s * 2_000)),
            self._name(channel),
            batch,
        )
        assert isinstance(answer, list)
        return Position(epoch=answer[0].decode(), offset=answer[1])

    async def fan_out(self, channel: str, publications: Sequence[Publication], *, epoch: str) -> None:
        """Tell all nodes what has its offsets already."""
        told = []
        for run in rooms.runs_of(publications):
            head = b"P%b %d " % (epoch.encode(), run[-1].offset)
            told.append(self._ask("PUBLISH", self._name(channel), head + rooms.batch_of(run)))
        await asyncio.gather(*told)

    async def history(
        self, channel: str, *, options: ChannelOptions, since: int | None = None, limit: int = -1, reverse: bool = False
    ) -> History:
        """Return what is remembered; the question alone gives a channel its epoch."""
        answer = await self._run(
            rooms.HISTORY,
            self._keys(channel, "place", "said"),
            secrets.token_hex(4),
            max(_PLACE_MS, int(options.history_ttl_s * 2_000)),
            0 if since is None else since + 1,
            limit,
            int(reverse),
            # Batches that lie wholly outside may be first in line, so only the simple questions are cut short there.
            int(not reverse or since is None),
        )
        return rooms.history_in(answer, since=since, limit=limit, reverse=reverse, size=options.history_size)

    async def remove_history(self, channel: str) -> None:
        """Forget what was said; the place stays."""
        await self._ask("DEL", *self._keys(channel, "said"))

    async def subscribe(self, channel: str) -> None:
        """Begin to hear a channel."""
        assert self._hearing is not None, "a broker that was not started hears nothing"
        await self._hearing.add(self._name(channel))

    async def unsubscribe(self, channel: str) -> None:
        """Cease to hear a channel."""
        assert self._hearing is not None, "a broker that was not started hears nothing"
        self._hearing.remove(self._name(channel))

    async def enter(self, channel: str, occupant: Occupant, *, ttl_s: float, announce: bool = False) -> None:
        """Count somebody in."""
        await self._run(
            rooms.ENTER,
            self._keys(channel, "who", "until", "users"),
            occupant.client,
            occupant.user,
            rooms.occupant_written(occupant),
            int(ttl_s * 1_000),
            self._name(channel) if announce else "",
        )

    async def leave(self, channel: str, occupant: Occupant, *, announce: bool = False) -> None:
        """Count somebody out."""
        await self._run(
            rooms.LEAVE,
            self._keys(channel, "who", "until", "users"),
            occupant.client,
            rooms.occupant_written(occupant),
            self._name(channel) if announce else "",
        )

    async def presence(self, channel: str) -> Mapping[str, Occupant]:
        """Return who is in a channel."""
        held = await self._run(rooms.WHO, self._keys(channel, "who", "until", "users"))
        assert isinstance(held, list)
        found = [rooms.occupant_read(value.split(b"\0", 1)[1]) for value in held]
        return {one.client: one for one in found}

    async def crowd(self, channel: str) -> Crowd:
        """Return how many are in a channel."""
        counts = await self._run(rooms.HOW_MANY, self._keys(channel, "who", "until", "users"))
        assert isinstance(counts, list)
        return Crowd(clients=counts[0], users=counts[1])

    async def control(self, control: Control) -> None:
        """Tell every node to close something; what Valkey does not take now is told as soon as it does."""
        try:
            await self._tell_control(control)
        except RoomsUnavailable:
            if not self._untold:
                self._keep(asyncio.create_task(self._tell_again(), name="rooms-controls"))
            if len(self._untold) < _MOST_CONTROLS:
                self._untold.append((asyncio.get_running_loop().time() + _CONTROL_FOR_S, control))

    async def reach(self, node: str) -> None:
        """Begin to hear what other nodes pass on to this one."""
        assert self._hearing is not None, "a broker that was not started hears nothing"
        await self._hearing.add(self._node + node)

    async def pass_on(self, node: str, data: bytes) -> bool:
        """Hand something to one node."""
        return bool(await self._ask("PUBLISH", self._node + node, data))

    async def _tell_again(self) -> None:
        while self._untold:
            await asyncio.sleep(_CONTROL_EVERY_S)
            now = asyncio.get_running_loop().time()
            self._untold = [one for one in self._untold if one[0] > now]
            with contextlib.suppress(RoomsUnavailable):
                while self._untold:
                    await self._tell_control(self._untold[0][1])
                    self._untold.pop(0)

    async def _tell_control(self, control: Control) -> None:
        if control.at:
            await self._run(CLOSE, [self._closings.key], *close_words(control, news=self._control))
        else:
            await self._ask("PUBLISH", self._control, _encode_control(control))

    def _controlled(self, control: Control) -> None:
        assert self._sink is not None
        self._sink.controlled(control)

    def _interrupted(self) -> None:
        """Look after what was closed meanwhile, and after a Valkey that forgot it; then after the rooms."""
        assert self._sink is not None
        self._keep(asyncio.create_task(self._agree(), name="rooms-closings"))
        self._sink.interrupted()

    async def _agree(self) -> None:
        while True:
            try:
                return await self._closings.compare(self._ask)
            except RoomsUnavailable:
                await asyncio.sleep(_CONTROL_EVERY_S)

    async def _ingest(self, channel: str, options: ChannelOptions) -> None:
        """Publish what waits for a channel, batch after batch, until nothing does."""
        await asyncio.sleep(0)
        try:
            while waiting := self._waiting[channel]:
                self._waiting[channel] = []
                try:
                    last = await self.publish_many(channel, [one for one, _ in waiting], options=options)
                except (RoomsUnavailable, WireError) as error:
                    _failed(waiting, error)
                except BaseException:
                    _failed(waiting, RoomsUnavailable("it was stopped"))
                    raise
                else:
                    _placed(waiting, last)
        finally:
            _failed(self._waiting.pop(channel), RoomsUnavailable("it was stopped"))

    def _heard(self, name: bytes, said: bytes) -> None:
        assert self._sink is not None
        if name == self._control.encode():
            control = _decode_control(said)
            self._closings.learn(control)
            self._sink.controlled(control)
            return
        if name.startswith(self._node.encode()):
            self._sink.passed_on(said)
            return
        channel = name[len(self._prefix) :].decode()
        kind = said[:1]
        if kind == b"P":
            epoch, top, batch = said[1:].split(b" ", 2)
            for publication in rooms.publications_in(batch, int(top)):
                self._sink.heard(channel, publication, epoch.decode())
        elif kind == b"J":
            self._sink.joined(channel, rooms.occupant_read(said[1:]))
        elif kind == b"L":
            self._sink.left(channel, rooms.occupant_read(said[1:]))

    async def _run(self, script: str, keys: Sequence[str], *arguments: Word) -> object:
        try:
            return await self._ask("EVALSHA", _SHA[script], len(keys), *keys, *arguments)
        except WireError as error:
            if not error.detail.startswith("NOSCRIPT"):
                raise
            return await self._ask("EVAL", script, len(keys), *keys, *arguments)

    async def _ask(self, *words: Word) -> object:
        wire = self._wire
        if wire is None or not wire.is_open:
            wire = await self._open()
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await wire.ask(*words)
        except TimeoutError:
            # Whoever is silent for so long is not waited for by those that come next.
            wire.close()
            raise RoomsUnavailable("Valkey did not answer in time", retry_after_s=1) from None

    async def _open(self) -> Wire:
        loop = asyncio.get_running_loop()
        async with self._opening:
            if self._wire is not None and self._wire.is_open:
                return self._wire
            if loop.time() < self._down_until:
                raise RoomsUnavailable("Valkey went away", retry_after_s=1)
            wire = Wire()
            try:
                await self._address.open(wire)
            except RoomsUnavailable:
                self._down_until = loop.time() + _PAUSE_S
                log.warning("kit.rooms_down")
                raise
            self._wire = wire
            return wire

    def _name(self, channel: str) -> str:
        return self._prefix + channel

    def _keys(self, channel: str, *kinds: str) -> list[str]:
        # In braces, so that a cluster keeps all of a room together.
        return [f"{self._prefix}{{{channel}}}:{kind}" for kind in kinds]

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _placed(waiting: Waiting, last: Position) -> None:
    first = last.offset - len(waiting) + 1
    for index, (_, place) in enumerate(waiting):
        if not place.done():
            place.set_result(Position(epoch=last.epoch, offset=first + index if last.offset else 0))


def _failed(waiting: Waiting, error: StoaError) -> None:
    for _, place in waiting:
        if not place.done():
            place.set_exception(error)
