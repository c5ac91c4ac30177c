"""One WebSocket by picows: shared frames go out as they are, what comes in goes to the client's commands."""

import asyncio
import socket
import struct
from collections.abc import Callable

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from stoa.kit.realtime import codes
from stoa.kit.realtime.audience import form
from stoa.kit.realtime.client import Client
from stoa.kit.realtime.codes import Code, Ended
from stoa.kit.realtime.frames import Frame, inflate
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.pipe import Pipe

EXTENSION = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
# With the kernel's defaults 100 stuck sockets hid 90 MB.
SEND_BUFFER_BYTES = 65_536
GOODBYE_S = 2.0
_RESET = struct.pack("ii", 1, 0)
# picows writes a header of at most 14 bytes in front of a payload; its own enum costs more than the bare integer.
_HEADER_ROOM = 14
_SPACE = bytes(_HEADER_ROOM)
_TEXT: WSMsgType = 1  # type: ignore[assignment]  # as said above


class Socket(WSListener, Pipe):
    """Both what picows calls and what a client is written to through."""

    __slots__ = (
        *("_behind", "_node", "_parts", "_pressed", "_transport", "client", "deflates", "descriptor", "is_clear"),
    )

    name = "websocket"
    is_emulated = False
    deflates: bool
    descriptor: int
    is_clear: bool

    def __init__(self, node: Node, *, deflates: bool) -> None:
        self._node = node
        self.deflates = deflates
        self.descriptor = -1
        self.is_clear = False
        self.client: Client | None = None
        self._transport: WSTransport | None = None
        self._behind: Callable[[], int] | None = None
        self._parts: bytearray | None = None
        self._pressed = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Take the connection once the handshake is done."""
        self._transport = transport
        under = transport.underlying_transport
        self._behind = under.get_write_buffer_size
        # Told of the first byte that waits: from then on nothing may go past it, straight to the descriptor.
        under.set_write_buffer_limits(high=0)
        sock = under.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if under.get_extra_info("ssl_object") is None:
            self.descriptor = sock.fileno()
        # Two kilobytes a connection that nobody reads again.
        del transport.request.headers
        del transport.response.headers

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame; a message in pieces is put together first."""
        client = self.client
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
            if client is not None:
                client.lost()
        elif client is None or kind in {WSMsgType.PING, WSMsgType.PONG}:
            return
        elif kind == WSMsgType.BINARY:
            client.end(codes.INAPPROPRIATE_PROTOCOL)
        elif kind == WSMsgType.TEXT and frame.fin and not frame.rsv1:
            client.receive(frame.get_payload_as_bytes())
        else:
            self._take_piece(client, frame, is_first=kind == WSMsgType.TEXT)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Take that the connection is gone, before its descriptor can be another's."""
        if self.client is not None:
            self.client.lost()
            self.client = None
        self._behind = None
        self.is_clear = False
        self.descriptor = -1

    def pause_writing(self) -> None:
        """Take that something waits to be written."""
        self.is_clear = False
        if self.client is not None and not self.client.is_ended:
            self._node.clogged(self.client)

    def resume_writing(self) -> None:
        """Take that all was written; what waited in the rooms follows in the loop's next turn, not amid this write."""
        asyncio.get_running_loop().call_soon(self.look_again)

    def look_again(self) -> None:
        """Go on writing straight to the descriptor once nothing waits in front of it."""
        client = self.client
        if self.is_clear or client is None or client.is_ended or self._behind is None:
            return
        if self._behind():
            self._node.clogged(client)
        else:
            self.is_clear = True
            self._node.cleared(client)

    def write(self, payload: bytes) -> None:
        """Write lines to this socket alone."""
        if self._behind is not None and self._transport is not None:
            self._transport.send_reuse_external_bytearray(_TEXT, bytearray(_SPACE + payload), _HEADER_ROOM)

    def frame(self, frame: Frame) -> None:
        """Write a shared frame in the form this socket reads."""
        self.raw(form(frame, deflates=self.deflates))

    def raw(self, wire: bytes) -> None:
        """Write what is framed already."""
        if self._behind is not None and self._transport is not None and not self._transport.is_close_frame_sent:
            self._transport.underlying_transport.write(wire)

    def close(self, why: Code) -> None:
        """Say why, wait a moment for the other side to close, then cut."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        # picows' enum of close codes ends at 1014; the field takes any number.
        transport.send_close(why.code, why.reason.encode())  # type: ignore[arg-type]  # an application's own code
        asyncio.get_running_loop().call_later(GOODBYE_S, self.abort)

    def abort(self) -> None:
        """Cut; what nobody reads is thrown away, or the kernel would keep it for minutes and the client never know."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        if self._behind is not None and self._behind():
            sock = transport.underlying_transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.disconnect(False)

    def behind_bytes(self) -> int:
        """Return how much uvloop holds for this socket."""
        return self._behind() if self._behind is not None else 0

    def _take_piece(self, client: Client, frame: WSFrame, *, is_first: bool) -> None:
        limit = self._node.settings.message_bytes
        if is_first:
            self._parts, self._pressed = bytearray(), frame.rsv1
        if self._parts is None:
            client.end(codes.BAD_COMMAND)
            return
        self._parts += frame.get_payload_as_bytes()
        if len(self._parts) > limit:
            client.end(codes.TOO_LARGE)
        elif frame.fin:
            parts, self._parts = bytes(self._parts), None
            try:
                message = inflate(parts, at_most=limit) if self._pressed else parts
            except Ended as ended:
                client.end(ended.why)
            else:
                client.receive(message)


class Turned(WSListener):
    """A connection taken only to be told why it ends: an SDK acts on the number of a close, not on a status of HTTP."""

    __slots__ = ("_why",)

    def __init__(self, why: Code) -> None:
        self._why = why

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Say why, and leave the other side a moment to close."""
        transport.send_close(self._why.code, self._why.reason.encode())  # type: ignore[arg-type]  # as in Socket.close
        asyncio.get_running_loop().call_later(GOODBYE_S, transport.disconnect, False)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take the other side's close; whatever else it says is not heard."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()


def may_deflate(request: WSUpgradeRequest) -> bool:
    """Tell whether a browser offers compression that one shared frame can serve."""
    for offer in request.headers.get("sec-websocket-extensions", "").split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        # A smaller window for us would need a frame of its own.
        if name == "permessage-deflate" and not any(one.startswith("server_max_window_bits") for one in parameters):
            return True
    return False
