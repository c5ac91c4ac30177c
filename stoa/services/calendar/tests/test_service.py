"""Calendars on a real database: classes in any order, who sees them now, series and their exceptions, feeds."""

from datetime import timedelta

import msgspec
import pytest
import vobject

from stoa.kit.auth.caller import Grant
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import PreconditionFailed
from stoa.kit.testing.outgoing import hidden_from_others
from stoa.services.calendar.contract import (
    BadEntry,
    BadWindow,
    EntryCancelled,
    EntryNotFound,
    FeedNotFound,
    OccurrenceNotFound,
)
from stoa.services.calendar.domain.entries import Entry
from stoa.services.calendar.tests.building import HOME, Town, cancelled, changed
from stoa.services.courses.contract import CourseId, CourseNotFound, CourseState
from stoa.services.enrollment.contract import SeatState
from stoa.services.identity.contract import AccountClosed
from stoa.services.organizations.contract import MemberRemoved


async def planned(town: Town, course: CourseId, **other: object) -> Entry:
    """Write an entry for tomorrow."""
    starts = town.clock.now() + timedelta(days=1)
    given = {
        "title": "Office hours", "description": "", "starts_at": starts, "ends_at": starts + timedelta(hours=1),
        "time_zone": "UTC", "rrule": "", **other,
    }  # fmt: skip
    return await town.calendar.planning.plan(organization=HOME, course=course, **given)  # type: ignore[arg-type]  # as named


async def test_a_class_is_in_the_calendars_of_those_who_learn_teach_or_hold_it(town: Town) -> None:
    course = town.a_course()
    host = town.a_learner()
    users = [town.a_learner(course), town.a_teacher(course), host, town.a_learner(town.a_course())]

    await town.hear(town.a_class(course, host_ids=[host]))

    assert [len(await town.on(user)) for user in users] == [1, 1, 1, 0]


async def test_a_class_of_the_organization_is_for_all_and_a_hidden_one_for_its_hosts(town: Town) -> None:
    course = town.a_course()
    learner, host = town.a_learner(course), town.a_learner()

    await town.hear(town.a_class(None, title="All"), town.a_class(course, title="Few", is_hidden=True, host_ids=[host]))

    assert [one.entry.title for one in await town.on(learner)] == ["All"]
    assert sorted(one.entry.title for one in await town.on(host)) == ["All", "Few"]


async def test_the_latest_word_on_a_class_counts_and_rises(town: Town) -> None:
    course = town.a_course()
    learner, host = town.a_learner(course), town.a_learner()
    event = town.a_class(course, description="Bring rope", host_ids=[host])
    later = changed(event, title="Knots", starts_at=event.starts_at - timedelta(hours=1), host_ids=[])

    await town.hear(event, later)
    await town.hear(event)
    [first] = await town.on(learner)
    await town.hear(cancelled(event, title="Knots"))

    [now] = await town.on(learner)
    assert (first.entry.title, first.entry.sequence, first.starts_at) == ("Knots", 1, later.starts_at)
    assert (now.is_cancelled, now.entry.sequence, now.entry.description) == (True, 5, "Bring rope")
    assert first.entry.created_at < first.entry.changed_at < now.entry.changed_at
    assert await town.on(host) == []


async def test_who_loses_the_seat_or_the_role_sees_the_course_no_longer(town: Town) -> None:
    course = town.a_course()
    learner, teacher = town.a_learner(course), town.a_teacher(course)
    await town.hear(town.a_class(course))
    token = await town.feed_token(learner)
    assert "Bowlines" in await town.feed(token)

    town.enrollment.seats = [msgspec.structs.replace(town.enrollment.seats[0], state=SeatState.WITHDRAWN)]
    town.organizations.grants[teacher] += (Grant(role="*", scope="course", scope_id=course, prohibit=True),)

    assert [await town.on(user) for user in (learner, teacher)] == [[], []]
    assert "Bowlines" not in await town.feed(token)


