"""Who is in a room: members, guests, staff, who stands in for them, and how long they were there."""

from datetime import timedelta

import pytest

from stoa.kit.auth.caller import GUEST
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import TooMany
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.routes import a_caller
from stoa.services.enrollment.contract import SeatEnded, SeatState
from stoa.services.live.consumers import consumers
from stoa.services.live.contract import (
    ConsentNeeded,
    GuestsRefused,
    JoinNeeded,
    NotInvited,
    Role,
    RoleNeeded,
    RoomFull,
    WrongCode,
)
from stoa.services.live.domain.attendance import Correction, Mark
from stoa.services.live.domain.classes import OrganizationPolicy
from stoa.services.live.service.doorway import GuestIn, JoinIn
from stoa.services.live.service.recalling import MarkIn
from stoa.services.live.service.standing import Standing
from stoa.services.live.tests.building import HOME, School

WAIT = timedelta(seconds=60)


async def renewed(school: School, standing: Standing) -> Standing:
    """Give a sign of life, as a page does every minute."""
    token, _ = school.live.standings.token_for(standing, lasts=timedelta(minutes=10))
    answer = await school.live.doorway.renew({"stoa-join": token}, standing.class_id)
    return await school.live.standings.enter({"stoa-join": answer.join_token}, standing.class_id)


async def test_a_courses_class_is_for_those_with_a_seat_and_its_staff(school: School):
    course = school.courses.add()
    class_id = await school.started(course)
    seated = a_caller("learner", organization=HOME, user=school.enrollment.seat(course, UserId(new_id())))

    roles = {}
    for caller in (seated, a_caller("instructor", organization=HOME), school.teacher):
        joined = await school.live.doorway.join(class_id, JoinIn(), caller=caller)
        roles[caller.user] = joined.participant.role

    assert list(roles.values()) == [Role.LEARNER, Role.COHOST, Role.HOST]
    with pytest.raises(NotInvited):
        await school.live.doorway.join(class_id, JoinIn(), caller=a_caller("learner", organization=HOME))


async def test_two_devices_are_one_person_and_leave_one_by_one(school: School, clock: ManualClock):
    class_id = await school.started()
    caller = a_caller("learner", organization=HOME)
    phone, laptop = [
        await school.standing(await school.live.doorway.join(class_id, JoinIn(), caller=caller)) for _ in range(2)
    ]
    tokens = [school.live.standings.token_for(one, lasts=timedelta(hours=1))[0] for one in (phone, laptop)]

    counts = [await school.live.moderating.count(to=phone)]
    for token in tokens:
        await school.live.doorway.leave({"stoa-join": token}, class_id)
        counts.append(await school.live.moderating.count(to=phone))

    assert phone.id == laptop.id
    assert counts == [1, 1, 0]


async def test_who_gives_no_sign_is_gone_after_a_while(school: School, clock: ManualClock):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)

    for _ in range(3):
        clock.advance(WAIT)
        host = await renewed(school, host)

    assert await school.live.moderating.count(to=host) == 1
    [[_, seen]] = await school.live.moderating.people(search="", everybody=False, after=None, limit=10, to=host)
    everybody = await school.live.moderating.people(search="", everybody=True, after=None, limit=10, to=host)
    assert seen.id == host.id
    assert {one.id: one.is_here for _, one in everybody} == {host.id: True, learner.id: False}


