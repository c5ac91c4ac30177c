"""Films and what takes time: nobody is faster than the clock."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from stoa.kit.clock import ManualClock
from stoa.services.assessment.contract.result import Response
from stoa.services.courses.contract import BlockKind, Completion, NodeId, NodeSettings
from stoa.services.progress.contract import (
    NotLongEnough,
    WrongKind,
)
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.tests.building import (
    HOME,
    FakeCourses,
    FakeEnrollment,
    a_block,
    a_film,
)
from stoa.services.progress.tests.classroom import LEARNER, Class, a_unit, answered, hear, scored


async def test_watching_on_two_devices_at_once_adds_up(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment
) -> None:
    film = a_block(BlockKind.VIDEO)
    room = Class(desk, courses, enrollment, a_unit(film))
    studying = await room.studying()
    pieces = [[float(start), float(start + 10)] for start in range(0, 90, 10)]

    await asyncio.gather(
        *(
            desk.progress.watch(studying, film.id, intervals=[piece], duration_s=100.0, position_s=piece[1])
            for piece in pieces * 2
        )
    )

    async with desk.progress._store.reading(organization=HOME) as tx:
        watched = await tx.watched(LEARNER, room.course, [film.id])
    assert watched[film.id].intervals == [[0.0, 90.0]]
    assert await room.percent() == 100


async def test_what_takes_time_is_done_by_ones_own_word_once_the_time_has_passed_and_a_film_at_once(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    film = a_block(BlockKind.VIDEO)
    page = a_block(BlockKind.HTML, NodeSettings(completion=Completion.TIME, threshold=Decimal(90)))
    room = Class(desk, courses, enrollment, a_unit(film, page, scored()))
    studying = await room.studying()
    await room.view(room.units[0])

    with pytest.raises(WrongKind):
        await desk.progress.mark_done(studying, room.units[0].children[2].id)
    clock.advance(timedelta(seconds=89))
    with pytest.raises(NotLongEnough):
        await desk.progress.mark_done(studying, page.id)
    clock.advance(timedelta(seconds=1))

    assert (await desk.progress.mark_done(studying, page.id)).completed == [page.id]
    assert (await desk.progress.mark_done(studying, film.id)).completed == [film.id]


@pytest.mark.parametrize("length", [600.0, None])
async def test_a_film_is_as_long_as_its_course_says_else_as_the_longest_that_was_told(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, length: float | None
) -> None:
    film = a_block(BlockKind.VIDEO)
    room = Class(desk, courses, enrollment, a_unit(film))
    courses.films = {film.id: a_film(length)}
    studying = await room.studying()

    async def tell(*pieces: list[float], duration: float = 600.0) -> tuple[list[list[float]], list[NodeId]]:
        watched, done = await desk.progress.watch(
            studying, film.id, intervals=pieces, duration_s=duration, position_s=0.0
        )
        return watched.intervals, done.completed

    assert await tell([0.0, 120.0]) == ([[0.0, 120.0]], [])
    assert await tell([0.0, 1.0], duration=1.0) == ([[0.0, 120.0]], [])
    assert await tell([300.0, 600.0], [0.0, 10.0]) == ([[0.0, 120.0], [300.0, 600.0]], [])
    assert await tell([60.0, 310.0]) == ([[0.0, 600.0]], [film.id])


async def test_what_a_look_completes_is_told_in_the_order_of_reading(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment
) -> None:
    pages = [a_block(BlockKind.HTML) for _ in range(12)]
    room = Class(desk, courses, enrollment, a_unit(*pages))

    done = await desk.progress.view_unit(await room.studying(), room.units[0].id)

    assert done.completed == [page.id for page in pages]


async def test_an_answer_tells_what_it_completes_also_where_the_news_of_it_was_counted_first(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = a_block(BlockKind.PROBLEM)
    room = Class(desk, courses, enrollment, a_unit(problem))
    ask = desk.progress._assessment.answer

    async def told_before_it_is_back(**question: Any) -> Any:  # any: whatever assessment is asked and answers
        result = await ask(**question)
        await hear(desk, answered(room.course, problem, 1, 1, 1))
        return result

    monkeypatch.setattr(desk.progress._assessment, "answer", told_before_it_is_back)
    response = Response(answers={"points": "1"})
    _, done = await desk.progress.answer(await room.studying(), problem.id, response, attempt_key="one")
    _, again = await desk.progress.answer(await room.studying(), problem.id, response, attempt_key="two")

    assert (done.completed, done.percent, done.is_course_completed) == ([problem.id], 100, True)
    assert (again.completed, again.is_course_completed) == ([], False)
