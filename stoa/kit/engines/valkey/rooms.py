"""What a room is in Valkey: its keys, the scripts that change them in one step, and how messages are written."""

from collections.abc import Iterable, Sequence

import msgspec

from stoa.kit.engines.valkey.wire import WireError
from stoa.kit.realtime.broker import History, Occupant, Position, Publication

# A batch is one entry of the stream, named after its last offset: 25 messages for little more than the price of one.
PUBLISH = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  redis.call('DEL', KEYS[2])
end
local top = redis.call('HINCRBY', KEYS[1], 'offset', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
local at, least = string.format('%.0f', top), string.format('%.0f', math.max(0, top - ARGV[3] + 1))
redis.call('XADD', KEYS[2], 'MINID', least .. '-0', at .. '-0', 'b', ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[6], 'P' .. epoch .. ' ' .. at .. ' ' .. ARGV[7])
return {epoch, top}
"""

HISTORY = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', 0)
  redis.call('DEL', KEYS[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local top = tonumber(redis.call('HGET', KEYS[1], 'offset') or 0)
local limit = tonumber(ARGV[4])
if limit == 0 then return {epoch, top, {}} end
local words = {'XRANGE', KEYS[2], ARGV[3] .. '-0', '+'}
if ARGV[5] == '1' then words = {'XREVRANGE', KEYS[2], '+', '-'} end
if limit > 0 and ARGV[6] == '1' then words[5] = 'COUNT'; words[6] = ARGV[4] end
return {epoch, top, redis.call(unpack(words))}
"""

_LEAVING = """
local function out(client)
  local held = redis.call('HGET', KEYS[1], client)
  redis.call('ZREM', KEYS[2], client)
  if not held then return end
  redis.call('HDEL', KEYS[1], client)
  local user = string.sub(held, 1, string.find(held, '\\0', 1, true) - 1)
  if redis.call('HINCRBY', KEYS[3], user, -1) <= 0 then redis.call('HDEL', KEYS[3], user) end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, client in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do out(client) end
"""

ENTER = (
    _LEAVING
    + """
if redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '\\0' .. ARGV[3]) == 1 then
  redis.call('HINCRBY', KEYS[3], ARGV[2], 1)
end
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[4]) end
if ARGV[5] ~= '' then redis.call('PUBLISH', ARGV[5], 'J' .. ARGV[3]) end
return 1
"""
)

LEAVE = (
    _LEAVING
    + """
out(ARGV[1])
if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[3], 'L' .. ARGV[2]) end
return 1
"""
)

WHO = _LEAVING + "return redis.call('HVALS', KEYS[1])"
HOW_MANY = _LEAVING + "return {redis.call('HLEN', KEYS[1]), redis.call('HLEN', KEYS[3])}"

_Said = tuple[bytes, bytes | None, dict[str, str] | None]
_encode = msgspec.msgpack.Encoder().encode
_batch = msgspec.msgpack.Decoder(list[_Said])
_occupant = msgspec.msgpack.Decoder(Occupant)


def batch_of(publications: Iterable[Publication]) -> bytes:
    """Write publications as one batch; their offsets follow from that of the last."""
    return _encode([(one.data, one.info, one.tags) for one in publications])


def publications_in(batch: bytes, top: int) -> list[Publication]:
    """Read a batch whose last publication has an offset; 0 where nothing is kept."""
    said = _batch.decode(batch)
    first = top - len(said) + 1
    return [
        Publication(data=data, offset=first + index if top else 0, info=info, tags=tags)
        for index, (data, info, tags) in enumerate(said)
    ]


def occupant_written(occupant: Occupant) -> bytes:
    """Write somebody who is in a room."""
    return _encode(occupant)


def occupant_read(raw: bytes) -> Occupant:
    """Read somebody who is in a room."""
    return _occupant.decode(raw)


def runs_of(publications: Sequence[Publication]) -> list[list[Publication]]:
    """Split publications where their offsets do not follow each other."""
    runs: list[list[Publication]] = []
    for one in publications:
        if runs and one.offset == runs[-1][-1].offset + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def history_in(answer: object, *, since: int | None, limit: int, reverse: bool, size: int) -> History:
    """Read what HISTORY answers: whole batches, of which the ends may lie outside of what was asked."""
    if not isinstance(answer, list) or len(answer) != 3:
        raise WireError(f"unexpected answer {answer!r}")
    epoch, top, entries = bytes(answer[0]).decode(), int(answer[1]), answer[2]
    found: list[Publication] = []
    for name, fields in entries:
        batch = publications_in(fields[1], int(name.partition(b"-")[0]))
        found += reversed(batch) if reverse else batch
    if since is None:
        kept = [one for one in found if one.offset > top - size]
    elif reverse:
        kept = [one for one in found if top - size < one.offset < since]
    else:
        kept = [one for one in found if one.offset > max(since, top - size)]
    return History(position=Position(epoch=epoch, offset=top), publications=kept if limit < 0 else kept[:limit])