async def test_attendance_joins_devices_and_gaps_and_is_corrected_with_a_trace(school: School, clock: ManualClock):
    course = school.courses.add()
    users = [school.enrollment.seat(course, UserId(new_id())) for _ in range(3)]
    class_id = await school.started(course, min_percent=75)
    stays, leaves, never = (a_caller("learner", organization=HOME, user=user) for user in users)
    here = await school.standing(await school.live.doorway.join(class_id, JoinIn(), caller=stays))
    await school.live.doorway.join(class_id, JoinIn(), caller=leaves)
    for _ in range(60):
        clock.advance(WAIT)
        here = await renewed(school, here)
    await school.live.holding.move(class_id, "end", reason="", caller=school.teacher)

    async def marks() -> dict[UserId | None, tuple[Mark, int, bool]]:
        rows = await school.live.recalling.attendance(class_id, after=None, limit=50, caller=school.teacher)
        found = {row.user_id: row.attendance for _, row in rows}
        return {user: (one.mark, one.percent, one.left_early) for user, one in found.items()}

    before = await marks()
    for mark in (Correction.ABSENT, Correction.EXCUSED):
        corrected = MarkIn(mark=mark, reason="a note")
        await school.live.recalling.correct(class_id, users[2], corrected, caller=school.teacher)
    after = await marks()
    await school.live.recalling.correct(
        class_id, users[2], MarkIn(mark=Correction.COUNTED, reason="mistake"), caller=school.teacher
    )

    assert before[users[0]] == (Mark.PRESENT, 100, False)
    assert before[users[1]][0] is Mark.ABSENT
    assert before[users[2]][0] is Mark.ABSENT
    assert after[users[2]][0] is Mark.EXCUSED
    assert (await marks())[users[2]][0] is Mark.ABSENT
    assert len(before) == 3
    async with school.store.reading(organization=HOME) as tx:
        assert len(await tx.fetch("select 1 from live.attendance_marks where class_id = $1", class_id)) == 3
    assert never.user == users[2]


async def test_guests_come_by_the_code_where_class_and_organization_take_them(school: School):
    class_id = await school.started(takes_guests=True)
    closed = await school.started()
    guest = await school.guest(class_id, name="Gus")

    assert (guest.role, guest.person.name, guest.person.user) == (Role.GUEST, "Gus", None)
    assert (await school.live.standings.class_of(HOME, closed)).code is None
    owner = a_caller("owner", organization=HOME)
    terms = OrganizationPolicy(guest_terms="Be kind.", guest_min_age=16)
    await school.live.holding.set_policy(terms, version=0, caller=owner)
    code = (await school.live.standings.class_of(HOME, class_id)).code or ""
    for agrees, of_age in ((False, True), (True, False)):
        body = GuestIn(code=code, name="Gus", agrees=agrees, is_of_age=of_age)
        with pytest.raises(GuestsRefused) as refused:
            await school.live.doorway.join_by_code(body, caller=GUEST, address="192.0.2.1")
        assert refused.value.fields == {"terms": "Be kind.", "min_age": 16}
    await school.live.holding.set_policy(OrganizationPolicy(guests_allowed=False), version=1, caller=owner)
    with pytest.raises(GuestsRefused):
        await school.guest(class_id)


async def test_somebody_with_an_account_comes_by_the_code_as_themselves(school: School):
    course = school.courses.add()
    class_id = await school.started(course, takes_guests=True)
    code = (await school.live.standings.class_of(HOME, class_id)).code or ""
    seated = a_caller("learner", organization=HOME, user=school.enrollment.seat(course, UserId(new_id())))
    unseated, foreign = (
        a_caller("learner", organization=HOME),
        a_caller("learner", organization=OrganizationId(new_id())),
    )

    found = [
        (
            await school.live.doorway.join_by_code(GuestIn(code=code, name="Name"), caller=caller, address="a")
        ).participant
        for caller in (school.teacher, seated, unseated, foreign)
    ]

    assert [(one.role, one.is_guest) for one in found] == [
        (Role.HOST, False), (Role.LEARNER, False), (Role.GUEST, False), (Role.GUEST, True),
    ]  # fmt: skip


async def test_codes_cannot_be_guessed_one_after_the_other(school: School, clock: ManualClock):
    class_id = await school.started(takes_guests=True)
    code = (await school.live.standings.class_of(HOME, class_id)).code or ""
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    for _ in range(20):
        with pytest.raises(WrongCode):
            await school.live.doorway.join_by_code(GuestIn(code=wrong), caller=GUEST, address="192.0.2.9")
    with pytest.raises(TooMany):
        await school.live.doorway.join_by_code(GuestIn(code=wrong), caller=GUEST, address="192.0.2.9")

    # Whoever waits learns nothing from a right code, either; elsewhere it opens the door at once.
    with pytest.raises(TooMany) as refused:
        await school.guest(class_id, address="192.0.2.9")
    assert refused.value.retry_after_s is not None and refused.value.retry_after_s <= 30
    assert (await school.guest(class_id, address="192.0.2.10")).role is Role.GUEST
    clock.advance(timedelta(seconds=31))
    assert (await school.guest(class_id, address="192.0.2.9")).role is Role.GUEST