@pytest.mark.parametrize(("state", "learner_sees"), [(CourseState.DRAFT, 0), (CourseState.ARCHIVED, 1)])
async def test_the_calendar_of_a_draft_is_its_staffs(town: Town, state: CourseState, learner_sees: int) -> None:
    course = town.a_course(state=state)
    learner, teacher = town.a_learner(course), town.a_teacher(course)

    await town.hear(town.a_class(course))

    assert [len(await town.on(user)) for user in (learner, teacher)] == [learner_sees, 1]


async def test_a_series_happens_with_its_exceptions_in_views_and_feeds(town: Town) -> None:
    course = town.a_course()
    learner = town.a_learner(course)
    series = await planned(town, course, rrule="FREQ=WEEKLY;COUNT=4")
    second, third = (series.starts_at + timedelta(weeks=weeks) for weeks in (1, 2))
    planning = town.calendar.planning

    later = second + timedelta(hours=2)
    changes = {"starts_at": later, "ends_at": later + timedelta(hours=1), "title": "Moved"}
    for _ in range(2):
        await planning.move_occurrence(
            organization=HOME, course=course, entry=series.id, occurs_at=second, changes=changes
        )
    await planning.cancel_occurrence(organization=HOME, course=course, entry=series.id, occurs_at=third)

    with pytest.raises(EntryCancelled):
        await planning.move_occurrence(
            organization=HOME, course=course, entry=series.id, occurs_at=third, changes=changes
        )
    found = await town.on(learner)
    assert [(one.entry.title, one.starts_at, one.is_cancelled) for one in found] == [
        ("Office hours", series.starts_at, False),
        ("Moved", later, False),
        ("Office hours", third, True),
        ("Office hours", series.starts_at + timedelta(weeks=3), False),
    ]
    assert [one.occurs_at for one in found][1] == second
    calendar = vobject.readOne(await town.feed(await town.feed_token(learner)))
    assert {event.uid.value for event in calendar.vevent_list} == {str(series.id)}
    assert sorted(event.status.value for event in calendar.vevent_list) == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


async def test_a_series_that_begins_within_a_second_begins_with_it(town: Town) -> None:
    course = town.a_course()
    starts = town.clock.now() + timedelta(days=1, microseconds=123_456)

    series = await planned(
        town, course, starts_at=starts, ends_at=starts + timedelta(hours=1), rrule="FREQ=DAILY;COUNT=2"
    )

    assert series.starts_at == starts.replace(microsecond=0)
    assert [one.starts_at for one in await town.on(town.a_learner(course))] == [
        series.starts_at,
        series.starts_at + timedelta(days=1),
    ]


async def test_another_time_of_a_series_ends_its_exceptions_and_another_title_does_not(town: Town) -> None:
    course = town.a_course()
    learner = town.a_learner(course)
    series = await planned(town, course, rrule="FREQ=WEEKLY;COUNT=2")
    planning = town.calendar.planning
    await planning.cancel_occurrence(organization=HOME, course=course, entry=series.id, occurs_at=series.starts_at)

    async def change(version: int, **changes: object) -> list[bool]:
        await planning.change(organization=HOME, course=course, entry=series.id, version=version, changes=changes)
        return [one.is_cancelled for one in await town.on(learner)]

    assert await change(0, title="Clinic") == [True, False]
    starts = series.starts_at + timedelta(minutes=30)
    assert await change(1, starts_at=starts) == [False, False]
    with pytest.raises(PreconditionFailed):
        await change(1, title="Too late")


async def test_what_is_cancelled_is_seen_for_a_while_and_does_not_change(town: Town) -> None:
    course = town.a_course()
    learner = town.a_learner(course)
    starts = town.clock.now() + timedelta(days=80)
    entry = await planned(town, course, starts_at=starts, ends_at=starts + timedelta(hours=1))
    planning = town.calendar.planning

    await planning.cancel(organization=HOME, course=course, entry=entry.id, version=0)

    assert [one.is_cancelled for one in await town.on(learner, days=100)] == [True]
    with pytest.raises(EntryCancelled):
        await planning.change(organization=HOME, course=course, entry=entry.id, version=1, changes={"title": "New"})
    token = await town.feed_token(learner)
    town.clock.advance(timedelta(days=59))
    assert "STATUS:CANCELLED" in await town.feed(token)
    town.clock.advance(timedelta(days=2))
    assert str(entry.id) not in await town.feed(token)
    assert await town.on(learner) == []


