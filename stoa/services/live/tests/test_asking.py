"""Questions and hands: one vote a person, one queue for all, told together."""

import asyncio
from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from stoa.kit.clock import ManualClock
from stoa.services.live.contract import RoleNeeded, ThingNotFound
from stoa.services.live.service.asking import NewQuestion
from stoa.services.live.service.breaking_out import AlreadyInGroups, EndBreakout, NewBreakout
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.tests.building import HOME, School, a_school, an_id

SOME = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@SOME
@given(seed=some.integers(0, 2**32))
async def test_the_queue_is_the_order_of_raising_whatever_happens_in_it(school: School, seed: int):
    chance = Random(seed)
    class_id = await school.started()
    host = await school.host(class_id)
    people = [await school.learner(class_id) for _ in range(5)]
    queue: list[object] = []

    for _ in range(25):
        person = chance.choice(people)
        if chance.random() < 0.6:
            await school.live.asking.raise_hand(by=person)
            queue += [] if person.id in queue else [person.id]
        else:
            by = chance.choice([host, person])
            await school.live.asking.lower_hand(person.id, by=by)
            queue = [one for one in queue if one != person.id]
        school.clock.advance(timedelta(seconds=10))

    count, hands = await school.live.asking.queue(after=0, limit=50, to=host)
    await school.settle()
    assert [hand.participant for hand in hands] == queue
    assert count == len(queue)
    last = school.lane(class_id, "hands")[-1]
    assert [one["participant"] for one in last["queue"]] == [str(one) for one in queue]


async def test_a_hand_raised_on_two_devices_and_two_servers_is_one_and_keeps_its_place(school: School):
    class_id = await school.started()
    first, second = await school.learner(class_id), await school.learner(class_id)
    other = a_school(school.store, school.clock)
    await school.live.asking.raise_hand(by=first)
    await school.live.asking.raise_hand(by=second)

    await asyncio.gather(*(one.live.asking.raise_hand(by=first) for one in (school, other)))
    count, hands = await school.live.asking.queue(after=0, limit=50, to=first)
    await school.settle()
    await other.settle()

    assert count == 2
    assert [hand.participant for hand in hands] == [first.id, second.id]


async def test_of_several_who_lower_or_call_one_does_and_learners_lower_their_own(school: School):
    class_id = await school.started()
    host, learner, other = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)
    await school.live.asking.raise_hand(by=learner)

    with pytest.raises(RoleNeeded):
        await school.live.asking.lower_hand(learner.id, by=other)
    called = await asyncio.gather(*(school.live.asking.call_on(learner.id, by=host) for _ in range(3)))
    await asyncio.gather(*(school.live.asking.lower_hand(learner.id, by=by) for by in (host, learner)))
    with pytest.raises(ThingNotFound):
        await school.live.asking.call_on(learner.id, by=host)
    await school.settle()

    assert [one.called for one in called] == [True] * 3
    assert len(school.lane(class_id, "hand")) == 1
    async with school.store.reading(organization=HOME) as tx:
        rows = await tx.fetch("select lowered_by from live.hands where class_id = $1", class_id)
    assert len(rows) == 1


async def test_votes_count_once_each_and_are_told_together(school: School):
    class_id = await school.started()
    people = [await school.learner(class_id) for _ in range(12)]
    new = NewQuestion(client_msg_id=an_id(), body="Why?")
    question = await school.live.asking.ask(new, by=people[0])
    assert (await school.live.asking.ask(new, by=people[0])).id == question.id

    await asyncio.gather(*(school.live.asking.vote(question.id, by=one) for one in people for _ in range(2)))
    await school.live.asking.unvote(question.id, by=people[3])
    await school.live.asking.unvote(question.id, by=people[3])
    await school.settle()

    [found] = await school.live.asking.listed(state="open", after=None, limit=10, to=people[0])
    told = school.lane(class_id, "question_votes")
    assert found.votes == 11
    assert told[-1]["votes"] == {str(question.id): 11}
    assert len(told) <= 3
    assert len(school.lane(class_id, "question")) == 1


