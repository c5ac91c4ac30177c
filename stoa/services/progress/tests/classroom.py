"""A published course with one learner in it, and the words of the tests of progress."""

from datetime import timedelta
from decimal import Decimal

from stoa.kit.contract import Event, UserId, new_id
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.services.assessment.contract.result import BlockId, Correctness, CourseId, ProblemAnswered, Response
from stoa.services.courses.contract import BlockKind, Completion, NodeKind, NodeSettings, OutlineNode
from stoa.services.courses.contract import CourseId as TaughtCourseId
from stoa.services.progress.consumers import consumers
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.service.studying import Studying
from stoa.services.progress.tests.building import (
    FULL,
    HOME,
    THEN,
    FakeCourses,
    FakeEnrollment,
    a_block,
    a_node,
)

LEARNER = UserId(new_id())


class Class:
    """A published course with one learner in it."""

    def __init__(self, desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, *units: OutlineNode) -> None:
        self.desk, self.units = desk, units
        self.course = courses.publish(*units)
        enrollment.seat(self.course, LEARNER)

    async def studying(self, user: UserId = LEARNER) -> Studying:
        return await self.desk.progress.studying(organization=HOME, course=str(self.course), user=user)

    async def view(self, unit: OutlineNode) -> None:
        await self.desk.progress.view_unit(await self.studying(), unit.id)

    async def answer(self, block: OutlineNode, points: int | Decimal = FULL) -> None:
        response = Response(answers={"points": str(points)})
        await self.desk.progress.answer(await self.studying(), block.id, response, attempt_key=new_id().hex)

    async def percent(self) -> int:
        return (await self.desk.reading.standing(await self.studying())).share.percent

    async def points(self, *, for_teacher: bool = False) -> list[Decimal]:
        standing = await self.desk.reading.standing(await self.studying(), for_teacher=for_teacher)
        return [score.points for score in standing.scores.values()]


def scored(**settings: object) -> OutlineNode:
    return a_block(BlockKind.PROBLEM, NodeSettings(completion=Completion.SCORE, **settings))  # type: ignore[arg-type]  # its fields


def a_unit(*blocks: OutlineNode, **settings: object) -> OutlineNode:
    return a_node(NodeKind.UNIT, *blocks, settings=NodeSettings(**settings))  # type: ignore[arg-type]  # its fields


async def hear(desk: Desk, *events: Event, seed: int = 0) -> None:
    database = desk.progress._store.database
    await deliver(bound(consumers.subscriptions, desk, database), events, at=database.clock.now(), seed=seed)


def answered(course: TaughtCourseId, block: OutlineNode, attempt: int, points: int, minute: int) -> ProblemAnswered:
    assert block.problem is not None
    return ProblemAnswered(
        organization_id=HOME,
        user_id=LEARNER,
        course_id=CourseId(course),
        block_id=BlockId(block.id),
        problem=block.problem,
        points=Decimal(points),
        possible=FULL + attempt,
        best_points=Decimal(points),
        correctness=Correctness.PARTIAL,
        attempt=attempt,
        answered_at=THEN + timedelta(minutes=minute),
    )


async def kept(desk: Desk, course: TaughtCourseId) -> list[object]:
    async with desk.progress._store.database.session(HOME) as connection:
        return [
            [dict(row) for row in await connection.fetch(sql, LEARNER, course)]
            for sql in (
                "select * from progress.completions where user_id = $1 and course_id = $2 order by block_id",
                "select * from progress.scores where user_id = $1 and course_id = $2 order by block_id",
                "select * from progress.journeys where user_id = $1 and course_id = $2",
            )
        ]
