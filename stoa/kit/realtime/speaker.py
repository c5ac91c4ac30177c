"""`context.realtime` over a broker: what one service may say, where, and with which tokens others listen."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from stoa.kit.errors import StoaError
from stoa.kit.realtime.broker import Broker, ChannelOptions, Control, Crowd, Publication
from stoa.kit.realtime.channels import ChannelInvalid, namespace_of
from stoa.kit.realtime.realtime import EMULATION, HTTP_STREAM, SSE, WEBSOCKET, Realtime, SocketUrls
from stoa.kit.realtime.tokens import SocketTokens
from stoa.kit.store import refuse_in_transaction
from stoa.kit.telemetry.logs import logger

_MOST_UNTOLD = 10_000
_TOGETHER = 64
log = logger("kit")


class Speaker(Realtime):
    """Speaks in the namespaces of one service and of the platform; needs no socket server in its own process."""

    def __init__(
        self, broker: Broker, tokens: SocketTokens, *, options: Mapping[str, ChannelOptions], urls: SocketUrls
    ) -> None:
        self._broker = broker
        self._tokens = tokens
        self._options = options
        self._urls = urls
        self._untold: deque[tuple[str, bytes]] = deque(maxlen=_MOST_UNTOLD)
        # Kept: a task that nobody holds may be collected before it has told anything.
        self._telling: asyncio.Task[None] | None = None

    async def publish(self, channel: str, data: bytes) -> None:
        """Tell a channel something that may be lost; a broker that is down loses it and is written of."""
        if self._options_of(channel).lossless:
            raise ChannelInvalid(f"what is said in {channel} has a place: publish_kept")
        refuse_in_transaction("publishing to a channel")
        await self._publish(channel, data)

    def tell(self, channel: str, data: bytes) -> None:
        """Publish soon; when more is to be told than can be, the oldest is lost."""
        self._options_of(channel)
        self._untold.append((channel, data))
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="realtime-tell")

    async def publish_kept(self, channel: str, *, epoch: str, offset: int, data: bytes) -> None:
        """Fan out what is committed; where the broker is down the socket servers find it at their next look."""
        if not self._options_of(channel).lossless:
            raise ChannelInvalid(f"{channel} has no history of its service: publish")
        refuse_in_transaction("publishing to a channel")
        try:
            await self._broker.fan_out(channel, [Publication(data=data, offset=offset)], epoch=epoch)
        except StoaError as error:
            log.warning("kit.publication_late", namespace=namespace_of(channel), error=error.code)

    def connection_token(self, *, user: str, name: str = "", expires_in: timedelta) -> str:
        """Return a token that opens a connection under a made-up user id."""
        return self._tokens.connection(user=user, name=name, expires_in=expires_in)

    def subscription_token(self, *, user: str, channel: str, expires_in: timedelta, publish: bool = False) -> str:
        """Return a token that lets one user follow one of this service's channels."""
        self._options_of(channel)
        return self._tokens.subscription(user=user, channel=channel, expires_in=expires_in, publish=publish)

    async def close(self, *, user: str, channel: str | None = None) -> None:
        """End a user's sockets, or one subscription, on every node."""
        refuse_in_transaction("closing sockets")
        await self._broker.control(Control(user=user, channel=channel or "", at=self._tokens.now()))

    async def stats(self, channel: str) -> Crowd:
        """Return how many clients and users follow a channel."""
        return await self._broker.crowd(channel)

    @property
    def urls(self) -> SocketUrls:
        """Return where clients connect."""
        return self._urls

    async def _tell(self) -> None:
        while self._untold:
            together = [self._untold.popleft() for _ in range(min(len(self._untold), _TOGETHER))]
            await asyncio.gather(*(self._publish(channel, data) for channel, data in together))

    async def _publish(self, channel: str, data: bytes) -> None:
        try:
            await self._broker.publish(channel, Publication(data=data), options=self._options_of(channel))
        except StoaError as error:
            log.warning("kit.publication_lost", namespace=namespace_of(channel), error=error.code)

    def _options_of(self, channel: str) -> ChannelOptions:
        options = self._options.get(namespace_of(channel))
        if options is None:
            raise ChannelInvalid(f"{channel} is no channel of this service")
        return options


def urls_at(origin: str) -> SocketUrls:
    """Return the addresses of sockets below an http(s) origin."""
    parts = urlsplit(origin.rstrip("/"))
    scheme = "wss" if parts.scheme == "https" else "ws"
    http = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return SocketUrls(
        websocket=urlunsplit((scheme, parts.netloc, parts.path, "", "")) + WEBSOCKET,
        http_stream=http + HTTP_STREAM,
        sse=http + SSE,
        emulation=http + EMULATION,
    )
