"""One payload for many sockets: built once, plain and deflated, and written by each as it is."""

import zlib

from stoa.kit.realtime import codes
from stoa.kit.realtime.codes import Ended

# A WebSocket header has at most 14 bytes; the engine writes it in front of the payload, the same for every socket.
HEADER_ROOM = 14
_SPACE = bytes(HEADER_ROOM)
_END_OF_FLUSH = b"\x00\x00\xff\xff"
# Below this a deflated frame saves less than the packet's own headers weigh.
DEFLATE_FROM_BYTES = 128


class Frame:
    """A payload with room for its header; the deflated form is made when first asked for."""

    __slots__ = ("_deflated", "_plain", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._plain: bytearray | None = None
        self._deflated: bytearray | None = None

    @property
    def plain(self) -> bytearray:
        """Return the buffer for sockets without compression."""
        if self._plain is None:
            self._plain = bytearray(_SPACE + self.payload)
        return self._plain

    @property
    def deflated(self) -> bytearray | None:
        """Return the buffer for sockets with permessage-deflate, None where it would not be shorter."""
        if len(self.payload) < DEFLATE_FROM_BYTES:
            return None
        if self._deflated is None:
            self._deflated = bytearray(_SPACE + deflate(self.payload))
        return self._deflated if len(self._deflated) < len(self.payload) + HEADER_ROOM else None


def deflate(payload: bytes) -> bytes:
    """Compress a message that leans on none before it (RFC 7692, server_no_context_takeover)."""
    press = zlib.compressobj(6, zlib.DEFLATED, -15)
    pressed = press.compress(payload) + press.flush(zlib.Z_SYNC_FLUSH)
    return pressed.removesuffix(_END_OF_FLUSH)


def inflate(payload: bytes, *, at_most: int) -> bytes:
    """Decompress a client's message; raise Ended where it is broken or would be larger than allowed."""
    press = zlib.decompressobj(-15)
    try:
        message = press.decompress(payload + _END_OF_FLUSH, at_most + 1)
    except zlib.error:
        raise Ended(codes.BAD_COMMAND) from None
    if len(message) > at_most:
        raise Ended(codes.TOO_LARGE)
    return message
