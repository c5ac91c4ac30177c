"""Courses as one object: the port that other services ask, and the use cases that routes and jobs call."""

from stoa.kit.blobs import Blobs
from stoa.kit.cache import Cache
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Page, UserId
from stoa.kit.jobs import JobBoard
from stoa.kit.locks import Locks
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.courses.contract import (
    CourseId,
    CoursesPort,
    CourseSummary,
    NodeId,
    Outline,
    SnapshotId,
    UnitContent,
)
from stoa.services.courses.domain.sandbox import Sandbox
from stoa.services.courses.policy import CoursesSettings
from stoa.services.courses.service.authoring import Authoring
from stoa.services.courses.service.exporting import Exporting
from stoa.services.courses.service.importing import Importing
from stoa.services.courses.service.materials import Materials
from stoa.services.courses.service.presence import Presence
from stoa.services.courses.service.publishing import Publishing
from stoa.services.courses.service.reading import Reading
from stoa.services.courses.service.selftesting import Selftesting
from stoa.services.courses.service.transfers import Transfers
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import MediaPort
from stoa.services.people.contract import PeoplePort


class Courses(CoursesPort):
    """Drafts, snapshots and packages."""

    def __init__(
        self,
        *,
        store: Store[CoursesTx],
        assessment: AssessmentPort,
        media: MediaPort,
        blobs: Blobs,
        clock: Clock,
        settings: CoursesSettings,
        jobs: JobBoard,
        sandbox: Sandbox,
        people: PeoplePort,
        cache: Cache,
        locks: Locks,
    ) -> None:
        self.sandbox = sandbox
        self.authoring = Authoring(store=store, assessment=assessment, clock=clock)
        self.materials = Materials(
            store=store, assessment=assessment, media=media, blobs=blobs, clock=clock, authoring=self.authoring
        )
        self.publishing = Publishing(store=store, media=media, clock=clock)
        self.reading = Reading(store=store, kept_snapshots=settings.kept_snapshots, sandbox=sandbox, clock=clock)
        self.importing = Importing(
            store=store, assessment=assessment, media=media, blobs=blobs, clock=clock, settings=settings
        )
        self.presence = Presence(store=store, people=people, cache=cache, locks=locks, clock=clock)
        self.selftesting = Selftesting(store=store, assessment=assessment)
        self.exporting = Exporting(store=store, assessment=assessment, media=media, blobs=blobs)
        self.transfers = Transfers(
            store=store,
            blobs=blobs,
            clock=clock,
            importing=self.importing,
            exporting=self.exporting,
            settings=settings,
            jobs=jobs,
        )

    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        """Return a course by id or slug."""
        return await self.reading.course_of(organization=organization, course=course)

    async def outline_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> Outline:
        """Return the published tree; with a learner, pools hold only what falls to them."""
        return await self.reading.outline_of(
            organization=organization, course=course, snapshot=snapshot, learner=learner
        )

    async def unit_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        unit: NodeId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> UnitContent:
        """Return one published unit; with a learner, pools are drawn for them."""
        return await self.reading.unit_of(
            organization=organization, course=course, unit=unit, snapshot=snapshot, learner=learner
        )

    async def published_courses(
        self, *, organization: OrganizationId, after: str | None = None, limit: int = 50
    ) -> Page[CourseSummary]:
        """Return the published courses of an organization."""
        return await self.reading.published_courses(organization=organization, after=after, limit=limit)

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        """Return the courses that exist among these ids."""
        return await self.reading.summaries_of(organization=organization, courses=courses)
