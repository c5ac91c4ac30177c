"""What the tests of enrollment build with: courses, accounts and members in dictionaries, behind their contracts."""

from datetime import UTC, datetime

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.services.courses.contract import (
    CourseId,
    CourseNotFound,
    CoursesPort,
    CourseState,
    CourseSummary,
    SnapshotId,
    Visibility,
)
from stoa.services.identity.contract import Account, AddressClosed, BadEmail, IdentityPort
from stoa.services.organizations.contract import MemberGone, Membership, OrganizationsPort

HOME = OrganizationId(new_id())
STAFF = UserId(new_id())
THEN = datetime(2026, 1, 1, tzinfo=UTC)


class FakeCourses(CoursesPort):
    """Courses in a dictionary."""

    def __init__(self) -> None:
        self.courses: dict[CourseId, CourseSummary] = {}

    def add(
        self,
        *,
        organization: OrganizationId = HOME,
        state: CourseState = CourseState.PUBLISHED,
        visibility: Visibility = Visibility.PUBLIC,
    ) -> CourseId:
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
            visibility=visibility,
            state=state,
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

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        return [
            known for known in self.courses.values() if known.organization_id == organization and known.id in courses
        ]


class FakeIdentity(IdentityPort):
    """Accounts in a dictionary by address."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}

    def add(self, email: str, *, is_closed: bool = False) -> UserId:
        """Open an account."""
        user = UserId(new_id())
        self.accounts[email.casefold()] = Account(
            user=user, email=email, is_verified=True, is_closed=is_closed, created_at=THEN
        )
        return user

    async def account_by_email(self, *, email: str) -> Account | None:
        if "@" not in email or "\0" in email:
            raise BadEmail
        return self.accounts.get(email.casefold())

    async def ensure_account(
        self,
        *,
        organization: OrganizationId,
        email: str,
        display_name: str,
        locale: str = "en",
        password: str | None = None,
    ) -> Account:
        found = await self.account_by_email(email=email)
        if found is None:
            self.add(email)
            return self.accounts[email.casefold()]
        if found.is_closed:
            raise AddressClosed
        return found


class FakeOrganizations(OrganizationsPort):
    """Members in a dictionary."""

    def __init__(self) -> None:
        self.members: dict[UserId, Membership] = {}

    async def membership_of(self, *, organization: OrganizationId, user: UserId) -> Membership:
        return self.members.get(user, Membership.NONE) if organization == HOME else Membership.NONE

    async def ensure_member(
        self, *, organization: OrganizationId, user: UserId, display_name: str, locale: str = "en"
    ) -> None:
        if self.members.get(user) is Membership.GONE:
            raise MemberGone
        self.members[user] = Membership.MEMBER
