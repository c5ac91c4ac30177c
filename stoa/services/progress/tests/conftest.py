"""Progress on a real database, with its neighbours played by fakes behind their contracts."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.ports import checked
from stoa.kit.testing.realtime import Overheard
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.media.contract import MediaPort
from stoa.services.people.contract import PeoplePort
from stoa.services.progress.policy import ProgressSettings
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.service.outlines import Outlines
from stoa.services.progress.service.progress import Progress
from stoa.services.progress.service.reading import Reading
from stoa.services.progress.service.telling import Telling
from stoa.services.progress.store import ProgressTx
from stoa.services.progress.tests.building import FakeCourses, FakeEnrollment, FakeMedia, FakePeople, Marker


@pytest.fixture
def courses() -> FakeCourses:
    return FakeCourses()


@pytest.fixture
def enrollment() -> FakeEnrollment:
    return FakeEnrollment()


@pytest.fixture
def marker() -> Marker:
    return Marker()


@pytest.fixture
def films() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
def overheard() -> Overheard:
    """Give what the learners' pages hear."""
    return Overheard()


@pytest.fixture
async def desk(
    database_for: DatabaseFor,
    clock: ManualClock,
    courses: FakeCourses,
    enrollment: FakeEnrollment,
    marker: Marker,
    films: FakeMedia,
    overheard: Overheard,
) -> Desk:
    store = Store(await database_for("progress", jobs=True), ProgressTx)
    outlines = Outlines(courses=checked(CoursesPort, courses), outlines=16, units=16)
    seats, assessment = checked(EnrollmentPort, enrollment), checked(AssessmentPort, marker)
    progress = Progress(
        store=store,
        clock=clock,
        settings=ProgressSettings.load({}),
        outlines=outlines,
        enrollment=seats,
        assessment=assessment,
        telling=Telling(overheard),
    )
    reading = Reading(
        store=store,
        progress=progress,
        outlines=outlines,
        assessment=assessment,
        enrollment=seats,
        people=checked(PeoplePort, FakePeople()),
        media=checked(MediaPort, films),
        clock=clock,
    )
    return Desk(progress=progress, reading=reading)
