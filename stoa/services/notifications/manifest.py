"""How notifications is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.notifications.consumers import consumers
from stoa.services.notifications.contract import Category
from stoa.services.notifications.jobs import jobs
from stoa.services.notifications.policy import LIMITS, METRICS, TOLD, NotificationsSettings
from stoa.services.notifications.routes import router
from stoa.services.notifications.service.notifications import Notifications
from stoa.services.notifications.store.notifications import NotificationsTx
from stoa.services.organizations.contract import OrganizationsPort


def build(context: Context) -> Notifications:
    """Build notifications from what the kit gives it."""
    told = context.telemetry.counter(TOLD.name, TOLD.help, TOLD.labels)

    def counted(category: Category, people: int) -> None:
        told.labels(category).inc(people)

    return Notifications(
        store=Store(context.database, NotificationsTx),
        clock=context.clock,
        courses=context.port(CoursesPort),
        enrollment=context.port(EnrollmentPort),
        organizations=context.port(OrganizationsPort),
        realtime=context.realtime,
        settings=context.settings(NotificationsSettings),
        counted=counted,
    )


manifest = Manifest(
    name="notifications",
    summary="What somebody is told in the application: a bell, a count, and what they would rather not hear.",
    requires=(CoursesPort, EnrollmentPort, OrganizationsPort),
    build=build,
    routers=(router,),
    consumers=(consumers,),
    jobs=(jobs,),
    limits=LIMITS,
    settings=NotificationsSettings,
    metrics=METRICS,
)
