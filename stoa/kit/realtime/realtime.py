"""What a service says to those who listen: `context.realtime`."""

from abc import ABC, abstractmethod
from datetime import timedelta

from stoa.kit.contract import Struct
from stoa.kit.realtime.broker import Crowd

WEBSOCKET, HTTP_STREAM, SSE, EMULATION = (
    "/connection/websocket",
    "/connection/http_stream",
    "/connection/sse",
    "/emulation",
)


class SocketUrls(Struct, frozen=True, kw_only=True):
    """Where a client of the protocol connects."""

    websocket: str
    http_stream: str
    sse: str
    emulation: str


class Realtime(ABC):
    """Publishes to channels, hands out the tokens that open them, and closes what a person no longer may hear.

    Call it after the commit, never inside a transaction; data is JSON as bytes.
    """

    @abstractmethod
    async def publish(self, channel: str, data: bytes) -> None:
        """Tell a channel something that may be lost."""

    @abstractmethod
    def tell(self, channel: str, data: bytes) -> None:
        """Publish without waiting for it, in microseconds: for the way of a request that many make."""

    @abstractmethod
    async def publish_kept(self, channel: str, *, epoch: str, offset: int, data: bytes) -> None:
        """Fan out what the service has committed under this epoch and offset; it is lost nowhere if this fails."""

    @abstractmethod
    def connection_token(self, *, user: str, name: str = "", expires_in: timedelta) -> str:
        """Return a token that opens a connection for somebody without an account, under a made-up user id."""

    @abstractmethod
    def subscription_token(self, *, user: str, channel: str, expires_in: timedelta, publish: bool = False) -> str:
        """Return a token that lets one user follow one channel, and publish there where asked."""

    @abstractmethod
    async def close(self, *, user: str, channel: str | None = None) -> None:
        """End a user's sockets, or their subscription to one channel, on every node within five seconds."""

    @abstractmethod
    async def stats(self, channel: str) -> Crowd:
        """Return how many clients and users follow a channel."""

    @property
    @abstractmethod
    def urls(self) -> SocketUrls:
        """Return where clients connect."""
