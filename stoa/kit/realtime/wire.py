"""The client protocol on the wire: commands as they come, replies and pushes as they go, one JSON object a line."""

from collections.abc import Iterable

import msgspec
from msgspec import Raw

from stoa.kit.realtime.broker import Crowd, Occupant, Publication
from stoa.kit.realtime.codes import TEMPORARY, Code

NOTHING = Raw()
PING = b"{}"


class _Wish(msgspec.Struct):
    """What a command asks for; fields that are not offered are passed over."""


class Place(_Wish):
    """Where a client says it stands in a stream."""

    offset: int = 0
    epoch: str = ""


class Return(_Wish):
    """How a client comes back to a server-side subscription."""

    recover: bool = False
    epoch: str = ""
    offset: int = 0


class Connect(_Wish):
    """Asks to be let in."""

    token: str = ""
    data: Raw = NOTHING
    subs: dict[str, Return] | None = None
    name: str = ""
    version: str = ""


class Subscribe(_Wish):
    """Asks to follow a channel, perhaps from a place on."""

    channel: str = ""
    token: str = ""
    recover: bool = False
    epoch: str = ""
    offset: int = 0
    data: Raw = NOTHING
    delta: str = ""
    flag: int = 0
    type: int = 0
    tf: dict[str, Raw] | None = None


class OfChannel(_Wish):
    """Names a channel: unsubscribe, presence, presence_stats."""

    channel: str = ""


class Publish(_Wish):
    """Says something in a channel; `type` would be a map's, whose keys we do not keep."""

    channel: str = ""
    data: Raw = NOTHING
    type: int = 0


class Recall(_Wish):
    """Asks for what was said."""

    channel: str = ""
    limit: int = 0
    since: Place | None = None
    reverse: bool = False


class Message(_Wish):
    """Says something to the server that has no answer."""

    data: Raw = NOTHING


class Call(_Wish):
    """Asks the server something of its own."""

    data: Raw = NOTHING
    method: str = ""


class Ping(_Wish):
    """Asks whether somebody is there."""


class Renew(_Wish):
    """Brings a newer token for the connection."""

    token: str = ""


class SubRenew(_Wish):
    """Brings a newer token for a subscription; `type` would be a shared poll's."""

    channel: str = ""
    token: str = ""
    type: int = 0


class Command(_Wish):
    """One line from a client; an empty one is a pong."""

    id: int = 0
    connect: Connect | None = None
    subscribe: Subscribe | None = None
    unsubscribe: OfChannel | None = None
    publish: Publish | None = None
    presence: OfChannel | None = None
    presence_stats: OfChannel | None = None
    history: Recall | None = None
    ping: Ping | None = None
    send: Message | None = None
    rpc: Call | None = None
    refresh: Renew | None = None
    sub_refresh: SubRenew | None = None


class _Said(msgspec.Struct, omit_defaults=True):
    """Part of an answer; what is at its default is left out."""


class Subscribed(_Said):
    """Answers a subscribe; `publications` is a JSON array."""

    expires: bool = False
    ttl: int = 0
    recoverable: bool = False
    epoch: str = ""
    publications: Raw = NOTHING
    recovered: bool = False
    offset: int = 0
    positioned: bool = False
    was_recovering: bool = False
    delta: bool = False


class Connected(_Said):
    """Answers a connect."""

    client: str
    version: str = ""
    expires: bool = False
    ttl: int = 0
    data: Raw = NOTHING
    subs: dict[str, Subscribed] | None = None
    ping: int = 0
    pong: bool = False
    session: str = ""
    node: str = ""


class _ClientInfo(_Said):
    client: str
    user: str = ""
    conn_info: Raw = NOTHING
    chan_info: Raw = NOTHING


class _Present(_Said):
    presence: dict[str, _ClientInfo]


class _Stats(msgspec.Struct):
    num_clients: int
    num_users: int


class _Recalled(msgspec.Struct):
    publications: Raw
    epoch: str
    offset: int


class _Refreshed(_Said):
    client: str = ""
    version: str = ""
    expires: bool = False
    ttl: int = 0


class _Trouble(_Said):
    code: int
    message: str
    temporary: bool = False


class _Refusal(msgspec.Struct):
    id: int
    error: _Trouble


class _ClosedChannel(msgspec.Struct):
    code: int
    reason: str


decode_command = msgspec.json.Decoder(Command).decode
encode = msgspec.json.Encoder().encode


def reply(number: int, kind: str, answer: object) -> bytes:
    """Answer a command by its number."""
    return b'{"id":%d,"%b":%b}' % (number, kind.encode(), encode(answer))


def done(number: int, kind: str) -> bytes:
    """Answer a command that asks for nothing back."""
    return b'{"id":%d,"%b":{}}' % (number, kind.encode())


