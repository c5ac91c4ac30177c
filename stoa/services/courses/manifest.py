"""How courses is wired."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.courses.contract import CourseArchived, CoursePublished, CoursesPort
from stoa.services.courses.domain.sandbox import Sandbox
from stoa.services.courses.jobs import jobs
from stoa.services.courses.policy import LIMITS, PERMISSIONS, CoursesSettings
from stoa.services.courses.routes import pages, router
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import MediaPort
from stoa.services.people.contract import PeoplePort


def build(context: Context) -> Courses:
    """Build the service from what the process gives it."""
    return Courses(
        store=Store(context.database, CoursesTx),
        assessment=context.port(AssessmentPort),
        media=context.port(MediaPort),
        people=context.port(PeoplePort),
        cache=context.cache,
        locks=context.locks,
        blobs=context.blobs,
        clock=context.clock,
        settings=context.settings(CoursesSettings),
        jobs=context.jobs,
        sandbox=Sandbox(
            secret=context.secret("courses.embeds"),
            content_url=context.urls.content_url,
            public_url=context.urls.public_url,
        ),
    )


manifest = Manifest(
    name="courses",
    summary="Drafts that authors edit, snapshots that learners read, packages that come in and go out.",
    build=build,
    port=CoursesPort,
    requires=(AssessmentPort, MediaPort, PeoplePort),
    routers=(router, pages),
    jobs=(jobs,),
    events=(CoursePublished, CourseArchived),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=CoursesSettings,
)
