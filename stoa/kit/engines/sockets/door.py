"""One port for pages and sockets: an upgrade is handed to picows before it is parsed, the rest goes to uvicorn."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener

# Not among picows' public names, hence the pinned version and the test: the protocol that ws_create_server makes.
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # missing in its stubs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stoa.kit.engines.sockets.websocket import EXTENSION, Socket, may_deflate
from stoa.kit.http.address import Proxies
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.realtime import WEBSOCKET
from stoa.kit.telemetry.logs import logger

log = logger("kit")

READ_BUFFER_BYTES = 2_048
HANDSHAKE_S = 5.0
_UPGRADE = b"GET " + WEBSOCKET.encode()
PROTOBUF = "centrifuge-protobuf"


class _Quiet:
    """picows' logger: a line for each connection says nothing that the counts do not."""

    def isEnabledFor(self, level: int) -> bool:
        """Say no, so that nothing is formatted."""
        return level >= logging.ERROR

    def debug(self, *_: object) -> None:
        """Say nothing."""

    info = warning = log = debug

    def error(self, message: str, *parts: object) -> None:
        """Pass on that a peer broke the protocol."""
        log.warning("kit.socket_peer_error", what=message % parts if parts else message)

    def exception(self, message: str, *_: object) -> None:
        """Pass on a bug of ours; picows closes the socket."""
        log.exception("kit.socket_failed", what=message)


_QUIET = _Quiet()


class Reception:
    """Lets WebSockets into a node."""

    def __init__(self, node: Node, *, proxies: Proxies | None = None) -> None:
        self.node = node
        self._proxies = proxies or Proxies()

    def take(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Give an open connection to picows, with what came of its upgrade request; False where it was refused."""
        peer = transport.get_extra_info("peername")

        def listener(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
            return self._answer(request, peer if isinstance(peer, tuple) else None)

        protocol = picows_protocol(listener, max_frame_bytes=self.node.settings.message_bytes)
        protocol.connection_made(transport)
        while data:
            room = protocol.get_buffer(-1)
            part = data[: len(room)]
            room[: len(part)] = part
            protocol.buffer_updated(len(part))
            data = data[len(part) :]
        if transport.is_closing():
            # Refused: who held the connection sees it end, and picows' timer must not wait for that.
            protocol.connection_lost(None)
            return False
        # uvloop reads on with the callbacks of the old protocol until this turn of the loop is over.
        asyncio.get_running_loop().call_soon(transport.set_protocol, protocol)
        return True

    def _answer(self, request: WSUpgradeRequest, peer: tuple[str, int] | None) -> WSUpgradeResponseWithListener:
        if request.path.partition(b"?")[0] != WEBSOCKET.encode():
            return _refused(404, b"Not here.")
        if PROTOBUF in request.headers.get("sec-websocket-protocol", ""):
            return _refused(400, b"JSON is spoken here.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        address = self._proxies.client_of(peer, ((name.encode(), text.encode()) for name, text in headers.items()))
        deflates = may_deflate(request)
        pipe = Socket(self.node, deflates=deflates)
        pipe.client = self.node.open(pipe, address=address, headers=headers)
        if pipe.client is None:
            return _refused(503, b"Too many connections.")
        extra = {"Sec-WebSocket-Extensions": EXTENSION} if deflates else None
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(extra), pipe)


def door(reception: Reception) -> type[HttpToolsProtocol]:
    """Return the class for uvicorn's `http=`: its own, but for WebSockets of a node."""

    class Door(HttpToolsProtocol):
        """uvicorn's protocol until somebody wants a socket."""

        def data_received(self, data: bytes) -> None:
            """Look whether this is the beginning of an upgrade; httptools never sees it."""
            is_between = self.cycle is None or self.cycle.response_complete
            if is_between and data.startswith(_UPGRADE) and self.transport is not None:
                self._unset_keepalive_if_required()
                self.connections.discard(self)
                if reception.take(self.transport, data):
                    # uvloop keeps `data_received` of a protocol it calls no more: three kilobytes a socket hang on it.
                    self.loop.call_soon(vars(self).clear)
                return
            super().data_received(data)

    return Door


def handover(reception: Reception) -> Callable[..., Any]:  # any: uvicorn's protocol classes have no common type
    """Return the class for uvicorn's `ws=`, for an upgrade whose first line came in pieces."""

    class Handover(asyncio.Protocol):
        """Stands for as long as uvicorn needs to replay the request."""

        def __init__(self, **_: object) -> None:
            self._transport: asyncio.Transport | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            """Keep the connection."""
            assert isinstance(transport, asyncio.Transport) or hasattr(transport, "set_protocol")
            self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass of asyncio's

        def data_received(self, data: bytes) -> None:
            """Pass the request on."""
            assert self._transport is not None
            reception.take(self._transport, data)

    return Handover


def picows_protocol(
    listener: Callable[[WSUpgradeRequest], WSUpgradeResponseWithListener], *, max_frame_bytes: int
) -> Any:  # any: picows does not type it
    """Make picows' protocol for one connection."""
    return WSProtocol(
        None,
        None,
        False,
        listener,
        _QUIET,
        True,
        HANDSHAKE_S,
        False,
        20,
        20,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        True,
        max_frame_bytes,
        None,
        READ_BUFFER_BYTES,
    )


def _refused(status: int, words: bytes) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, words), None)
