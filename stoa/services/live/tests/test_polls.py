"""Polls on a real database: one ballot a person, a close that nothing gets past, and nobody in an anonymous one."""

import asyncio
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from stoa.services.live.contract import ClassId, PollClosed, ResultsHidden, RoleNeeded
from stoa.services.live.domain.polls import Option, PollKind, PollState
from stoa.services.live.service.polling import BadPoll, NewPoll
from stoa.services.live.service.standing import Standing
from stoa.services.live.tests.building import School, a_school

OPTIONS = [Option(text="Bowline"), Option(text="Hitch"), Option(text="Reef")]
TWICE = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def asked(school: School, host: Standing, **fields: object) -> UUID:
    """Open a poll."""
    new = NewPoll(**{"question": "Which?", "options": OPTIONS, "open": True, **fields})
    return (await school.live.polling.create(new, by=host)).id


async def test_a_vote_is_changed_until_the_close_and_counted_once(school: School):
    class_id = await school.started()
    host, learner, other = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)
    poll = await asked(school, host)

    for choice in (0, 1, 2):
        await school.live.polling.vote(poll, [choice], by=learner)
    await school.live.polling.vote(poll, [0], by=other)
    closed = await school.live.polling.close(poll, by=host)

    assert closed.results is not None
    assert (closed.results.ballots, closed.results.counts) == (2, [1, 0, 1])
    assert (await school.live.polling.shown(poll, to=learner)).mine == [2]
    with pytest.raises(PollClosed):
        await school.live.polling.vote(poll, [1], by=other)


