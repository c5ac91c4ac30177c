"""A room from its planning to its end: who comes in, what is said, and what they who come later find."""

import asyncio
from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.services.live.contract import ClassState, IllegalMove, JoinNeeded, NotLive, Removed, Role
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.polls import Option
from stoa.services.live.service.asking import NewQuestion
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.service.polling import NewPoll
from stoa.services.live.service.standing import Standing
from stoa.services.live.tests.building import School, a_school, an_id


async def test_a_class_is_planned_started_and_ended_and_tells_the_room(school: School):
    class_id = await school.planned()
    host = await school.host(class_id)

    for move in ("open", "start", "end", "start", "end", "archive"):
        await school.live.holding.move(class_id, move, reason="so", caller=school.teacher)

    told = [one["state"] for one in school.lane(class_id, "state")]
    history = await school.live.holding.history(class_id, caller=school.teacher)
    assert told == ["open", "live", "ended", "live", "ended", "archived"]
    assert [entry.session for entry in history] == [0, 0, 1, 1, 2, 2, 2]
    assert {entry.reason for entry in history} == {"", "so"}
    assert host.role is Role.HOST
    with pytest.raises(IllegalMove) as refused:
        await school.live.holding.move(class_id, "start", reason="", caller=school.teacher)
    assert refused.value.fields == {"state": "archived", "allowed": []}


async def test_a_teachers_message_goes_the_sure_way_and_a_learners_by_the_sample(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)

    sure = await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Welcome"), by=host)
    sampled = await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Hello"), by=learner)
    await school.settle()

    [published] = school.lane(class_id, "message")
    [tick] = school.chat(class_id)
    assert published["message"]["body"] == "Welcome"
    assert [one["body"] for one in tick["messages"]] == ["Hello"]
    assert (sure.seq, sampled.seq) == (1, 2)


async def test_a_message_sent_again_is_the_same_message(school: School):
    class_id = await school.started()
    learner = await school.learner(class_id)
    new = NewMessage(client_msg_id=an_id(), body="Once")

    answers = [await school.live.chatting.post(new, by=learner) for _ in range(3)]
    await school.settle()

    assert {answer.seq for answer in answers} == {1}
    assert sum(len(tick["messages"]) for tick in school.chat(class_id)) == 1


async def test_the_lane_counts_from_one_without_a_hole_and_is_told_again(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    for number in range(5):
        await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body=str(number)), by=host)
    channel = f"class:{class_id}"

    position = await school.live.channel_position(channel=channel)
    history = await school.live.channel_history(channel=channel, after=2, limit=100)

    heard = [one for one in school.realtime.said if one.channel == channel]
    assert [one.offset for one in heard] == list(range(1, len(heard) + 1))
    assert position.offset == len(heard)
    assert {one.epoch for one in heard} == {position.epoch}
    assert [one.data for one in history.publications] == [one.data for one in heard[2:]]
    assert history.position == position


async def test_who_is_sent_out_has_no_token_any_more_and_cannot_come_back(school: School):
    class_id = await school.started(takes_guests=True)
    host, guest = await school.host(class_id), await school.guest(class_id)

    await school.live.moderating.remove(guest.id, reason="rude", by=host)

    assert (guest.socket_user, None) in school.realtime.closed
    with pytest.raises(Removed):
        await school.again(guest)
    with pytest.raises(Removed):
        await school.guest(class_id, name="Gus again")


async def test_nothing_is_said_before_the_door_opens_or_after_the_end(school: School):
    class_id = await school.started()
    learner = await school.learner(class_id)
    await school.live.holding.move(class_id, "end", reason="", caller=school.teacher)

    with pytest.raises(NotLive):
        await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Late"), by=learner)
    with pytest.raises(NotLive):
        await school.learner(class_id)
    with pytest.raises(NotLive):
        await school.learner(await school.planned())


async def test_a_token_ends_is_of_one_class_and_cannot_be_changed(school: School, clock: ManualClock):
    class_id, other = await school.started(), await school.started()
    learner = await school.learner(class_id)
    token, _ = school.live.standings.token_for(learner, lasts=timedelta(minutes=10))
    # Not the last letter: of that not every bit counts.
    changed = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]

    for wrong, where in ((changed, class_id), (token, other), ("", class_id), ("x" * 600, class_id)):
        with pytest.raises(JoinNeeded):
            await school.live.standings.enter({"stoa-join": wrong}, where)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(JoinNeeded):
        await school.live.standings.enter({"stoa-join": token}, class_id)

    renewed = await school.live.doorway.renew({"stoa-join": token}, class_id)
    assert (await school.live.standings.enter({"stoa-join": renewed.join_token}, class_id)).id == learner.id


async def test_who_comes_later_finds_the_room_as_it_is(school: School, clock: ManualClock):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    poll = await school.live.polling.create(
        NewPoll(question="Which?", options=[Option(text="Bowline"), Option(text="Hitch")], open=True), by=host
    )
    await school.live.polling.vote(poll.id, [1], by=learner)
    question = await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body="Why?"), by=learner)
    await school.live.asking.vote(question.id, by=learner)
    await school.live.asking.raise_hand(by=learner)
    await school.settle()
    clock.advance(timedelta(seconds=2))
    token, _ = school.live.standings.token_for(learner, lasts=timedelta(minutes=10))

    joined = await school.live.doorway.room({"stoa-join": token}, class_id)

    found = joined.snapshot
    assert found.state is ClassState.LIVE
    assert found.position.offset == len(school.lane(class_id))
    assert [one.id for one in found.polls] == [poll.id]
    assert found.polls[0].ballots is None
    assert found.own.ballots == {str(poll.id): [1]}
    assert [one.votes for one in found.questions] == [1]
    assert found.own.votes == [question.id]
    assert found.hands.count == 1
    assert found.own.hand == found.hands.queue[0]
    assert found.counts.people == 2


async def test_two_servers_that_vote_write_end_and_leave_at_once_never_wait_for_each_other(
    school: School, clock: ManualClock
):
    other = a_school(school.store, clock, seed=9)
    class_id = await school.started()
    host = await school.host(class_id)
    people = [await school.learner(class_id) for _ in range(6)]
    asked = [
        await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body=f"Why {n}?"), by=people[n])
        for n in range(4)
    ]
    options = [Option(text="Bowline"), Option(text="Hitch")]
    poll = await school.live.polling.create(NewPoll(question="Which?", options=options, open=True), by=host)

    async def busy(via: School, person: Standing, turn: int) -> None:
        order = asked if turn % 2 else asked[::-1]
        for question in order:
            await via.live.asking.vote(question.id, by=person)
            await via.live.polling.vote(poll.id, [turn % 2], by=person)

    async def talk(via: School) -> None:
        for number in range(8):
            await via.live.chatting.post(NewMessage(client_msg_id=an_id(), body=str(number)), by=host)

    await asyncio.gather(*(busy([school, other][turn], one, turn) for one in people for turn in range(2)))
    results = await asyncio.gather(
        talk(school),
        talk(other),
        school.live.holding.move(class_id, "end", reason="", caller=school.teacher),
        return_exceptions=True,
    )
    for one in (school, other):
        await one.settle()

    assert all(result is None or isinstance(result, NotLive | LiveClass) for result in results), results
    questions = await school.live.asking.listed(state="open", after=None, limit=9, to=host)
    assert [one.votes for one in questions] == [6] * 4
