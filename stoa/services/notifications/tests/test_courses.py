"""Telling whole courses: a thousand people a job, once each, whatever dies, changes or is undone on the way."""

from datetime import timedelta

import msgspec
import pytest

from stoa.kit.contract import new_id
from stoa.kit.testing.outgoing import queued
from stoa.services.courses.contract import CourseId, CoursePublished, SnapshotId, Visibility
from stoa.services.live.contract import ClassCancelled, ClassScheduled, ClassStarted
from stoa.services.notifications.contract import Category, Kind
from stoa.services.notifications.service.rounds import TellLearners
from stoa.services.notifications.tests.building import HOME, Run, Town


def cancelled(event: ClassScheduled, **other: object) -> ClassCancelled:
    given = {**msgspec.structs.asdict(event), "sequence": event.sequence + 9, **other}
    return msgspec.convert(given, ClassCancelled)


def started(event: ClassScheduled) -> ClassStarted:
    given = {**msgspec.structs.asdict(event), "session": 1, "started_at": event.starts_at}
    return msgspec.convert(given, ClassStarted)


def published(course: CourseId, town: Town) -> CoursePublished:
    return CoursePublished(
        organization_id=HOME, course_id=course, slug="knots", snapshot=SnapshotId(str(new_id())), title="Knots",
        description="", language="en", visibility=Visibility.PUBLIC, categories=[], published_at=town.clock.now(),
    )  # fmt: skip


async def test_2300_learners_are_told_once_by_jobs_of_a_thousand(town: Town) -> None:
    course, users = town.a_course(learners=2300)
    event = town.a_class(course, host_ids=[users[7]])
    await town.hear(event)
    [job] = await queued(town.postgres, "notifications", TellLearners)

    for expected in (1000, 2000, 2299):
        await town.notifications.rounds.work(job, Run())
        assert town.counted[Category.CLASSES] in (expected, expected - 1)

    assert len(await queued(town.postgres, "notifications", TellLearners)) == 3
    assert sorted(one.channel for one in town.ear.said) == [f"user:{user}" for user in users if user != users[7]]
    [note] = await town.shown(users[0])
    assert note.parameters == {
        "class_id": str(event.class_id), "class_title": "Bowlines", "starts_at": "2026-01-12T09:00:00Z",
        "ends_at": "2026-01-12T10:00:00Z", "time_zone": "Europe/Athens", "course_id": str(course),
        "course_slug": "knots", "course_title": "Knots",
    }  # fmt: skip


async def test_a_job_that_died_goes_on_after_its_last_page(town: Town) -> None:
    course, users = town.a_course(learners=900)
    await town.hear(town.a_class(course))
    [job] = await queued(town.postgres, "notifications", TellLearners)
    town.enrollment.fails_at = 2
    with pytest.raises(ConnectionError):
        await town.notifications.rounds.work(job, Run())
    assert town.counted[Category.CLASSES] == 500

    await town.notifications.rounds.work(job, Run())
    await town.notifications.rounds.work(job, Run())

    assert town.counted[Category.CLASSES] == 900
    assert [len(await town.shown(user)) for user in (users[0], users[499], users[500], users[899])] == [1] * 4


async def test_a_class_that_is_moved_twice_at_once_is_told_with_its_last_time(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    event = town.a_class(course)
    first = town.changed(event, starts_at=event.starts_at - timedelta(hours=2))
    second = town.changed(first, starts_at=event.starts_at - timedelta(hours=1))

    await town.hear(event, first, second)
    await town.settle()

    [note] = await town.shown(user)
    assert (note.kind, note.parameters["starts_at"]) == (Kind.CLASS_SCHEDULED, "2026-01-12T08:00:00Z")


async def test_a_class_that_is_undone_before_anybody_heard_of_it_is_not_told(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    event = town.a_class(course)

    await town.hear(event, cancelled(event))
    await town.settle()

    assert await town.shown(user) == []


async def test_a_change_replaces_the_unread_news_before_it_and_a_cancelled_class_is_told(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    event = town.a_class(course)
    await town.hear(event)
    await town.settle()
    await town.hear(town.changed(event, description="Bring a rope"))
    await town.settle()
    assert [note.kind for note in await town.shown(user)] == [Kind.CLASS_SCHEDULED]

    await town.hear(cancelled(event, reason="Storm"))
    await town.settle()

    [note] = await town.shown(user)
    assert (note.kind, note.parameters["reason"]) == (Kind.CLASS_CANCELLED, "Storm")
    assert (await town.unread(user)).unread == 1


async def test_whoever_was_not_told_yet_of_a_class_hears_only_that_it_is_cancelled(town: Town) -> None:
    course, users = town.a_course(learners=700)
    event = town.a_class(course)
    await town.hear(event)
    [job] = await queued(town.postgres, "notifications", TellLearners)
    town.enrollment.fails_at = 2
    with pytest.raises(ConnectionError):
        await town.notifications.rounds.work(job, Run())

    await town.hear(cancelled(event))
    await town.settle()

    assert [[note.kind for note in await town.shown(user)] for user in (users[0], users[-1])] == [
        [Kind.CLASS_CANCELLED],
        [Kind.CLASS_CANCELLED],
    ]


async def test_a_series_of_forty_classes_is_one_message(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    series, first = new_id(), town.clock.now() + timedelta(days=1)
    events = [town.a_class(course, series_id=series, starts_at=first + timedelta(weeks=week)) for week in range(40)]
    events = [msgspec.structs.replace(one, ends_at=one.starts_at + timedelta(hours=1)) for one in events]

    await town.hear(*events)
    await town.settle()

    [note] = await town.shown(user)
    assert (note.kind, note.times) == (Kind.CLASS_SCHEDULED, 40)
    assert note.parameters["starts_at"] == "2026-01-06T09:00:00Z"


async def test_the_beginning_of_a_class_is_told_at_once_and_late_news_of_it_is_not(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    event = town.a_class(course)
    await town.hear(event)
    town.clock.advance(timedelta(seconds=5))
    await town.hear(started(event))

    await town.settle()

    assert [note.kind for note in await town.shown(user)] == [Kind.CLASS_STARTED]
    assert (await town.unread(user)).unread == 1


async def test_hidden_classes_ring_no_bell(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    town.an_organization(members=1)

    await town.hear(town.a_class(course, is_hidden=True), town.a_class(None, is_hidden=True))
    await town.settle()

    assert await town.shown(user) == []


async def test_who_mutes_classes_while_the_news_waits_does_not_hear_it(town: Town) -> None:
    course, [user, other] = town.a_course(learners=2)
    await town.hear(town.a_class(course))
    await town.notifications.prefer(organization=HOME, user=user, version=0, muted=[Category.CLASSES])

    await town.settle()

    assert [len(await town.shown(one)) for one in (user, other)] == [0, 1]


async def test_a_course_that_is_published_often_is_told_once_a_day_and_its_first_edition_not_at_all(town: Town) -> None:
    course, [user] = town.a_course(learners=1)

    async def publish(*, times: int) -> int:
        for _ in range(times):
            await town.hear(published(course, town))
            await town.work()
        return len(await town.shown(user))

    assert await publish(times=2) == 0
    town.clock.advance(timedelta(days=1))
    assert await publish(times=3) == 1
    [note] = await town.shown(user)
    await town.notifications.read(organization=HOME, user=user, note=note.id)
    town.clock.advance(timedelta(days=200))
    await town.notifications.sweep()
    assert await publish(times=1) == 1
    assert (await town.shown(user))[0].kind is Kind.COURSE_UPDATED
