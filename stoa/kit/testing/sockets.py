"""Clients of a socket node without a network: a pipe that writes down, a gate that lets in, a keeper of rows."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import Broker, ChannelOptions, History, Position, Publication
from stoa.kit.realtime.channels import namespace_of
from stoa.kit.realtime.client import Client
from stoa.kit.realtime.codes import Code, Ended, Refused
from stoa.kit.realtime.frames import Frame
from stoa.kit.realtime.gate import Admission, Gate, Knock, Member, Seat
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.realtime.node import Node, NodeSettings
from stoa.kit.realtime.pipe import Pipe
from stoa.kit.testing.waiting import until

BAD, OLD = "bad", "old"
Json = Any  # any: lines of the protocol are JSON of many shapes
KEPT = ChannelOptions(history_size=100, history_ttl_s=300, recovery=True, positioned=True, allow_publish=True)
OPTIONS: Mapping[str, ChannelOptions] = {
    "": KEPT,
    "small": ChannelOptions(history_size=2, history_ttl_s=300, recovery=True),
    "fleeting": ChannelOptions(allow_publish=True),
    "delta": ChannelOptions(history_size=100, history_ttl_s=300, recovery=True, delta=True),
    "class": ChannelOptions(lossless=True, recovery=True, positioned=True),
    "hall": ChannelOptions(presence=True, join_leave=True, allow_presence=True),
}


class Notepad(Pipe):
    """A pipe that keeps every line written to it."""

    def __init__(self) -> None:
        self.lines: list[Json] = []
        self.writes = 0
        self.closed: Code | None = None
        self.behind = 0

    def write(self, payload: bytes) -> None:
        """Keep lines; a line that is not JSON fails here."""
        self.writes += 1
        self.lines += [msgspec.json.decode(line) for line in payload.split(b"\n")]

    def frame(self, frame: Frame) -> None:
        """Keep the lines of a shared frame."""
        self.write(frame.payload)

    def close(self, why: Code) -> None:
        """Keep why."""
        self.closed = why

    def abort(self) -> None:
        """Note that it was cut."""
        self.closed = codes.CONNECTION_CLOSED

    def behind_bytes(self) -> int:
        """Return what the test says."""
        return self.behind


class Guest:
    """A client that a test speaks for."""

    def __init__(self, node: Node, *, address: str = "203.0.113.7") -> None:
        self.pipe = Notepad()
        opened = node.open(self.pipe, address=address, headers={})
        assert opened is not None, "there was no room"
        self.client: Client = opened
        self._number = 0

    def say(self, **command: Json) -> int:
        """Send a command and return its number."""
        self._number += 1
        self.client.receive(msgspec.json.encode({"id": self._number, **command}))
        return self._number

    async def ask(self, **command: Json) -> Json:
        """Send a command and return its reply's body, or the error with its code."""
        number = self.say(**command)
        (kind,) = command
        await until(lambda: self.reply(number) is not None, why="the reply")
        found = self.reply(number)
        return found.get(kind, found.get("error"))

    def reply(self, number: int) -> Json:
        """Return the reply to a command, None until it came."""
        return next((line for line in self.pipe.lines if line.get("id") == number), None)

    def pushes(self, kind: str) -> list[Json]:
        """Return the pushes of a kind in the order they came."""
        found = (line["push"] for line in self.pipe.lines if "push" in line)
        return [push[kind] for push in found if kind in push]

    def heard(self) -> list[Json]:
        """Return the data of the publications that were pushed."""
        return [one["data"] for one in self.pushes("pub")]


class OpenGate(Gate):
    """Lets in whom the token names ("ada", or nobody); `until` makes rights end, `is_slow` makes it answer later."""

    def __init__(self, options: Mapping[str, ChannelOptions] | None = None) -> None:
        self.options = options or OPTIONS
        self.until = 0.0
        self.is_slow = False
        self.seats: dict[str, Seat] = {}

    def connect(self, knock: Knock) -> Admission | Awaitable[Admission]:
        """Let somebody in; "bad" is a bad token."""
        if knock.token == BAD:
            raise Ended(codes.INVALID_TOKEN)
        admission = Admission(
            user=knock.token, expires_at=self.until, account=knock.token, organization="org", seats=self.seats
        )
        return _later(admission) if self.is_slow else admission

    def refresh(self, member: Member, token: str) -> Admission | Awaitable[Admission]:
        """Extend; "old" is a token that ran out."""
        if token == OLD:
            raise Refused(codes.TOKEN_EXPIRED)
        admission = Admission(user=member.user, expires_at=self.until)
        return _later(admission) if self.is_slow else admission

    def subscribe(self, member: Member, channel: str, token: str, data: bytes | None) -> Seat | Awaitable[Seat]:
        """Let anybody follow; "old" is a token that ran out."""
        options = self.options_of(channel)
        if options is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        if token == OLD:
            raise Refused(codes.TOKEN_EXPIRED)
        seat = Seat(options=options, expires_at=self.until)
        return _later(seat) if self.is_slow else seat

    def sub_refresh(self, member: Member, channel: str, token: str) -> Seat:
        """Extend; "old" is a token that ran out."""
        if token == OLD:
            raise Refused(codes.TOKEN_EXPIRED)
        return Seat(options=self.options[namespace_of(channel)], expires_at=self.until)

    def options_of(self, channel: str) -> ChannelOptions | None:
        """Return a namespace's options."""
        return self.options.get(namespace_of(channel))


class Rows(Keeper):
    """A keeper whose rows are a list; the epoch is the stream's name."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.asked: list[int] = []

    async def channel_position(self, *, channel: str) -> Position:
        """Return the number of rows."""
        return Position(epoch="rows", offset=len(self.kept))

    async def channel_history(self, *, channel: str, after: int, limit: int) -> History:
        """Return rows."""
        self.asked.append(after)
        await asyncio.sleep(0)
        found = [
            Publication(data=data, offset=offset)
            for offset, data in enumerate(self.kept[after : after + limit], start=after + 1)
        ]
        return History(position=Position(epoch="rows", offset=len(self.kept)), publications=found)


async def a_node(
    clock: Clock,
    *,
    hall: Hall | None = None,
    broker: Broker | None = None,
    gate: Gate | None = None,
    rows: Rows | None = None,
    settings: NodeSettings | None = None,
) -> Node:
    """Return a started node over a broker in memory."""
    node = Node(
        gate=gate or OpenGate(),
        broker=broker or MemoryBroker(hall or Hall(clock)),
        clock=clock,
        keepers={"class": rows} if rows is not None else {},
        settings=settings,
    )
    await node.start()
    return node


async def _later(answer: Any) -> Any:  # any: an admission or a seat
    await asyncio.sleep(0)
    return answer
