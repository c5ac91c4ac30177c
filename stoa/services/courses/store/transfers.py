"""The SQL of imports and exports."""

from datetime import datetime
from uuid import UUID

import msgspec

from stoa.kit.contract import JobId
from stoa.kit.store import Record
from stoa.services.courses.contract import CourseId
from stoa.services.courses.domain.bundle import BlockCounts, ReportItem
from stoa.services.courses.domain.transfers import Transfer
from stoa.services.courses.store.directory import DirectoryTx

TRANSFER = (
    "transfer_id, direction, format, filename, blob_key, state, job_id, course_id, done, total, note, error, counts,"
    " requested_by, requested_at, finished_at"
)


class TransfersTx(DirectoryTx):
    """The part of a unit of work that knows packages on their way."""

    async def insert_transfer(self, transfer: Transfer) -> None:
        """Keep a new import or export."""
        await self.execute(
            "insert into courses.transfers (organization_id, transfer_id, direction, format, filename, blob_key, state,"
            " job_id, course_id, done, total, note, error, requested_by, requested_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '', '', $10, $11)",
            self.tenant, transfer.id, transfer.direction, transfer.format, transfer.filename, transfer.blob_key,
            transfer.state, transfer.job, transfer.course, transfer.requested_by, transfer.requested_at,
        )  # fmt: skip

    async def transfer(self, transfer: UUID) -> Transfer | None:
        """Return an import or export."""
        row = await self.fetchrow(
            f"select {TRANSFER} from courses.transfers where organization_id = $1 and transfer_id = $2",  # noqa: S608
            self.tenant, transfer,
        )  # fmt: skip
        return _transfer(row) if row else None

    async def note_job(self, transfer: UUID, job: JobId) -> None:
        """Remember which job carries a transfer."""
        await self.execute(
            "update courses.transfers set job_id = $3 where organization_id = $1 and transfer_id = $2",
            self.tenant, transfer, job,
        )  # fmt: skip

    async def advance_transfer(self, transfer: UUID, *, state: str, done: int, total: int, note: str) -> None:
        """Note how far a transfer is."""
        await self.execute(
            "update courses.transfers set state = $3, done = $4, total = $5, note = $6, error = ''"
            " where organization_id = $1 and transfer_id = $2",
            self.tenant, transfer, state, done, total, note,
        )  # fmt: skip

    async def finish_transfer(
        self,
        transfer: UUID,
        *,
        at: datetime,
        course: CourseId | None = None,
        counts: BlockCounts | None = None,
        error: str = "",
    ) -> None:
        """Close a transfer, well or badly."""
        await self.execute(
            "update courses.transfers set state = $3, finished_at = $4, course_id = coalesce($5, course_id),"
            " counts = $6, error = $7, done = total where organization_id = $1 and transfer_id = $2",
            self.tenant, transfer, "failed" if error else "done", at, course, counts, error,
        )  # fmt: skip

    async def save_items(self, transfer: UUID, items: list[ReportItem]) -> None:
        """Keep the lines of a report in place of any older ones."""
        await self.execute(
            "delete from courses.transfer_items where organization_id = $1 and transfer_id = $2", self.tenant, transfer
        )
        await self.executemany(
            "insert into courses.transfer_items"
            " (organization_id, transfer_id, number, path, kind, outcome, reason, title, unit, node_id)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [
                (
                    self.tenant,
                    transfer,
                    number,
                    item.path,
                    item.kind,
                    item.outcome.value,
                    item.reason,
                    item.title,
                    item.unit,
                    item.node,
                )
                for number, item in enumerate(items)
            ],
        )

    async def items(self, transfer: UUID, *, after: int, limit: int) -> list[ReportItem]:
        """Return lines of a report in order."""
        rows = await self.fetch(
            "select path, kind, outcome, reason, title, unit, node_id as node from courses.transfer_items"
            " where organization_id = $1 and transfer_id = $2 and number > $3 order by number limit $4",
            self.tenant, transfer, after, limit,
        )  # fmt: skip
        return [msgspec.convert(dict(row), ReportItem) for row in rows]


def _transfer(row: Record) -> Transfer:
    return Transfer(
        id=row["transfer_id"], direction=row["direction"], format=row["format"], filename=row["filename"],
        blob_key=row["blob_key"], state=row["state"], job=row["job_id"], course=row["course_id"], done=row["done"],
        total=row["total"], note=row["note"], error=row["error"],
        counts=msgspec.convert(row["counts"], BlockCounts) if row["counts"] is not None else None,
        requested_by=row["requested_by"], requested_at=row["requested_at"],
    )  # fmt: skip
