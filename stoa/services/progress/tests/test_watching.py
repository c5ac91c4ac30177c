"""Films and what takes time: nobody is faster than the clock."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from stoa.kit.clock import ManualClock
from stoa.services.courses.contract import BlockKind, Completion, NodeId, NodeSettings, VideoContent
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
from stoa.services.progress.tests.classroom import LEARNER, Class, a_unit, scored


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


async def test_nobody_says_of_a_measured_block_that_it_is_done(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    film, elsewhere = a_block(BlockKind.VIDEO), a_block(BlockKind.VIDEO)
    page = a_block(BlockKind.HTML, NodeSettings(completion=Completion.TIME, threshold=Decimal(90)))
    room = Class(desk, courses, enrollment, a_unit(film, elsewhere, page, scored()))
    courses.films = {film.id: a_film(60.0), elsewhere.id: VideoContent(youtube="x")}
    studying = await room.studying()
    await room.view(room.units[0])

    for block in (film, room.units[0].children[3]):
        with pytest.raises(WrongKind):
            await desk.progress.mark_done(studying, block.id)
    clock.advance(timedelta(seconds=89))
    with pytest.raises(NotLongEnough):
        await desk.progress.mark_done(studying, page.id)
    clock.advance(timedelta(seconds=1))

    assert (await desk.progress.mark_done(studying, page.id)).completed == [page.id]
    assert (await desk.progress.mark_done(studying, elsewhere.id)).completed == [elsewhere.id]


@pytest.mark.parametrize("length", [600.0, None])
async def test_a_film_is_as_long_as_its_course_says_and_is_not_watched_faster_than_the_clock_allows(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock, length: float | None
) -> None:
    film = a_block(BlockKind.VIDEO)
    room = Class(desk, courses, enrollment, a_unit(film))
    courses.films = {film.id: a_film(length)}
    studying = await room.studying()
    await room.view(room.units[0])

    async def tell(*pieces: list[float], duration: float = 600.0) -> tuple[list[list[float]], list[NodeId]]:
        watched, done = await desk.progress.watch(
            studying, film.id, intervals=pieces, duration_s=duration, position_s=0.0
        )
        return watched.intervals, done.completed

    assert (await tell([0.0, 1.0], duration=1.0))[1] == []
    assert await tell([0.0, 600.0]) == ([[0.0, 120.0]], [])
    clock.advance(timedelta(seconds=100))
    assert await tell([300.0, 600.0], [0.0, 10.0]) == ([[0.0, 120.0], [300.0, 600.0]], [])
    clock.advance(timedelta(seconds=60))
    assert await tell([60.0, 310.0]) == ([[0.0, 600.0]], [film.id])
