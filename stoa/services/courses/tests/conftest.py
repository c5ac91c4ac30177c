"""The service on a real database, with the neighbours it asks played by fakes."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.engines.memory.cache import MemoryCache
from stoa.kit.engines.memory.locks import MemoryLocks
from stoa.kit.testing.fixtures import StoreFor
from stoa.kit.testing.ports import checked
from stoa.services.courses.policy import CoursesSettings
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.courses.tests.building import (
    SANDBOX,
    GivenUp,
    MemoryBlobs,
    NamingPeople,
    RememberingAssessment,
    RememberingMedia,
)
from stoa.services.media.contract import MediaPort
from stoa.services.people.contract import PeoplePort


@pytest.fixture
def assessment() -> RememberingAssessment:
    return RememberingAssessment()


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
def media() -> RememberingMedia:
    return RememberingMedia()


@pytest.fixture
def people() -> NamingPeople:
    return NamingPeople()


@pytest.fixture
async def courses(
    store_for: StoreFor[CoursesTx],
    assessment: RememberingAssessment,
    media: RememberingMedia,
    people: NamingPeople,
    blobs: MemoryBlobs,
    clock: ManualClock,
) -> Courses:
    store = await store_for("courses", CoursesTx)
    return Courses(
        store=store,
        assessment=assessment,
        media=checked(MediaPort, media),
        people=checked(PeoplePort, people),
        cache=MemoryCache(clock),
        locks=MemoryLocks(),
        blobs=blobs,
        clock=clock,
        settings=CoursesSettings.load({}),
        sandbox=SANDBOX,
        jobs=GivenUp(),
    )
