"""One of the crowd: a guest with a socket who follows the room as an SDK does, and comes back when cut off."""

import random
from typing import Protocol

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from stoa.kit.contract import Struct

_CONNECT = 1
# A socket of somebody who only reads: the kernel's buffers do the rest.
_BUFFER_BYTES = 2048
_LEAST_WAIT_S, _MOST_WAIT_S = 0.5, 20.0
_TERMINAL = range(3500, 4000)


class Channel(Struct, frozen=True, kw_only=True):
    """A channel with the token that opens it."""

    channel: str
    token: str = ""


class Seat(Struct, frozen=True, kw_only=True):
    """What somebody who joined was given."""

    class_id: str
    join_token: str
    connection_token: str
    channels: list[Channel]
    websocket: str
    renew_in_s: float = 60.0


class Heard(Struct, frozen=True, kw_only=True):
    """A frame that all in the room get alike, read once."""

    channel: str
    publications: int
    offset: int
    sent: list[float]


class Room(Protocol):
    """What a person needs of the crowd."""

    def heard(self, payload: bytes) -> Heard | None:
        """Count a delivery and return what a shared frame says; None where it is for one person alone."""
        ...

    def arrived(self, person: "Person") -> None:
        """Take the news that somebody follows all channels."""
        ...

    def cut_off(self, person: "Person", *, was_here: bool, ends: bool) -> None:
        """Take the news that a socket is gone."""
        ...

    def not_recovered(self, person: "Person") -> None:
        """Take the news that somebody missed something for good."""
        ...

    def refused(self, person: "Person", words: str) -> None:
        """Take the news that the server refused a command."""
        ...


class Person(WSListener):
    """Connects, subscribes to the channels of the seat, answers pings, remembers positions for the way back."""

    def __init__(self, number: int, pass_: str, room: Room) -> None:
        super().__init__()
        self.number = number
        self.pass_ = pass_
        self.seat: Seat | None = None
        self.tries = 0
        self._room = room
        self._transport: WSTransport | None = None
        self._positions: dict[str, tuple[str, int]] = {}
        self._following = 0
        self._ends = False

    @property
    def is_here(self) -> bool:
        """Say whether all channels are followed."""
        return self.seat is not None and self._following == len(self.seat.channels)

    async def connect(self) -> None:
        """Open the socket; what comes of it is told to the room."""
        assert self.seat is not None
        self._following, self._ends = 0, False
        await ws_connect(
            lambda: self,
            self.seat.websocket,
            websocket_handshake_timeout=30,
            extra_headers={"stoa-load": self.pass_},
            read_buffer_init_size=_BUFFER_BYTES,
        )

    def wait_s(self) -> float:
        """Return how long to wait before the next try: twice as long each time, with a roll of the dice."""
        most = min(_MOST_WAIT_S, _LEAST_WAIT_S * 2**self.tries)
        self.tries += 1
        return min(_MOST_WAIT_S, _LEAST_WAIT_S + random.uniform(0, most))

    def leave(self) -> None:
        """Go for good."""
        self._ends = True
        if self._transport is not None:
            self._transport.disconnect()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Say who one is."""
        assert self.seat is not None
        self._transport = transport
        self._say({"id": _CONNECT, "connect": {"token": self.seat.connection_token, "name": "crowd"}})

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Tell the room that one is gone."""
        was_here, self._following, self._transport = self.is_here, 0, None
        self._room.cut_off(self, was_here=was_here, ends=self._ends)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Read a frame: mostly one that everybody got."""
        if frame.msg_type == WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            if not self._hear(payload):
                for line in payload.split(b"\n"):
                    if not self._hear(line):
                        self._read(line)
        elif frame.msg_type == WSMsgType.CLOSE:
            self._ends = self._ends or int.from_bytes(frame.get_payload_as_bytes()[:2], "big") in _TERMINAL
            transport.disconnect()

    def _hear(self, payload: bytes) -> bool:
        heard = self._room.heard(payload)
        if heard is None:
            return False
        position = self._positions.get(heard.channel)
        if position is not None and heard.offset:
            self._positions[heard.channel] = (position[0], heard.offset)
        return True

    def _read(self, line: bytes) -> None:
        if line == b"{}":
            self._say_bytes(b"{}")
            return
        said = msgspec.json.decode(line)
        number = said.get("id")
        if "error" in said:
            self._room.refused(self, str(said["error"].get("message", said["error"])))
            if self._transport is not None:
                self._transport.disconnect()
        elif number == _CONNECT:
            self._subscribe()
        elif number is not None and "subscribe" in said:
            self._subscribed(number - _CONNECT - 1, said["subscribe"])
        elif "push" in said and "unsubscribe" in said["push"]:
            self._following -= 1
            self._subscribe(only=said["push"]["channel"])

    def _subscribe(self, only: str = "") -> None:
        assert self.seat is not None
        for place, channel in enumerate(self.seat.channels):
            if only and channel.channel != only:
                continue
            wish: dict[str, object] = {"channel": channel.channel}
            if channel.token:
                wish["token"] = channel.token
            if channel.channel in self._positions:
                epoch, offset = self._positions[channel.channel]
                wish |= {"recover": True, "epoch": epoch, "offset": offset}
            self._say({"id": _CONNECT + 1 + place, "subscribe": wish})

    def _subscribed(self, place: int, answer: dict[str, object]) -> None:
        assert self.seat is not None
        channel = self.seat.channels[place].channel
        missed = answer.get("publications") or []
        assert isinstance(missed, list)
        offset = max([int(str(answer.get("offset", 0))), *(one.get("offset", 0) for one in missed)])
        if channel in self._positions and answer.get("was_recovering") and not answer.get("recovered"):
            self._room.not_recovered(self)
        if answer.get("recoverable"):
            self._positions[channel] = (str(answer.get("epoch", "")), offset)
        self._following += 1
        if self.is_here:
            self.tries = 0
            self._room.arrived(self)

    def _say(self, command: dict[str, object]) -> None:
        self._say_bytes(msgspec.json.encode(command))

    def _say_bytes(self, text: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, text)


async def arrive(person: Person) -> str:
    """Connect, and return what went wrong, empty where nothing did."""
    try:
        await person.connect()
    except (OSError, TimeoutError, WSError) as error:
        return f"{type(error).__name__}: {error}"[:80]
    return ""
