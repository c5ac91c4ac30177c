"""What each command of the protocol does; what can be done at once returns None, the rest a coroutine."""

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from stoa.kit.realtime import codes, wire
from stoa.kit.realtime.broker import History, Occupant, Publication
from stoa.kit.realtime.client import Client, Work
from stoa.kit.realtime.codes import Ended, Refused
from stoa.kit.realtime.following import REJECT_UNRECOVERED, Wish
from stoa.kit.realtime.gate import Admission, Knock, Member, Seat
from stoa.kit.realtime.sources import KeptByOwner
from stoa.kit.realtime.wire import Command

if TYPE_CHECKING:
    from stoa.kit.realtime.node import Node

LONGEST_CHANNEL = 255
Handler = Callable[[Client, Command], Work | None]
T = TypeVar("T", Admission, Seat)


class Commands:
    """The table of commands of one node."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._gate = node.gate
        self._broker = node.broker

    def perform(self, client: Client, command: Command) -> Work | None:
        """Do what a line asks for."""
        if client.member is None:
            if command.connect is None:
                raise Ended(codes.BAD_COMMAND)
            return self._connect(client, command.id, command.connect)
        for field, handler in _HANDLERS:
            if getattr(command, field) is not None:
                return handler(self, client, command)
        if not command.id:
            client.ponged = True
            return None
        raise Refused(codes.NOT_AVAILABLE)

    def _connect(self, client: Client, number: int, wish: wire.Connect) -> Work | None:
        if self._node.is_draining:
            raise Ended(codes.SHUTDOWN)
        knock = Knock(
            client=client.uid,
            token=wish.token,
            address=client.address,
            transport=client.pipe.name,
            data=wire.given(wish.data),
            headers=client.headers,
        )
        answer = self._gate.connect(knock)
        if isinstance(answer, Admission):
            return self._admit(client, number, wish, answer)
        return self._admit_later(client, number, wish, answer)

    async def _admit_later(self, client: Client, number: int, wish: wire.Connect, asked: Awaitable[Admission]) -> None:
        work = self._admit(client, number, wish, await asked)
        if work is not None:
            await work

    def _admit(self, client: Client, number: int, wish: wire.Connect, admission: Admission) -> Work | None:
        if client.is_ended:
            return None
        client.headers = _NO_HEADERS
        client.tickets += self._node.admission.admit(account=admission.account, organization=admission.organization)
        client.member = Member(
            client=client.uid,
            user=admission.user,
            info=admission.info,
            organization=admission.organization,
            session=admission.session,
        )
        client.expires_at = admission.expires_at
        self._node.welcome(client)
        backs = wish.subs or {}
        wishes = [
            Wish(
                channel=channel,
                seat=seat,
                place=_place(backs.get(channel)),
                is_delta=False,
                is_strict=False,
                server_side=True,
            )
            for channel, seat in admission.seats.items()
        ]
        if wishes:
            return self._seat_and_answer(client, number, admission, wishes)
        self._answer_connect(client, number, admission, {})
        return None

    async def _seat_and_answer(self, client: Client, number: int, admission: Admission, wishes: list[Wish]) -> None:
        async with self._node.following.prepared(client, wishes):
            # From here to the reply nothing is awaited: a tick in between would overtake it.
            seats = {wish.channel: self._node.following.join(client, wish) for wish in wishes}
            self._answer_connect(client, number, admission, seats)
            client.flush()
        for wish in wishes:
            await self._node.following.announce(client, wish.channel)

    def _answer_connect(
        self, client: Client, number: int, admission: Admission, seats: dict[str, wire.Subscribed]
    ) -> None:
        settings = self._node.settings
        ttl = _ttl(admission.expires_at, self._node.unix_now())
        answer = wire.Connected(
            client=client.uid,
            version="stoa",
            expires=ttl > 0,
            ttl=ttl,
            data=wire.raw(admission.data),
            subs=seats or None,
            ping=settings.ping_s,
            pong=True,
            session=client.session,
            node=self._node.name if client.session else "",
        )
        client.say(wire.reply(number, "connect", answer))

    def _subscribe(self, client: Client, command: Command) -> Work | None:
        wish = command.subscribe
        assert wish is not None and client.member is not None
        if not wish.channel or len(wish.channel) > LONGEST_CHANNEL:
            raise Refused(codes.BAD_REQUEST)
        if wish.type or wish.tf is not None:
            raise Refused(codes.NOT_AVAILABLE)
        if wish.channel in client.subscriptions:
            raise Refused(codes.ALREADY_SUBSCRIBED)
        if len(client.subscriptions) >= self._node.settings.channels_per_client:
            raise Refused(codes.LIMIT_EXCEEDED)
        answer = self._gate.subscribe(client.member, wish.channel, wish.token, wire.given(wish.data))
        if isinstance(answer, Seat):
            return self._seat(client, command.id, wish, answer)
        return self._seat_later(client, command.id, wish, answer)

    async def _seat_later(self, client: Client, number: int, wish: wire.Subscribe, asked: Awaitable[Seat]) -> None:
        work = self._seat(client, number, wish, await asked)
        if work is not None:
            await work

    def _seat(self, client: Client, number: int, wish: wire.Subscribe, seat: Seat) -> Work | None:
        if client.is_ended:
            return None
        following = self._node.following
        wanted = Wish(
            channel=wish.channel,
            seat=seat,
            place=wire.Place(offset=wish.offset, epoch=wish.epoch) if wish.recover else None,
            is_delta=wish.delta == "fossil" and seat.options.delta,
            is_strict=bool(wish.flag & REJECT_UNRECOVERED),
            server_side=False,
        )
        if not following.is_ready(wanted):
            return self._seat_when_ready(client, number, wanted)
        client.say(wire.reply(number, "subscribe", following.join(client, wanted)))
        return following.announce(client, wanted.channel) if seat.options.presence else None

    async def _seat_when_ready(self, client: Client, number: int, wish: Wish) -> None:
        async with self._node.following.prepared(client, [wish]):
            client.say(wire.reply(number, "subscribe", self._node.following.join(client, wish)))
            client.flush()
        await self._node.following.announce(client, wish.channel)

    def _unsubscribe(self, client: Client, command: Command) -> Work | None:
        wish = command.unsubscribe
        assert wish is not None
        if not wish.channel:
            raise Refused(codes.BAD_REQUEST)
        work = self._node.following.leave(client, wish.channel)
        client.say(wire.done(command.id, "unsubscribe"))
        return work

    def _publish(self, client: Client, command: Command) -> Work | None:
        wish = command.publish
        assert wish is not None and client.member is not None
        data = wire.given(wish.data)
        if wish.type:
            raise Refused(codes.NOT_AVAILABLE)
        if not wish.channel or len(wish.channel) > LONGEST_CHANNEL or data is None:
            raise Refused(codes.BAD_REQUEST)
        options = self._gate.publishing(client.member, wish.channel, data, self._seat_of(client, wish.channel))
        info = wire.occupant_info(self._occupant(client, wish.channel)) if options.names_publisher else None

        async def publish() -> None:
            await self._broker.publish(wish.channel, Publication(data=data, info=info), options=options)
            client.say(wire.done(command.id, "publish"))

        return publish()

    def _presence(self, client: Client, command: Command) -> Work:
        wish = command.presence
        assert wish is not None and client.member is not None
        _check_named(wish.channel)
        self._gate.looking(client.member, wish.channel, self._seat_of(client, wish.channel))

        async def answer() -> None:
            found = await self._broker.presence(wish.channel)
            client.say(wire.present(command.id, found.values()))

        return answer()

    def _presence_stats(self, client: Client, command: Command) -> Work:
        wish = command.presence_stats
        assert wish is not None and client.member is not None
        _check_named(wish.channel)
        self._gate.looking(client.member, wish.channel, self._seat_of(client, wish.channel))

        async def answer() -> None:
            client.say(wire.counted(command.id, await self._broker.crowd(wish.channel)))

        return answer()

    def _history(self, client: Client, command: Command) -> Work:
        wish = command.history
        assert wish is not None and client.member is not None
        _check_named(wish.channel)
        options = self._gate.recalling(client.member, wish.channel, self._seat_of(client, wish.channel))
        most = self._node.settings.history_at_most
        limit = most if wish.limit < 0 else min(wish.limit, most)
        since = wish.since.offset if wish.since is not None else None

        async def answer() -> None:
            if options.lossless:
                found = await self._owned(wish.channel, since or 0, limit)
            else:
                found = await self._broker.history(
                    wish.channel, options=options, since=since, limit=limit, reverse=wish.reverse
                )
            at = found.position
            if wish.since is not None and wish.since.epoch and wish.since.epoch != at.epoch:
                raise Refused(codes.UNRECOVERABLE_POSITION)
            client.say(wire.recalled(command.id, found.publications, epoch=at.epoch, offset=at.offset))

        return answer()

    async def _owned(self, channel: str, since: int, limit: int) -> History:
        keeper = self._node.keeper_of(channel)
        found = await KeptByOwner(keeper, channel).after(since)
        return History(position=found.position, publications=found.publications[:limit])

    def _ping(self, client: Client, command: Command) -> None:
        client.say(wire.done(command.id, "ping"))

    def _send(self, client: Client, command: Command) -> None:
        assert command.send is not None and client.member is not None
        self._gate.message(client.member, wire.given(command.send.data) or b"null")

    def _rpc(self, client: Client, command: Command) -> Work | None:
        wish = command.rpc
        assert wish is not None and client.member is not None
        answer = self._gate.rpc(client.member, wish.method, wire.given(wish.data))
        if isinstance(answer, bytes):
            client.say(wire.answered(command.id, answer))
            return None

        async def later() -> None:
            client.say(wire.answered(command.id, await answer))

        return later()

    def _refresh(self, client: Client, command: Command) -> Work | None:
        wish, member = command.refresh, client.member
        assert wish is not None and member is not None
        if not wish.token:
            raise Refused(codes.BAD_REQUEST)

        def extend(admission: Admission) -> None:
            client.expires_at = admission.expires_at
            ttl = _ttl(admission.expires_at, self._node.unix_now())
            client.say(wire.refreshed(command.id, "refresh", client=client.uid, ttl_s=ttl))

        def lapse() -> None:
            # An SDK that is answered 109 here gives up for good; put out with 3005, it comes back with a new token.
            raise Ended(codes.CONNECTION_EXPIRED)

        return _renew(lambda: self._gate.refresh(member, wish.token), extend, lapse)

    def _sub_refresh(self, client: Client, command: Command) -> Work | None:
        wish, member = command.sub_refresh, client.member
        assert wish is not None and member is not None
        if wish.type:
            raise Refused(codes.NOT_AVAILABLE)
        if not wish.token or wish.channel not in client.subscriptions:
            raise Refused(codes.BAD_REQUEST if not wish.token else codes.PERMISSION_DENIED)

        def extend(seat: Seat) -> None:
            subscription = client.subscriptions.get(wish.channel)
            if subscription is None:
                raise Refused(codes.PERMISSION_DENIED)
            subscription.seat = seat
            ttl = _ttl(seat.expires_at, self._node.unix_now())
            client.say(wire.refreshed(command.id, "sub_refresh", client="", ttl_s=ttl))

        def lapse() -> None:
            # As above: 109 alone would end the subscription for good, 2501 before it makes the SDK subscribe anew.
            self._node.unsubscribe(client, wish.channel, codes.UNSUBSCRIBED_EXPIRED)

        return _renew(lambda: self._gate.sub_refresh(member, wish.channel, wish.token), extend, lapse)

    def _again(self, client: Client, command: Command) -> None:
        raise Ended(codes.BAD_COMMAND)

    def _seat_of(self, client: Client, channel: str) -> Seat | None:
        subscription = client.subscriptions.get(channel)
        return subscription.seat if subscription is not None else None

    def _occupant(self, client: Client, channel: str) -> Occupant:
        return self._node.following.occupant(client, self._seat_of(client, channel))


_NO_HEADERS: dict[str, str] = {}
# In the order of how often they come.
_HANDLERS: tuple[tuple[str, Callable[[Commands, Client, Command], Work | None]], ...] = (
    ("subscribe", Commands._subscribe),
    ("publish", Commands._publish),
    ("unsubscribe", Commands._unsubscribe),
    ("history", Commands._history),
    ("presence", Commands._presence),
    ("presence_stats", Commands._presence_stats),
    ("refresh", Commands._refresh),
    ("sub_refresh", Commands._sub_refresh),
    ("ping", Commands._ping),
    ("rpc", Commands._rpc),
    ("send", Commands._send),
    ("connect", Commands._again),
)


def _renew(ask: Callable[[], T | Awaitable[T]], extend: Callable[[T], None], lapse: Callable[[], None]) -> Work | None:
    """Ask the gate for a longer right, at once or when it has an answer; by a token that is stale itself it lapses."""

    def judge(refused: Refused) -> None:
        if refused.why is codes.TOKEN_EXPIRED:
            lapse()

    try:
        answer = ask()
    except Refused as refused:
        judge(refused)
        raise
    if not isinstance(answer, Awaitable):
        extend(answer)
        return None

    async def later() -> None:
        try:
            extend(await answer)
        except Refused as refused:
            judge(refused)
            raise

    return later()


def _check_named(channel: str) -> None:
    if not channel:
        raise Refused(codes.BAD_REQUEST)


def _place(back: wire.Return | None) -> wire.Place | None:
    return wire.Place(offset=back.offset, epoch=back.epoch) if back is not None and back.recover else None


def _ttl(expires_at: float, now: float) -> int:
    return max(1, math.ceil(expires_at - now)) if expires_at else 0
