"""Enrollment on a real database, with its neighbours played by fakes behind their contracts."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.ports import checked
from stoa.services.courses.contract import CourseId, CoursesPort
from stoa.services.enrollment.policy import EnrollmentSettings
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.store import EnrollmentTx
from stoa.services.enrollment.tests.building import FakeCourses, FakeIdentity, FakeOrganizations
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort


@pytest.fixture
def courses() -> FakeCourses:
    return FakeCourses()


@pytest.fixture
def identity() -> FakeIdentity:
    return FakeIdentity()


@pytest.fixture
def organizations() -> FakeOrganizations:
    return FakeOrganizations()


@pytest.fixture
def course(courses: FakeCourses) -> CourseId:
    return courses.add()


@pytest.fixture
async def enrollment(
    database_for: DatabaseFor,
    clock: ManualClock,
    courses: FakeCourses,
    identity: FakeIdentity,
    organizations: FakeOrganizations,
) -> Enrollment:
    return Enrollment(
        store=Store(await database_for("enrollment", jobs=True), EnrollmentTx),
        clock=clock,
        courses=checked(CoursesPort, courses),
        identity=checked(IdentityPort, identity),
        organizations=checked(OrganizationsPort, organizations),
        settings=EnrollmentSettings.load({}),
    )
