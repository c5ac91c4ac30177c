"""What the tests of notifications build with: courses, seats and an ear in dictionaries, behind their contracts."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec

from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, EventId, JobId, OrganizationId, UserId, new_id
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.outgoing import queued
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.realtime import Overheard
from stoa.services.courses.contract import CourseId, CoursesPort, CourseState, CourseSummary, SnapshotId, Visibility
from stoa.services.enrollment.contract import EnrollmentPort, Seat, SeatState
from stoa.services.live.contract import ClassChanged, ClassId, ClassScheduled
from stoa.services.notifications.consumers import consumers
from stoa.services.notifications.contract import Category
from stoa.services.notifications.domain import Unread
from stoa.services.notifications.service.notifications import Notifications
from stoa.services.notifications.service.rounds import TellLearners
from stoa.services.notifications.store.notes import Notification
from stoa.services.organizations.contract import OrganizationsPort

HOME = OrganizationId(new_id())
THEN = datetime(2026, 1, 1, tzinfo=UTC)


class FakeCourses(CoursesPort):
    """One course after another, all called Knots."""

    def __init__(self) -> None:
        self.known: dict[CourseId, CourseSummary] = {}

    def add(self) -> CourseId:
        """Make a course."""
        course = CourseId(new_id())
        self.known[course] = CourseSummary(
            id=course, organization_id=HOME, slug="knots", title="Knots", summary="", language="en", licence="",
            categories=[], visibility=Visibility.PUBLIC, state=CourseState.PUBLISHED, snapshot=SnapshotId("one"),
            image_url="", image_alt="", starts_at=None, ends_at=None, published_at=THEN,
        )  # fmt: skip
        return course

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        return [self.known[course] for course in courses if course in self.known and organization == HOME]


class FakeEnrollment(EnrollmentPort):
    """Learners in a list by course; it can fail once after some pages."""

    def __init__(self) -> None:
        self.learners: dict[CourseId, list[UserId]] = {}
        self.pages = 0
        self.fails_at = -1

    async def learners_in(
        self, *, organization: OrganizationId, course: CourseId, after: UserId | None, limit: int
    ) -> list[Seat]:
        self.pages += 1
        if self.pages == self.fails_at:
            raise ConnectionError("enrollment is not there")
        users = sorted(user for user in self.learners.get(course, []) if after is None or user > after)[:limit]
        return [Seat(course=course, user=user, state=SeatState.ACTIVE, since=THEN, until=None) for user in users]


class FakeOrganizations(OrganizationsPort):
    """One organization with its members in a list."""

    def __init__(self) -> None:
        self.members: list[UserId] = []

    async def members_in(self, *, organization: OrganizationId, after: UserId | None, limit: int) -> list[UserId]:
        return sorted(user for user in self.members if after is None or user > after)[:limit]

    async def member_count(self, *, organization: OrganizationId, at_most: int) -> int:
        return min(len(self.members), at_most)


class Run:
    """A run of a job that nobody watches."""

    id = JobId(new_id())
    attempt = 1

    async def progress(self, done: int, total: int | None, note: str = "") -> None:
        await asyncio.sleep(0)


class Town:
    """Notifications with its neighbours, and the words of its tests."""

    def __init__(
        self,
        *,
        notifications: Notifications,
        courses: FakeCourses,
        enrollment: FakeEnrollment,
        organizations: FakeOrganizations,
        ear: Overheard,
        clock: ManualClock,
        postgres: ThrowawayPostgres,
        counted: Counter[Category],
    ) -> None:
        self.notifications, self.courses, self.enrollment, self.ear = notifications, courses, enrollment, ear
        self.organizations = organizations
        self.clock, self.postgres, self.counted = clock, postgres, counted
        self._worked = 0

    def a_course(self, *, learners: int) -> tuple[CourseId, list[UserId]]:
        """Make a course and people who learn in it."""
        course = self.courses.add()
        self.enrollment.learners[course] = users = sorted(UserId(new_id()) for _ in range(learners))
        return course, users

    def an_organization(self, *, members: int) -> list[UserId]:
        """Let so many people belong to the organization."""
        self.organizations.members = sorted(UserId(new_id()) for _ in range(members))
        return self.organizations.members

    def a_class(self, course: CourseId | None, **other: object) -> ClassScheduled:
        """Schedule a class a week from now."""
        starts = self.clock.now() + timedelta(days=7)
        given: dict[str, object] = {
            "class_id": ClassId(new_id()), "title": "Bowlines", "starts_at": starts,
            "ends_at": starts + timedelta(hours=1), "time_zone": "Europe/Athens", "sequence": 0,
            "changed_at": self.clock.now(), **other,
        }  # fmt: skip
        return msgspec.convert({"organization_id": HOME, "course_id": course, **given}, ClassScheduled)

    def changed(self, event: ClassScheduled, **other: object) -> ClassChanged:
        """Change a class."""
        given = {**msgspec.structs.asdict(event), "sequence": event.sequence + 1, **other}
        return msgspec.convert(given, ClassChanged)

    async def hear(self, *events: Event) -> None:
        """Deliver events twice and shuffled."""
        database = self.notifications._store.database
        await deliver(bound(consumers.subscriptions, self.notifications, database), events, at=database.clock.now())

    async def settle(self) -> None:
        """Let news of classes wait long enough, then work off all that is queued."""
        self.clock.advance(timedelta(minutes=2))
        await self.work()

    async def work(self) -> None:
        """Work off all jobs, each twice."""
        while len(jobs := await queued(self.postgres, "notifications", TellLearners)) > self._worked:
            job = jobs[self._worked]
            self._worked += 1
            await self.notifications.rounds.work(job, Run())
            await self.notifications.rounds.work(job, Run())

    async def shown(self, user: UserId, **given: object) -> list[Notification]:
        """Return what somebody sees."""
        return await self.notifications.latest(
            organization=HOME, user=user, before=None, limit=50, only_unread=bool(given.get("only_unread"))
        )

    async def unread(self, user: UserId) -> Unread:
        """Return somebody's count."""
        return await self.notifications.unread(organization=HOME, user=user)


def an_event() -> EventId:
    """Invent the id of an event."""
    return EventId(new_id())
