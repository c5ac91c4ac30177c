"""A learner's way on a real database: events in any order, locks, races, and what is withheld."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from random import Random

import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.testing.outgoing import hidden_from_others, queued, told
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.realtime import Overheard
from stoa.services.assessment.contract.problem import ShowCorrectness
from stoa.services.assessment.contract.result import BlockId, CourseId, Response
from stoa.services.courses.contract import BlockKind, Completion, NodeSettings, OutlineNode
from stoa.services.enrollment.contract import SeatState
from stoa.services.progress.contract import (
    BlockNotFound,
    CourseCompleted,
    ItemCompleted,
    LearnerNotFound,
    NotYet,
    SeatNeeded,
)
from stoa.services.progress.routes.views import unit_view
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.service.studying import SettleScores
from stoa.services.progress.tests.building import (
    FULL,
    HOME,
    THEN,
    FakeCourses,
    FakeEnrollment,
    Marker,
    a_block,
)
from stoa.services.progress.tests.classroom import LEARNER, Class, a_unit, answered, hear, kept, scored


@pytest.mark.parametrize("seed", range(12))
async def test_events_in_any_order_and_twice_give_the_same(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, seed: int
) -> None:
    problems = [a_block(BlockKind.PROBLEM), scored(threshold=Decimal("0.5")), a_block(BlockKind.PROBLEM)]
    ordered, shuffled = (Class(desk, courses, enrollment, a_unit(*problems)) for _ in range(2))
    plan = [(0, 1, 0, 3), (0, 2, 2, 1), (1, 1, 0, 5), (1, 2, 3, 9), (2, 1, 1, 4), (1, 3, 1, 11), (2, 2, 2, 2)]
    for at, attempt, points, minute in plan:
        await hear(desk, answered(ordered.course, problems[at], attempt, points, minute))

    chance = Random(seed)
    events = [answered(shuffled.course, problems[at], *rest) for at, *rest in plan] * 2
    chance.shuffle(events)
    for event in events:
        await hear(desk, event, seed=chance.randrange(99))

    expected = msgspec.json.encode(await kept(desk, ordered.course)).decode()
    assert msgspec.json.encode(await kept(desk, shuffled.course)).decode() == expected.replace(
        str(ordered.course), str(shuffled.course)
    )
    assert len(await told(desk.progress._store.database, CourseCompleted)) == 2


async def test_an_answer_that_only_the_event_tells_of_is_counted(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, marker: Marker
) -> None:
    problem = a_block(BlockKind.PROBLEM)
    room = Class(desk, courses, enrollment, a_unit(problem))
    assert problem.problem is not None
    await marker.answer(
        organization=HOME,
        user=LEARNER,
        course=CourseId(room.course),
        block=BlockId(problem.id),
        problem=problem.problem,
        response=Response(answers={"points": "2"}),
        attempt_key="before the crash",
    )

    await hear(desk, *marker.told)

    assert await room.percent() == 100
    assert await room.points() == [FULL]
    await hear(desk, msgspec.structs.replace(marker.told[0], course_id=CourseId(new_id())))


@pytest.mark.parametrize("number", range(5))
async def test_the_last_two_blocks_done_at_once_complete_the_course_once(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, number: int
) -> None:
    units = [a_unit(a_block()) for _ in range(8)]
    room = Class(desk, courses, enrollment, *units)

    studying = await room.studying()
    await desk.progress.mark_done(studying, units[0].children[0].id)

    await asyncio.gather(*(desk.progress.mark_done(studying, unit.children[0].id) for unit in units + units))

    journey = (await desk.reading.standing(await room.studying())).journey
    assert journey is not None
    assert (journey.percent, journey.completed, journey.required) == (100, 8, 8)
    assert journey.completed_at is not None
    assert len(await told(desk.progress._store.database, CourseCompleted)) == 1
    assert len(await told(desk.progress._store.database, ItemCompleted)) == 8


async def test_the_first_time_stays_and_new_content_lowers_only_the_percentage(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    problem, unit = scored(), a_unit(a_block())
    room = Class(desk, courses, enrollment, a_unit(problem), unit)
    await room.answer(problem)
    await room.view(unit)
    before = await kept(desk, room.course)
    clock.advance(timedelta(days=1))

    await room.answer(problem, 0)
    await room.view(unit)
    extra = a_unit(a_block())
    courses.publish(*room.units, extra, course=room.course)
    lowered = await room.percent()
    clock.advance(timedelta(days=1))
    await room.view(extra)

    journey = (await desk.reading.standing(await room.studying())).journey
    assert lowered == 66
    assert journey is not None
    assert (journey.percent, journey.completed_at) == (100, THEN)
    assert str(before[0])[1:-1] in str((await kept(desk, room.course))[0])
    assert len(await told(desk.progress._store.database, CourseCompleted)) == 1


async def test_hidden_and_optional_parts_do_not_count_and_their_points_do_not_show(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment
) -> None:
    problem, other = a_block(BlockKind.PROBLEM), a_unit(a_block())
    room = Class(desk, courses, enrollment, a_unit(problem, a_block(settings=NodeSettings(required=False))), other)
    await room.answer(problem)
    assert await room.percent() == 50

    gone = msgspec.structs.replace(problem, settings=NodeSettings(hidden=True))
    courses.publish(a_unit(gone), other, course=room.course)
    await hear(desk, answered(room.course, problem, 2, 2, 9))
    await room.view(other)

    assert await room.percent() == 100
    assert await room.points() == []
    with pytest.raises(BlockNotFound):
        await room.answer(problem)
    courses.publish(a_unit(problem), other, course=room.course)
    assert await room.points() == [FULL]


async def test_what_is_locked_is_locked_in_every_way(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    first = a_unit(a_block())
    problem, late = a_block(BlockKind.PROBLEM), a_block()
    locked = a_unit(problem, prerequisites=[first.id])
    dated = a_unit(late, release_at=clock.now() + timedelta(days=1))
    room = Class(desk, courses, enrollment, first, locked, dated)
    studying, act = await room.studying(), desk.progress

    for attempt in (
        room.answer(problem),
        act.view_unit(studying, locked.id),
        act.view_unit(studying, dated.id),
        act.mark_done(studying, late.id),
        act.go_on_at(studying, locked.id, block=None, at=None),
        desk.reading.unit(studying, dated.id),
        act.hint(studying, problem.id, number=1),
        act.solution(studying, problem.id),
    ):
        with pytest.raises(NotYet):
            await attempt
    await room.view(first)
    clock.advance(timedelta(days=1))
    await room.answer(problem)
    await room.view(dated)

    assert await room.percent() == 100


async def test_a_block_that_opens_later_than_its_unit_is_neither_shown_nor_done(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    now = a_block()
    later = a_block(settings=NodeSettings(release_at=clock.now() + timedelta(days=1)))
    unit = a_unit(now, later)
    room = Class(desk, courses, enrollment, unit)

    await room.view(unit)

    studying = await room.studying()
    view = unit_view(studying, await desk.reading.unit(studying, unit.id))
    assert [block.id for block in view.blocks] == [now.id]
    assert await room.percent() == 50
    clock.advance(timedelta(days=1))
    await room.view(unit)
    assert await room.percent() == 100


@pytest.mark.parametrize("state", [None, SeatState.WAITLISTED, SeatState.EXPIRED, SeatState.WITHDRAWN])
async def test_nobody_studies_without_a_seat(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, state: SeatState | None
) -> None:
    room = Class(desk, courses, enrollment, a_unit(a_block()))
    stranger = UserId(new_id())
    if state is not None:
        enrollment.seat(room.course, stranger, state)

    with pytest.raises(SeatNeeded):
        await room.studying(stranger)
    if state is None:
        with pytest.raises(LearnerNotFound):
            await desk.progress.observed(organization=HOME, course=str(room.course), user=stranger)


@pytest.mark.parametrize("first", ["answer", "event"])
async def test_points_that_are_withheld_until_the_due_date_are_not_shown_before(
    desk: Desk,
    courses: FakeCourses,
    enrollment: FakeEnrollment,
    marker: Marker,
    clock: ManualClock,
    postgres: ThrowawayPostgres,
    first: str,
) -> None:
    marker.show = ShowCorrectness.PAST_DUE
    right, wrong = (scored(due_at=clock.now() + timedelta(days=1)) for _ in range(2))
    room = Class(desk, courses, enrollment, a_unit(right, wrong))

    for problem, points in ((right, FULL), (wrong, Decimal(0))):
        await room.answer(problem, points)
    if first == "event":
        await hear(desk, *marker.told)
        await hear(desk, *marker.told)

    assert await room.points() == []
    assert await room.percent() == 0
    assert await told(desk.progress._store.database, ItemCompleted) == []
    await hear(desk, *marker.told)
    assert await room.points(for_teacher=True) == [FULL, Decimal(0)]
    jobs = await queued(postgres, "progress", SettleScores)
    assert {(job.user_id, job.course_id) for job in jobs} == {(LEARNER, room.course)}

    clock.advance(timedelta(days=1))
    for job in jobs:
        await desk.progress.settle(organization=job.organization_id, course=job.course_id, user=job.user_id)

    assert sorted(await room.points()) == [Decimal(0), FULL]
    assert await room.percent() == 50
    assert [e.block_id for e in await told(desk.progress._store.database, ItemCompleted)] == [right.id]


async def test_what_the_request_counted_is_not_counted_again_when_the_event_comes(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, marker: Marker
) -> None:
    problem = scored()
    room = Class(desk, courses, enrollment, a_unit(problem))
    await room.answer(problem, FULL)
    counted, asked = await kept(desk, room.course), courses.asked

    await hear(desk, *marker.told)

    assert await kept(desk, room.course) == counted
    assert courses.asked == asked, "one look at the score says that there is nothing to do"


async def test_where_correctness_is_never_shown_nothing_tells_right_from_wrong(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, marker: Marker
) -> None:
    marker.show = ShowCorrectness.NEVER
    right, wrong = scored(), scored()
    rooms = [Class(desk, courses, enrollment, a_unit(problem)) for problem in (right, wrong)]

    await rooms[0].answer(right, FULL)
    await rooms[1].answer(wrong, 0)
    await hear(desk, *marker.told)

    assert [await room.points() for room in rooms] == [[], []]
    assert [await room.percent() for room in rooms] == [100, 100]


async def test_the_latest_place_wins_and_a_clock_that_runs_ahead_is_not_believed(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, clock: ManualClock
) -> None:
    units = [a_unit(a_block()) for _ in range(3)]
    room = Class(desk, courses, enrollment, *units)
    studying, now = await room.studying(), clock.now()

    async def at_after(unit: OutlineNode, minutes: float) -> object:
        when = now + timedelta(minutes=minutes)
        await desk.progress.go_on_at(studying, unit.id, block=unit.children[0].id, at=when)
        _, journey = await desk.reading.done_and_journey(studying)
        return journey.resume_unit if journey else None

    assert await at_after(units[0], -5) == units[0].id
    assert await at_after(units[1], -1) == units[1].id
    assert await at_after(units[0], -3) == units[1].id, "an older note that comes late"
    assert await at_after(units[2], 60 * 24 * 365) == units[2].id
    clock.advance(timedelta(minutes=1))
    assert await at_after(units[0], 0.5) == units[0].id, "a year ahead was taken as now"
    await desk.progress.go_on_at(studying, units[1].id, block=None, at=clock.now().replace(tzinfo=None))
    with pytest.raises(BlockNotFound):
        await desk.progress.go_on_at(studying, units[0].id, block=units[1].children[0].id, at=None)


async def test_the_home_page_asks_a_bounded_number_of_times(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment
) -> None:
    rooms = [Class(desk, courses, enrollment, a_unit(a_block())) for _ in range(20)]
    for room in rooms:
        await room.view(room.units[0])
    courses.asked = 0

    shelves = await desk.reading.shelves(organization=HOME, user=LEARNER)

    assert len(shelves) == 20
    assert all(shelf.resume_title for shelf in shelves[:12])
    assert courses.asked <= 2 + 2 * 12, "one list, and an outline for the first twelve; the checked port asks twice"
    again = courses.asked
    await desk.reading.shelves(organization=HOME, user=LEARNER)
    assert courses.asked - again <= 2 + 2 * 12


async def test_a_learner_downloads_what_is_kept(desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment) -> None:
    problem, film = a_block(BlockKind.PROBLEM), a_block(BlockKind.VIDEO)
    room = Class(desk, courses, enrollment, a_unit(problem, film))
    await room.answer(problem)
    await desk.progress.watch(await room.studying(), film.id, intervals=[[0.0, 5.0]], duration_s=100.0, position_s=5.0)

    mine = await desk.reading.record(organization=HOME, user=LEARNER)
    others = await desk.reading.record(organization=HOME, user=UserId(new_id()))

    assert [record.block for record in mine.completions] == [problem.id]
    assert [record.watched.intervals for record in mine.watched] == [[[0.0, 5.0]]]
    assert (len(mine.journeys), len(mine.seats), mine.is_whole) == (1, 1, True)
    assert (others.completions, others.watched, others.journeys, others.seats) == ([], [], [], [])


async def test_one_organizations_rows_are_invisible_to_another(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment
) -> None:
    problem, film = a_block(BlockKind.PROBLEM), a_block(BlockKind.VIDEO)
    page = a_block(BlockKind.HTML, NodeSettings(completion=Completion.TIME, threshold=Decimal(90)))
    room = Class(desk, courses, enrollment, a_unit(problem, film, page))
    await room.answer(problem)
    await room.view(room.units[0])
    await desk.progress.watch(await room.studying(), film.id, intervals=[[0, 5]], duration_s=9.0, position_s=5.0)

    counts = await hidden_from_others(desk.progress._store.database, mine=HOME, other=OrganizationId(new_id()))

    assert set(counts) == {"completions", "scores", "watched", "opened", "journeys"}
    assert all(mine > 0 and others == 0 for mine, others in counts.values())


async def test_the_learners_own_pages_hear_what_is_done_once_it_is_kept(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, overheard: Overheard
) -> None:
    unit, other = a_unit(a_block(), a_block()), a_unit(a_block())
    room = Class(desk, courses, enrollment, unit, other)

    await room.view(unit)
    await room.view(unit)
    first = list(overheard.in_channel(f"user:{LEARNER}"))
    await room.view(other)

    [news] = first
    assert (news["t"], news["course"], news["unit"]) == ("progress", str(room.course), str(unit.id))
    assert news["completed"] == [str(block.id) for block in unit.children]
    assert (news["percent"], news["is_course_completed"]) == (66, False)
    assert overheard.in_channel(f"user:{LEARNER}")[1]["is_course_completed"] is True
