"""Whose calendar shows what: asked anew at every reading."""

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.services.calendar.contract import FeedNotFound
from stoa.services.calendar.domain.entries import View, is_suspended, taught_by, visible
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.organizations.contract import Membership, OrganizationsPort


class Views:
    """Which courses' entries somebody sees: those they have a seat in, and those they teach."""

    def __init__(
        self, *, clock: Clock, courses: CoursesPort, enrollment: EnrollmentPort, organizations: OrganizationsPort
    ) -> None:
        self._clock = clock
        self._courses, self._enrollment, self._organizations = courses, enrollment, organizations

    async def view_of(self, *, organization: OrganizationId, user: UserId) -> View:
        """Return what somebody sees now."""
        grants = await self._organizations.grants_of(organization=organization, user=user)
        seats = await self._enrollment.seats_of(organization=organization, user=user)
        taught = taught_by(grants.grants, at=self._clock.now())
        wanted = sorted({*taught, *(seat.course for seat in seats if seat.is_open)})
        found = await self._courses.summaries_of(organization=organization, courses=wanted) if wanted else []
        return View(user=user, courses=visible(found, taught=taught))

    async def view_of_member(self, *, organization: OrganizationId, user: UserId) -> View:
        """Return what somebody sees who is not here to say who they are; raise FeedNotFound unless they belong here."""
        member = await self._organizations.membership_of(organization=organization, user=user)
        grants = await self._organizations.grants_of(organization=organization, user=user)
        if member is not Membership.MEMBER or is_suspended(grants.grants, at=self._clock.now()):
            raise FeedNotFound
        return await self.view_of(organization=organization, user=user)
