"""Who owns the history of a lossless channel: calls that a service's port offers to the socket servers."""

from stoa.kit.ports import Port, call
from stoa.kit.realtime.broker import History, Position


class Keeper(Port):
    """The part of a port (`class LivePort(Keeper)`) by which a node fills its ring of a lossless channel.

    Offsets count from 1 without a hole, in the order of their commits; the epoch changes only when the stream is
    begun anew. A node asks after a start, after a gap and now and then, once for all its clients together.
    """

    @call(idempotent=True)
    async def channel_position(self, *, channel: str) -> Position:
        """Return the epoch of a channel and the offset of its last publication."""
        raise NotImplementedError

    @call(idempotent=True)
    async def channel_history(self, *, channel: str, after: int, limit: int) -> History:
        """Return up to `limit` publications beyond an offset, oldest first, and the place where the stream ends."""
        raise NotImplementedError
