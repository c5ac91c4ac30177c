"""What the tests of calendar build with: courses, seats and roles in dictionaries, behind their contracts."""

from datetime import UTC, datetime, timedelta

import msgspec

from stoa.kit.auth.caller import Grant, GrantSet
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, OrganizationId, UserId, new_id
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.services.calendar.consumers import consumers
from stoa.services.calendar.contract import EntryId, Source
from stoa.services.calendar.domain.entries import Entry, View
from stoa.services.calendar.domain.recurrence import Occurrence
from stoa.services.calendar.service.calendar import Calendar
from stoa.services.courses.contract import (
    CourseId,
    CourseNotFound,
    CoursesPort,
    CourseState,
    CourseSummary,
    SnapshotId,
    Visibility,
)
from stoa.services.enrollment.contract import EnrollmentPort, Seat, SeatState
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassId, ClassScheduled
from stoa.services.organizations.contract import Membership, OrganizationsPort

HOME = OrganizationId(new_id())
THEN = datetime(2026, 1, 1, tzinfo=UTC)
PUBLIC_URL = "https://stoa.example"


def a_summary(course: CourseId, *, state: CourseState = CourseState.PUBLISHED, title: str = "Knots") -> CourseSummary:
    return CourseSummary(
        id=course, organization_id=HOME, slug="knots", title=title, summary="", language="en", licence="",
        categories=[], visibility=Visibility.PUBLIC, state=state, snapshot=SnapshotId("one"), image_url="",
        image_alt="", starts_at=None, ends_at=None, published_at=THEN,
    )  # fmt: skip


def an_entry(**other: object) -> Entry:
    """Make an entry of a course without a database."""
    given: dict[str, object] = {
        "id": EntryId(new_id()), "source": Source.COURSE, "course": None, "title": "Office hours", "description": "",
        "starts_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "ends_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "time_zone": "UTC", "created_at": THEN, "changed_at": THEN, **other,
    }  # fmt: skip
    return msgspec.convert(given, Entry)


def a_view(*courses: CourseSummary) -> View:
    """Make the view of somebody with a seat in some courses."""
    return View(user=UserId(new_id()), courses={course.id: course for course in courses})


class FakeCourses(CoursesPort):
    """Courses in a dictionary."""

    def __init__(self) -> None:
        self.known: dict[CourseId, CourseSummary] = {}

    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        for known in self.known.values():
            if organization == HOME and course in (str(known.id), known.slug):
                return known
        raise CourseNotFound

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        return [self.known[course] for course in courses if course in self.known and organization == HOME]


class FakeEnrollment(EnrollmentPort):
    """Seats in a list."""

    def __init__(self) -> None:
        self.seats: list[Seat] = []

    async def seats_of(self, *, organization: OrganizationId, user: UserId) -> list[Seat]:
        return [seat for seat in self.seats if seat.user == user and organization == HOME]


class FakeOrganizations(OrganizationsPort):
    """Members and their grants in dictionaries."""

    def __init__(self) -> None:
        self.grants: dict[UserId, tuple[Grant, ...]] = {}

    async def grants_of(self, *, organization: OrganizationId, user: UserId) -> GrantSet:
        return GrantSet(version=1, grants=self.grants.get(user, ()) if organization == HOME else ())

    async def membership_of(self, *, organization: OrganizationId, user: UserId) -> Membership:
        return Membership.MEMBER if user in self.grants and organization == HOME else Membership.NONE


class Town:
    """Calendar with its neighbours, and the words of its tests."""

    def __init__(
        self,
        *,
        calendar: Calendar,
        courses: FakeCourses,
        enrollment: FakeEnrollment,
        organizations: FakeOrganizations,
        clock: ManualClock,
    ) -> None:
        self.calendar, self.courses, self.enrollment = calendar, courses, enrollment
        self.organizations, self.clock = organizations, clock

    def a_course(self, **other: object) -> CourseId:
        """Make a course."""
        course = CourseId(new_id())
        self.courses.known[course] = a_summary(course, **other)  # type: ignore[arg-type]  # its fields
        return course

    def a_learner(self, *courses: CourseId) -> UserId:
        """Make a member with seats."""
        user = UserId(new_id())
        self.organizations.grants[user] = (Grant(role="learner", scope="organization", scope_id=HOME),)
        self.enrollment.seats += [
            Seat(course=course, user=user, state=SeatState.ACTIVE, since=THEN, until=None) for course in courses
        ]
        return user

    def a_teacher(self, course: CourseId) -> UserId:
        """Make a member who teaches a course."""
        user = self.a_learner()
        self.organizations.grants[user] += (Grant(role="instructor", scope="course", scope_id=course),)
        return user

    def a_class(self, course: CourseId | None, **other: object) -> ClassScheduled:
        """Schedule a class a week from now."""
        starts = self.clock.now() + timedelta(days=7)
        given: dict[str, object] = {
            "organization_id": HOME, "class_id": ClassId(new_id()), "course_id": course, "title": "Bowlines",
            "starts_at": starts, "ends_at": starts + timedelta(hours=1), "time_zone": "Europe/Athens", "sequence": 0,
            "changed_at": self.clock.now(), **other,
        }  # fmt: skip
        return msgspec.convert(given, ClassScheduled)

    async def hear(self, *events: Event) -> None:
        """Deliver events twice and shuffled."""
        database = self.calendar._store.database
        await deliver(bound(consumers.subscriptions, self.calendar, database), events, at=database.clock.now())

    async def on(self, user: UserId, *, days: int = 60) -> list[Occurrence]:
        """Return what is on for somebody from now on."""
        now = self.clock.now()
        _, found = await self.calendar.occurrences(
            organization=HOME, user=user, since=now, until=now + timedelta(days=days)
        )
        return found

    async def feed_token(self, user: UserId) -> str:
        """Make somebody's feed."""
        url = await self.calendar.feeds.renew(organization=HOME, user=user)
        return url.rpartition("/")[2].removesuffix(".ics")

    async def feed(self, token: str) -> str:
        """Fetch a feed."""
        file = await self.calendar.feeds.file(token=token, is_known=lambda tag: False)
        assert file.text is not None
        return file.text.decode()


def changed(event: ClassScheduled, **other: object) -> ClassChanged:
    """Change a class."""
    return msgspec.convert({**msgspec.structs.asdict(event), "sequence": event.sequence + 1, **other}, ClassChanged)


def cancelled(event: ClassScheduled, **other: object) -> ClassCancelled:
    """Cancel a class."""
    return msgspec.convert({**msgspec.structs.asdict(event), "sequence": event.sequence + 5, **other}, ClassCancelled)
