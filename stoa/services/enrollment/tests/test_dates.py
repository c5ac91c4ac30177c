"""Seats and time: they end at their date, and what happens around that moment."""

from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.errors import Conflict, Invalid
from stoa.kit.testing.outgoing import queued, told
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.contract import (
    SeatEnded,
    SeatState,
)
from stoa.services.enrollment.service.enrollment import Enrollment, ExpireSeats
from stoa.services.enrollment.tests.building import HOME, STAFF, FakeOrganizations
from stoa.services.enrollment.tests.seating import counted, enrol, hear, people, rule, state_of
from stoa.services.organizations.contract import Membership
from stoa.services.progress.contract import CourseCompleted


async def test_a_seat_that_ends_makes_room_at_the_moment_it_ends(
    enrollment: Enrollment,
    course: CourseId,
    organizations: FakeOrganizations,
    clock: ManualClock,
    postgres: ThrowawayPostgres,
) -> None:
    await rule(enrollment, course, capacity=1)
    guest, waiting, third = people(3)
    organizations.members[guest] = Membership.MEMBER
    until = clock.now() + timedelta(days=3)
    await enrollment.grant_seat(organization=HOME, course=course, user=guest, actor=STAFF, until=until)
    await enrol(enrollment, course, waiting)
    assert await state_of(enrollment, course, waiting) is SeatState.WAITLISTED
    [job] = await queued(postgres, "enrollment", ExpireSeats)

    clock.advance(timedelta(days=3))
    await enrollment.settle(organization=job.organization_id, course=job.course_id)
    await enrollment.settle(organization=job.organization_id, course=job.course_id)

    assert await state_of(enrollment, course, guest) is SeatState.EXPIRED
    assert await state_of(enrollment, course, waiting) is SeatState.ACTIVE
    assert (await counted(enrollment, course))[0] == 1
    assert [event.state for event in await told(enrollment._store.database, SeatEnded)] == [SeatState.EXPIRED]
    assert (await enrol(enrollment, course, third)).state is SeatState.WAITLISTED
    with pytest.raises(Conflict):
        await enrol(enrollment, course, guest)


async def test_a_seat_is_over_by_its_date_and_nothing_its_holder_does_before_the_sweep_brings_it_back(
    enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations, clock: ManualClock
) -> None:
    leaver, finisher, early = everybody = people(3)
    until = clock.now() + timedelta(days=1)
    for user in everybody:
        organizations.members[user] = Membership.MEMBER
        await enrollment.grant_seat(organization=HOME, course=course, user=user, actor=STAFF, until=until)
    await enrollment.withdraw(organization=HOME, course=course, user=early)
    assert (await enrol(enrollment, course, early)).until == until
    await enrollment.withdraw(organization=HOME, course=course, user=early)

    clock.advance(timedelta(days=1))
    with pytest.raises(Conflict):
        await enrollment.withdraw(organization=HOME, course=course, user=leaver)
    finished = CourseCompleted(organization_id=HOME, user_id=finisher, course_id=course, completed_at=until)
    await hear(enrollment, finished)

    for user in everybody:
        with pytest.raises(Conflict):
            await enrol(enrollment, course, user)
        seat = await enrollment.seat_of(organization=HOME, course=course, user=user)
        assert seat is not None and not seat.is_open
    assert (await counted(enrollment, course))[0] == 0


async def test_who_has_completed_a_course_loses_access_by_the_date_and_is_completed_again_when_it_is_renewed(
    enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations, clock: ManualClock
) -> None:
    [user] = people(1)
    organizations.members[user] = Membership.MEMBER
    until = clock.now() + timedelta(days=1)
    await enrollment.grant_seat(organization=HOME, course=course, user=user, actor=STAFF, until=until)
    await hear(
        enrollment, CourseCompleted(organization_id=HOME, user_id=user, course_id=course, completed_at=clock.now())
    )

    clock.advance(timedelta(days=1))
    before_the_sweep = await state_of(enrollment, course, user)
    listed = await enrollment.learners_in(organization=HOME, course=course, after=None, limit=5)
    await enrollment.settle(organization=HOME, course=course)
    swept, taken = await state_of(enrollment, course, user), (await counted(enrollment, course))[0]
    again = await enrollment.grant_seat(organization=HOME, course=course, user=user, actor=STAFF, until=None)

    assert (before_the_sweep, listed, swept, taken) == (SeatState.EXPIRED, [], SeatState.EXPIRED, 0)
    assert again.state is SeatState.COMPLETED


async def test_access_is_the_union_of_the_grants(
    enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations, clock: ManualClock
) -> None:
    own, given = people(2)
    organizations.members.update({own: Membership.MEMBER, given: Membership.MEMBER})
    until = clock.now() + timedelta(days=1)
    await enrol(enrollment, course, own)

    kept = await enrollment.grant_seat(organization=HOME, course=course, user=own, actor=STAFF, until=until)
    first = await enrollment.grant_seat(organization=HOME, course=course, user=given, actor=STAFF, until=until)
    longer = await enrollment.grant_seat(organization=HOME, course=course, user=given, actor=STAFF, until=None)

    assert (kept.until, first.until, longer.until) == (None, until, None)
    assert (await counted(enrollment, course))[0] == 2
    with pytest.raises(Invalid):
        await enrollment.grant_seat(organization=HOME, course=course, user=own, actor=STAFF, until=clock.now())
