"""The chat of a room: one sequence, one sample, who may write how often, and what is taken away."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from stoa.kit.clock import ManualClock
from stoa.services.live.contract import Muted, NotLive, Role, RoleNeeded, ThingNotFound, TooFast
from stoa.services.live.domain.sampling import SHOWN_PER_S
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.service.standing import Standing
from stoa.services.live.service.views import MessageView
from stoa.services.live.tests.building import School, a_school, an_id


async def say(school: School, by: Standing, body: str = "Hello", **fields: object) -> MessageView:
    """Post a message."""
    return await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body=body, **fields), by=by)


def shown(school: School, class_id: UUID) -> list[str]:
    """Return what all saw of the sampled lane."""
    return [one["body"] for tick in school.chat(class_id) for one in tick["messages"]]


async def test_two_servers_number_one_sequence_and_take_one_sample(school: School):
    class_id = await school.started()
    other = a_school(school.store, school.clock, seed=8)
    people = [await school.learner(class_id) for _ in range(60)]

    posted = await asyncio.gather(
        *(say([school, other][n % 2], person, f"from {n}") for n, person in enumerate(people))
    )
    await school.settle()
    await other.settle()

    told = shown(school, class_id) + shown(other, class_id)
    assert sorted(one.seq for one in posted) == list(range(1, 61))
    # The clock stands still, so all of it is one second.
    assert 0 < len(told) <= SHOWN_PER_S
    assert len(set(told)) == len(told)
    host = await school.host(class_id)
    seen = await school.live.chatting.page(room=None, after=0, before=None, limit=200, to=people[0])
    everything = await school.live.chatting.page(room=None, after=0, before=None, limit=200, to=host)
    assert {one.body for one in seen} == {*told, "from 0"}
    assert len(everything) == 60


async def test_each_second_has_its_own_sample_and_the_author_always_sees_their_own(school: School, clock: ManualClock):
    class_id = await school.started(auto_slow=False)
    people = [await school.learner(class_id) for _ in range(30)]

    for second in range(3):
        await asyncio.gather(*(say(school, person, f"{second}") for person in people))
        await school.settle()
        clock.advance(timedelta(seconds=1))

    told = shown(school, class_id)
    assert 0 < len(told) <= 3 * SHOWN_PER_S
    assert set(told) == {"0", "1", "2"}
    own = await school.live.chatting.page(room=None, after=0, before=None, limit=200, to=people[7])
    assert [one.body for one in own if one.participant == people[7].id] == ["0", "1", "2"]


async def test_a_person_writes_twenty_messages_in_half_a_minute_over_all_devices(school: School, clock: ManualClock):
    class_id = await school.started()
    learner = await school.learner(class_id)
    kept = NewMessage(client_msg_id=an_id(), body="first")
    await school.live.chatting.post(kept, by=learner)
    for _ in range(19):
        await say(school, learner)

    with pytest.raises(TooFast) as refused:
        await say(school, learner)
    again = await school.live.chatting.post(kept, by=learner)
    clock.advance(timedelta(seconds=30))
    await say(school, learner)

    assert 0 < (refused.value.retry_after_s or 0) <= 30
    assert again.seq == 1
    await school.settle()


async def test_slow_mode_lets_learners_wait_and_teachers_write(school: School, clock: ManualClock):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    await school.live.moderating.slow_mode(10, by=host)
    learner, host = await school.again(learner), await school.again(host)

    await say(school, learner)
    with pytest.raises(TooFast):
        await say(school, learner)
    for _ in range(3):
        await say(school, host)
    clock.advance(timedelta(seconds=10))
    await say(school, learner)

    assert [one["slow_mode_s"] for one in school.lane(class_id, "slow_mode")] == [10]
    await school.settle()


async def test_a_flooded_room_slows_itself_down(school: School, clock: ManualClock):
    class_id = await school.started()
    people = [await school.learner(class_id) for _ in range(50)]

    await asyncio.gather(*(say(school, person) for person in people))
    await school.settle()
    clock.advance(timedelta(seconds=2))

    assert school.lane(class_id, "slow_mode")[0] | {"seq": 0, "at": ""} == {
        "t": "slow_mode", "seq": 0, "at": "", "slow_mode_s": 5, "automatic": True,
    }  # fmt: skip
    assert await school.live.chatting.slow_mode_s(people[0]) == 5


async def test_links_wait_for_a_moderator_who_shows_them_or_takes_them_away(school: School):
    class_id = await school.started()
    host, learner, other = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)
    first, second = [await say(school, learner, f"see https://example.org/{n}") for n in range(2)]
    await school.settle()

    waiting = await school.live.moderating.held(after=0, limit=50, to=host)
    await school.live.moderating.release(first.seq, room=None, by=host)
    await school.live.moderating.remove_message(second.seq, room=None, reason="no", by=host)

    assert (first.held, [one.seq for one in waiting], shown(school, class_id)) == ("link", [1, 2], [])
    assert [one["message"]["seq"] for one in school.lane(class_id, "message")] == [1]
    seen = await school.live.chatting.page(room=None, after=0, before=None, limit=50, to=other)
    assert [(one.seq, one.held) for one in seen] == [(1, None)]
    assert await school.live.moderating.held(after=0, limit=50, to=host) == []
    with pytest.raises(RoleNeeded):
        await school.live.moderating.held(after=0, limit=50, to=other)


async def test_what_is_taken_away_is_gone_for_all_and_from_what_is_told_again(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    sure, sampled = await say(school, host, "A mistake"), await say(school, learner, "Rude")
    await school.settle()

    for one in (sure, sampled):
        await school.live.moderating.remove_message(one.seq, room=None, reason="", by=host)
        await school.live.moderating.remove_message(one.seq, room=None, reason="", by=host)

    told = school.lane(class_id, "tombstone")
    history = await school.live.channel_history(channel=f"class:{class_id}", after=0, limit=100)
    seen = await school.live.chatting.page(room=None, after=0, before=None, limit=50, to=learner)
    assert [one["message"] for one in told] == [1, 2]
    assert b"mistake" not in b"".join(one.data for one in history.publications)
    assert [one.offset for one in history.publications] == list(range(1, len(history.publications) + 1))
    assert [(one.body, one.removed) for one in seen] == [("", True), ("", True)]


async def test_people_take_back_their_own_words_and_not_those_of_others(school: School):
    class_id = await school.started()
    learner, other = await school.learner(class_id), await school.learner(class_id)
    message = await say(school, learner)
    await school.settle()

    with pytest.raises(ThingNotFound):
        await school.live.moderating.remove_message(message.seq, room=None, reason="", by=other)
    await school.live.moderating.remove_message(message.seq, room=None, reason="", by=learner)

    assert [one["message"] for one in school.lane(class_id, "tombstone")] == [1]


async def test_who_is_muted_listens_and_nobody_acts_on_who_stands_as_high(school: School, clock: ManualClock):
    class_id = await school.started()
    host, learner, second = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)
    await school.live.moderating.give_role(second.id, Role.COHOST, by=host)
    cohost = await school.again(second)

    await school.live.moderating.mute(learner.id, 5, by=cohost)
    muted = await school.again(learner)
    with pytest.raises(Muted):
        await say(school, muted)
    clock.advance(timedelta(minutes=5))
    await say(school, muted)

    for target, by in ((host, cohost), (cohost, muted)):
        with pytest.raises(RoleNeeded):
            await school.live.moderating.mute(target.id, 5, by=by)
    await school.settle()


async def test_a_message_on_its_way_when_the_class_ends_is_kept_or_refused_but_never_after_it(school: School):
    class_id = await school.started()
    people = [await school.learner(class_id) for _ in range(12)]

    results = await asyncio.gather(
        school.live.holding.move(class_id, "end", reason="", caller=school.teacher),
        *(say(school, person) for person in people),
        return_exceptions=True,
    )
    await school.settle()

    kept = [one for one in results if isinstance(one, MessageView)]
    refused = [one for one in results if isinstance(one, NotLive)]
    assert len(kept) + len(refused) == 12
    with pytest.raises(NotLive):
        await say(school, people[0])


async def test_reactions_are_told_as_counts_and_an_idle_room_has_nothing_running(school: School):
    class_id = await school.started()
    learner, other = await school.learner(class_id), await school.learner(class_id)

    for _ in range(5):
        await school.live.chatting.react("clap", by=learner)
    await school.live.chatting.react("heart", by=other)
    await school.settle()

    counts = [one["counts"] for one in school.chat(class_id, "reactions")]
    assert sum(one.get("clap", 0) for one in counts) == 5
    assert sum(one.get("heart", 0) for one in counts) == 1
    assert (school.live.presenting._tasks, school.live.presenting._pending) == ({}, {})
    minutes = await school.live.recalling.engagement(class_id, since=None, caller=school.teacher)
    assert {one.kind: one.count for one in minutes} == {"reactions": 6}
