"""Seats on a real database: capacity under race, the queue, dates, prerequisites, files of people."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Conflict, PreconditionFailed
from stoa.kit.testing.outgoing import hidden_from_others, told
from stoa.kit.testing.ports import checked
from stoa.services.courses.contract import CourseId, CourseNotFound, CourseState, Visibility
from stoa.services.enrollment.contract import (
    BadRules,
    CourseFull,
    EnrollmentPort,
    EnrolmentClosed,
    MemberNeeded,
    PrerequisiteMissing,
    SeatGranted,
    SeatState,
    SeatWaitlisted,
)
from stoa.services.enrollment.domain import SeatRules
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.tests.building import HOME, STAFF, FakeCourses, FakeOrganizations
from stoa.services.enrollment.tests.seating import counted, enrol, hear, people, rule, state_of
from stoa.services.organizations.contract import MemberRemoved, Membership
from stoa.services.progress.contract import CourseCompleted


async def test_of_200_at_once_30_get_the_seats_and_170_queue_in_the_order_of_their_tickets(
    enrollment: Enrollment, course: CourseId
) -> None:
    await rule(enrollment, course, capacity=30)
    everybody = people(200)

    seats = await asyncio.gather(*(enrol(enrollment, course, user) for user in everybody))

    waiting = [seat for seat in seats if seat.state is SeatState.WAITLISTED]
    assert await counted(enrollment, course) == (30, {"active": 30, "waitlisted": 170})
    assert sorted(seat.position or 0 for seat in waiting) == list(range(1, 171))
    by_ticket = [seat.user for seat in sorted(waiting, key=lambda seat: seat.position or 0)]
    leaving = [seat.user for seat in seats if seat.state is SeatState.ACTIVE][:5]
    for user in leaving:
        await enrollment.withdraw(organization=HOME, course=course, user=user)
    promoted = [event.user_id for event in await told(enrollment._store.database, SeatGranted) if event.from_waitlist]
    assert promoted == by_ticket[:5]
    assert (await counted(enrollment, course))[0] == 30


async def test_one_person_who_enrols_many_times_at_once_has_one_seat(enrollment: Enrollment, course: CourseId) -> None:
    [user] = people(1)

    await asyncio.gather(*(enrol(enrollment, course, user) for _ in range(20)))

    assert await counted(enrollment, course) == (1, {"active": 1})
    assert len(await told(enrollment._store.database, SeatGranted)) == 1


async def test_people_who_come_and_go_at_once_never_exceed_the_seats(enrollment: Enrollment, course: CourseId) -> None:
    await rule(enrollment, course, capacity=5)
    everybody = people(40)

    async def come_and_go(user: UserId) -> None:
        await enrol(enrollment, course, user)
        await enrollment.withdraw(organization=HOME, course=course, user=user)
        await enrol(enrollment, course, user)

    await asyncio.gather(*(come_and_go(user) for user in everybody))

    taken, counts = await counted(enrollment, course)
    assert (taken, counts["active"], counts["waitlisted"]) == (5, 5, 35)


async def test_more_room_moves_the_queue_up_in_order(enrollment: Enrollment, course: CourseId) -> None:
    await rule(enrollment, course, capacity=1)
    everybody = people(6)
    for user in everybody:
        await enrol(enrollment, course, user)

    await rule(enrollment, course, capacity=4)

    assert [await state_of(enrollment, course, user) for user in everybody] == [SeatState.ACTIVE] * 4 + [
        SeatState.WAITLISTED
    ] * 2
    mine = await checked(EnrollmentPort, enrollment).seats_of(organization=HOME, user=everybody[-1])
    assert [seat.position for seat in mine] == [2]
    await rule(enrollment, course, capacity=None)
    assert (await counted(enrollment, course))[1] == {"active": 6}


async def test_a_full_course_without_a_queue_says_so_and_keeps_nothing(
    enrollment: Enrollment, course: CourseId
) -> None:
    await rule(enrollment, course, capacity=0, waitlist=False)
    [user] = people(1)

    with pytest.raises(CourseFull):
        await enrol(enrollment, course, user)

    assert await counted(enrollment, course) == (0, {})


async def test_two_who_change_the_rules_at_once_do_not_overwrite_each_other(
    enrollment: Enrollment, course: CourseId
) -> None:
    outcomes = await asyncio.gather(
        *(
            enrollment.update_rules(organization=HOME, course=course, version=1, rules=SeatRules(capacity=number))
            for number in range(5)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, PreconditionFailed) for outcome in outcomes) == 4


async def test_staff_give_seats_beyond_the_capacity_to_members_only(
    enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations
) -> None:
    await rule(enrollment, course, capacity=1)
    first, second, stranger = people(3)
    organizations.members.update({first: Membership.MEMBER, second: Membership.MEMBER})
    await enrol(enrollment, course, first)
    await enrol(enrollment, course, second)

    await enrollment.grant_seat(organization=HOME, course=course, user=second, actor=STAFF, until=None)

    assert await counted(enrollment, course) == (2, {"active": 2})
    with pytest.raises(MemberNeeded):
        await enrollment.grant_seat(organization=HOME, course=course, user=stranger, actor=STAFF, until=None)
    await enrollment.remove_seat(organization=HOME, course=course, user=first, actor=STAFF)
    with pytest.raises(Conflict) as refused:
        await enrol(enrollment, course, first)
    assert refused.value.fields["allowed"] == []


async def test_a_course_takes_nobody_before_it_opens_after_it_closes_or_unpublished(
    enrollment: Enrollment, course: CourseId, courses: FakeCourses, clock: ManualClock
) -> None:
    opens, closes = clock.now() + timedelta(days=1), clock.now() + timedelta(days=2)
    await rule(enrollment, course, opens_at=opens, closes_at=closes)
    early, timely, late = people(3)

    with pytest.raises(EnrolmentClosed):
        await enrol(enrollment, course, early)
    clock.advance(timedelta(days=1))
    await enrol(enrollment, course, timely)
    clock.advance(timedelta(days=1))
    with pytest.raises(EnrolmentClosed):
        await enrol(enrollment, course, late)
    for closed in (courses.add(state=CourseState.DRAFT), courses.add(visibility=Visibility.PRIVATE)):
        with pytest.raises(EnrolmentClosed):
            await enrol(enrollment, closed, late)
    with pytest.raises(CourseNotFound):
        await enrol(enrollment, courses.add(organization=OrganizationId(new_id())), late)


async def test_another_course_comes_first_until_it_is_completed(
    enrollment: Enrollment, course: CourseId, courses: FakeCourses
) -> None:
    before = courses.add()
    await rule(enrollment, course, prerequisites=[before])
    [user] = people(1)
    with pytest.raises(PrerequisiteMissing) as missing:
        await enrol(enrollment, course, user)
    assert missing.value.fields["missing"] == [str(before)]
    seat = await enrol(enrollment, before, user)

    await enrollment.withdraw(organization=HOME, course=before, user=user)
    event = CourseCompleted(organization_id=HOME, user_id=user, course_id=before, completed_at=seat.since)
    await hear(enrollment, event)

    assert (await enrol(enrollment, course, user)).state is SeatState.ACTIVE
    assert await state_of(enrollment, before, user) is SeatState.WITHDRAWN


async def test_courses_that_would_wait_for_each_other_are_refused(enrollment: Enrollment, courses: FakeCourses) -> None:
    chain = [courses.add() for _ in range(4)]
    for earlier, later in pairwise(chain):
        await rule(enrollment, later, prerequisites=[earlier])

    for wrong in ([chain[3]], [chain[0]], [CourseId(new_id())], [courses.add(organization=OrganizationId(new_id()))]):
        with pytest.raises(BadRules):
            await rule(enrollment, chain[0], prerequisites=wrong)


async def test_completing_is_noted_once_and_a_longer_seat_does_not_undo_it(
    enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations, clock: ManualClock
) -> None:
    [user] = people(1)
    organizations.members[user] = Membership.MEMBER
    until = clock.now() + timedelta(days=1)
    await enrollment.grant_seat(organization=HOME, course=course, user=user, actor=STAFF, until=until)

    event = CourseCompleted(organization_id=HOME, user_id=user, course_id=course, completed_at=clock.now())
    await hear(enrollment, event)
    await enrollment.grant_seat(organization=HOME, course=course, user=user, actor=STAFF, until=None)

    assert await state_of(enrollment, course, user) is SeatState.COMPLETED
    assert (await counted(enrollment, course))[0] == 1


async def test_whoever_leaves_the_organization_leaves_seats_and_queues(
    enrollment: Enrollment, course: CourseId, courses: FakeCourses
) -> None:
    other = courses.add()
    for one in (course, other):
        await rule(enrollment, one, capacity=1)
    leaver, staying, ahead = people(3)
    await enrol(enrollment, course, leaver)
    await enrol(enrollment, course, staying)
    await enrol(enrollment, other, ahead)
    await enrol(enrollment, other, leaver)

    await hear(enrollment, MemberRemoved(organization_id=HOME, user_id=leaver))

    assert await state_of(enrollment, course, staying) is SeatState.ACTIVE
    assert await state_of(enrollment, other, leaver) is SeatState.WITHDRAWN
    assert (await counted(enrollment, other))[1].get("waitlisted") is None
    assert len(await told(enrollment._store.database, SeatWaitlisted)) == 2


async def test_one_organizations_rows_are_invisible_to_another(enrollment: Enrollment, course: CourseId) -> None:
    await enrol(enrollment, course, people(1)[0])
    long = "email\n" + "\n".join(f"p{number}@example.org" for number in range(60))
    await enrollment.imports.start(organization=HOME, course=course, text=long, actor=STAFF, dry_run=True)

    counts = await hidden_from_others(enrollment._store.database, mine=HOME, other=OrganizationId(new_id()))

    assert set(counts) == {"rules", "seats", "grants", "history", "imports"}
    assert all(mine > 0 and others == 0 for mine, others in counts.values())


async def test_learners_are_paged_by_their_ids_and_expired_ones_left_out(
    enrollment: Enrollment, course: CourseId, organizations: FakeOrganizations, clock: ManualClock
) -> None:
    everybody = people(12)
    for user in everybody:
        await enrol(enrollment, course, user)
    guest = people(1)[0]
    organizations.members[guest] = Membership.MEMBER
    until = clock.now() + timedelta(seconds=1)
    await enrollment.grant_seat(organization=HOME, course=course, user=guest, actor=STAFF, until=until)
    clock.advance(timedelta(seconds=1))
    port, after, seen = checked(EnrollmentPort, enrollment), None, list[UserId]()

    while page := await port.learners_in(organization=HOME, course=course, after=after, limit=5):
        seen += [seat.user for seat in page]
        after = page[-1].user

    assert seen == sorted(everybody)
