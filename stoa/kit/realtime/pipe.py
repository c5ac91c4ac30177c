"""What a client is written to through: a WebSocket, or a stream of HTTP."""

from abc import ABC, abstractmethod

from stoa.kit.realtime.codes import Code
from stoa.kit.realtime.frames import Frame
from stoa.kit.realtime.room import Send


class Pipe(ABC):
    """One open way to a client; writing never blocks, `behind_bytes` tells how much waits."""

    __slots__ = ()

    name: str = "websocket"
    is_emulated: bool = False
    # The engine's own call for shared frames, (TEXT, buffer, offset[, fin, rsv1]); None goes through `frame`.
    send: Send | None = None
    deflates: bool = False

    @abstractmethod
    def write(self, payload: bytes) -> None:
        """Write lines to this client alone."""

    @abstractmethod
    def frame(self, frame: Frame) -> None:
        """Write a frame that others get as well."""

    @abstractmethod
    def close(self, why: Code) -> None:
        """Say why, and close."""

    @abstractmethod
    def abort(self) -> None:
        """Close without waiting for what is unwritten."""

    @abstractmethod
    def behind_bytes(self) -> int:
        """Return how much waits to be written."""
