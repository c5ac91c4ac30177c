"""What the tests of live build with: courses, seats and names in dictionaries, and a room with people in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import GUEST, Caller, Grant, GrantSet
from stoa.kit.clock import Clock
from stoa.kit.conferences import Conferences
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.engines.memory.limits import MemoryLimiter
from stoa.kit.store import Store
from stoa.kit.testing.ports import checked
from stoa.kit.testing.realtime import Overheard
from stoa.kit.testing.routes import a_caller
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
from stoa.services.live.contract import ClassId
from stoa.services.live.domain.classes import ClassSettings
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.doorway import GuestIn, Joined, JoinIn
from stoa.services.live.service.live import Live, Outside, assembled
from stoa.services.live.service.scheduling import NewClass
from stoa.services.live.service.standing import Standing
from stoa.services.live.store.tx import LiveTx
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.people.contract import PeoplePort, Profile

HOME = OrganizationId(new_id())
THEN = datetime(2026, 1, 1, tzinfo=UTC)


class FakeCourses(CoursesPort):
    """Courses in a dictionary."""

    def __init__(self) -> None:
        self.courses: dict[CourseId, CourseSummary] = {}

    def add(self, organization: OrganizationId = HOME) -> CourseId:
        """Make a course."""
        course = CourseId(new_id())
        self.courses[course] = CourseSummary(
            id=course,
            organization_id=organization,
            slug=f"course-{len(self.courses)}",
            title="Knots",
            summary="",
            language="en",
            licence="",
            categories=[],
            visibility=Visibility.PUBLIC,
            state=CourseState.PUBLISHED,
            snapshot=SnapshotId("one"),
            image_url="",
            image_alt="",
            starts_at=None,
            ends_at=None,
            published_at=THEN,
        )
        return course

    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        for known in self.courses.values():
            if known.organization_id == organization and course in (str(known.id), known.slug):
                return known
        raise CourseNotFound


class FakeEnrollment(EnrollmentPort):
    """Seats in a dictionary."""

    def __init__(self) -> None:
        self.seats: dict[tuple[CourseId, UserId], Seat] = {}

    def seat(self, course: CourseId, user: UserId) -> UserId:
        """Give a seat."""
        self.seats[course, user] = Seat(course=course, user=user, state=SeatState.ACTIVE, since=THEN, until=None)
        return user

    async def seat_of(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat | None:
        return self.seats.get((course, user))

    async def seats_of(self, *, organization: OrganizationId, user: UserId) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.user == user]

    async def learners_in(
        self, *, organization: OrganizationId, course: CourseId, after: UserId | None, limit: int
    ) -> list[Seat]:
        found = sorted((seat for (known, _), seat in self.seats.items() if known == course), key=lambda one: one.user)
        return [seat for seat in found if after is None or seat.user > after][:limit]


class FakeOrganizations(OrganizationsPort):
    """Roles in a dictionary."""

    def __init__(self) -> None:
        self.grants: dict[UserId, tuple[Grant, ...]] = {}

    async def grants_of(self, *, organization: OrganizationId, user: UserId) -> GrantSet:
        return GrantSet(version=1, grants=self.grants.get(user, ()))


class FakePeople(PeoplePort):
    """Everybody is called after their id unless a test says how."""

    def __init__(self) -> None:
        self.names: dict[UserId, str] = {}

    async def profiles_of(self, *, organization: OrganizationId, users: list[UserId]) -> list[Profile]:
        return [
            Profile(
                user=user,
                display_name=self.names.get(user, f"Person {user.hex[-6:]}"),
                pronouns="",
                locale="en",
                time_zone="UTC",
            )
            for user in users
        ]


@dataclass
class School:
    """Live with its surroundings, and the shortest ways to have a room with people in it."""

    live: Live
    clock: Clock
    realtime: Overheard
    courses: FakeCourses
    enrollment: FakeEnrollment
    people: FakePeople
    organizations: FakeOrganizations
    store: Store[LiveTx]
    teacher: Caller

    async def planned(self, course: CourseId | None = None, **settings: Any) -> ClassId:  # any: fields of the settings
        """Plan a class of an hour that begins now."""
        now = self.clock.now()
        [made] = await self.live.scheduling.create(
            NewClass(
                title="Knots, live",
                starts_at=now,
                ends_at=now + timedelta(hours=1),
                course_id=course,
                settings=ClassSettings(**settings),
            ),
            caller=self.teacher,
        )
        return made.id

    async def started(self, course: CourseId | None = None, **settings: Any) -> ClassId:  # any: as above
        """Plan a class and start it."""
        class_id = await self.planned(course, **settings)
        await self.live.holding.move(class_id, "start", reason="", caller=self.teacher)
        return class_id

    async def host(self, class_id: ClassId) -> Standing:
        """Let the teacher in."""
        return await self.standing(await self.live.doorway.join(class_id, JoinIn(consent=True), caller=self.teacher))

    async def learner(self, class_id: ClassId, name: str = "") -> Standing:
        """Let a new learner in."""
        caller = a_caller("learner", organization=HOME)
        if name:
            self.people.names[caller.require_user()] = name
        return await self.standing(await self.live.doorway.join(class_id, JoinIn(consent=True), caller=caller))

    async def guest(self, class_id: ClassId, name: str = "Gus", address: str = "192.0.2.1") -> Standing:
        """Let a guest in by the class's code."""
        held = await self.live.standings.class_of(HOME, class_id)
        body = GuestIn(code=held.code or "", name=name, consent=True, agrees=True, is_of_age=True)
        return await self.standing(await self.live.doorway.join_by_code(body, caller=GUEST, address=address))

    async def standing(self, joined: Joined) -> Standing:
        """Return who stands behind a join token."""
        return await self.live.standings.enter({"stoa-join": joined.join_token}, joined.class_.id)

    async def again(self, standing: Standing) -> Standing:
        """Return somebody as they are now."""
        self.live.standings.changed(standing.class_id, standing.id)
        token, _ = self.live.standings.token_for(standing, lasts=timedelta(minutes=5))
        return await self.live.standings.enter({"stoa-join": token}, standing.class_id)

    async def again_with_old_token(self, standing: Standing) -> Standing:
        """Return somebody by the token they had, whatever this process remembers of them."""
        token, _ = self.live.standings.token_for(standing, lasts=timedelta(minutes=5))
        self.live.standings.changed(standing.class_id, standing.id)
        return await self.live.standings.enter({"stoa-join": token}, standing.class_id)

    def lane(self, class_id: ClassId, *kinds: str) -> list[Any]:  # any: JSON
        """Return what was said in the lossless lane, of some kinds or all."""
        said = self.realtime.in_channel(f"class:{class_id}")
        return [one for one in said if not kinds or one["t"] in kinds]

    def chat(self, class_id: ClassId, kind: str = "messages") -> list[Any]:  # any: JSON
        """Return what was said in the chat."""
        return [one for one in self.realtime.in_channel(f"chat:{class_id}") if one["t"] == kind]

    async def settle(self) -> None:
        """Wait until all that is told a little later was told."""
        await self.live.presenting.settled()
        await self.live.asking.settled()