async def test_a_question_has_a_thread_and_is_settled_by_one(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    question = await school.live.asking.ask(NewQuestion(client_msg_id=an_id(), body="Why?"), by=learner)
    said = NewMessage(client_msg_id=an_id(), body="Because", question=question.id)
    for _ in range(2):
        await school.live.chatting.post(said, by=learner)
    await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="So", question=question.id), by=host)
    held = NewMessage(client_msg_id=an_id(), body="See https://spam.example", question=question.id)
    waits = await school.live.chatting.post(held, by=learner)
    with pytest.raises(ThingNotFound):
        await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="?", question=an_id()), by=learner)
    before = await school.live.asking.thread(question.id, after=0, limit=10, to=learner)
    await school.live.moderating.release(waits.seq, room=None, by=host)

    thread = await school.live.asking.thread(question.id, after=0, limit=10, to=host)
    answers = await asyncio.gather(
        *(school.live.asking.settle(question.id, state="answered", answer=text, by=host) for text in ("So", "Thus"))
    )
    await school.live.asking.vote(question.id, by=learner)
    await school.settle()

    assert [one.body for one in before] == ["Because", "So"]
    assert [one.body for one in thread] == ["Because", "So", "See https://spam.example"]
    assert school.lane(class_id, "question_replies")[-1]["replies"] == {str(question.id): 3}
    # It stands in its thread and nowhere else: no sample of the chat decides about it.
    assert school.lane(class_id, "message") == school.chat(class_id) == []
    assert await school.live.chatting.page(room=None, after=0, before=None, limit=9, to=host) == []
    assert len({one.answer for one in answers}) == 1
    assert [one.votes for one in await school.live.asking.listed(state="answered", after=None, limit=5, to=host)] == [0]


async def test_groups_hold_everybody_place_who_comes_late_and_keep_their_words(school: School, clock: ManualClock):
    class_id = await school.started()
    host = await school.host(class_id)
    people = [await school.learner(class_id) for _ in range(5)]
    made = await school.live.breaking_out.open(NewBreakout(groups=2, minutes=10, names=["Left"]), by=host)
    with pytest.raises(AlreadyInGroups):
        await school.live.breaking_out.open(NewBreakout(groups=2), by=host)

    late = await school.learner(class_id)
    views = await asyncio.gather(*(school.live.breaking_out.current(to=one) for one in [*people, late, late]))
    groups = [view.mine.id for view in views if view and view.mine]
    sizes = sorted(groups[:6].count(group.id) for group in made.groups)
    outsider = next(one for one, group in zip(people, groups[:5], strict=True) if group != groups[5])
    said = NewMessage(client_msg_id=an_id(), body="Only us", room=groups[5])
    await school.live.chatting.post(said, by=late)
    with pytest.raises(ThingNotFound):
        await school.live.chatting.page(room=groups[5], after=0, before=None, limit=5, to=outsider)
    await school.settle()

    assert sizes == [3, 3]
    assert groups[5] == groups[6]
    assert [one.name for one in made.groups] == ["Left", "2"]
    assert [one["messages"][0]["body"] for one in school.realtime.in_channel(f"chat:{class_id}.{groups[5]}")] == [
        "Only us"
    ]
    assert await school.live.chatting.page(room=None, after=0, before=None, limit=5, to=host) == []
    assert len(await school.live.chatting.page(room=groups[5], after=0, before=None, limit=5, to=host)) == 1

    job = EndBreakout(organization_id=HOME, class_id=class_id, breakout=made.id)
    await school.live.breaking_out.end_by_clock(job)
    assert await school.live.breaking_out.current(to=late) is not None
    clock.advance(timedelta(minutes=10))
    await school.live.breaking_out.end_by_clock(job)
    await school.live.breaking_out.end_by_clock(job)
    assert await school.live.breaking_out.current(to=late) is None
    assert [one["state"] for one in school.lane(class_id, "breakout")] == ["open", "closed"]


async def test_slides_and_the_spotlight_are_shown_and_found_by_who_comes_later(school: School, clock: ManualClock):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)

    await school.live.showing.slide(msgspec.Raw(b'{"page": 3}'), by=host)
    await school.live.showing.spotlight(learner.id, by=host)
    clock.advance(timedelta(seconds=2))
    found = await school.live.snapshots.taken(await school.again(learner))

    assert found.slide is not None
    assert msgspec.json.decode(found.slide) == {"page": 3}
    assert found.spotlight is not None
    assert (found.spotlight.id, found.spotlight.name) == (learner.id, learner.person.name)
    assert [one["slide"] for one in school.lane(class_id, "slide")] == [{"page": 3}]
