"""The words of the tests of enrollment: enrol, rule, hear, look."""

from stoa.kit.contract import Event, UserId, new_id
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.ports import checked
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.consumers import consumers
from stoa.services.enrollment.contract import (
    EnrollmentPort,
    Seat,
    SeatState,
)
from stoa.services.enrollment.domain import SeatRules
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.tests.building import HOME


def people(count: int) -> list[UserId]:
    return [UserId(new_id()) for _ in range(count)]


async def rule(enrollment: Enrollment, course: CourseId, **rules: object) -> None:
    stored, _ = await enrollment.rules_of(organization=HOME, course=course)
    await enrollment.update_rules(
        organization=HOME,
        course=course,
        version=stored.version,
        rules=SeatRules(**rules),  # type: ignore[arg-type]  # its fields
    )


async def enrol(enrollment: Enrollment, course: CourseId, user: UserId) -> Seat:
    return await enrollment.enrol(organization=HOME, course=str(course), user=user)


async def state_of(enrollment: Enrollment, course: CourseId, user: UserId) -> SeatState | None:
    seat = await checked(EnrollmentPort, enrollment).seat_of(organization=HOME, course=course, user=user)
    return seat.state if seat else None


async def hear(enrollment: Enrollment, *events: Event) -> None:
    database = enrollment._store.database
    await deliver(bound(consumers.subscriptions, enrollment, database), events, at=database.clock.now())


async def counted(enrollment: Enrollment, course: CourseId) -> tuple[int, dict[str, int]]:
    stored, counts = await enrollment.rules_of(organization=HOME, course=course)
    return stored.taken, counts
