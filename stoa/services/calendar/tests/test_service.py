"""The use cases of calendar, on a real database."""

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.fixtures import StoreFor
from stoa.services.calendar.service import Calendar
from stoa.services.calendar.store import CalendarTx


async def test_a_note_is_seen_by_its_own_organization_only(store_for: StoreFor[CalendarTx], clock: ManualClock) -> None:
    calendar = Calendar(store=await store_for("calendar", CalendarTx), clock=clock)
    ours, theirs = OrganizationId(new_id()), OrganizationId(new_id())

    await calendar.note(organization=ours, text="first")

    assert (await calendar.standing_of(organization=ours)).notes == 1
    assert (await calendar.standing_of(organization=theirs)).notes == 0
