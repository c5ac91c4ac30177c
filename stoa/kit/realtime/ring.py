"""What a node remembers of one channel: the last publications, each in its place, and nothing twice."""

from collections import deque
from collections.abc import Sequence
from enum import Enum

from stoa.kit.realtime.broker import History, Position, Publication


class Fit(Enum):
    """How a publication stands to a ring."""

    NEXT = "next"
    KNOWN = "known"
    BEYOND = "beyond"
    FOREIGN = "foreign"


class Ring:
    """Publications without a hole from `base` (not included) to `top`, of one epoch."""

    __slots__ = ("base", "epoch", "kept", "size", "top")

    def __init__(self, size: int) -> None:
        self.size = size
        self.epoch = ""
        self.base = 0
        self.top = 0
        self.kept: deque[Publication] = deque()

    @property
    def position(self) -> Position:
        """Return the place of the last publication."""
        return Position(epoch=self.epoch, offset=self.top)

    def begin(self, history: History) -> None:
        """Start anew from a history that reaches to the stream's end."""
        self.kept.clear()
        self.epoch = history.position.epoch
        self.top = history.position.offset
        for one in reversed(history.publications):
            if one.offset != self.top - len(self.kept):
                break
            self.kept.appendleft(one)
        self.base = self.top - len(self.kept)
        self._trim()

    def fit(self, publication: Publication, epoch: str) -> Fit:
        """Tell whether a publication is the next one, an old one, one after a gap or one of another epoch."""
        if epoch != self.epoch:
            return Fit.FOREIGN
        if publication.offset == self.top + 1:
            return Fit.NEXT
        return Fit.KNOWN if publication.offset <= self.top else Fit.BEYOND

    def append(self, publication: Publication) -> None:
        """Take the next publication."""
        self.kept.append(publication)
        self.top = publication.offset
        self._trim()

    def since(self, offset: int) -> list[Publication] | None:
        """Return what came after a place, None where the ring does not reach back to it or the place is to come."""
        if offset > self.top or offset < self.base:
            return None
        missed = self.top - offset
        if not missed:
            return []
        if missed * 4 < len(self.kept):
            tail = [self.kept[-back] for back in range(1, missed + 1)]
            tail.reverse()
            return tail
        return list(self.kept)[len(self.kept) - missed :]

    def reach_back(self, older: Sequence[Publication]) -> None:
        """Take publications that end where the ring begins, beyond its size, until it is next trimmed."""
        for one in reversed(older):
            if one.offset == self.base:
                self.kept.appendleft(one)
                self.base -= 1

    def _trim(self) -> None:
        while len(self.kept) > self.size:
            self.base = self.kept.popleft().offset
