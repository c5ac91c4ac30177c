"""One person in all their classes: let out everywhere, forgotten in what was told, and given what is theirs."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stoa.kit.auth.caller import Grant
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, UserId, new_id
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.outgoing import queued
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.routes import a_caller
from stoa.services.identity.contract import SessionId, SessionsRevoked
from stoa.services.live.consumers import consumers
from stoa.services.live.contract import ClassId, JoinNeeded, ParticipantId, Role, RoleNeeded
from stoa.services.live.domain.forgetting import nameless
from stoa.services.live.domain.polls import Option
from stoa.services.live.service.asking import NewQuestion
from stoa.services.live.service.breaking_out import NewBreakout
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.service.doorway import JoinIn
from stoa.services.live.service.personal import ForgetSaid
from stoa.services.live.service.polling import NewPoll
from stoa.services.live.service.standing import Standing
from stoa.services.live.tests.building import HOME, School, an_id
from stoa.services.organizations.contract import MemberRemoved, RoleChanged

INSTRUCTOR = Grant(role="instructor", scope="organization", scope_id=HOME)


async def hears(school: School, *events: Event) -> None:
    await deliver(
        bound(consumers.subscriptions, school.live, school.store.database), list(events), at=school.clock.now()
    )


def user_of(standing: Standing) -> UserId:
    assert standing.person.user is not None
    return standing.person.user


async def a_colleague(school: School, class_id: ClassId) -> Standing:
    """Let somebody in who holds classes by a role of the organization, not by being named in this one."""
    caller = a_caller("instructor", organization=HOME)
    return await school.standing(await school.live.doorway.join(class_id, JoinIn(), caller=caller))


async def lane_of(school: School, class_id: ClassId) -> list[Any]:
    """Return what whoever comes later is told of a class from its beginning."""
    history = await school.live.lane.history(f"class:{class_id}", after=0, limit=500)
    return [json.loads(one.data) for one in history.publications]


async def test_who_leaves_the_platform_has_no_name_in_what_is_told_again_and_every_number_stays(school: School):
    class_id = await school.started()
    host, other = await school.host(class_id), await school.learner(class_id, "Ola")
    nora = await school.learner(class_id, "Nora")
    await school.live.moderating.give_role(nora.id, Role.SPEAKER, by=host)
    nora = await school.again(nora)
    await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Nora says hello"), by=nora)
    await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body="Why?"), by=nora)
    await school.live.asking.raise_hand(by=other)
    await school.live.asking.raise_hand(by=nora)
    await school.live.asking.call_on(nora.id, by=host)
    await school.live.showing.spotlight(nora.id, by=host)
    await school.settle()
    before = await lane_of(school, class_id)

    await hears(school, MemberRemoved(organization_id=HOME, user_id=user_of(nora), is_account_closed=True))
    job = ForgetSaid(organization_id=HOME, class_id=class_id, participant=nora.id)
    for _ in range(2):
        await school.live.personal.forget_said(job)

    after = await lane_of(school, class_id)
    assert [(one["t"], one["seq"], one["at"]) for one in after] == [(one["t"], one["seq"], one["at"]) for one in before]
    said = json.dumps(after)
    assert '"Nora"' not in said, "the name is gone wherever it stood"
    assert "Nora says hello" in said and '"Ola"' in said, "words stay, and so do the others"
    async with school.store.reading(organization=HOME) as tx:
        assert await tx.person_of(class_id, user_of(nora)) is None, "and nothing leads to the account"


async def test_forgetting_somebody_queues_one_job_for_each_class_they_were_in(
    school: School, postgres: ThrowawayPostgres
):
    classes = [await school.started(), await school.started()]
    caller = a_caller("learner", organization=HOME)
    for class_id in classes:
        await school.live.doorway.join(class_id, JoinIn(), caller=caller)

    await hears(school, MemberRemoved(organization_id=HOME, user_id=caller.require_user(), is_account_closed=True))

    jobs = [job.class_id for job in await queued(postgres, "live", ForgetSaid)]
    assert sorted(one for one in jobs if one in classes) == sorted(classes)


_TOLD = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "participant"]), inner),
    max_leaves=12,
)


@given(told=_TOLD, name=st.text(min_size=1, max_size=8))
def test_a_name_goes_wherever_its_owner_stands_and_nothing_else_changes(told: Any, name: str):
    owner, other = ParticipantId(new_id()), ParticipantId(new_id())
    theirs = {"participant": str(owner), "name": name, "body": name}
    body = json.dumps({"queue": [theirs, {"participant": str(other), "name": name}], "rest": told}).encode()

    found = json.loads(nameless(body, owner))

    assert found["queue"] == [{**theirs, "name": ""}, {"participant": str(other), "name": name}]
    assert found["rest"] == told


async def test_who_leaves_the_organization_is_out_of_the_classes_they_held_too_and_of_the_groups(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    await school.live.breaking_out.open(NewBreakout(groups=2), by=host)
    school.realtime.closed.clear()

    await hears(school, *(MemberRemoved(organization_id=HOME, user_id=user_of(one)) for one in (host, learner)))

    for one in (host, learner):
        with pytest.raises(JoinNeeded):
            await school.again_with_old_token(one)
    groups = {str(channel) for user, channel in school.realtime.closed if user == str(host.person.user)}
    assert len([one for one in groups if "." in one]) == 2, "a host could listen in both groups"
    mine = {str(channel) for user, channel in school.realtime.closed if user == str(learner.person.user)}
    assert len(mine) == 3, "the class, its chat and their own group"


async def test_who_logs_out_everywhere_is_out_of_every_room_until_they_log_in_and_join_again(school: School):
    class_id = await school.started()
    caller = a_caller("learner", organization=HOME)
    learner = await school.standing(await school.live.doorway.join(class_id, JoinIn(), caller=caller))
    user = user_of(learner)

    await hears(
        school, SessionsRevoked(organization_id=HOME, user_id=user, session_version=3, session_id=SessionId(an_id()))
    )
    assert (await school.again_with_old_token(learner)).id == learner.id, "the end of one session is not of all"
    await hears(school, SessionsRevoked(organization_id=HOME, user_id=user, session_version=4))

    with pytest.raises(JoinNeeded):
        await school.again_with_old_token(learner)
    again = await school.standing(await school.live.doorway.join(class_id, JoinIn(), caller=caller))
    assert again.id == learner.id


async def test_a_device_that_logged_out_is_not_renewed_and_the_others_stay(school: School):
    class_id = await school.started()
    learner = a_caller("learner", organization=HOME)
    on_phone, at_desk = (replace(learner, session=an_id()) for _ in range(2))
    tokens = [await school.live.doorway.join(class_id, JoinIn(), caller=one) for one in (on_phone, at_desk)]
    phone, desk = ({"stoa-join": one.join_token} for one in tokens)

    await hears(
        school,
        SessionsRevoked(
            organization_id=HOME, user_id=on_phone.require_user(), session_version=3, session_id=on_phone.session
        ),
    )

    with pytest.raises(JoinNeeded):
        await school.live.doorway.renew(phone, class_id)
    renewed = await school.live.doorway.renew(desk, class_id)
    again = {"stoa-join": renewed.join_token}
    assert (await school.live.doorway.renew(again, class_id)).participant.id == tokens[1].participant.id


async def test_who_loses_the_role_by_which_they_kept_order_keeps_it_no_longer(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    colleague = await a_colleague(school, class_id)
    learner = await school.learner(class_id)
    assert colleague.moderates
    change = RoleChanged(organization_id=HOME, user_id=user_of(colleague), version=2)

    school.organizations.grants[user_of(colleague)] = (INSTRUCTOR,)
    await hears(school, change)
    assert (await school.again(colleague)).moderates, "another role that lets them hold it is as good"

    school.organizations.grants[user_of(colleague)] = ()
    await hears(school, RoleChanged(organization_id=HOME, user_id=user_of(colleague), version=3))

    now = await school.again(colleague)
    assert now.role is Role.LEARNER
    with pytest.raises(RoleNeeded):
        await school.live.moderating.mute(learner.id, None, by=now)
    assert (await school.again(host)).role is Role.HOST
    notice = school.lane(class_id, "notice")[-1]
    assert (notice["kind"], notice["participant"], notice["role"]) == ("role", str(colleague.id), "learner")


async def test_who_was_named_as_a_host_holds_the_class_whatever_becomes_of_their_roles(school: School):
    class_id = await school.started()
    host = await school.host(class_id)

    await hears(school, RoleChanged(organization_id=HOME, user_id=user_of(host), version=2))

    assert (await school.again(host)).role is Role.HOST
    assert school.lane(class_id, "notice") == []


async def test_a_cohost_who_becomes_a_learner_listens_in_no_group_that_is_not_theirs(school: School):
    class_id = await school.started()
    host, helper = await school.host(class_id), await school.learner(class_id)
    await school.live.moderating.give_role(helper.id, Role.COHOST, by=host)
    await school.live.breaking_out.open(NewBreakout(groups=2), by=host)
    school.realtime.closed.clear()

    await school.live.moderating.give_role(helper.id, Role.LEARNER, by=host)

    assert len(school.realtime.closed) == 2
    assert all(user == str(helper.person.user) and "." in str(channel) for user, channel in school.realtime.closed)


async def test_somebody_gets_all_that_is_theirs_and_nothing_of_anybody_else(school: School, clock: ManualClock):
    class_id = await school.started()
    host, other = await school.host(class_id), await school.learner(class_id, "Ola")
    caller = a_caller("learner", organization=HOME)
    mine = await school.standing(await school.live.doorway.join(class_id, JoinIn(), caller=caller))
    for one, word in ((mine, "my words"), (other, "their words")):
        await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body=word), by=one)
    question = await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body="my question"), by=mine)
    await school.live.asking.vote(question.id, by=mine)
    await school.live.asking.raise_hand(by=mine)
    for is_anonymous in (False, True):
        poll = await a_poll(school, host, is_anonymous=is_anonymous)
        await school.live.polling.vote(poll, [1], by=mine)
        await school.live.polling.vote(poll, [0], by=other)
    await school.live.moderating.mute(mine.id, 5, by=host)
    await school.settle()

    record = await school.live.personal.record(caller=caller)

    assert [(one.class_id, one.title, one.role) for one in record.classes] == [(class_id, "Knots, live", Role.LEARNER)]
    assert [visit.class_id for visit in record.visits] == [class_id]
    assert {(one.kind, one.text) for one in record.deeds} == {
        ("message", "my words"),
        ("question", "my question"),
        ("vote", "my question"),
        ("hand", ""),
        ("ballot", "Ready?: no"),
        ("moderation", "mute"),
    }
    assert record.is_whole
    stranger = await school.live.personal.record(caller=a_caller("learner", organization=HOME))
    assert (stranger.classes, stranger.visits, stranger.deeds) == ([], [], [])


async def a_poll(school: School, host: Standing, *, is_anonymous: bool) -> UUID:
    """Return an open poll."""
    options = [Option(text="yes"), Option(text="no")]
    new = NewPoll(question="Ready?", options=options, is_anonymous=is_anonymous, open=True)
    return (await school.live.polling.create(new, by=host)).id