async def test_results_stay_hidden_until_they_are_revealed(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    poll = await asked(school, host, kind=PollKind.QUIZ, options=[Option(text="a", is_right=True), Option(text="b")])
    await school.live.polling.vote(poll, [1], by=learner)

    open_, for_host = [await school.live.polling.shown(poll, to=one) for one in (learner, host)]
    await school.live.polling.close(poll, by=host)
    closed = await school.live.polling.shown(poll, to=learner)
    await school.live.polling.reveal(poll, by=host)
    revealed = await school.live.polling.shown(poll, to=learner)

    assert (open_.results, open_.ballots, [one.is_right for one in open_.options]) == (None, None, [None, None])
    assert for_host.ballots == 1
    assert closed.results is None
    assert revealed.results is not None
    assert revealed.results.counts == [0, 1]
    assert [one.is_right for one in revealed.options] == [True, False]
    told = school.lane(class_id, "poll", "poll_closed", "poll_results")
    assert [one["t"] for one in told] == ["poll", "poll_closed", "poll_results"]
    assert [one["poll"]["results"] for one in told] == [None, None, {"ballots": 1, "counts": [0, 1]}]


async def test_of_an_anonymous_poll_nothing_at_rest_leads_to_a_person(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    people = [await school.learner(class_id) for _ in range(3)]
    poll = await asked(school, host, is_anonymous=True)
    for person in people:
        await school.live.polling.vote(poll, [0], by=person)
        await school.live.polling.vote(poll, [1], by=person)

    open_rows = await ballots(school, poll)
    mine = (await school.live.polling.shown(poll, to=people[0])).mine
    await school.live.polling.close(poll, by=host)
    closed_rows, pepper = await ballots(school, poll), await pepper_of(school, class_id, poll)
    revealed = await school.live.polling.reveal(poll, by=host)

    assert len(open_rows) == 3
    assert not {row["voter"] for row in open_rows} & {person.id for person in people}
    assert {row["at"] for row in open_rows} == {None}
    assert mine == [1]
    assert (closed_rows, pepper) == ([], None)
    assert (await school.live.polling.shown(poll, to=people[0])).mine is None
    assert revealed.results is not None
    assert revealed.results.counts == [0, 3, 0]


async def test_an_anonymous_poll_that_two_answered_is_shown_to_nobody(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    poll = await asked(school, host, is_anonymous=True)
    for _ in range(2):
        await school.live.polling.vote(poll, [0], by=await school.learner(class_id))

    closed = await school.live.polling.close(poll, by=host)

    assert (closed.results, closed.ballots) == (None, 2)
    with pytest.raises(ResultsHidden):
        await school.live.polling.reveal(poll, by=host)
    lines = b"".join([line async for line in await school.live.recalling.polls_csv(class_id, caller=school.teacher)])
    assert lines.count(b"Bowline,False,,") == 1


@TWICE
@given(seed=some.integers(0, 2**32))
async def test_whatever_comes_at_once_with_a_close_what_was_acknowledged_is_counted(school: School, seed: int):
    chance = Random(seed)
    class_id = await school.started()
    host = await school.host(class_id)
    # A second process over the same database: its ballots go in batches of their own.
    other = a_school(school.store, school.clock)
    people = [await school.learner(class_id) for _ in range(chance.randint(1, 8))]
    poll = await asked(school, host, is_anonymous=chance.random() < 0.5)
    last: dict[UUID, int] = {}

    async def vote(person: Standing, choice: int, via: School) -> None:
        await asyncio.sleep(chance.random() / 200)
        try:
            await via.live.polling.vote(poll, [choice], by=person)
        except PollClosed:
            return
        last[person.id] = choice

    async def close() -> None:
        await asyncio.sleep(chance.random() / 200)
        await school.live.polling.close(poll, by=host)

    # One vote a person: of two at once neither is the later one.
    await asyncio.gather(close(), *(vote(one, chance.randrange(3), chance.choice([school, other])) for one in people))

    async with school.store.reading(organization=host.organization) as tx:
        found = await tx.poll(class_id, poll)
    assert found is not None
    assert found.results is not None
    assert found.state is PollState.CLOSED
    assert found.results.ballots == len(last)
    assert found.results.counts == [sum(1 for one in last.values() if one == place) for place in range(3)]


async def test_many_ballots_at_once_go_in_few_statements(school: School):
    class_id = await school.started()
    host = await school.host(class_id)
    people = [await school.learner(class_id) for _ in range(40)]
    poll = await asked(school, host)
    batches: list[int] = []
    flush = school.live.polling._ballots._flush

    async def counted(box: object, items: list[object]) -> object:
        batches.append(len(items))
        return await flush(box, items)

    school.live.polling._ballots._flush = counted

    await asyncio.gather(*(school.live.polling.vote(poll, [0], by=one) for one in people))

    assert sum(batches) == 40
    assert len(batches) <= 3
    assert (await school.live.polling.shown(poll, to=host)).ballots == 40


async def test_learners_make_no_polls_and_a_quiz_needs_a_right_answer(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)

    with pytest.raises(RoleNeeded):
        await asked(school, learner)
    with pytest.raises(BadPoll):
        await asked(school, host, kind=PollKind.QUIZ)


async def test_the_end_of_the_class_closes_its_polls(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    poll = await asked(school, host)
    await school.live.polling.vote(poll, [2], by=learner)

    await school.live.holding.move(class_id, "end", reason="", caller=school.teacher)

    async with school.store.reading(organization=host.organization) as tx:
        found = await tx.poll(class_id, poll)
    assert found is not None
    assert found.results is not None
    assert found.results.counts == [0, 0, 1]
    assert [one["t"] for one in school.lane(class_id)][-2:] == ["poll_closed", "state"]


async def ballots(school: School, poll: UUID) -> list[dict[str, object]]:
    """Return what is at rest of a poll's ballots."""
    async with school.store.reading(organization=school.teacher.organization) as tx:
        return [dict(row) for row in await tx.fetch("select * from live.ballots where poll_id = $1", poll)]


async def pepper_of(school: School, class_id: ClassId, poll: UUID) -> bytes | None:
    """Return what is left of the key of a poll."""
    async with school.store.reading(organization=school.teacher.organization) as tx:
        found = await tx.poll(class_id, poll)
    return found.pepper if found else b"?"