async def test_what_cannot_be_is_refused(town: Town) -> None:
    course = town.a_course()
    series = await planned(town, course, rrule="FREQ=DAILY;COUNT=3")
    tomorrow = series.starts_at
    planning = town.calendar.planning

    for wrong in (
        {"ends_at": tomorrow},
        {"ends_at": tomorrow + timedelta(days=32)},
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../../etc/passwd"},
        {"starts_at": tomorrow.replace(tzinfo=None)},
        {"ends_at": tomorrow.replace(year=9999)},
        {"rrule": "FREQ=SECONDLY"},
        {"title": "\u200b \x07"},
    ):
        with pytest.raises(BadEntry):
            await planned(town, course, **wrong)
    for at in (tomorrow + timedelta(minutes=1), tomorrow.replace(tzinfo=None), tomorrow + timedelta(days=3)):
        with pytest.raises(OccurrenceNotFound):
            await planning.cancel_occurrence(organization=HOME, course=course, entry=series.id, occurs_at=at)
    with pytest.raises(CourseNotFound):
        await planned(town, CourseId(new_id()))
    with pytest.raises(EntryNotFound):
        await planning.cancel(organization=HOME, course=town.a_course(), entry=series.id, version=0)
    with pytest.raises(BadWindow):
        await town.on(town.a_learner(), days=401)


async def test_a_feed_has_one_address_that_can_be_changed_and_taken_back(town: Town) -> None:
    learner = town.a_learner()
    first = await town.feed_token(learner)
    assert "BEGIN:VCALENDAR" in await town.feed(first)

    second = await town.feed_token(learner)

    assert len(second) >= 43
    assert "BEGIN:VCALENDAR" in await town.feed(second)
    with pytest.raises(FeedNotFound):
        await town.feed(first)
    state = await town.calendar.feeds.state(organization=HOME, user=learner)
    assert state is not None
    assert state.fetched_on == town.clock.now().date()
    await town.calendar.feeds.revoke(organization=HOME, user=learner)
    with pytest.raises(FeedNotFound):
        await town.feed(second)
    assert await town.calendar.feeds.state(organization=HOME, user=learner) is None


async def test_of_an_address_only_the_hash_is_kept(town: Town) -> None:
    token = await town.feed_token(town.a_learner())

    async with town.calendar._store.database.session(None) as connection:
        [row] = await connection.fetch("select f.*, f::text as whole from calendar.feeds f")

    assert len(row["token_hash"]) == 32
    assert token not in row["whole"]


async def test_the_feed_of_who_does_not_belong_here_is_gone(town: Town) -> None:
    removed, suspended = town.a_learner(), town.a_learner()
    tokens = [await town.feed_token(user) for user in (removed, suspended)]

    del town.organizations.grants[removed]
    town.organizations.grants[suspended] += (Grant(role="*", scope="organization", scope_id=HOME, prohibit=True),)

    for token in tokens:
        with pytest.raises(FeedNotFound):
            await town.feed(token)


async def test_who_leaves_loses_the_feed_and_who_closes_the_account_is_forgotten(town: Town) -> None:
    left, closed = town.a_learner(), town.a_learner()
    await town.hear(town.a_class(None, host_ids=[left, closed]))
    for user in (left, closed):
        await town.feed_token(user)

    await town.hear(
        MemberRemoved(organization_id=HOME, user_id=left), AccountClosed(organization_id=HOME, user_id=closed)
    )

    records = [await town.calendar.record(organization=HOME, user=user) for user in (left, closed)]
    assert [(record.feed, len(record.held)) for record in records] == [(None, 1), (None, 0)]


async def test_another_organization_sees_no_row(town: Town) -> None:
    await town.hear(town.a_class(None, host_ids=[UserId(new_id())]))

    counts = await hidden_from_others(town.calendar._store.database, mine=HOME, other=OrganizationId(new_id()))

    assert counts == {"entries": (1, 0), "hosts": (1, 0)}
