"""What the tests of the sockets' engine build with: a running server and the way to ask for one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stoa.kit.realtime.broker import Publication
from stoa.kit.realtime.node import Node
from stoa.kit.testing.sockets import KEPT


@dataclass
class Place:
    """A running server."""

    node: Node
    port: int

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/connection/websocket"

    async def publish(self, data: bytes, channel: str = "c") -> None:
        await self.node.broker.publish(channel, Publication(data=data), options=KEPT)


Serve = Callable[..., Any]