def a_school(
    store: Store[LiveTx],
    clock: Clock,
    *,
    seed: int = 7,
    tick_ms: int = 1,
    blobs: Any = None,  # any: Blobs, for tests of recordings
    conferences: Mapping[str, Conferences] | None = None,
    **settings: str,
) -> School:
    """Put live together with fakes around it."""
    realtime, courses, enrollment, people = Overheard(), FakeCourses(), FakeEnrollment(), FakePeople()
    organizations = FakeOrganizations()
    live = assembled(
        Outside(
            store=store,
            clock=clock,
            settings=LiveSettings.load({"STOA_LIVE_TICK": f"{tick_ms}ms", **settings}),
            limiter=MemoryLimiter(clock),
            authorizer=Authorizer(clock),
            realtime=realtime,
            courses=checked(CoursesPort, courses),
            enrollment=checked(EnrollmentPort, enrollment),
            people=checked(PeoplePort, people),
            organizations=checked(OrganizationsPort, organizations),
            join_secret=b"j" * 32,
            ballot_secret=b"b" * 32,
            blobs=blobs,
            public_url="https://learn.example",
            conferences=conferences or {},
            chance=Random(seed),
            told_every_s=0.001,
        )
    )
    return School(
        live=live,
        clock=clock,
        realtime=realtime,
        courses=courses,
        enrollment=enrollment,
        people=people,
        organizations=organizations,
        store=store,
        teacher=a_caller("instructor", organization=HOME),
    )


def an_id() -> UUID:
    """Return a fresh id."""
    return new_id()
