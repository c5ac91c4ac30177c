"""The wiring of calendar."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.calendar.contract import CalendarPort
from stoa.services.calendar.routes import router
from stoa.services.calendar.service import Calendar
from stoa.services.calendar.store import CalendarTx


def build(context: Context) -> Calendar:
    """Build the service from what it is given."""
    return Calendar(store=Store(context.database, CalendarTx), clock=context.clock)


manifest = Manifest(
    name="calendar",
    summary="Who meets when: classes as entries, and a feed for one's own calendar",
    port=CalendarPort,
    build=build,
    routers=(router,),
)
