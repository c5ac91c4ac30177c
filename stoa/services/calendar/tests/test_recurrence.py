"""When series happen: by the clock on the wall, over the changes of clocks, and never without end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.services.calendar.contract import BadEntry
from stoa.services.calendar.domain.recurrence import check_rule, happens_at, occurrences, span
from stoa.services.calendar.tests.building import an_entry

NEW_YORK = "America/New_York"


def a_series(rule: str, *, starts: str, zone: str = "UTC", hours: int = 1, **other: object) -> object:
    starts_at = datetime.fromisoformat(starts).replace(tzinfo=ZoneInfo(zone))
    return an_entry(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), time_zone=zone, rrule=rule, **other
    )


def walls(entry: object, *, since: str, until: str, replaced: tuple[object, ...] = ()) -> list[str]:
    """Return when a series happens, as the clocks of its zone show it."""
    found = occurrences(
        entry,  # type: ignore[arg-type]  # an Entry
        replaced,  # type: ignore[arg-type]  # Entries
        since=datetime.fromisoformat(since).replace(tzinfo=UTC),
        until=datetime.fromisoformat(until).replace(tzinfo=UTC),
        most=100,
    )
    zone = ZoneInfo(entry.time_zone)  # type: ignore[attr-defined]  # an Entry
    return [one.starts_at.astimezone(zone).strftime("%m-%d %H:%M%z") for one in found]


def test_a_series_keeps_its_wall_time_when_clocks_change() -> None:
    series = a_series("FREQ=WEEKLY;COUNT=4", starts="2026-03-01T10:00", zone=NEW_YORK)

    assert walls(series, since="2026-01-01", until="2027-01-01") == [
        "03-01 10:00-0500", "03-08 10:00-0400", "03-15 10:00-0400", "03-22 10:00-0400",
    ]  # fmt: skip


def test_in_the_hour_that_is_left_out_it_happens_an_hour_later_by_the_clock() -> None:
    series = a_series("FREQ=DAILY;COUNT=3", starts="2026-03-07T02:30", zone=NEW_YORK)

    assert walls(series, since="2026-01-01", until="2027-01-01") == [
        "03-07 02:30-0500", "03-08 03:30-0400", "03-09 02:30-0400",
    ]  # fmt: skip


def test_in_the_hour_that_comes_twice_it_happens_the_first_time() -> None:
    series = a_series("FREQ=DAILY;COUNT=3", starts="2026-10-31T01:30", zone=NEW_YORK)

    assert walls(series, since="2026-01-01", until="2027-01-01") == [
        "10-31 01:30-0400", "11-01 01:30-0400", "11-02 01:30-0500",
    ]  # fmt: skip


def test_every_month_on_the_31st_leaves_out_the_months_without_one() -> None:
    series = a_series("FREQ=MONTHLY;BYMONTHDAY=31", starts="2026-01-31T10:00")

    assert walls(series, since="2026-01-01", until="2026-09-01") == [
        "01-31 10:00+0000", "03-31 10:00+0000", "05-31 10:00+0000", "07-31 10:00+0000", "08-31 10:00+0000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "starts", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=2TU;COUNT=3", "2026-01-13T10:00", ["01-13", "02-10", "03-10"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "2026-01-30T10:00", ["01-30", "02-27"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4", "2026-01-05T10:00", ["01-05", "01-07", "01-19", "01-21"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "2028-02-29T10:00", ["02-29", "02-29"]),
        ("FREQ=DAILY;UNTIL=20260107T100000Z", "2026-01-05T10:00", ["01-05", "01-06", "01-07"]),
    ],
)
def test_rules_happen_as_rfc_5545_says(rule: str, starts: str, expected: list[str]) -> None:
    found = walls(a_series(rule, starts=starts), since="2026-01-01", until="2040-01-01")

    assert [wall.split()[0] for wall in found] == expected


def test_what_replaces_an_occurrence_stands_in_its_place_wherever_it_goes() -> None:
    series = a_series("FREQ=WEEKLY;COUNT=3", starts="2026-01-05T10:00")
    moved = an_entry(
        starts_at=datetime(2026, 1, 13, 15, tzinfo=UTC),
        ends_at=datetime(2026, 1, 13, 16, tzinfo=UTC),
        occurs_at=datetime(2026, 1, 12, 10, tzinfo=UTC),
        series=series.id,  # type: ignore[attr-defined]  # an Entry
    )

    assert sorted(walls(series, since="2026-01-01", until="2026-02-01", replaced=(moved,))) == [
        "01-05 10:00+0000", "01-13 15:00+0000", "01-19 10:00+0000",
    ]  # fmt: skip
    assert walls(series, since="2026-01-11", until="2026-01-13T00:00", replaced=(moved,)) == []


def test_what_has_begun_before_the_window_is_in_it_while_it_lasts() -> None:
    series = a_series("FREQ=DAILY;COUNT=2", starts="2026-01-05T22:00", hours=4)

    assert walls(series, since="2026-01-06T01:00", until="2026-01-06T02:00") == ["01-05 22:00+0000"]
    assert walls(series, since="2026-01-06T02:00", until="2026-01-06T03:00") == []


def test_a_time_is_an_occurrence_only_if_the_rule_says_so() -> None:
    series = a_series("FREQ=WEEKLY;COUNT=3", starts="2026-03-01T10:00", zone=NEW_YORK)

    assert happens_at(series, datetime(2026, 3, 8, 14, 0, tzinfo=UTC))  # type: ignore[arg-type]  # an Entry
    assert not happens_at(series, datetime(2026, 3, 8, 15, 0, tzinfo=UTC))  # type: ignore[arg-type]  # an Entry
    assert not happens_at(series, datetime(2026, 3, 22, 14, 0, tzinfo=UTC))  # type: ignore[arg-type]  # an Entry


def test_the_span_of_a_series_ends_with_its_last_occurrence() -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    counted = a_series("FREQ=DAILY;COUNT=3", starts="2026-01-05T10:00")
    endless = a_series("FREQ=DAILY", starts="2026-01-05T10:00")

    assert span(counted, until=until)[1] == datetime(2026, 1, 7, 11, tzinfo=UTC)  # type: ignore[arg-type]  # an Entry
    assert span(endless, until=until)[1] == until + timedelta(hours=1)  # type: ignore[arg-type]  # an Entry


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=1;UNTIL=20270101T000000Z", "FREQ=DAILY;UNTIL=20270101", "FREQ=DAILY;UNTIL=20271301T000000Z",
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;BYHOUR=3", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=4", "FREQ=WEEKLY;BYDAY=2MO", "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;WKST=XX", "FREQ=DAILY;UNTIL=20250101T000000Z", "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=DAILY;" + "BYMONTH=1," * 40, "FREQ=WEEKLY;BYDAY=TU", "FREQ=DAILY;INTERVAL=1,2",
        "FREQ=MONTHLY;BYMONTHDAY=0",
    ],
)  # fmt: skip
def test_rules_that_cannot_be_shown_or_never_happen_are_refused(rule: str) -> None:
    with pytest.raises(BadEntry):
        check_rule(rule, datetime(2026, 1, 5, 10, tzinfo=UTC), ZoneInfo("UTC"))


_parts = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])},
    optional={
        "INTERVAL": st.integers(1, 99).map(str),
        "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=3).map(lambda all_: ",".join(map(str, all_))),
        "BYMONTHDAY": st.lists(st.integers(-31, 31), min_size=1, max_size=2).map(lambda all_: ",".join(map(str, all_))),
        "BYDAY": st.lists(st.sampled_from(["MO", "FR", "2TU", "-1SU", "5WE"]), min_size=1, max_size=2).map(",".join),
        "BYSETPOS": st.integers(-4, 4).map(str),
    },
)


@given(parts=_parts)
@settings(max_examples=60, deadline=timedelta(seconds=2))
def test_a_rule_that_is_taken_is_looked_through_in_no_time(parts: dict[str, str]) -> None:
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    series = a_series(rule, starts="2026-01-05T10:00")
    try:
        check_rule(rule, datetime(2026, 1, 5, 10, tzinfo=UTC), ZoneInfo("UTC"))
    except BadEntry:
        return

    found = walls(series, since="2026-01-01", until="2027-01-01")

    assert found[0] == "01-05 10:00+0000"