def answered(number: int, data: bytes) -> bytes:
    """Answer an rpc."""
    return b'{"id":%d,"rpc":{"data":%b}}' % (number, data)


def refusal(number: int, why: Code) -> bytes:
    """Answer a command with an error."""
    trouble = _Trouble(code=why.code, message=why.reason, temporary=why.code in TEMPORARY)
    return encode(_Refusal(id=number, error=trouble))


def present(number: int, occupants: Iterable[Occupant]) -> bytes:
    """Answer who is in a channel."""
    return reply(number, "presence", _Present(presence={one.client: _info(one) for one in occupants}))


def counted(number: int, crowd: Crowd) -> bytes:
    """Answer how many are in a channel."""
    return reply(number, "presence_stats", _Stats(num_clients=crowd.clients, num_users=crowd.users))


def recalled(number: int, publications: Iterable[Publication], *, epoch: str, offset: int) -> bytes:
    """Answer what was said."""
    joined = Raw(array(publication(one) for one in publications))
    return reply(number, "history", _Recalled(publications=joined, epoch=epoch, offset=offset))


def refreshed(number: int, kind: str, *, client: str, ttl_s: int) -> bytes:
    """Answer that a token was taken."""
    return reply(number, kind, _Refreshed(client=client, expires=ttl_s > 0, ttl=ttl_s))


def publication(one: Publication) -> bytes:
    """Write a publication as it stands in a push, a reply or a history."""
    parts = [b'{"data":', one.data]
    if one.info is not None:
        parts += (b',"info":', one.info)
    if one.offset:
        parts.append(b',"offset":%d' % one.offset)
    if one.tags:
        parts += (b',"tags":', encode(one.tags))
    parts.append(b"}")
    return b"".join(parts)


def differing(one: Publication, data: str, *, is_delta: bool) -> bytes:
    """Write a publication for who agreed to deltas: its data is a string, whole or the difference to the one before."""
    delta = b',"delta":true' if is_delta else b""
    offset = b',"offset":%d' % one.offset if one.offset else b""
    info = b',"info":%b' % one.info if one.info is not None else b""
    return b'{"data":%b%b%b%b}' % (encode(data), info, offset, delta)


def array(lines: Iterable[bytes]) -> bytes:
    """Join JSON values into an array."""
    return b"[" + b",".join(lines) + b"]"


def occupant_info(one: Occupant) -> bytes:
    """Write who somebody is."""
    return encode(_info(one))


def push_head(channel: str) -> bytes:
    """Write the beginning of every push of a channel; a push ends with two braces more than its body."""
    return b'{"push":{"channel":%b,' % encode(channel)


def join_push(channel: str, one: Occupant) -> bytes:
    """Push that somebody came."""
    return push_head(channel) + b'"join":{"info":%b}}}' % occupant_info(one)


def leave_push(channel: str, one: Occupant) -> bytes:
    """Push that somebody went."""
    return push_head(channel) + b'"leave":{"info":%b}}}' % occupant_info(one)


def unsubscribe_push(channel: str, why: Code) -> bytes:
    """Push that the server ends a subscription."""
    return push_head(channel) + b'"unsubscribe":%b}}' % encode(_ClosedChannel(code=why.code, reason=why.reason))


def subscribe_push(channel: str, seat: Subscribed) -> bytes:
    """Push that the server begins a subscription."""
    return push_head(channel) + b'"subscribe":%b}}' % encode(seat)


def disconnect_push(why: Code) -> bytes:
    """Push why the connection ends, where no close frame can say it."""
    return b'{"push":{"disconnect":%b}}' % encode(_ClosedChannel(code=why.code, reason=why.reason))


def one_line(data: bytes) -> bytes:
    """Return JSON without line breaks, for frames and events are cut at them; raise msgspec.DecodeError if it is none.

    What is passed over as raw is not looked into: text that is not UTF-8 would cut every browser's connection.
    """
    msgspec.json.decode(data, type=Raw)
    try:
        data.decode()
    except UnicodeDecodeError:
        raise msgspec.DecodeError("the text is not UTF-8") from None
    return msgspec.json.format(data, indent=-1) if b"\n" in data or b"\r" in data else data


def raw(data: bytes | None) -> Raw:
    """Return JSON as it is put into an answer; what is left out must be the default itself, not its equal."""
    return Raw(data) if data else NOTHING


def given(field: Raw) -> bytes | None:
    """Return the JSON a field was given, None where it was left out."""
    taken = bytes(field)
    return one_line(taken) if taken else None


def _info(one: Occupant) -> _ClientInfo:
    return _ClientInfo(
        client=one.client,
        user=one.user,
        conn_info=raw(one.conn_info),
        chan_info=raw(one.chan_info),
    )