async def test_a_recorded_class_asks_for_consent_and_a_full_one_sends_away(school: School, clock: ManualClock):
    recorded = await school.started(is_recorded=True)
    full = await school.started(max_people=1)
    caller = a_caller("learner", organization=HOME)

    with pytest.raises(ConsentNeeded):
        await school.live.doorway.join(recorded, JoinIn(), caller=caller)
    joined = await school.live.doorway.join(recorded, JoinIn(consent=True), caller=caller)
    await school.learner(full)
    clock.advance(timedelta(seconds=2))
    with pytest.raises(RoomFull):
        await school.learner(full)

    assert (await school.standing(joined)).person.consented_at is not None
    assert (await school.host(full)).role is Role.HOST


async def test_a_cohost_stands_in_while_no_host_is_there(school: School, clock: ManualClock):
    class_id = await school.started()
    host = await school.host(class_id)
    cohost = await school.standing(
        await school.live.doorway.join(class_id, JoinIn(), caller=a_caller("instructor", organization=HOME))
    )
    roles = []

    for minute in range(5):
        clock.advance(WAIT)
        cohost = await renewed(school, await school.again(cohost))
        roles.append((await school.again(cohost)).role)
        if minute == 3:
            await renewed(school, await school.again(host))

    assert roles == [Role.COHOST, Role.COHOST, Role.COHOST, Role.HOST, Role.COHOST]
    assert [one["kind"] for one in school.lane(class_id, "notice")] == ["acting_host", "acting_host"]


async def test_the_host_hands_the_class_over_and_nobody_else_does(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    await school.live.moderating.give_role(learner.id, Role.COHOST, by=host)
    with pytest.raises(RoleNeeded):
        await school.live.moderating.give_role(learner.id, Role.HOST, by=await school.again(learner))

    await school.live.moderating.give_role(learner.id, Role.HOST, by=host)

    held = await school.live.standings.class_of(HOME, class_id)
    assert (await school.again(learner)).role is Role.HOST
    assert (await school.again(host)).role is Role.COHOST
    assert (held.host, held.cohosts) == (learner.person.user, [host.person.user])


async def test_who_loses_the_seat_is_let_out_however_often_and_in_whatever_order_it_is_told(school: School):
    course = school.courses.add()
    users = [school.enrollment.seat(course, UserId(new_id())) for _ in range(2)]
    class_id = await school.started(course)
    inside = [
        await school.standing(
            await school.live.doorway.join(class_id, JoinIn(), caller=a_caller("learner", organization=HOME, user=user))
        )
        for user in users
    ]
    ended = SeatEnded(organization_id=HOME, user_id=users[0], course_id=course, state=SeatState.WITHDRAWN)

    await deliver(
        bound(consumers.subscriptions, school.live, school.store.database), [ended, ended], at=school.clock.now()
    )

    with pytest.raises(JoinNeeded):
        await school.again_with_old_token(inside[0])
    assert (await school.again_with_old_token(inside[1])).id == inside[1].id
    assert (str(users[0]), f"class:{class_id}") in school.realtime.closed
    assert all(user != str(users[1]) for user, _ in school.realtime.closed)


async def test_people_are_found_by_a_part_of_their_name_in_windows(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    for name in ("Ada", "Bela", "Änne", "Cleo Bell", "Zoë"):
        await school.learner(class_id, name)

    first = await school.live.moderating.people(search="", everybody=False, after=None, limit=3, to=host)
    key, last = first[-1]
    rest = await school.live.moderating.people(search="", everybody=False, after=(key, last.id), limit=9, to=host)
    found = await school.live.moderating.people(search="BEL", everybody=False, after=None, limit=9, to=host)

    assert len(first) == 3
    assert len({one.id for _, one in [*first, *rest]}) == 6
    assert [one.name for _, one in found] == ["Bela", "Cleo Bell"]
