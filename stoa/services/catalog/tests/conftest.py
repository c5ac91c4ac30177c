"""The service on a real database, with the neighbours it asks played by fakes behind the checked border."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.testing.fixtures import StoreFor
from stoa.kit.testing.ports import checked
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.catalog.service import Catalog
from stoa.services.catalog.store import CatalogTx
from stoa.services.catalog.tests.building import KnowingAssessment, PlainCourses
from stoa.services.courses.contract import CoursesPort


@pytest.fixture
def courses() -> PlainCourses:
    return PlainCourses()


@pytest.fixture
async def catalog(store_for: StoreFor[CatalogTx], courses: PlainCourses, clock: ManualClock) -> Catalog:
    return Catalog(
        store=await store_for("catalog", CatalogTx),
        courses=checked(CoursesPort, courses),
        assessment=checked(AssessmentPort, KnowingAssessment()),
        clock=clock,
    )
