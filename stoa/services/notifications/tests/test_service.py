"""Bells on a real database: told once, counted alike everywhere, muted at the last moment, forgotten in time."""

import asyncio
from datetime import timedelta

import pytest

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import PreconditionFailed
from stoa.kit.testing.outgoing import hidden_from_others
from stoa.services.courses.contract import CoursePublished, SnapshotId, Visibility
from stoa.services.enrollment.contract import SeatEnded, SeatGranted, SeatState
from stoa.services.identity.contract import AccountClosed
from stoa.services.notifications.contract import Category, Kind, NotificationId, NotificationNotFound
from stoa.services.notifications.domain import Unread
from stoa.services.notifications.tests.building import HOME, Town
from stoa.services.organizations.contract import MemberRemoved
from stoa.services.progress.contract import CourseCompleted


def granted(user: UserId, course: object, **other: bool) -> SeatGranted:
    return SeatGranted(organization_id=HOME, user_id=user, course_id=course, **other)  # type: ignore[arg-type]  # an id


async def test_a_seat_is_told_once_though_its_event_comes_twice(town: Town) -> None:
    course, [user] = town.a_course(learners=1)

    await town.hear(granted(user, course, from_waitlist=True))

    [note] = await town.shown(user)
    assert (note.kind, note.category, note.times) == (Kind.SEAT_FROM_WAITLIST, Category.ACCESS, 1)
    assert note.parameters == {"course_id": str(course), "course_slug": "knots", "course_title": "Knots"}
    assert town.ear.in_channel(f"user:{user}") == [
        {"t": "notifications", "organization_id": str(HOME), "unread": 1, "revision": 1}
    ]
    assert town.counted == {Category.ACCESS: 1}


async def test_who_leaves_by_themselves_is_not_told_that_they_left(town: Town) -> None:
    course, [user] = town.a_course(learners=1)

    await town.hear(
        SeatEnded(organization_id=HOME, user_id=user, course_id=course, state=SeatState.WITHDRAWN),
    )

    assert await town.shown(user) == []


