"""One socket server: its clients, its rooms, and the beat by which it looks after both."""

import asyncio
import itertools
import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from stoa.kit.clock import Clock
from stoa.kit.errors import Unavailable
from stoa.kit.realtime import codes, wire
from stoa.kit.realtime.admission import Admission
from stoa.kit.realtime.broker import Broker, Control, Occupant, Publication
from stoa.kit.realtime.channels import namespace_of
from stoa.kit.realtime.client import Client
from stoa.kit.realtime.codes import Code
from stoa.kit.realtime.commands import Commands
from stoa.kit.realtime.following import Following
from stoa.kit.realtime.frames import Frame
from stoa.kit.realtime.gate import Gate
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.realtime.pipe import Pipe
from stoa.kit.realtime.room import Pace, Room, Tally
from stoa.kit.realtime.rooms import Memory, Rooms
from stoa.kit.realtime.tasks import Tasks

BEAT_S = 0.25
_STALL_S = 3.0
_CLOSED_AT_ONCE = 40
_PING = Frame(wire.PING)


@dataclass(frozen=True, kw_only=True)
class NodeSettings:
    """The knobs of a socket server; a limit of 0 is none."""

    ping_s: int = 25
    pong_s: int = 8
    hello_s: float = 15.0
    grace_s: float = 25.0
    message_bytes: int = 65_536
    messages_per_s: int = 50
    bytes_per_s: int = 131_072
    commands_waiting: int = 512
    channels_per_client: int = 128
    history_at_most: int = 1_000
    # From the high water on a client counts as behind, and stays so until a quarter of it is left.
    high_water_bytes: int = 32_768
    behind_bytes: int = 262_144
    behind_s: float = 5.0
    connections: int = 0
    per_address: int = 0
    per_account: int = 0
    per_organization: int = 0
    memory: Memory = field(default_factory=Memory)
    pace: Pace = field(default_factory=Pace)


