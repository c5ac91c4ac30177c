"""How a client comes into a room and out of it: filled first, what was missed told, presence counted."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Raw

from stoa.kit.realtime import codes, wire
from stoa.kit.realtime.broker import Occupant
from stoa.kit.realtime.client import Client, Work
from stoa.kit.realtime.codes import Ended, Refused
from stoa.kit.realtime.gate import Seat
from stoa.kit.realtime.room import Room, State, Subscription, differing

if TYPE_CHECKING:
    from stoa.kit.realtime.node import Node

# A client's wish to be refused, with 112, rather than let in without what it missed.
REJECT_UNRECOVERED = 2
PRESENCE_TTL_S = 75.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A subscription about to be made; `place` is where the client says it stands."""

    channel: str
    seat: Seat
    place: wire.Place | None
    is_delta: bool
    is_strict: bool
    server_side: bool


class Following:
    """Joins are synchronous, so that no tick comes between what is recovered and what is told live."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._rooms = node.rooms
        self._broker = node.broker

    def is_ready(self, wish: Wish) -> bool:
        """Tell whether a client can be let in at once."""
        room = self._rooms.open(wish.channel, wish.seat.options)
        if room.state is not State.READY:
            return False
        return wish.place is None or not self._rooms.lies_before(room, wish.place.offset)

    @asynccontextmanager
    async def prepared(self, client: Client, wishes: Sequence[Wish]) -> AsyncIterator[None]:
        """Fill the rooms, and hold them until the body has joined them."""
        rooms = [self._rooms.open(wish.channel, wish.seat.options) for wish in wishes]
        for room in rooms:
            room.holds += 1
        try:
            while any(room.state is not State.READY for room in rooms):
                for room in rooms:
                    await self._rooms.ready(room)
            for room, wish in zip(rooms, wishes, strict=True):
                if wish.place is not None:
                    await self._rooms.reach_back(room, wish.place.offset)
            if client.is_ended:
                raise Ended(codes.CONNECTION_CLOSED)
            yield
        finally:
            for room in rooms:
                room.holds -= 1

    def join(self, client: Client, wish: Wish) -> wire.Subscribed:
        """Let a client in and return the answer, which the caller writes before anything else can happen."""
        room = self._rooms.open(wish.channel, wish.seat.options)
        if wish.channel in client.subscriptions:
            raise Refused(codes.ALREADY_SUBSCRIBED)
        answer = wire.Subscribed(delta=wish.is_delta)
        subscription = Subscription(room, wish.seat, delta=wish.is_delta, server_side=wish.server_side)
        if room.options.recovery or room.options.positioned:
            self._place(room, wish, answer, subscription)
        if wish.seat.expires_at:
            answer.expires = True
            answer.ttl = max(1, math.ceil(wish.seat.expires_at - self._node.unix_now()))
        client.subscriptions[wish.channel] = subscription
        room.enter(client, subscription)
        return answer

    async def announce(self, client: Client, channel: str) -> None:
        """Count a client in where a channel has presence, and tell the others where it does that."""
        subscription = client.subscriptions.get(channel)
        if subscription is None or not subscription.room.options.presence:
            return
        options = subscription.room.options
        occupant = self.occupant(client, subscription.seat)
        subscription.listed = True
        await self._broker.enter(channel, occupant, ttl_s=PRESENCE_TTL_S, announce=options.join_leave)
        if client.is_ended or client.subscriptions.get(channel) is not subscription:
            await self._broker.leave(channel, occupant, announce=options.join_leave)

    def leave(self, client: Client, channel: str) -> Work | None:
        """Let a client out; what is returned counts it out of the presence."""
        subscription = client.subscriptions.pop(channel, None)
        if subscription is None:
            return None
        subscription.room.leave(client)
        if not subscription.listed:
            return None
        occupant = self.occupant(client, subscription.seat)
        return self._broker.leave(channel, occupant, announce=subscription.room.options.join_leave)

    def leave_all(self, client: Client) -> None:
        """Let a client out of every room."""
        for channel in list(client.subscriptions):
            work = self.leave(client, channel)
            if work is not None:
                self._node.tasks.start(work)

    def remind(self, client: Client) -> Work | None:
        """Say again that a client is here, before the broker counts it out."""
        listed = [(channel, one) for channel, one in client.subscriptions.items() if one.listed]
        return self._remind(client, listed) if listed else None

    async def _remind(self, client: Client, listed: list[tuple[str, Subscription]]) -> None:
        for channel, subscription in listed:
            if client.subscriptions.get(channel) is subscription:
                await self._broker.enter(channel, self.occupant(client, subscription.seat), ttl_s=PRESENCE_TTL_S)

    def occupant(self, client: Client, seat: Seat | None) -> Occupant:
        """Return who a client is in a channel."""
        assert client.member is not None
        return Occupant(
            client=client.uid,
            user=client.member.user,
            conn_info=client.member.info,
            chan_info=seat.info if seat is not None else None,
        )

    def _place(self, room: Room, wish: Wish, answer: wire.Subscribed, subscription: Subscription) -> None:
        """Say where the stream stands, and what the client missed of it."""
        answer.positioned = True
        answer.recoverable = room.options.recovery
        answer.epoch = room.ring.epoch
        answer.offset = room.ring.top
        if wish.place is None or not room.options.recovery:
            return
        answer.was_recovering = True
        missed = room.ring.since(wish.place.offset) if wish.place.epoch in ("", room.ring.epoch) else None
        if missed is None:
            self._node.tally.missed += 1
            if wish.is_strict:
                raise Refused(codes.UNRECOVERABLE_POSITION)
            return
        self._node.tally.recovered += 1
        answer.recovered = True
        # Each publication moves the client's place; one that leaves amid them comes back to where it was.
        answer.offset = wish.place.offset
        if not missed:
            return
        if wish.is_delta:
            befores = [None, *(one.data for one in missed)]
            lines = (differing(before, one) for before, one in zip(befores, missed, strict=False))
            answer.publications = Raw(wire.array(lines))
            subscription.based = True
            return
        joined = room.recoveries.get(wish.place.offset)
        if joined is None:
            joined = wire.array(wire.publication(one) for one in missed)
            room.recoveries[wish.place.offset] = joined
        answer.publications = Raw(joined)
