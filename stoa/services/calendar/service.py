"""The use cases of calendar."""

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.store import Store
from stoa.services.calendar.contract import CalendarPort, CalendarStanding
from stoa.services.calendar.store import CalendarTx


class Calendar(CalendarPort):
    """Who meets when: classes as entries, and a feed for one's own calendar"""

    def __init__(self, *, store: Store[CalendarTx], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def standing_of(self, *, organization: OrganizationId) -> CalendarStanding:
        """Return how calendar stands in an organization."""
        async with self._store.reading(organization=organization) as tx:
            notes = await tx.notes_counted()
        return CalendarStanding(organization_id=organization, at=self._clock.now(), notes=notes)

    async def note(self, *, organization: OrganizationId, text: str) -> None:
        """Keep a note."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.add_note(new_id(), text)
