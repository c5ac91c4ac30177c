"""Notifications on a real database, with its neighbours played by fakes behind their contracts."""

from collections import Counter

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.ports import checked
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.realtime import Overheard
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.notifications.contract import Category
from stoa.services.notifications.policy import NotificationsSettings
from stoa.services.notifications.service.notifications import Notifications
from stoa.services.notifications.store.notifications import NotificationsTx
from stoa.services.notifications.tests.building import FakeCourses, FakeEnrollment, FakeOrganizations, Town
from stoa.services.organizations.contract import OrganizationsPort


@pytest.fixture
async def town(database_for: DatabaseFor, clock: ManualClock, postgres: ThrowawayPostgres) -> Town:
    courses, enrollment, ear, counted = FakeCourses(), FakeEnrollment(), Overheard(), Counter[Category]()
    organizations = FakeOrganizations()
    notifications = Notifications(
        store=Store(await database_for("notifications", jobs=True), NotificationsTx),
        clock=clock,
        courses=checked(CoursesPort, courses),
        enrollment=enrollment,
        organizations=checked(OrganizationsPort, organizations),
        realtime=ear,
        settings=NotificationsSettings(people_per_job=1000, organization_up_to=1200),
        counted=lambda category, people: counted.update({category: people}),
    )
    assert isinstance(enrollment, EnrollmentPort)
    return Town(
        notifications=notifications,
        courses=courses,
        enrollment=enrollment,
        organizations=organizations,
        ear=ear,
        clock=clock,
        postgres=postgres,
        counted=counted,
    )
