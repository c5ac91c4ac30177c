"""The SQL of the whiteboard."""

from collections.abc import Sequence

from stoa.kit.contract import Struct
from stoa.kit.store import UnitOfWork
from stoa.services.live.contract import ClassId
from stoa.services.live.domain.boards import Element


class BoardSize(Struct, frozen=True, kw_only=True):
    """How much is on a whiteboard; `rows` counts what was erased, too, for its versions still count."""

    rows: int
    elements: int
    bytes: int


class BoardsTx(UnitOfWork):
    """The questions about the whiteboard."""

    async def save_everyone_draws(self, class_id: ClassId, everyone: bool) -> None:
        """Keep whether everybody may draw."""
        await self.execute(
            "update live.classes set everyone_draws = $3 where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
            everyone,
        )

    async def lock_board(self, class_id: ClassId) -> None:
        """Let nobody else draw in this class until the transaction ends, so that its limits hold."""
        await self.execute(
            "select from live.lanes where organization_id = $1 and class_id = $2 for update",
            self.organization,
            class_id,
        )

    async def board_size(self, class_id: ClassId) -> BoardSize:
        """Return how much is on the whiteboard."""
        row = await self.fetchrow(
            "select count(*) as rows, count(*) filter (where not is_deleted) as elements,"
            " coalesce(sum(octet_length(body)), 0) as bytes"
            " from live.elements where organization_id = $1 and class_id = $2",
            self.organization,
            class_id,
        )
        assert row is not None
        return BoardSize(rows=row["rows"], elements=row["elements"], bytes=int(row["bytes"]))

    async def keep_elements(self, class_id: ClassId, elements: Sequence[Element]) -> list[Element]:
        """Keep what is newer than what is there, in one statement; return what was kept."""
        rows = await self.fetch(
            "insert into live.elements as e (organization_id, class_id, element_id, version, nonce, is_deleted, body)"
            " select $1, $2, n.element_id, n.version, n.nonce, n.is_deleted, n.body"
            " from unnest($3::text[], $4::bigint[], $5::bigint[], $6::boolean[], $7::bytea[])"
            " as n(element_id, version, nonce, is_deleted, body)"
            " on conflict (organization_id, class_id, element_id) do update set version = excluded.version,"
            " nonce = excluded.nonce, is_deleted = excluded.is_deleted, body = excluded.body"
            " where (excluded.version, -excluded.nonce) > (e.version, -e.nonce) returning element_id",
            self.organization,
            class_id,
            [one.id for one in elements],
            [one.version for one in elements],
            [one.nonce for one in elements],
            [one.is_deleted for one in elements],
            [one.body for one in elements],
        )
        kept = {row["element_id"] for row in rows}
        return [one for one in elements if one.id in kept]

    async def elements(self, class_id: ClassId, *, limit: int) -> list[bytes]:
        """Return what is on the whiteboard, as many elements as it may have."""
        rows = await self.fetch(
            "select body from live.elements where organization_id = $1 and class_id = $2 and not is_deleted"
            " order by element_id limit $3",
            self.organization,
            class_id,
            limit,
        )
        return [bytes(row["body"]) for row in rows]

    async def wipe_elements(self, class_id: ClassId) -> None:
        """Empty the whiteboard."""
        await self.execute(
            "delete from live.elements where organization_id = $1 and class_id = $2", self.organization, class_id
        )
