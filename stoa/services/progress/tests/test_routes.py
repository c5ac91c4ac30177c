"""Progress over HTTP: what strangers get, and the learner's download."""

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.kit.testing.strangers import walked
from stoa.services.courses.contract import BlockKind
from stoa.services.progress.routes.learning import router
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.tests.building import HOME, FakeCourses, FakeEnrollment, a_block
from stoa.services.progress.tests.classroom import LEARNER, Class, a_unit


async def test_the_owner_of_another_organization_finds_nothing(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    problem = a_block(BlockKind.PROBLEM)
    room = Class(desk, courses, enrollment, a_unit(problem))
    routes = RoutesUnderTest((router, desk), clock=clock)
    ids = {"course": room.course, "unit": room.units[0].id, "block": problem.id, "user": LEARNER}

    stranger = await walked(routes, router, a_caller("owner", organization=OrganizationId(new_id())), ids)
    unseated = await walked(routes, router, a_caller("learner", organization=HOME), ids)

    assert len(stranger) >= 14
    assert set(stranger.values()) == {404}, stranger
    assert set(unseated.values()) == {403}, unseated


async def test_the_caller_downloads_their_own_record(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    problem = a_block(BlockKind.PROBLEM)
    room = Class(desk, courses, enrollment, a_unit(problem))
    await room.answer(problem)
    client = RoutesUnderTest((router, desk), clock=clock).client(a_caller("learner", organization=HOME, user=LEARNER))

    answer = await client.get("/api/v1/learn/export")

    assert answer.status_code == 200
    assert [one["block"] for one in answer.json()["completions"]] == [str(problem.id)]
