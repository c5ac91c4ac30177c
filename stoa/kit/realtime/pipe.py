"""What a client is written to through: a WebSocket, or a stream of HTTP."""

from abc import ABC, abstractmethod

from stoa.kit.realtime.codes import Code
from stoa.kit.realtime.frames import Frame


class Pipe(ABC):
    """One open way to a client; writing never blocks, `behind_bytes` tells how much waits."""

    __slots__ = ()

    name: str = "websocket"
    is_emulated: bool = False
    deflates: bool = False
    # Of the open socket, where shared frames may go straight to the kernel; below zero they go through `frame`.
    descriptor: int = -1
    # That nothing waits in front of what is written to the descriptor.
    is_clear: bool = False

    @abstractmethod
    def write(self, payload: bytes) -> None:
        """Write lines to this client alone."""

    @abstractmethod
    def frame(self, frame: Frame) -> None:
        """Write a frame that others get as well."""

    def raw(self, wire: bytes) -> None:
        """Write bytes that are framed already behind what waits; a pipe without a descriptor is never asked."""
        raise NotImplementedError

    @abstractmethod
    def close(self, why: Code) -> None:
        """Say why, and close."""

    @abstractmethod
    def abort(self) -> None:
        """Close without waiting for what is unwritten."""

    @abstractmethod
    def behind_bytes(self) -> int:
        """Return how much waits to be written."""
