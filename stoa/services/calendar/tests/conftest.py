"""Calendar on a real database, with its neighbours played by fakes behind their contracts."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.ports import checked
from stoa.services.calendar.policy import CalendarSettings
from stoa.services.calendar.service.calendar import Calendar
from stoa.services.calendar.store import CalendarTx
from stoa.services.calendar.tests.building import PUBLIC_URL, FakeCourses, FakeEnrollment, FakeOrganizations, Town
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.organizations.contract import OrganizationsPort


@pytest.fixture
async def town(database_for: DatabaseFor, clock: ManualClock) -> Town:
    courses, enrollment, organizations = FakeCourses(), FakeEnrollment(), FakeOrganizations()
    calendar = Calendar(
        store=Store(await database_for("calendar"), CalendarTx),
        clock=clock,
        courses=checked(CoursesPort, courses),
        enrollment=checked(EnrollmentPort, enrollment),
        organizations=checked(OrganizationsPort, organizations),
        settings=CalendarSettings.load({}),
        public_url=PUBLIC_URL,
    )
    return Town(calendar=calendar, courses=courses, enrollment=enrollment, organizations=organizations, clock=clock)
