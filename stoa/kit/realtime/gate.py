"""Who decides on a node: tokens, the options of a channel, and what each connected client may do."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping

from stoa.kit.contract import Struct
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import ChannelOptions, Control
from stoa.kit.realtime.codes import Refused


class Knock(Struct, frozen=True, kw_only=True):
    """A connect command and where it comes from; `data` is JSON, `headers` have lower-case names."""

    client: str
    token: str
    address: str
    transport: str
    data: bytes | None = None
    headers: Mapping[str, str] = {}


class Seat(Struct, frozen=True, kw_only=True):
    """A right to follow one channel; `expires_at` is in Unix seconds, 0 never."""

    options: ChannelOptions
    expires_at: float = 0.0
    info: bytes | None = None
    publish: bool = False


class Admission(Struct, frozen=True, kw_only=True):
    """A right to be connected: as whom, until when, and which channels come with it.

    `account` and `organization` are what the limits on connections count by (empty: not counted), `session` is what
    `Control.session` names. `seats` are server-side subscriptions.
    """

    user: str
    expires_at: float = 0.0
    info: bytes | None = None
    data: bytes | None = None
    account: str = ""
    organization: str = ""
    session: str = ""
    seats: dict[str, Seat] = {}


class Member(Struct, frozen=True, kw_only=True):
    """A connected client, as the gate is told of it."""

    client: str
    user: str
    info: bytes | None = None
    organization: str = ""
    session: str = ""


class Gate(ABC):
    """Answers at once where it can (a token of our own takes microseconds), with an awaitable where it must ask.

    It refuses by raising `Refused` (the command fails) or `Ended` (the connection ends); an outcome of the error
    tree is answered as permission denied.
    """

    @abstractmethod
    def connect(self, knock: Knock) -> Admission | Awaitable[Admission]:
        """Let somebody in."""

    @abstractmethod
    def refresh(self, member: Member, token: str) -> Admission | Awaitable[Admission]:
        """Extend a connection by a newer token; an expired one raises Refused(TOKEN_EXPIRED)."""

    @abstractmethod
    def subscribe(self, member: Member, channel: str, token: str, data: bytes | None) -> Seat | Awaitable[Seat]:
        """Let a client follow a channel."""

    @abstractmethod
    def sub_refresh(self, member: Member, channel: str, token: str) -> Seat | Awaitable[Seat]:
        """Extend a subscription by a newer token."""

    @abstractmethod
    def options_of(self, channel: str) -> ChannelOptions | None:
        """Return a channel's options, None where there is no such namespace."""

    def publishing(self, member: Member, channel: str, data: bytes, seat: Seat | None) -> ChannelOptions:
        """Return the options under which a client may publish; by default its seat or the namespace must allow it."""
        options = self.options_of(channel)
        if options is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        if options.lossless or not (options.allow_publish or (seat is not None and seat.publish)):
            raise Refused(codes.PERMISSION_DENIED)
        return options

    def looking(self, member: Member, channel: str, seat: Seat | None) -> ChannelOptions:
        """Return the options under which a client may see who is in a channel; by default it must be in it itself."""
        options = self.options_of(channel)
        if options is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        if not options.presence:
            raise Refused(codes.NOT_AVAILABLE)
        if seat is None or not options.allow_presence:
            raise Refused(codes.PERMISSION_DENIED)
        return options

    def recalling(self, member: Member, channel: str, seat: Seat | None) -> ChannelOptions:
        """Return the options under which a client may read a channel's history; by default it must be in it."""
        options = self.options_of(channel)
        if options is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        if not options.counts:
            raise Refused(codes.NOT_AVAILABLE)
        if seat is None or not options.allow_history:
            raise Refused(codes.PERMISSION_DENIED)
        return options

    def message(self, member: Member, data: bytes) -> None:  # noqa: B027  # an optional hook, not a duty
        """Take a message that has no answer; by default it is passed over."""

    def rpc(self, member: Member, method: str, data: bytes | None) -> bytes | Awaitable[bytes]:
        """Answer a call; by default there is none."""
        raise Refused(codes.NOT_AVAILABLE)

    def told(self, control: Control) -> None:  # noqa: B027  # an optional hook, not a duty
        """Learn of ended sessions or of a changed role by the broker, perhaps for the second time."""

    def closed(self, control: Control) -> None:  # noqa: B027  # an optional hook, not a duty
        """Learn that somebody's sockets or subscription are ended: tokens issued before are no good any more."""
