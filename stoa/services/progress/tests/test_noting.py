"""Answers that assessment tells of, many at a time: counted once, whatever was counted before and in whatever order."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random

import msgspec
import pytest

from stoa.kit.contract import EventId, new_id
from stoa.kit.events import Envelope, seal
from stoa.kit.inbox import bound
from stoa.services.assessment.contract.result import ProblemAnswered
from stoa.services.courses.contract import BlockKind
from stoa.services.progress.consumers import consumers
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.tests.building import FULL, HOME, THEN, FakeCourses, FakeEnrollment, Marker, a_block
from stoa.services.progress.tests.classroom import Class, a_unit, answered, kept, scored


def sealed(*events: ProblemAnswered) -> list[Envelope]:
    return [seal(event, id_=EventId(new_id()), service="assessment", at=THEN) for event in events]


async def hear_together(desk: Desk, told: Sequence[Envelope]) -> None:
    """Hand events over as one batch."""
    [consumer] = bound(consumers.subscriptions, desk, desk.progress._store.database)
    await consumer.handle([consumer.heard(one, attempt=1) for one in told])


async def noted(desk: Desk) -> int:
    """Return how many events progress had to count itself."""
    async with desk.progress._store.database.session(HOME) as connection:
        found: int = await connection.fetchval("select count(*) from progress.inbox")
        return found


@pytest.mark.parametrize("seed", range(12))
async def test_batches_of_any_size_in_any_order_and_twice_give_the_same(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, seed: int
) -> None:
    problems = [a_block(BlockKind.PROBLEM), scored(threshold=Decimal("0.5")), scored()]
    single, many = (Class(desk, courses, enrollment, a_unit(*problems)) for _ in range(2))
    plan = [(0, 1, 0, 3), (0, 2, 2, 5), (1, 1, 0, 5), (1, 2, 3, 9), (2, 1, 3, 4), (1, 3, 3, 11), (2, 2, 3, 6)]
    for at, *rest in plan:
        await hear_together(desk, sealed(answered(single.course, problems[at], *rest)))

    chance = Random(seed)
    told = sealed(*(answered(many.course, problems[at], *rest) for at, *rest in plan)) * 2
    chance.shuffle(told)
    while told:
        size = chance.randint(1, 5)
        await hear_together(desk, told[:size])
        told = told[size:]

    expected = msgspec.json.encode(await kept(desk, single.course)).decode()
    found = msgspec.json.encode(await kept(desk, many.course)).decode()
    assert found == expected.replace(str(single.course), str(many.course))


async def test_what_requests_have_counted_is_not_counted_again_also_when_later_answers_have_followed(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, marker: Marker
) -> None:
    problem = a_block(BlockKind.PROBLEM)
    room = Class(desk, courses, enrollment, a_unit(problem))
    for points in (0, 1, FULL):
        await room.answer(problem, points)
    before = await kept(desk, room.course)

    await hear_together(desk, sealed(*marker.told))

    assert len(marker.told) == 3
    assert await noted(desk) == 0
    assert await kept(desk, room.course) == before


async def test_an_earlier_answer_that_nobody_counted_gives_its_time_though_a_later_one_was_counted(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment
) -> None:
    problem = scored()
    room = Class(desk, courses, enrollment, a_unit(problem))
    right, again = (answered(room.course, problem, attempt, 10, minute) for attempt, minute in ((1, 1), (2, 9)))
    await hear_together(desk, sealed(again))

    await hear_together(desk, sealed(again, right))

    [completion] = (await kept(desk, room.course))[0]  # type: ignore[misc]  # rows as they are
    assert completion["first_completed_at"] == THEN + timedelta(minutes=1)
    assert await noted(desk) == 2
