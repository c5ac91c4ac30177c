"""How progress is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.media.contract import MediaPort
from stoa.services.people.contract import PeoplePort
from stoa.services.progress.consumers import consumers
from stoa.services.progress.contract import CourseCompleted, ItemCompleted
from stoa.services.progress.jobs import jobs
from stoa.services.progress.policy import LIMITS, PERMISSIONS, ProgressSettings
from stoa.services.progress.routes.learning import router
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.service.outlines import Outlines
from stoa.services.progress.service.progress import Progress
from stoa.services.progress.service.reading import Reading
from stoa.services.progress.service.telling import Telling
from stoa.services.progress.store import ProgressTx


def build(context: Context) -> Desk:
    """Build progress from what the kit gives it."""
    settings = context.settings(ProgressSettings)
    store = Store(context.database, ProgressTx)
    enrollment, assessment = context.port(EnrollmentPort), context.port(AssessmentPort)
    outlines = Outlines(courses=context.port(CoursesPort), outlines=settings.outlines, units=settings.units)
    progress = Progress(
        store=store,
        clock=context.clock,
        settings=settings,
        outlines=outlines,
        enrollment=enrollment,
        assessment=assessment,
        telling=Telling(context.realtime),
    )
    reading = Reading(
        store=store,
        progress=progress,
        outlines=outlines,
        assessment=assessment,
        enrollment=enrollment,
        people=context.port(PeoplePort),
        media=context.port(MediaPort),
        clock=context.clock,
    )
    return Desk(progress=progress, reading=reading)


manifest = Manifest(
    name="progress",
    summary="The learner's way through a course, what is done and where to go on",
    requires=(CoursesPort, EnrollmentPort, AssessmentPort, PeoplePort, MediaPort),
    build=build,
    routers=(router,),
    consumers=(consumers,),
    jobs=(jobs,),
    events=(ItemCompleted, CourseCompleted),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=ProgressSettings,
)
