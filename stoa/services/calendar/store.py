"""The queries of calendar."""

from uuid import UUID

from stoa.kit.store import UnitOfWork


class CalendarTx(UnitOfWork):
    """One unit of work on the tables of calendar."""

    async def add_note(self, note: UUID, text: str) -> None:
        """Insert a note."""
        sql = "insert into calendar.notes (organization_id, note_id, text, at) values ($1, $2, $3, $4)"
        await self.execute(sql, self.organization, note, text, self.clock.now())

    async def notes_counted(self) -> int:
        """Count the organization's notes."""
        counted: int = await self.fetchval("select count(*) from calendar.notes")
        return counted
