"""A room's members by how they are written to: one call of the kernel each, and nothing for who does not read."""

import os
from array import array
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from stoa.kit.realtime.frames import Frame

if TYPE_CHECKING:
    from stoa.kit.realtime.client import Client


class Audience:
    """Whose socket takes everything is a number in a row; who is behind shares one backlog with the others behind.

    A row of descriptors is written to by `os.write` alone: the objects that stand for 8,000 connections are in no
    cache when their tick comes, and touching them cost a seventh of the server's time.
    """

    __slots__ = ("_deflated", "_deflated_row", "_frames", "_held", "_most", "_others", "_plain", "_plain_row", "_told")

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._plain: dict[int, Client] = {}
        self._deflated: dict[int, Client] = {}
        self._plain_row: array[int] | None = None
        self._deflated_row: array[int] | None = None
        self._others: dict[Client, None] = {}
        # Of who is behind: how much had been told when they fell behind; and the frames from the first of them on.
        self._held: dict[Client, int] = {}
        self._frames: deque[tuple[int, Frame]] = deque()
        self._told = 0

    def add(self, client: "Client") -> None:
        """Take a client, from the next frame on."""
        pipe = client.pipe
        if client.is_ended:
            return
        if pipe.descriptor < 0:
            self._others[client] = None
        elif not pipe.is_clear:
            self._held[client] = self._told
        elif pipe.deflates:
            self._deflated[pipe.descriptor] = client
            self._deflated_row = None
        else:
            self._plain[pipe.descriptor] = client
            self._plain_row = None

    def remove(self, client: "Client") -> None:
        """Let a client go; its descriptor may be another's in a moment."""
        self._unrow(client)
        self._others.pop(client, None)
        if self._held.pop(client, None) is not None:
            self._trim()

    def write(self, frame: Frame) -> int:
        """Write a frame to everybody who reads; return how many bytes that is."""
        size = 0
        if self._held:
            self._told += len(frame.payload)
            self._frames.append((self._told, frame))
            self._trim()
        if self._plain:
            if self._plain_row is None:
                self._plain_row = array("i", self._plain)
            size += len(frame.payload) * len(self._plain)
            self._spread(self._plain_row, self._plain, frame.plain)
        if self._deflated:
            if self._deflated_row is None:
                self._deflated_row = array("i", self._deflated)
            pressed = frame.deflated
            size += len(pressed or frame.payload) * len(self._deflated)
            self._spread(self._deflated_row, self._deflated, pressed or frame.plain)
        for client in list(self._others):
            client.pipe.frame(frame)
        return size

    def hold(self, client: "Client") -> None:
        """Write nothing to a client until it is released; what is told meanwhile is kept once for all like it."""
        if self._unrow(client):
            self._held[client] = self._told

    def release(self, client: "Client") -> bool:
        """Write what a client missed, and go on; False where that is more than is kept."""
        since = self._held.pop(client, None)
        if since is None:
            return True
        missed = [(told, frame) for told, frame in self._frames if told > since]
        is_whole = sum(len(frame.payload) for _, frame in missed) == self._told - since
        self._trim()
        if is_whole:
            self.add(client)
            if missed:
                client.pipe.raw(b"".join(form(frame, deflates=client.pipe.deflates) for _, frame in missed))
        return is_whole

    def held_bytes(self, client: "Client") -> int:
        """Return how much is kept for a client."""
        since = self._held.get(client)
        return self._told - since if since is not None else 0

    def _spread(self, row: Iterable[int], clients: dict[int, "Client"], wire: bytes) -> None:
        for descriptor, taken in spread(row, wire):
            clients[descriptor].pipe.raw(wire[taken:] if taken else wire)

    def _unrow(self, client: "Client") -> bool:
        descriptor = client.pipe.descriptor
        if self._plain.get(descriptor) is client:
            del self._plain[descriptor]
            self._plain_row = None
        elif self._deflated.get(descriptor) is client:
            del self._deflated[descriptor]
            self._deflated_row = None
        else:
            return False
        return True

    def _trim(self) -> None:
        """Forget frames that nobody waits for, or that are more than anybody may be behind."""
        needed = min(self._held.values(), default=self._told)
        needed = max(needed, self._told - self._most)
        while self._frames and self._frames[0][0] <= needed:
            self._frames.popleft()


def form(frame: Frame, *, deflates: bool) -> bytes:
    """Return a frame as a socket reads it."""
    return (frame.deflated if deflates else None) or frame.plain


def spread(descriptors: Iterable[int], wire: bytes) -> list[tuple[int, int]]:
    """Write the same bytes to many sockets; return those that did not take all, with how much each took."""
    write, size, short = os.write, len(wire), []
    places, descriptor = iter(descriptors), -1
    while True:
        try:
            for descriptor in places:
                taken = write(descriptor, wire)
                if taken != size:
                    short.append((descriptor, taken))
        except OSError:
            # Full, or broken: whoever takes the rest will find out which.
            short.append((descriptor, 0))
        else:
            return short
