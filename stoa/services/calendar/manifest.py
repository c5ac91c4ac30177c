"""How calendar is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.calendar.consumers import consumers
from stoa.services.calendar.policy import LIMITS, PERMISSIONS, CalendarSettings
from stoa.services.calendar.routes import router
from stoa.services.calendar.service.calendar import Calendar
from stoa.services.calendar.store import CalendarTx
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.organizations.contract import OrganizationsPort


def build(context: Context) -> Calendar:
    """Build calendar from what the kit gives it."""
    return Calendar(
        store=Store(context.database, CalendarTx),
        clock=context.clock,
        courses=context.port(CoursesPort),
        enrollment=context.port(EnrollmentPort),
        organizations=context.port(OrganizationsPort),
        settings=context.settings(CalendarSettings),
        public_url=context.urls.public_url,
    )


manifest = Manifest(
    name="calendar",
    summary="Who meets when: classes and what courses plan as entries, and a feed for one's own calendar.",
    requires=(CoursesPort, EnrollmentPort, OrganizationsPort),
    build=build,
    routers=(router,),
    consumers=(consumers,),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=CalendarSettings,
)
