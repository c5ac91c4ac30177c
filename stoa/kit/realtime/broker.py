"""What carries publications between socket servers and remembers what may be lost; engines are memory and Valkey."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from stoa.kit.contract import Struct

NOWHERE = 0


class Position(Struct, frozen=True, kw_only=True):
    """A place in a channel's stream: offsets count from 1 within an epoch, 0 is the place before the first."""

    epoch: str
    offset: int = NOWHERE


class Publication(Struct, frozen=True, kw_only=True):
    """One thing said in a channel: `data` and `info` are JSON, `offset` is 0 where nothing is kept."""

    data: bytes
    offset: int = NOWHERE
    info: bytes | None = None
    tags: dict[str, str] | None = None


class ChannelOptions(Struct, frozen=True, kw_only=True):
    """What a namespace's channels can do; the default is a room without memory that nobody may publish to.

    `positioned` watches the place of the node's ring and mends a gap; `recovery` gives a returning client what it
    missed and implies it. `lossless` says that a Keeper owns the history, so a broker only fans out.
    `names_publisher` tells with each publication of a client who that is.
    """

    history_size: int = 0
    history_ttl_s: float = 0.0
    presence: bool = False
    join_leave: bool = False
    recovery: bool = False
    positioned: bool = False
    allow_publish: bool = False
    allow_history: bool = False
    allow_presence: bool = False
    delta: bool = False
    lossless: bool = False
    names_publisher: bool = False

    @property
    def keeps(self) -> bool:
        """Tell whether a broker keeps a history of its own for these channels."""
        return self.history_size > 0 and self.history_ttl_s > 0 and not self.lossless

    @property
    def counts(self) -> bool:
        """Tell whether publications carry offsets."""
        return self.keeps or self.lossless


class History(Struct, frozen=True, kw_only=True):
    """Part of a stream and the place where the whole of it ends."""

    position: Position
    publications: list[Publication]


class Occupant(Struct, frozen=True, kw_only=True):
    """One client in a channel; the infos are JSON."""

    client: str
    user: str
    conn_info: bytes | None = None
    chan_info: bytes | None = None


class Crowd(Struct, frozen=True, kw_only=True):
    """How many are in a channel."""

    clients: int
    users: int


SESSIONS, ROLE = "sessions", "role"
# Longer than any token of a socket is good.
REMEMBERED_S = 3_600.0


class Control(Struct, frozen=True, kw_only=True):
    """Tells every node to close a user's sockets, or (with a channel) one of their subscriptions.

    With `at`, the moment in Unix seconds from which it holds, it is remembered for the nodes that start later. A
    `kind` makes it news that the gate acts upon: of ended sessions (of `session`, or of all below `version`), or of a
    role that changed within an organization.
    """

    user: str
    channel: str = ""
    code: int = 0
    reason: str = ""
    except_client: str = ""
    session: str = ""
    at: float = 0.0
    kind: str = ""
    organization: str = ""
    version: int = 0


class Sink(Protocol):
    """What a node hears from its broker; the calls come on the event loop and must not block."""

    def heard(self, channel: str, publication: Publication, epoch: str) -> None:
        """Take one publication of a channel this node subscribes to, in the order of its offsets."""
        ...

    def joined(self, channel: str, occupant: Occupant) -> None:
        """Take the news that somebody came."""
        ...

    def left(self, channel: str, occupant: Occupant) -> None:
        """Take the news that somebody went."""
        ...

    def controlled(self, control: Control) -> None:
        """Take a control message, which goes to every node, the sender's included."""
        ...

    def passed_on(self, data: bytes) -> None:
        """Take what another node got for a client of this one."""
        ...

    def interrupted(self) -> None:
        """Take the news that publications may have been missed: every positioned ring is to be checked."""
        ...


class Broker(ABC):
    """Publishes, remembers and counts for all socket servers of a platform.

    A broker may forget (a restart of Valkey): it then answers with another epoch, and clients are told that they
    could not be recovered. What must not be forgotten belongs to a Keeper and passes through `fan_out`.
    """

    @abstractmethod
    async def start(self, sink: Sink) -> None:
        """Connect, and hand to this node's sink what it subscribes to from now on."""

    @abstractmethod
    async def stop(self) -> None:
        """Disconnect."""

    @abstractmethod
    async def publish(self, channel: str, publication: Publication, *, options: ChannelOptions) -> Position:
        """Give a publication the next offset (0 where nothing is kept), remember it and tell all nodes."""

    @abstractmethod
    async def publish_many(
        self, channel: str, publications: Sequence[Publication], *, options: ChannelOptions
    ) -> Position:
        """Publish in order, in one trip; return the place of the last."""

    @abstractmethod
    async def fan_out(self, channel: str, publications: Sequence[Publication], *, epoch: str) -> None:
        """Tell all nodes what already has its offsets from elsewhere; remember nothing."""

    @abstractmethod
    async def history(
        self, channel: str, *, options: ChannelOptions, since: int | None = None, limit: int = -1, reverse: bool = False
    ) -> History:
        """Return what is remembered beyond an offset (before it when reversed), at most `limit`; 0 none, -1 all."""

    @abstractmethod
    async def remove_history(self, channel: str) -> None:
        """Forget a channel's publications; its epoch and offsets go on."""

    @abstractmethod
    async def subscribe(self, channel: str) -> None:
        """Begin to hear a channel on this node; when this returns nothing that is published is missed."""

    @abstractmethod
    async def unsubscribe(self, channel: str) -> None:
        """Cease to hear a channel on this node."""

    @abstractmethod
    async def enter(self, channel: str, occupant: Occupant, *, ttl_s: float, announce: bool = False) -> None:
        """Count somebody in for so long (said again before it ends); announcing tells all nodes they joined."""

    @abstractmethod
    async def leave(self, channel: str, occupant: Occupant, *, announce: bool = False) -> None:
        """Count somebody out; announcing tells all nodes they left."""

    @abstractmethod
    async def presence(self, channel: str) -> Mapping[str, Occupant]:
        """Return who is in a channel, by client."""

    @abstractmethod
    async def crowd(self, channel: str) -> Crowd:
        """Return how many are in a channel."""

    @abstractmethod
    async def control(self, control: Control) -> None:
        """Tell every node to close something; with `at` also those that start within the hour, or missed it."""

    @abstractmethod
    async def reach(self, node: str) -> None:
        """Begin to hear what other nodes pass on to this one, under its name."""

    @abstractmethod
    async def pass_on(self, node: str, data: bytes) -> bool:
        """Hand something to one node; False where no node of this name hears it."""