async def test_of_unread_news_on_one_seat_the_latest_stands_and_what_was_read_stays(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    await town.hear(granted(user, course))
    await town.hear(SeatEnded(organization_id=HOME, user_id=user, course_id=course, state=SeatState.REMOVED))
    [removed] = await town.shown(user)

    await town.notifications.read(organization=HOME, user=user, note=removed.id)
    await town.hear(granted(user, course))

    assert [note.kind for note in await town.shown(user)] == [Kind.SEAT_GRANTED, Kind.SEAT_REMOVED]
    assert [note.kind for note in await town.shown(user, only_unread=True)] == [Kind.SEAT_GRANTED]


async def test_what_is_read_up_to_a_cursor_leaves_what_came_after_it_unread(town: Town) -> None:
    courses = [town.a_course(learners=0)[0] for _ in range(4)]
    user = UserId(new_id())
    for course in courses[:3]:
        await town.hear(
            CourseCompleted(organization_id=HOME, user_id=user, course_id=course, completed_at=town.clock.now())
        )
    seen = (await town.shown(user))[0]
    await town.hear(
        CourseCompleted(organization_id=HOME, user_id=user, course_id=courses[3], completed_at=town.clock.now())
    )

    counted = [await town.notifications.read_through(organization=HOME, user=user, through=seen.id) for _ in range(2)]

    assert [count.unread for count in counted] == [1, 1]
    assert [note.read_at is None for note in await town.shown(user)] == [True, False, False, False]
    assert (await town.unread(user)).unread == 1


async def test_pages_that_read_at_once_agree_on_the_count_by_its_revision(town: Town) -> None:
    user = UserId(new_id())
    courses = [town.a_course(learners=0)[0] for _ in range(8)]
    for course in courses:
        await town.hear(
            CourseCompleted(organization_id=HOME, user_id=user, course_id=course, completed_at=town.clock.now())
        )
    notes = await town.shown(user)

    answers = await asyncio.gather(
        *(town.notifications.read(organization=HOME, user=user, note=note.id) for note in notes)
    )

    by_revision = sorted(answers, key=lambda count: count.revision)
    assert [count.unread for count in by_revision] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert by_revision[-1] == await town.unread(user)
    pushed = max(town.ear.in_channel(f"user:{user}"), key=lambda said: int(str(said["revision"])))
    assert (pushed["unread"], pushed["revision"]) == (0, by_revision[-1].revision)


async def test_nobody_reads_what_another_was_told(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    await town.hear(granted(user, course))
    [note] = await town.shown(user)

    for stranger, organization in ((UserId(new_id()), HOME), (user, OrganizationId(new_id()))):
        with pytest.raises(NotificationNotFound):
            await town.notifications.read(organization=organization, user=stranger, note=note.id)
    with pytest.raises(NotificationNotFound):
        await town.notifications.read(organization=HOME, user=user, note=NotificationId(new_id()))

    assert (await town.unread(user)).unread == 1


async def test_what_is_muted_is_not_told_and_what_is_mandatory_is(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    muted = [Category.ACHIEVEMENTS, Category.COURSE_UPDATES]
    await town.notifications.prefer(organization=HOME, user=user, version=0, muted=muted)

    await town.hear(
        CourseCompleted(organization_id=HOME, user_id=user, course_id=course, completed_at=town.clock.now())
    )
    await town.hear(granted(user, course))

    assert [note.kind for note in await town.shown(user)] == [Kind.SEAT_GRANTED]


async def test_two_who_choose_at_once_do_not_overwrite_each_other(town: Town) -> None:
    user = UserId(new_id())

    for version in (0, 1):
        outcomes = await asyncio.gather(
            *(
                town.notifications.prefer(organization=HOME, user=user, version=version, muted=[category])
                for category in (Category.CLASSES, Category.CLASS_START)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, PreconditionFailed) for outcome in outcomes) == 1

    assert (await town.notifications.preferences(organization=HOME, user=user)).version == 2


async def test_a_flood_of_what_cannot_be_muted_is_one_with_a_count(town: Town) -> None:
    user = UserId(new_id())
    for _ in range(25):
        await town.hear(granted(user, town.a_course(learners=0)[0]))

    notes = await town.shown(user)

    assert [note.times for note in notes] == [5] + [1] * 20
    assert (await town.unread(user)).unread == 21


async def test_what_is_old_is_forgotten_and_the_count_follows(town: Town) -> None:
    user = UserId(new_id())
    await town.hear(granted(user, town.a_course(learners=0)[0]))
    town.clock.advance(timedelta(days=89))
    await town.hear(granted(user, town.a_course(learners=0)[0]))
    town.clock.advance(timedelta(days=2))

    await town.notifications.sweep()

    assert len(await town.shown(user)) == 1
    assert (await town.unread(user)).unread == 1


async def test_a_closed_account_leaves_nothing_behind(town: Town) -> None:
    course, [user, other] = town.a_course(learners=2)
    for one in (user, other):
        await town.hear(granted(one, course))
        await town.notifications.prefer(organization=HOME, user=one, version=0, muted=[Category.CLASSES])

    await town.hear(
        MemberRemoved(organization_id=HOME, user_id=user, is_account_closed=True),
        MemberRemoved(organization_id=HOME, user_id=other),
        AccountClosed(organization_id=HOME, user_id=user),
    )

    record = await town.notifications.record(organization=HOME, user=user)
    assert (record.notifications, record.muted, record.is_whole) == ([], [], True)
    assert await town.unread(user) == Unread(unread=0, revision=0)
    assert len((await town.notifications.record(organization=HOME, user=other)).notifications) == 1


async def test_another_organization_sees_no_row(town: Town) -> None:
    course, [user] = town.a_course(learners=1)
    edition = CoursePublished(
        organization_id=HOME, course_id=course, slug="knots", snapshot=SnapshotId("1"), title="Knots", description="",
        language="en", visibility=Visibility.PUBLIC, categories=[], published_at=town.clock.now(),
    )  # fmt: skip
    await town.hear(granted(user, course), town.a_class(course), edition)
    await town.notifications.prefer(organization=HOME, user=user, version=0, muted=[Category.CLASS_START])

    counts = await hidden_from_others(town.notifications._store.database, mine=HOME, other=OrganizationId(new_id()))

    assert set(counts) == {"notes", "inboxes", "preferences", "rounds", "classes", "courses"}
    assert all(mine > 0 and theirs == 0 for mine, theirs in counts.values()), counts
