"""One payload for many sockets: built once, plain and deflated, and written by each as it is."""

import zlib

from stoa.kit.realtime import codes
from stoa.kit.realtime.codes import Ended

_END_OF_FLUSH = b"\x00\x00\xff\xff"
# Below this a deflated frame saves less than the packet's own headers weigh.
DEFLATE_FROM_BYTES = 128


_TEXT, _DEFLATED = 0x81, 0xC1


class Frame:
    """A payload in the forms in which sockets read it, each made when first asked for."""

    __slots__ = ("_deflated", "_plain", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._plain: bytes | None = None
        self._deflated: bytes | None = None

    @property
    def plain(self) -> bytes:
        """Return the bytes for sockets without compression."""
        if self._plain is None:
            self._plain = _head(_TEXT, len(self.payload)) + self.payload
        return self._plain

    @property
    def deflated(self) -> bytes | None:
        """Return the bytes for sockets with permessage-deflate, None where they would not be fewer."""
        if len(self.payload) < DEFLATE_FROM_BYTES:
            return None
        if self._deflated is None:
            pressed = deflate(self.payload)
            self._deflated = _head(_DEFLATED, len(pressed)) + pressed
        return self._deflated if len(self._deflated) < len(self.plain) else None


def _head(first: int, length: int) -> bytes:
    """Write the header of an unmasked WebSocket frame (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


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
