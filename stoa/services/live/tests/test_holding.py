"""What the clock does to classes: the longest time, the archive, the forgetting; and what is heard of people who go."""

from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import UserId
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.routes import a_caller
from stoa.services.live.consumers import consumers
from stoa.services.live.contract import ClassId, ClassState, JoinNeeded
from stoa.services.live.domain.classes import OrganizationPolicy
from stoa.services.live.domain.listing import Which
from stoa.services.live.service.chatting import NewMessage
from stoa.services.live.service.holding import EndClass
from stoa.services.live.tests.building import HOME, School, an_id
from stoa.services.organizations.contract import MemberRemoved


async def state_of(school: School, class_id: ClassId) -> ClassState:
    """Return where a class is now."""
    held, _ = await school.live.scheduling.found(class_id, caller=school.teacher)
    return held.state


async def test_the_clock_ends_the_session_it_was_set_for_and_no_later_one(school: School):
    class_id = await school.started()
    first = EndClass(organization_id=HOME, class_id=class_id, session=1)
    for move in ("end", "start"):
        await school.live.holding.move(class_id, move, reason="", caller=school.teacher)

    await school.live.holding.end_by_clock(first)
    before = await state_of(school, class_id)
    for _ in range(2):
        await school.live.holding.end_by_clock(EndClass(organization_id=HOME, class_id=class_id, session=2))

    history = await school.live.holding.history(class_id, caller=school.teacher)
    assert (before, await state_of(school, class_id)) == (ClassState.LIVE, ClassState.ENDED)
    assert (history[-1].move, history[-1].actor) == ("end", None)
    assert len(history) == 5


async def test_an_ended_class_is_archived_and_later_forgotten_as_the_organization_says(
    school: School, clock: ManualClock
):
    class_id = await school.started(takes_guests=True)
    learner = await school.learner(class_id)
    await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Hello"), by=learner)
    await school.settle()
    owner = a_caller("owner", organization=HOME)
    await school.live.holding.set_policy(OrganizationPolicy(keep_days=30), version=0, caller=owner)
    await school.live.holding.move(class_id, "end", reason="", caller=school.teacher)

    async def kept() -> tuple[ClassState, int, int]:
        async with school.store.reading(organization=HOME) as tx:
            messages = await tx.fetchval("select count(*) from live.messages where class_id = $1", class_id)
            people = await tx.fetchval("select count(*) from live.participants where class_id = $1", class_id)
        return await state_of(school, class_id), messages, people

    seen = []
    for days in (6, 2, 30, 1):
        clock.advance(timedelta(days=days))
        await school.live.holding.sweep()
        seen.append(await kept())

    assert seen == [
        (ClassState.ENDED, 1, 1),
        (ClassState.ARCHIVED, 1, 1),
        (ClassState.ARCHIVED, 0, 0),
        (ClassState.ARCHIVED, 0, 0),
    ]
    held, _ = await school.live.scheduling.found(class_id, caller=school.teacher)
    assert held.code is None
    assert [entry.move for entry in await school.live.holding.history(class_id, caller=school.teacher)][-1] == "archive"


async def test_who_leaves_the_platform_is_let_out_and_their_name_forgotten_however_often_it_is_told(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id, "Nora")
    await school.live.chatting.post(NewMessage(client_msg_id=an_id(), body="Hello"), by=learner)
    await school.live.asking.raise_hand(by=learner)
    await school.settle()
    user = UserId(learner.person.user or an_id())
    gone = MemberRemoved(organization_id=HOME, user_id=user, is_account_closed=True)

    await deliver(bound(consumers.subscriptions, school.live, school.store.database), [gone], at=school.clock.now())

    with pytest.raises(JoinNeeded):
        await school.again_with_old_token(learner)
    messages = await school.live.chatting.page(room=None, after=0, before=None, limit=5, to=host)
    _, hands = await school.live.asking.queue(after=0, limit=5, to=host)
    assert [(one.name, one.body) for one in messages] == [("", "Hello")]
    assert [one.name for one in hands] == [""]


async def test_a_list_holds_what_is_to_come_or_what_is_over_the_last_first(school: School):
    first, second, ahead = await school.started(), await school.started(), await school.planned()
    gone = await school.planned()
    await school.live.scheduling.cancel(gone, reason="", following=False, caller=school.teacher)

    async def listed(which: Which) -> list[ClassId]:
        found = await school.live.scheduling.listed(
            course=None, since=None, which=which, after=None, limit=10, caller=school.teacher
        )
        return [one.id for one in found]

    assert sorted(await listed(Which.NOW)) == sorted([first, second, ahead])
    for class_id in (first, second):
        await school.live.holding.move(class_id, "end", reason="", caller=school.teacher)

    assert await listed(Which.NOW) == [ahead]
    assert await listed(Which.PAST) == [second, first]
    assert await listed(Which.ALL) == [first, second, ahead]
