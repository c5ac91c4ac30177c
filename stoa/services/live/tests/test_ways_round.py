"""Ways round the rules of a room, each of which was open once."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from stoa.kit.auth.caller import GUEST
from stoa.kit.clock import ManualClock
from stoa.kit.errors import Forbidden
from stoa.kit.names import BadName
from stoa.kit.testing.routes import a_caller
from stoa.services.live.contract import BadSchedule, NotInvited, Removed, Role, RoleNeeded, RoomFull
from stoa.services.live.domain.boards import BadElements
from stoa.services.live.domain.wording import BadMessage
from stoa.services.live.service.asking import NewQuestion
from stoa.services.live.service.breaking_out import NewBreakout
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.service.doorway import GuestIn, JoinIn
from stoa.services.live.service.recalling import line
from stoa.services.live.service.scheduling import ClassPatch, NewClass
from stoa.services.live.service.showing import BadSlide
from stoa.services.live.service.standing import Standing
from stoa.services.live.tests.building import HOME, School, a_school, an_id


async def a_cohost(school: School, host: Standing) -> Standing:
    """Let a colleague of the teacher's in, whom the class names as co-host."""
    colleague = a_caller("learner", organization=HOME)
    held = await school.live.standings.class_of(HOME, host.class_id)
    await school.live.scheduling.update(
        host.class_id,
        ClassPatch(cohost_ids=[colleague.require_user()]),
        version=held.version,
        following=False,
        caller=school.teacher,
    )
    return await school.standing(await school.live.doorway.join(host.class_id, JoinIn(), caller=colleague))


async def test_a_line_break_in_a_slide_does_not_cut_the_frame_it_goes_out_in(school: School):
    class_id = await school.started()
    host = await school.host(class_id)

    await school.live.showing.slide(msgspec.Raw(b'{"url":\r\n\t"a b"}'), by=host)
    await school.live.drawing.draw([msgspec.Raw(b'{"id":"a",\n"version":1}')], by=host)

    history = await school.live.lane.history(f"class:{class_id}", after=0, limit=100)
    assert [one.data for one in history.publications if b"\n" in one.data or b"\r" in one.data] == []
    [slide] = school.lane(class_id, "slide")
    assert slide["slide"] == {"url": "a b"}


async def test_what_is_not_utf8_is_no_slide_and_no_drawing(school: School):
    host = await school.host(await school.started())

    with pytest.raises(BadSlide):
        await school.live.showing.slide(msgspec.Raw(b'{"url":"\xff\xfe"}'), by=host)
    with pytest.raises(BadElements):
        await school.live.drawing.draw([msgspec.Raw(b'{"id":"a","version":1,"text":"\xff"}')], by=host)


def test_a_reply_to_a_number_that_no_message_can_have_is_refused_before_it_spoils_the_batch_it_is_in():
    body = {"client_msg_id": an_id(), "body": "Hello", "reply_to": 2**63}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, NewMessage)


async def test_what_would_wait_in_the_chat_does_not_come_in_as_a_question_or_a_name(school: School):
    class_id = await school.started(takes_guests=True, blocked_words=["blast"])
    learner = await school.learner(class_id)

    for body in ("Buy at https://spam.example", "Mail me: a@b.example", "Bl4st it"):
        with pytest.raises(BadMessage):
            await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body=body), by=learner)
    for name in ("Blast", "spam.com", "a@b.example"):
        with pytest.raises(BadName):
            await school.guest(class_id, name=name)

    assert school.lane(class_id, "question") == []
    host = await school.host(class_id)
    asked = await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body="See https://x.example"), by=host)
    assert asked.state == "open"