class Node:
    """Everything happens on one event loop; a client costs no task and no timer."""

    def __init__(
        self,
        *,
        gate: Gate,
        broker: Broker,
        clock: Clock,
        keepers: Mapping[str, Keeper] | None = None,
        settings: NodeSettings | None = None,
        name: str = "",
    ) -> None:
        self.gate = gate
        self.broker = broker
        self.settings = settings or NodeSettings()
        self.name = name or fresh_id()
        self.tally = Tally()
        self.tasks = Tasks()
        self.is_draining = False
        # Whoever speaks for emulated clients takes what other nodes got for them.
        self.on_passed: Callable[[bytes], None] | None = None
        self.now = clock.monotonic()
        self._clock = clock
        self._keepers = keepers or {}
        limits = self.settings
        self.admission = Admission(
            connections=limits.connections,
            per_address=limits.per_address,
            per_account=limits.per_account,
            per_organization=limits.per_organization,
        )
        self.rooms = Rooms(
            broker,
            self._keepers,
            tasks=self.tasks,
            tally=self.tally,
            memory=limits.memory,
            pace=limits.pace,
            held_bytes=limits.behind_bytes,
            insufficient=self._tell_insufficient,
        )
        self.rooms.now = self.now
        self.following = Following(self)
        self.commands = Commands(self)
        self._clients: dict[str, Client] = {}
        self._strangers: dict[Client, float] = {}
        self._choked: dict[Client, float] = {}
        self._clogged: dict[Client, None] = {}
        self._users: dict[str, Client | list[Client]] = {}
        self._slots: list[dict[Client, None]] = [{} for _ in range(limits.ping_s)]
        self._turn = 0
        self._patient_until = 0.0
        self._second = int(self.now)
        self._beating: asyncio.Handle | None = None

    async def start(self) -> None:
        """Listen to the broker and begin to beat."""
        await self.broker.start(self)
        self._beat()

    async def stop(self) -> None:
        """Close every socket and let go of the broker."""
        self.is_draining = True
        if self._beating is not None:
            self._beating.cancel()
        for client in list(self._clients.values()):
            client.end(codes.SHUTDOWN)
        await self.rooms.stop()
        await self.tasks.stop()
        await self.broker.stop()

    async def drain(self, *, over_s: float, waves: int = 20) -> None:
        """Send the clients elsewhere in waves, each at a moment of its own, and take nobody new."""
        self.is_draining = True
        clients = list(self._clients.values())
        random.shuffle(clients)
        for wave in range(waves):
            for client in clients[wave::waves]:
                client.end(codes.SHUTDOWN)
            if self._clients:
                await asyncio.sleep(over_s / waves * random.uniform(0.5, 1.5))

    def unix_now(self) -> float:
        """Return the present in Unix seconds, as tokens count."""
        return self._clock.now().timestamp()

    def open(self, pipe: Pipe, *, address: str, headers: dict[str, str]) -> Client | None:
        """Take a new connection, None where there is no room for it."""
        if self.is_draining or not self.admission.may_open(address):
            self.tally.refused += 1
            return None
        client = Client(self, pipe, uid=fresh_id(), address=address, headers=headers)
        client.tickets = self.admission.open_from(address)
        if pipe.is_emulated:
            client.session = fresh_id() + fresh_id()
        self._clients[client.session or client.uid] = client
        self._strangers[client] = self.now + self.settings.hello_s
        return client

    def welcome(self, client: Client) -> None:
        """Take note of who a client turned out to be."""
        assert client.member is not None
        self._strangers.pop(client, None)
        # In turns: those who come in the same second would be pinged in the same second, thousands before any tick.
        self._turn = (self._turn + 1) % len(self._slots)
        self._slots[self._turn][client] = None
        known = self._users.get(client.member.user)
        if known is None:
            self._users[client.member.user] = client
        elif isinstance(known, Client):
            self._users[client.member.user] = [known, client]
        else:
            known.append(client)

    def forget(self, client: Client) -> None:
        """Let go of a client that is gone."""
        if self._clients.pop(client.session or client.uid, None) is None:
            return
        self.admission.close(client.tickets)
        self._strangers.pop(client, None)
        self._choked.pop(client, None)
        self._clogged.pop(client, None)
        for slot in self._slots:
            if slot.pop(client, False) is None:
                break
        if client.member is not None:
            self._forget_user(client, client.member.user)
            self.following.leave_all(client)

    def by_session(self, session: str) -> Client | None:
        """Return the client of an emulated connection."""
        client = self._clients.get(session)
        return client if client is not None and client.session == session else None

    def choked(self, client: Client, *, is_choked: bool) -> None:
        """Take note that a client reads too slowly, or caught up."""
        if is_choked:
            self._choked.setdefault(client, self._clock.monotonic())
        else:
            self._choked.pop(client, None)

    def clogged(self, client: Client) -> None:
        """Take note that a socket does not take more for now: its rooms write to it again when it is cleared."""
        self._clogged[client] = None
        for one in client.subscriptions.values():
            one.room.hold(client)

    def cleared(self, client: Client) -> None:
        """Write what waited for a socket that takes more again."""
        self._clogged.pop(client, None)
        self._choked.pop(client, None)
        for one in list(client.subscriptions.values()):
            if not client.pipe.is_clear:
                break
            if not one.room.release(client):
                self._close_one(client)
                break

    def behind(self, client: Client) -> int:
        """Return how much waits for a client."""
        return client.pipe.behind_bytes() + sum(one.room.held_bytes(client) for one in client.subscriptions.values())

    def keeper_of(self, channel: str) -> Keeper:
        """Return who owns a lossless channel's history."""
        keeper = self._keepers.get(namespace_of(channel))
        if keeper is None:
            raise Unavailable(f"Nobody keeps the history of {namespace_of(channel)}.")
        return keeper

    @property
    def connections(self) -> int:
        """Return how many sockets are open."""
        return len(self._clients)

    @property
    def behind_bytes(self) -> int:
        """Return how much waits for clients that read slowly."""
        return sum(self.behind(client) for client in {**self._choked, **self._clogged})

    def clients_of(self, user: str) -> Iterator[Client]:
        """Return the sockets of a user on this node."""
        known = self._users.get(user)
        if known is not None:
            yield from list(known) if isinstance(known, list) else [known]

    def heard(self, channel: str, publication: Publication, epoch: str) -> None:
        """Take a publication from the broker."""
        self.rooms.heard(channel, publication, epoch)

    def joined(self, channel: str, occupant: Occupant) -> None:
        """Tell a room that somebody came."""
        room = self.rooms.get(channel)
        if room is not None:
            room.tell_line(wire.join_push(channel, occupant))

    def left(self, channel: str, occupant: Occupant) -> None:
        """Tell a room that somebody went."""
        room = self.rooms.get(channel)
        if room is not None:
            room.tell_line(wire.leave_push(channel, occupant))

    def controlled(self, control: Control) -> None:
        """Close what a control message names, on this node; what news closes the gate decides."""
        if control.kind:
            self.gate.told(control)
            return
        self.gate.closed(control)
        for client in self.clients_of(control.user):
            assert client.member is not None
            if client.uid == control.except_client or (control.session and client.member.session != control.session):
                continue
            if control.channel:
                why = Code(control.code or codes.UNSUBSCRIBED_INSUFFICIENT.code, control.reason or "closed")
                self.unsubscribe(client, control.channel, why)
            else:
                why = Code(control.code or codes.FORCE_NO_RECONNECT.code, control.reason or "force disconnect")
                client.end(why)

    def passed_on(self, data: bytes) -> None:
        """Take what another node got for a client of this one."""
        if self.on_passed is not None:
            self.on_passed(data)

    def interrupted(self) -> None:
        """Look after every room, since the broker was gone for a moment."""
        self.rooms.interrupted()

    def unsubscribe(self, client: Client, channel: str, why: Code) -> None:
        """End one subscription by the server's doing."""
        if channel not in client.subscriptions:
            return
        work = self.following.leave(client, channel)
        if work is not None:
            self.tasks.start(work)
        client.push(wire.unsubscribe_push(channel, why))

    def _tell_insufficient(self, room: Room) -> None:
        for client in list(room.members):
            self.unsubscribe(client, room.channel, codes.UNSUBSCRIBED_INSUFFICIENT)

    def _forget_user(self, client: Client, user: str) -> None:
        known = self._users.get(user)
        if known is client:
            del self._users[user]
        elif isinstance(known, list) and client in known:
            known.remove(client)
            if len(known) == 1:
                self._users[user] = known[0]

    def _beat(self) -> None:
        # The next beat is set first: an error in this one must not be the last thing the node does.
        self._beating = asyncio.get_running_loop().call_later(BEAT_S, self._beat)
        self.look()

    def look(self) -> None:
        """Do what is due: slow clients, pings, what ran out, rooms that may have missed something."""
        self.now = self._clock.monotonic()
        self._close_slow()
        if self.now - self._second > _STALL_S:
            # Nothing was read meanwhile: who has answered a ping could not be heard, and is asked again first.
            self._patient_until = self.now + self.settings.pong_s
        while self._second < int(self.now):
            self._second += 1
            self._tick_second()

    def _tick_second(self) -> None:
        for client, until in list(self._strangers.items()):
            if until > self.now:
                break
            client.end(codes.STALE)
        slots = len(self._slots)
        if self._second > self._patient_until:
            for client in list(self._slots[(self._second - self.settings.pong_s) % slots]):
                if client.pinged and not client.ponged:
                    client.end(codes.NO_PONG)
        for client in list(self._slots[self._second % slots]):
            self._visit(client)
        self.rooms.beat(self.now)

    def _visit(self, client: Client) -> None:
        """Look after one client, once in a ping's interval."""
        unix = self.unix_now()
        if client.expires_at and client.expires_at + self.settings.grace_s < unix:
            client.end(codes.CONNECTION_EXPIRED)
            return
        for channel, one in list(client.subscriptions.items()):
            if one.seat.expires_at and one.seat.expires_at + self.settings.grace_s < unix:
                self.unsubscribe(client, channel, codes.UNSUBSCRIBED_EXPIRED)
        client.pinged, client.ponged = True, False
        client.pipe.frame(_PING)
        work = self.following.remind(client)
        if work is not None:
            self.tasks.start(work)

    def _close_slow(self) -> None:
        now, limits = self._clock.monotonic(), self.settings
        for client in self._clogged:
            behind = self.behind(client)
            if behind > limits.high_water_bytes:
                self._choked.setdefault(client, now)
            elif behind <= limits.high_water_bytes // 4:
                self._choked.pop(client, None)
        slow = (
            client
            for client, since in self._choked.items()
            if self.now - since > limits.behind_s or self.behind(client) > limits.behind_bytes
        )
        # Closing takes longer than writing, and they cost nothing where they are: the others are not to wait for it.
        for client in list(itertools.islice(slow, _CLOSED_AT_ONCE)):
            self._close_one(client)

    def _close_one(self, client: Client) -> None:
        self.tally.slow += 1
        self.tally.end(codes.SLOW.code)
        client.lost()
        client.pipe.close(codes.SLOW)


def fresh_id() -> str:
    """Return 72 random bits as twelve letters and digits: a client's name is in every join, so it is short."""
    return secrets.token_urlsafe(9)
