"""Enrollment over HTTP: what a learner, the staff and strangers get."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.kit.testing.strangers import walked
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.routes import router
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.tests.building import HOME, FakeOrganizations
from stoa.services.organizations.contract import Membership

API = "/api/v1/enrollment/courses"


@pytest.fixture
def routes(enrollment: Enrollment, clock: ManualClock) -> RoutesUnderTest:
    return RoutesUnderTest((router, enrollment), clock=clock)


async def test_the_owner_of_another_organization_finds_nothing(
    routes: RoutesUnderTest, enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations
) -> None:
    user = UserId(new_id())
    organizations.members[user] = Membership.MEMBER
    await enrollment.enrol(organization=HOME, course=str(course), user=user)
    stranger = a_caller("owner", organization=OrganizationId(new_id()))

    answers = await walked(
        routes, router, stranger, {"course": course, "user": user, "import_id": new_id()}, csv="email\na@b.example"
    )

    assert len(answers) == 9
    assert set(answers.values()) == {404}, answers


async def test_a_learner_takes_a_seat_and_gives_none(
    routes: RoutesUnderTest, course: CourseId, organizations: FakeOrganizations
) -> None:
    learner = a_caller("learner", organization=HOME)
    client = routes.client(learner)

    enrolled = await client.post(f"{API}/{course}/enrol")
    answers = await walked(
        routes, router, learner, {"course": course, "user": learner.user or new_id(), "import_id": new_id()}
    )

    assert enrolled.json()["state"] == "active"
    assert answers.pop("enrol") == 200
    assert answers.pop("withdraw") == 200
    assert set(answers.values()) == {403}, answers


async def test_the_rules_are_changed_by_their_version(routes: RoutesUnderTest, course: CourseId) -> None:
    client = routes.client(a_caller("instructor", organization=HOME))
    url = f"{API}/{course}/rules"
    tag = (await client.get(url)).headers["etag"]

    answers = [
        await client.put(url, json={"capacity": 3}),
        await client.put(url, json={"capacity": 3}, headers={"if-match": tag}),
        await client.put(url, json={"capacity": 4}, headers={"if-match": tag}),
        await client.put(url, json={"capacity": -1}, headers={"if-match": tag}),
    ]

    assert [answer.status_code for answer in answers] == [428, 200, 412, 422]