async def test_a_message_of_a_group_that_is_released_is_told_to_the_group_alone(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    await school.live.breaking_out.open(NewBreakout(groups=1), by=host)
    breakout = await school.live.breaking_out.current(to=learner)
    assert breakout is not None and breakout.mine is not None
    group = breakout.mine.id
    new = NewMessage(client_msg_id=an_id(), body="Look: https://x.example", room=group)
    held = await school.live.chatting.post(new, by=learner)

    await school.live.moderating.release(held.seq, room=group, by=host)
    await school.settle()

    assert school.lane(class_id, "message") == []
    told = [one for one in school.realtime.in_channel(f"chat:{class_id}.{group}") if one["t"] == "messages"]
    assert [one["body"] for tick in told for one in tick["messages"]] == ["Look: https://x.example"]


async def test_a_message_removed_by_the_classs_own_id_is_a_tombstone_in_the_lane_as_well(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    said = await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Secret"), by=host)

    await school.live.moderating.remove_message(said.seq, room=class_id, reason="", by=host)

    history = await school.live.lane.history(f"class:{class_id}", after=0, limit=100)
    assert not any(b"Secret" in one.data for one in history.publications)
    assert school.lane(class_id, "tombstone")[0]["room"] is None


async def test_a_cohost_does_not_make_themselves_host(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    cohost = await a_cohost(school, host)
    caller = a_caller("learner", organization=HOME, user=cohost.person.user)
    friend = a_caller("learner", organization=HOME).require_user()

    for patch in (ClassPatch(host_id=cohost.person.user), ClassPatch(cohost_ids=[friend]), ClassPatch(cohost_ids=[])):
        held = await school.live.standings.class_of(HOME, class_id)
        with pytest.raises(RoleNeeded):
            await school.live.scheduling.update(class_id, patch, version=held.version, following=False, caller=caller)

    renamed = await school.live.scheduling.update(
        class_id, ClassPatch(title="Knots again"), version=held.version, following=False, caller=caller
    )
    assert renamed.host == school.teacher.user


async def test_a_cohost_of_one_class_changes_none_of_the_others_of_its_series(school: School, clock: ManualClock):
    now = clock.now()
    made = await school.live.scheduling.create(
        NewClass(title="Knots", starts_at=now, ends_at=now + timedelta(hours=1), rule="FREQ=DAILY;COUNT=3"),
        caller=school.teacher,
    )
    helper = a_caller("learner", organization=HOME)
    first = await school.live.scheduling.update(
        made[0].id,
        ClassPatch(cohost_ids=[helper.require_user()]),
        version=made[0].version,
        following=False,
        caller=school.teacher,
    )

    with pytest.raises(Forbidden):
        await school.live.scheduling.cancel(first.id, reason="", following=True, caller=helper)
    with pytest.raises(Forbidden):
        await school.live.scheduling.update(
            first.id, ClassPatch(title="Mine"), version=first.version, following=True, caller=helper
        )

    later = [(await school.live.scheduling.found(one.id, caller=school.teacher))[0] for one in made[1:]]
    assert [(one.title, one.state) for one in later] == [("Knots", "scheduled")] * 2


async def test_who_stands_in_for_the_host_does_not_give_the_class_away(school: School, clock: ManualClock):
    class_id = await school.started()
    cohost, learner = await a_cohost(school, await school.host(class_id)), await school.learner(class_id)
    clock.advance(timedelta(minutes=5))
    token, _ = school.live.standings.token_for(cohost, lasts=timedelta(minutes=10))
    await school.live.doorway.renew({"stoa-join": token}, class_id)
    acting = await school.again(cohost)
    assert acting.role is Role.HOST

    with pytest.raises(RoleNeeded):
        await school.live.moderating.give_role(learner.id, Role.HOST, by=acting)

    assert (await school.live.standings.class_of(HOME, class_id)).host == school.teacher.user


async def test_who_was_sent_out_on_another_server_gets_no_fresh_tokens_within_the_moment_it_remembers(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    token, _ = school.live.standings.token_for(learner, lasts=timedelta(minutes=10))
    other = a_school(school.store, school.clock)
    await other.live.standings.enter({"stoa-join": token}, class_id)

    await school.live.moderating.remove(learner.id, reason="", by=host)

    with pytest.raises(Removed):
        await other.live.doorway.renew({"stoa-join": token}, class_id)


async def test_a_member_who_was_sent_out_does_not_come_back_from_there_as_a_guest(school: School):
    class_id = await school.started(takes_guests=True)
    host = await school.host(class_id)
    caller = a_caller("learner", organization=HOME)
    joined = await school.live.doorway.join(class_id, JoinIn(), caller=caller, address="192.0.2.7")
    await school.live.moderating.remove(joined.participant.id, reason="", by=host)

    code = (await school.live.standings.class_of(HOME, class_id)).code or ""
    with pytest.raises(Removed):
        await school.live.doorway.join_by_code(GuestIn(code=code, name="Gus"), caller=GUEST, address="192.0.2.7")


async def test_a_full_room_takes_nobody_more_however_many_come_at_once(school: School):
    class_id = await school.started(max_people=5)
    other = a_school(school.store, school.clock)
    callers = [a_caller("learner", organization=HOME) for _ in range(20)]

    came = await asyncio.gather(
        *([school, other][n % 2].live.doorway.join(class_id, JoinIn(), caller=one) for n, one in enumerate(callers)),
        return_exceptions=True,
    )

    inside = [caller for caller, one in zip(callers, came, strict=True) if not isinstance(one, BaseException)]
    assert len(inside) == 5
    assert {type(one) for one in came if isinstance(one, BaseException)} == {RoomFull}
    # Whoever is in may come in with a second device.
    await school.live.doorway.join(class_id, JoinIn(), caller=inside[0])


async def test_a_channel_has_one_spelling(school: School):
    class_id = await school.started()
    caller = a_caller("learner", organization=HOME)
    await school.live.doorway.join(class_id, JoinIn(), caller=caller)

    await school.live.doorway.right_to_follow(str(class_id), caller=caller)
    for spelling in (class_id.hex, str(class_id).upper(), f"{{{class_id}}}", f"{class_id}."):
        with pytest.raises(NotInvited):
            await school.live.doorway.right_to_follow(spelling, caller=caller)


@pytest.mark.parametrize("year", [1600, 9998])
async def test_a_class_lies_in_times_that_every_calendar_can_reckon_with(school: School, year: int):
    start = datetime(year, 12, 31, 12, tzinfo=UTC)

    with pytest.raises(BadSchedule):
        await school.live.scheduling.create(
            NewClass(title="Knots", starts_at=start, ends_at=start + timedelta(hours=1)), caller=school.teacher
        )


async def test_a_class_is_in_a_time_zone_that_calendars_know(school: School, clock: ManualClock):
    now = clock.now()

    for zone in ("localtime", "posixrules", "posix/Europe/Paris", "../Europe/Paris", "europe/paris"):
        with pytest.raises(BadSchedule):
            await school.live.scheduling.create(
                NewClass(title="Knots", starts_at=now, ends_at=now + timedelta(hours=1), time_zone=zone),
                caller=school.teacher,
            )


def test_a_formula_of_double_width_is_text_in_an_export_too():
    assert line("\uff1dHYPERLINK(1)").decode().startswith("'\uff1d")
