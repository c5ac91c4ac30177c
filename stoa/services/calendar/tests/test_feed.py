"""The file that calendar programs read, held against another reader of the format than the one that wrote it."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import msgspec
import pytest
import vobject
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.kit.contract import new_id
from stoa.services.calendar.contract import EntryId, Source
from stoa.services.calendar.domain.entries import Entry, clean_text
from stoa.services.calendar.domain.feed import Line, lines_of, render, tag_of
from stoa.services.calendar.domain.zones import clock_changes
from stoa.services.calendar.tests.building import THEN, a_summary, a_view, an_entry
from stoa.services.courses.contract import CourseId

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ATHENS = "Europe/Athens"


def lines(*entries: Entry, title: str = "Knots") -> list[Line]:
    courses = [a_summary(entry.course, title=title) for entry in entries if entry.course]
    return lines_of(
        entries,
        a_view(*courses),
        public_url="https://stoa.example",
        since=NOW - timedelta(days=90),
        cancelled_since=NOW - timedelta(days=60),
    )


def events(*entries: Entry, title: str = "Knots") -> list[vobject.base.Component]:
    """Return the events of a feed as vobject reads them."""
    text = render(lines(*entries, title=title), now=NOW).decode()
    calendar = vobject.readOne(text)
    return list(getattr(calendar, "vevent_list", []))


def test_a_class_is_read_as_it_was_written() -> None:
    course = CourseId(new_id())
    entry = an_entry(
        source=Source.LIVE, course=course, title="Bowlines, splices; and \\more", description="Bring:\n- rope",
        time_zone=ATHENS, sequence=3,
    )  # fmt: skip

    [event] = events(entry, title="Knots; for all")

    assert event.uid.value == str(entry.id)
    assert event.summary.value == "Bowlines, splices; and \\more"
    assert event.description.value == f"Bring:\n- rope\n\nhttps://stoa.example/live/{entry.id}"
    assert event.dtstart.value == entry.starts_at
    assert event.dtstart.value.strftime("%H:%M %z") == "10:00 +0200"
    assert event.dtend.value == entry.ends_at
    assert (event.sequence.value, event.status.value) == ("3", "CONFIRMED")
    assert event.last_modified.value == event.dtstamp.value == THEN
    assert event.categories.value == ["Knots; for all"]


def test_an_event_in_utc_needs_no_time_zone() -> None:
    text = render(lines(an_entry()), now=NOW).decode()

    assert "DTSTART:20260302T080000Z\r\n" in text
    assert "VTIMEZONE" not in text


def test_a_series_has_its_rule_its_exceptions_and_the_dates_it_skips() -> None:
    series = an_entry(rrule="FREQ=WEEKLY;COUNT=9", time_zone=ATHENS, sequence=4)
    moved = an_entry(
        series=series.id, occurs_at=series.starts_at + timedelta(weeks=1), time_zone=ATHENS, title="Moved", sequence=1,
        starts_at=series.starts_at + timedelta(weeks=1, hours=3), ends_at=series.ends_at + timedelta(weeks=1, hours=3),
    )  # fmt: skip
    freshly, long_ago = (
        an_entry(
            series=series.id, occurs_at=series.starts_at + timedelta(weeks=weeks), cancelled_at=at, time_zone=ATHENS
        )
        for weeks, at in ((2, NOW - timedelta(days=59)), (3, NOW - timedelta(days=61)))
    )

    master, first, second = events(series, moved, freshly, long_ago)

    assert {event.uid.value for event in (master, first, second)} == {str(series.id)}
    assert master.rrule.value == "FREQ=WEEKLY;COUNT=9"
    assert master.exdate.value == [series.starts_at + timedelta(weeks=3)]
    assert first.recurrence_id.value == series.starts_at + timedelta(weeks=1)
    assert (first.summary.value, first.sequence.value) == ("Moved", "4")
    assert second.status.value == "CANCELLED"
    # Its clocks change on March 29: the series does not move, so its instants do.
    days = master.getrruleset(addRDate=True)
    assert [day.astimezone(UTC).hour for day in days] == [8, 8, 8, 7, 7, 7, 7, 7]


def test_what_was_cancelled_is_said_for_a_while_and_then_left_out() -> None:
    fresh, old = (an_entry(cancelled_at=NOW - timedelta(days=days)) for days in (59, 61))

    assert [(event.uid.value, event.status.value) for event in events(fresh, old)] == [(str(fresh.id), "CANCELLED")]


def test_what_is_hidden_or_of_another_course_is_absent() -> None:
    entry = an_entry(course=CourseId(new_id()))
    view = a_view()

    shown = lines_of([an_entry(is_hidden=True), entry], view, public_url="", since=NOW, cancelled_since=NOW)

    assert shown == []
    mine = msgspec.structs.replace(entry, is_hidden=True, hosts=[view.user])
    assert len(lines_of([mine], view, public_url="", since=NOW, cancelled_since=NOW)) == 1


def test_a_series_that_is_over_is_left_out_with_its_exceptions() -> None:
    old = datetime(2025, 1, 1, tzinfo=UTC)
    series = an_entry(rrule="FREQ=DAILY;COUNT=5", starts_at=old, ends_at=old + timedelta(hours=1))
    moved = an_entry(series=series.id, occurs_at=old + timedelta(days=1))

    assert lines(series, moved) == []


def test_the_tag_is_that_of_the_file() -> None:
    entry = an_entry()
    same, other = lines(entry), lines(msgspec.structs.replace(entry, title="Other"))

    assert tag_of(same, now=NOW) == tag_of(lines(entry), now=NOW + timedelta(hours=1))
    assert tag_of(same, now=NOW) != tag_of(other, now=NOW)
    assert render(same, now=NOW) == render(same, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "zone",
    [ATHENS, "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kolkata",
     "America/Sao_Paulo", "Pacific/Apia"],
)  # fmt: skip
def test_its_time_zones_are_those_of_the_world(zone: str) -> None:
    entry = an_entry(time_zone=zone, rrule="FREQ=WEEKLY;COUNT=60")
    text = render(lines(entry), now=NOW).decode()
    [written] = re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", text, flags=re.DOTALL)

    read = tzical(StringIO(written)).get(zone)

    real, changes = ZoneInfo(zone), clock_changes(zone, first=2026, last=2027)
    moments = [change.wall - change.before + delta for change in changes for delta in _AROUND]
    for moment in (one.replace(tzinfo=UTC) for one in moments):
        wall = moment.astimezone(real).replace(tzinfo=None)
        if wall.replace(tzinfo=real).astimezone(UTC) == moment and wall.replace(fold=1, tzinfo=real) == wall.replace(
            tzinfo=real
        ):
            assert wall.replace(tzinfo=read).utcoffset() == moment.astimezone(real).utcoffset(), moment


_AROUND = [timedelta(hours=hours) for hours in (-50, -3, -1, 0, 1, 3, 50)]
_hostile = st.lists(
    st.one_of(
        st.sampled_from(list('\\,;:"\r\n\t\0\x0b\x0c\x1f\x7f\x85\u2028\u2029\ufeff\u202e\u200d=^<>& ')),
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            ["BEGIN:VEVENT", "\r\nATTACH:http://evil.example", "END:VCALENDAR\r\n", "👩\u200d👩\u200d👧", "ε" * 40]
        ),
    ),
    max_size=60,
).map("".join)


@given(title=_hostile, description=_hostile, course=_hostile)
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_out_of_its_line(title: str, description: str, course: str) -> None:
    entry = an_entry(title=title, description=description, course=CourseId(new_id()), time_zone=ATHENS)
    file = render(lines(entry, title=course), now=NOW)

    [event] = vobject.readOne(file.decode()).vevent_list

    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert b"\n" not in file.replace(b"\r\n", b"")
    assert file.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    assert {child.name for child in event.getChildren()} <= _NAMES
    assert event.summary.value == clean_text(title)
    assert clean_text(description, lines=True) in event.description.value


_NAMES = {
    "UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION",
    "CATEGORIES", "URL", "STATUS", "TRANSP",
}  # fmt: skip


def test_an_entry_without_a_course_leads_to_the_calendar() -> None:
    [line] = lines(an_entry(id=EntryId(new_id())))

    assert line.url == "https://stoa.example/calendar"
