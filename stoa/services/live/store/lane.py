"""The SQL of the lossless lane: one row a publication, numbered by the row of its class."""

from datetime import datetime

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.realtime.wire import one_line
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId


class Said(Struct, frozen=True, kw_only=True):
    """One publication of the lane; `data` is what goes over the wire."""

    class_id: ClassId
    epoch: str
    position: int
    at: datetime
    kind: str
    body: bytes

    @property
    def data(self) -> bytes:
        """Return the publication as all receive it: its kind, number and time before its own fields."""
        head = msgspec.json.encode({"t": self.kind, "seq": self.position, "at": self.at})
        return head if self.body == b"{}" else head[:-1] + b"," + self.body[1:]


class LaneTx(UnitOfWork):
    """The questions about the lossless lane."""

    async def say(self, class_id: ClassId, kind: str, body: object, *, message: int | None = None) -> Said:
        """Number and keep a publication; whoever says something at the same time waits for this commit."""
        encoded = one_line(msgspec.json.encode(body))
        at = self.clock.now()
        row = await self.fetchrow(
            "with lane as (update live.lanes set position = position + 1 where organization_id = $1 and class_id = $2"
            " returning epoch, position) insert into live.publications"
            " (organization_id, class_id, position, at, kind, body, message_seq)"
            " select $1, $2, lane.position, $3, $4, $5, $6 from lane"
            " returning position, (select epoch from lane) as epoch",
            self.organization,
            class_id,
            at,
            kind,
            encoded,
            message,
        )
        assert row is not None
        return Said(class_id=class_id, epoch=row["epoch"], position=row["position"], at=at, kind=kind, body=encoded)

    async def lane_of(self, class_id: ClassId) -> tuple[str, int] | None:
        """Return the epoch of a class's lane and the number of its last publication."""
        row = await self.fetchrow(
            "select epoch, position from live.lanes where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
        )
        return (row["epoch"], row["position"]) if row else None

    async def said_after(self, class_id: ClassId, *, after: int, limit: int) -> list[Said]:
        """Return publications beyond a number, oldest first."""
        rows = await self.fetch(
            "select p.*, l.epoch from live.publications p join live.lanes l using (organization_id, class_id)"
            " where p.organization_id = $1 and p.class_id = $2 and p.position > $3 order by p.position limit $4",
            self.organization,
            class_id,
            after,
            limit,
        )
        return [_said(row) for row in rows]

    async def forget_said(self, class_id: ClassId, *, message: int, body: object) -> None:
        """Put a tombstone where a message of the lane was, so that whoever reads it later does not get it."""
        await self.execute(
            "update live.publications set kind = 'tombstone', body = $4"
            " where organization_id = $1 and class_id = $2 and message_seq = $3 and kind <> 'tombstone'",
            self.organization,
            class_id,
            message,
            msgspec.json.encode(body),
        )


def _said(row: Record) -> Said:
    return Said(
        class_id=row["class_id"],
        epoch=row["epoch"],
        position=row["position"],
        at=row["at"],
        kind=row["kind"],
        body=bytes(row["body"]),
    )
