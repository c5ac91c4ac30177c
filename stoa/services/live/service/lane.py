"""The lossless lane on the wire: what was committed is fanned out, and told again to whoever missed it."""

from uuid import UUID

from stoa.kit.realtime.broker import History, Position, Publication
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, ClassNotFound
from stoa.services.live.store.lane import Said
from stoa.services.live.store.tx import LiveTx

CLASS, CHAT = "class", "chat"
_MOST = 1_000


def class_channel(class_id: ClassId) -> str:
    """Return the channel of a class's lossless lane."""
    return f"{CLASS}:{class_id}"


def chat_channel(class_id: ClassId, room: UUID | None = None) -> str:
    """Return the channel of a class's chat, or of a group's."""
    return f"{CHAT}:{class_id}" if room is None or room == class_id else f"{CHAT}:{class_id}.{room}"


class Lane:
    """Fans publications out after their commit, and answers the socket servers' questions about the lane."""

    def __init__(self, *, store: Store[LiveTx], realtime: Realtime) -> None:
        self._store = store
        self._realtime = realtime

    async def tell(self, *said: Said | None) -> None:
        """Fan out what was committed; lost on the way, it is read from the database by who finds the gap."""
        for one in said:
            if one is not None:
                await self._realtime.publish_kept(
                    class_channel(one.class_id), epoch=one.epoch, offset=one.position, data=one.data
                )

    async def position(self, channel: str) -> Position:
        """Return where a class's lane ends."""
        class_id = _class_of(channel)
        async with self._store.reading(organization=None) as tx:
            organization = await tx.door_of(class_id)
        if organization is None:
            raise ClassNotFound
        async with self._store.reading(organization=organization) as tx:
            lane = await tx.lane_of(class_id)
        if lane is None:
            raise ClassNotFound
        return Position(epoch=lane[0], offset=lane[1])

    async def history(self, channel: str, *, after: int, limit: int) -> History:
        """Return publications of a class's lane beyond a number, and where the lane ends."""
        class_id = _class_of(channel)
        position = await self.position(channel)
        async with self._store.reading(organization=None) as tx:
            organization = await tx.door_of(class_id)
        async with self._store.reading(organization=organization) as tx:
            said = await tx.said_after(class_id, after=after, limit=min(max(limit, 0), _MOST))
        return History(
            position=Position(epoch=position.epoch, offset=max(position.offset, said[-1].position if said else 0)),
            publications=[Publication(data=one.data, offset=one.position) for one in said],
        )


def _class_of(channel: str) -> ClassId:
    namespace, _, name = channel.partition(":")
    try:
        if namespace != CLASS:
            raise ValueError
        return ClassId(UUID(name))
    except ValueError:
        raise ClassNotFound from None
