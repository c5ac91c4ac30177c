"""How enrollment is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.consumers import consumers
from stoa.services.enrollment.contract import EnrollmentPort, SeatEnded, SeatGranted, SeatWaitlisted
from stoa.services.enrollment.jobs import jobs
from stoa.services.enrollment.policy import LIMITS, PERMISSIONS, EnrollmentSettings
from stoa.services.enrollment.routes import router
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.store import EnrollmentTx
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort


def build(context: Context) -> Enrollment:
    """Build enrollment from what the kit gives it."""
    return Enrollment(
        store=Store(context.database, EnrollmentTx),
        clock=context.clock,
        courses=context.port(CoursesPort),
        identity=context.port(IdentityPort),
        organizations=context.port(OrganizationsPort),
        settings=context.settings(EnrollmentSettings),
    )


manifest = Manifest(
    name="enrollment",
    summary="Who has a seat in which course, who waits for one, and by what right",
    port=EnrollmentPort,
    requires=(CoursesPort, IdentityPort, OrganizationsPort),
    build=build,
    routers=(router,),
    consumers=(consumers,),
    jobs=(jobs,),
    events=(SeatGranted, SeatWaitlisted, SeatEnded),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=EnrollmentSettings,
)
