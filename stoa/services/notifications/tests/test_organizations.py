"""Classes without a course: the organization is told, but for who knows already, and a very large one is left alone."""

import msgspec

from stoa.kit.contract import new_id
from stoa.services.live.contract import ClassCancelled, ClassScheduled, ClassStarted
from stoa.services.notifications.contract import Category, Kind
from stoa.services.notifications.tests.building import HOME, Town


def started(event: ClassScheduled) -> ClassStarted:
    given = {**msgspec.structs.asdict(event), "session": 1, "started_at": event.starts_at}
    return msgspec.convert(given, ClassStarted)


def cancelled(event: ClassScheduled) -> ClassCancelled:
    return msgspec.convert({**msgspec.structs.asdict(event), "sequence": event.sequence + 9}, ClassCancelled)


async def test_all_members_are_told_of_a_class_without_a_course_once_each_but_for_who_planned_it(town: Town) -> None:
    users = town.an_organization(members=1150)
    planner, cohost = users[3], users[5]
    event = town.a_class(None, host_ids=[planner, cohost], by=planner)

    await town.hear(event)
    await town.settle()

    assert town.counted[Category.CLASSES] == 1149
    assert await town.shown(planner) == []
    [note] = await town.shown(cohost)
    assert note.kind is Kind.CLASS_SCHEDULED, "who was named as a host by somebody else hears of it"
    assert note.parameters == {
        "class_id": str(event.class_id), "class_title": "Bowlines", "starts_at": "2026-01-12T09:00:00Z",
        "ends_at": "2026-01-12T10:00:00Z", "time_zone": "Europe/Athens",
    }  # fmt: skip


async def test_its_beginning_is_told_at_once_to_all_but_its_hosts(town: Town) -> None:
    host, guest = town.an_organization(members=2)
    event = town.a_class(None, host_ids=[host], by=host)

    await town.hear(started(event))
    await town.work()

    assert [[note.kind for note in await town.shown(user)] for user in (host, guest)] == [[], [Kind.CLASS_STARTED]]


async def test_a_series_without_a_course_is_one_message_and_what_is_undone_at_once_is_none(town: Town) -> None:
    [user] = town.an_organization(members=1)
    series = new_id()
    events = [town.a_class(None, series_id=series) for _ in range(5)]
    undone = town.a_class(None)

    await town.hear(*events)
    await town.hear(undone, cancelled(undone))
    await town.settle()

    [note] = await town.shown(user)
    assert (note.kind, note.times) == (Kind.CLASS_SCHEDULED, 5)


async def test_a_very_large_organization_is_not_rung_for_every_class_but_its_hosts_are(town: Town) -> None:
    users = town.an_organization(members=1201)
    event = town.a_class(None, host_ids=[users[0], users[1]], by=users[0])

    await town.hear(event)
    await town.settle()
    await town.hear(started(event))
    await town.hear(cancelled(event))
    await town.settle()

    assert [note.kind for note in await town.shown(users[1])] == [Kind.CLASS_CANCELLED]
    assert [len(await town.shown(user)) for user in (users[0], users[2], users[1200])] == [0, 0, 0]


async def test_who_mutes_classes_hears_of_none_of_the_organizations(town: Town) -> None:
    [user] = town.an_organization(members=1)
    await town.notifications.prefer(organization=HOME, user=user, version=0, muted=[Category.CLASSES])

    await town.hear(town.a_class(None))
    await town.settle()

    assert await town.shown(user) == []
