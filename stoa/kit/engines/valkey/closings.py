"""What was closed within the last hour, kept twice: in Valkey for nodes that start, in the nodes for a new Valkey."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from stoa.kit.engines.valkey.wire import Word
from stoa.kit.realtime.broker import REMEMBERED_S, Control

_MOST = 100_000
_TOGETHER = 500
_TTL_MS = int(2_000 * REMEMBERED_S)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Control).decode

# A member says what was closed, its score since when: said again it only becomes later.
CLOSE = f"""
redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -{_MOST + 1})
redis.call('PEXPIRE', KEYS[1], {_TTL_MS})
return redis.call('PUBLISH', ARGV[4], ARGV[5])
"""

Ask = Callable[..., Awaitable[object]]


class Closings:
    """The closings that one node knows of, and how they are compared with those in Valkey."""

    def __init__(self, key: str, *, told: Callable[[Control], None]) -> None:
        self.key = key
        self._told = told
        self._known: dict[bytes, float] = {}
        self._newest = 0.0

    def learn(self, control: Control) -> None:
        """Remember what was heard of, if it is to be remembered."""
        if control.at:
            self._remember(_member(control), control.at)

    async def compare(self, ask: Ask) -> None:
        """Tell the node what it has not heard of, and Valkey what it has forgotten."""
        answer = await ask("ZRANGE", self.key, 0, -1, "WITHSCORES")
        assert isinstance(answer, list)
        kept = {member: float(score) for member, score in zip(answer[::2], answer[1::2], strict=True)}
        missing = [(member, at) for member, at in self._known.items() if at > kept.get(member, 0.0)]
        for member, at in kept.items():
            if at > self._known.get(member, 0.0):
                self._remember(member, at)
                self._told(msgspec.structs.replace(_decode(member), at=at))
        for begin in range(0, len(missing), _TOGETHER):
            some = missing[begin : begin + _TOGETHER]
            await ask("ZADD", self.key, "GT", *(word for member, at in some for word in (repr(at), member)))
        if missing:
            await ask("PEXPIRE", self.key, _TTL_MS)

    def _remember(self, member: bytes, at: float) -> None:
        self._known[member] = max(at, self._known.pop(member, 0.0))
        self._newest = max(at, self._newest)
        if len(self._known) % 1_000 == 999:
            since = self._newest - REMEMBERED_S
            self._known = {one: then for one, then in self._known.items() if then > since}
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]


def close_words(control: Control, *, news: str) -> Sequence[Word]:
    """Return the arguments of CLOSE that keep a closing and publish it under `news`."""
    return repr(control.at), _member(control), repr(control.at - REMEMBERED_S), news, _encode(control)


def _member(control: Control) -> bytes:
    return _encode(msgspec.structs.replace(control, at=0.0))
