"""One port for pages and sockets: an upgrade is handed to picows before it is parsed, the rest goes to uvicorn."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from picows import WSAutoPingStrategy, WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener

# Not among picows' public names, hence the pinned version and the test: the protocol that ws_create_server makes.
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # missing in its stubs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stoa.kit.engines.sockets.websocket import EXTENSION, Socket, Turned, may_deflate
from stoa.kit.http.address import Proxies
from stoa.kit.realtime import codes
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.realtime import WEBSOCKET
from stoa.kit.telemetry.logs import logger

log = logger("kit")

READ_BUFFER_BYTES = 2_048
HANDSHAKE_S = 5.0
_UPGRADE = b"GET " + WEBSOCKET.encode()
JSON, PROTOBUF = "centrifuge-json", "centrifuge-protobuf"


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
        pipes: list[Socket] = []

        def listener(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
            return self._answer(request, peer if isinstance(peer, tuple) else None, pipes)

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
        # Only from then on is the socket told that something waits.
        for pipe in pipes:
            asyncio.get_running_loop().call_soon(pipe.look_again)
        return True

    def _answer(
        self, request: WSUpgradeRequest, peer: tuple[str, int] | None, pipes: list[Socket]
    ) -> WSUpgradeResponseWithListener:
        if request.path.partition(b"?")[0] != WEBSOCKET.encode():
            return _refused(404, b"Not here.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        if "sec-websocket-key" not in headers or headers.get("upgrade", "").lower() != "websocket":
            return _refused(400, b"This is for WebSockets.")
        offered = [one.strip() for one in headers.get("sec-websocket-protocol", "").split(",")]
        if PROTOBUF in offered and JSON not in offered:
            return _taken(Turned(codes.INAPPROPRIATE_PROTOCOL), {"Sec-WebSocket-Protocol": PROTOBUF})
        address = self._proxies.client_of(peer, ((name.encode(), text.encode()) for name, text in headers.items()))
        deflates = may_deflate(request)
        pipe = Socket(self.node, deflates=deflates)
        pipe.client = self.node.open(pipe, address=address, headers=headers)
        if pipe.client is None:
            return _refused(503, b"Too many connections.")
        pipes.append(pipe)
        extra = {"Sec-WebSocket-Extensions": EXTENSION} if deflates else {}
        return _taken(pipe, extra | {"Sec-WebSocket-Protocol": JSON} if JSON in offered else extra)


def door(reception: Reception) -> type[asyncio.Protocol]:
    """Return the class for uvicorn's `http=`, which makes uvicorn's own protocol once somebody asks for a page."""

    class Door(asyncio.Protocol):
        """Waits for the first bytes of a connection, which say whose it is."""

        __slots__ = ("_made", "_transport")

        def __init__(self, **made: Any) -> None:  # any: what uvicorn makes a protocol of
            self._made: dict[str, Any] | None = made  # any: as above
            self._transport: asyncio.Transport | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            """Keep the connection where uvicorn looks for those to close in the end."""
            self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass of asyncio's
            if self._made is not None:
                self._made["server_state"].connections.add(self)

        def connection_lost(self, exc: Exception | None) -> None:
            """Let go of a connection that said nothing, or was refused."""
            self._release()

        def data_received(self, data: bytes) -> None:
            """Hand the connection on; httptools never sees an upgrade."""
            transport, made = self._transport, self._made
            if transport is None or made is None:
                return
            if data.startswith(_UPGRADE):
                if reception.take(transport, data):
                    # uvloop keeps a protocol that it calls no more, so this one keeps nothing.
                    self._release()
                return
            self._release()
            pages = HttpToolsProtocol(**made)
            transport.set_protocol(pages)
            pages.connection_made(transport)
            pages.data_received(data)

        def shutdown(self) -> None:
            """Close a connection that has said nothing, as uvicorn asks at its end."""
            if self._transport is not None:
                self._transport.close()

        def _release(self) -> None:
            if self._made is not None:
                self._made["server_state"].connections.discard(self)
            self._made = self._transport = None

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


def _taken(listener: WSListener, headers: dict[str, str]) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(headers or None), listener)


def _refused(status: int, words: bytes) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, words), None)
