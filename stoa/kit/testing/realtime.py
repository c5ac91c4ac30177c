"""A realtime that keeps what was said, for the tests of services that speak to rooms."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.realtime.broker import Crowd
from stoa.kit.realtime.realtime import Realtime, SocketUrls
from stoa.kit.realtime.speaker import urls_at
from stoa.kit.store import refuse_in_transaction


class Said(Struct, frozen=True, kw_only=True):
    """One publication; `offset` is 0 where it may be lost."""

    channel: str
    data: bytes
    offset: int = 0
    epoch: str = ""

    @property
    def json(self) -> Any:  # any: what a service says is JSON of any shape
        """Return the data, decoded."""
        return msgspec.json.decode(self.data)


class Overheard(Realtime):
    """Says nothing to anybody: `said` and `closed` are for a test to look at, `crowds` for it to fill."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.closed: list[tuple[str, str | None]] = []
        self.crowds: dict[str, Crowd] = {}

    def in_channel(self, channel: str) -> Sequence[Mapping[str, Any]]:  # any: as above
        """Return what was said in a channel, decoded."""
        return [one.json for one in self.said if one.channel == channel]

    async def publish(self, channel: str, data: bytes) -> None:
        """Keep what may be lost."""
        refuse_in_transaction("publishing to a channel")
        self.said.append(Said(channel=channel, data=data))

    def tell(self, channel: str, data: bytes) -> None:
        """Keep what may be lost."""
        self.said.append(Said(channel=channel, data=data))

    async def publish_kept(self, channel: str, *, epoch: str, offset: int, data: bytes) -> None:
        """Keep what has its place."""
        refuse_in_transaction("publishing to a channel")
        self.said.append(Said(channel=channel, data=data, offset=offset, epoch=epoch))

    def connection_token(self, *, user: str, name: str = "", expires_in: timedelta) -> str:
        """Return a text that says whom it is for."""
        return f"connection {user} {name} {expires_in.total_seconds():g}"

    def subscription_token(self, *, user: str, channel: str, expires_in: timedelta, publish: bool = False) -> str:
        """Return a text that says whom it lets in where."""
        may = "speak" if publish else "listen"
        return f"subscription {user} {channel} {may} {expires_in.total_seconds():g}"

    async def close(self, *, user: str, channel: str | None = None) -> None:
        """Keep who was sent out."""
        refuse_in_transaction("closing sockets")
        self.closed.append((user, channel))

    async def stats(self, channel: str) -> Crowd:
        """Return what the test said."""
        return self.crowds.get(channel, Crowd(clients=0, users=0))

    @property
    def urls(self) -> SocketUrls:
        """Return addresses that nobody listens at."""
        return urls_at("http://stoa.test")
