"""The server that suites of the SDKs run against: everybody may do everything, tokens are checked where they come."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import ChannelOptions, Control, Publication
from stoa.kit.realtime.channels import BORDER, namespace_of
from stoa.kit.realtime.codes import Ended, Refused
from stoa.kit.realtime.fallbacks import App, Message, Receive, Scope, Send, fallback_app
from stoa.kit.realtime.gate import Admission, Gate, Knock, Member, Seat
from stoa.kit.realtime.node import Node, NodeSettings
from stoa.kit.realtime.tokens import SocketTokenExpired, SocketTokenInvalid, SocketTokens
from stoa.kit.realtime.wire import one_line, publication

SECRET = b"secret"
TTL_S = 300.0


def _open_channel(size: int) -> ChannelOptions:
    return ChannelOptions(
        history_size=size,
        history_ttl_s=TTL_S,
        presence=True,
        join_leave=True,
        recovery=True,
        positioned=True,
        allow_publish=True,
        allow_history=True,
        allow_presence=True,
        delta=True,
        names_publisher=True,
    )


# The channels without a namespace are the default; the SDKs' suites use its history as well.
NAMESPACES: Mapping[str, ChannelOptions] = {
    "": _open_channel(100),
    "recovery": _open_channel(100),
    "smallhistory": _open_channel(2),
    "delta": _open_channel(100),
}


class ConformanceGate(Gate):
    """Lets everybody in, as whom their token says or as nobody; a token that comes must be good."""

    def __init__(self, clock: Clock) -> None:
        self._tokens = SocketTokens(SECRET, clock)

    def connect(self, knock: Knock) -> Admission:
        """Let somebody in, with the channels of the token and the personal one of a known user."""
        return self._admission(knock.token) if knock.token else Admission(user="")

    def refresh(self, member: Member, token: str) -> Admission:
        """Extend a connection of the same user."""
        admission = self._admission(token)
        if admission.user != member.user:
            raise Ended(codes.INVALID_TOKEN)
        return admission

    def subscribe(self, member: Member, channel: str, token: str, data: bytes | None) -> Seat:
        """Let anybody follow anything, by the token where there is one."""
        options = self._options(channel)
        return self._seat(member, channel, token, options) if token else Seat(options=options, publish=True)

    def sub_refresh(self, member: Member, channel: str, token: str) -> Seat:
        """Extend a subscription."""
        return self._seat(member, channel, token, self._options(channel))

    def options_of(self, channel: str) -> ChannelOptions | None:
        """Return a namespace's options."""
        return NAMESPACES.get(namespace_of(channel))

    def looking(self, member: Member, channel: str, seat: Seat | None) -> ChannelOptions:
        """Let anybody see who is anywhere."""
        return self._options(channel)

    def recalling(self, member: Member, channel: str, seat: Seat | None) -> ChannelOptions:
        """Let anybody read any history."""
        return self._options(channel)

    def _options(self, channel: str) -> ChannelOptions:
        options = self.options_of(channel)
        if options is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        return options

    def _admission(self, token: str) -> Admission:
        try:
            claims = self._tokens.read_connection(token)
        except SocketTokenExpired:
            raise Refused(codes.TOKEN_EXPIRED) from None
        except SocketTokenInvalid:
            raise Ended(codes.INVALID_TOKEN) from None
        infos = {channel: bytes(one.info) or None for channel, one in claims.subs.items()}
        infos |= {channel: None for channel in claims.channels if channel not in infos}
        if claims.sub:
            infos.setdefault(f"#{claims.sub}", None)
        return Admission(
            user=claims.sub,
            expires_at=claims.ends_at,
            info=bytes(claims.info) or None,
            seats={
                channel: Seat(options=self._options(channel), info=info, publish=True)
                for channel, info in infos.items()
                if BORDER not in channel or self.options_of(channel) is not None
            },
        )

    def _seat(self, member: Member, channel: str, token: str, options: ChannelOptions) -> Seat:
        try:
            claims = self._tokens.read_subscription(token, channel=channel, user=member.user)
        except SocketTokenExpired:
            raise Refused(codes.TOKEN_EXPIRED) from None
        except SocketTokenInvalid:
            raise Refused(codes.PERMISSION_DENIED) from None
        return Seat(options=options, expires_at=claims.ends_at, info=bytes(claims.info) or None, publish=True)


class _Asked(msgspec.Struct):
    """The body of a call to the server's own API, as far as suites make one."""

    channel: str = ""
    channels: list[str] = []
    data: msgspec.Raw = msgspec.Raw()
    limit: int = 0
    reverse: bool = False
    user: str = ""


class ConformanceApp:
    """The three fallbacks, and the part of Centrifugo's HTTP API by which suites publish from outside."""

    def __init__(self, clock: Clock) -> None:
        self._broker = MemoryBroker(Hall(clock))
        # Suites talk as fast as they can, and what they try is not how much one may say.
        settings = NodeSettings(messages_per_s=0, bytes_per_s=0)
        self.node = Node(gate=ConformanceGate(clock), broker=self._broker, clock=clock, settings=settings)
        self._fallbacks: App = fallback_app(self.node, allow_origins=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith("/api/"):
            await self._call(scope["path"].removeprefix("/api/"), receive, send)
        else:
            await self._fallbacks(scope, receive, send)

    async def _call(self, method: str, receive: Receive, send: Send) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        try:
            answer = {"result": await self._do(method, msgspec.json.decode(body or b"{}", type=_Asked))}
        except Refused as refused:
            answer = {"error": {"code": refused.why.code, "message": refused.why.reason}}
        except msgspec.DecodeError as error:
            answer = {"error": {"code": codes.BAD_REQUEST.code, "message": str(error)}}
        start: Message = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json")],
        }
        await send(start)
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer)})

    async def _do(self, method: str, asked: _Asked) -> dict[str, Any]:  # any: JSON of many shapes
        if method in {"publish", "broadcast"}:
            return await self._publish(asked.channels or [asked.channel], one_line(bytes(asked.data)))
        if method == "history":
            found = await self._broker.history(
                asked.channel, options=self._options(asked.channel), limit=asked.limit, reverse=asked.reverse
            )
            lines = [msgspec.Raw(publication(one)) for one in found.publications]
            return {"publications": lines, "epoch": found.position.epoch, "offset": found.position.offset}
        if method == "presence_stats":
            crowd = await self._broker.crowd(asked.channel)
            return {"num_clients": crowd.clients, "num_users": crowd.users}
        if method == "history_remove":
            await self._broker.remove_history(asked.channel)
            return {}
        if method in {"disconnect", "unsubscribe"}:
            code = codes.UNSUBSCRIBED.code if method == "unsubscribe" else 0
            await self._broker.control(Control(user=asked.user, channel=asked.channel, code=code))
            return {}
        raise Refused(codes.METHOD_NOT_FOUND)

    async def _publish(self, channels: list[str], data: bytes) -> dict[str, Any]:  # any: JSON of many shapes
        for channel in channels:
            options = self._options(channel)
            position = await self._broker.publish(channel, Publication(data=data), options=options)
        return {"offset": position.offset, "epoch": position.epoch}

    def _options(self, channel: str) -> ChannelOptions:
        options = self.node.gate.options_of(channel)
        if options is None or not channel:
            raise Refused(codes.UNKNOWN_CHANNEL)
        return options
