"""Series of classes: rules of repetition in civil time, their exceptions, and rules that are not begun."""

from datetime import UTC, datetime

import pytest

from stoa.services.live.contract import BadSchedule
from stoa.services.live.domain import series

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_weekly_class_stays_at_its_hour_when_the_clocks_change():
    zone = series.zone_of("Europe/Zurich")
    first = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)

    starts = series.starts_of(first=first, zone=zone, rule="FREQ=WEEKLY;COUNT=3")

    assert [one.astimezone(zone).hour for one in starts] == [10, 10, 10]
    assert [one.hour for one in starts] == [9, 8, 8]


def test_a_time_that_the_clocks_skip_is_moved_on_and_of_two_the_first_is_meant():
    zone = series.zone_of("Europe/Zurich")

    skipped = series.instant_of(datetime(2026, 3, 29, 2, 30), zone)  # noqa: DTZ001 (civil)
    doubled = series.instant_of(datetime(2026, 10, 25, 2, 30), zone)  # noqa: DTZ001 (civil)

    assert skipped.astimezone(zone).strftime("%H:%M") == "03:30"
    assert doubled == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_exceptions_are_left_out_and_months_without_a_31st_too():
    zone = series.zone_of("UTC")
    first = datetime(2026, 1, 31, 12, tzinfo=UTC)

    starts = series.starts_of(
        first=first,
        zone=zone,
        rule="FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4",
        skipped=[datetime(2026, 3, 31, 12, tzinfo=UTC)],
    )

    assert [one.month for one in starts] == [1, 5, 7]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=DAILY;COUNT=201",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=1",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=1",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=1",
        "FREQ=MONTHLY;BYDAY=6MO;COUNT=1",
        "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2;COUNT=1",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2;COUNT=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        "FREQ=DAILY;COUNT=x",
        "COUNT=3",
        "nonsense",
        "FREQ=DAILY;UNTIL=20251231",
        "FREQ=DAILY;COUNT=3\nRDATE:20260101",
    ],
)
def test_a_rule_without_end_or_sense_is_refused(rule: str):
    with pytest.raises(BadSchedule):
        series.starts_of(first=NOON, zone=series.zone_of("UTC"), rule=rule)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;BYDAY=MO,WE;COUNT=3", ["0302", "0304", "0309"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=MO;COUNT=4", ["0303", "0305", "0317", "0319"]),
        ("FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=4", ["0310", "0327", "0414", "0424"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["0331", "0430"]),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=31;COUNT=2", ["0331", "0331"]),
        ("FREQ=YEARLY;COUNT=2", ["0302", "0302"]),
    ],
)
def test_rules_as_calendars_write_them(rule: str, days: list[str]):
    starts = series.starts_of(first=NOON, zone=series.zone_of("UTC"), rule=rule)

    assert [one.strftime("%m%d") for one in starts] == days


@pytest.mark.parametrize(("until", "count"), [("20260304", 3), ("20260304T120000Z", 3), ("20260304T115959", 2)])
def test_until_is_read_as_a_day_an_instant_or_a_civil_time(until: str, count: int):
    starts = series.starts_of(first=NOON, zone=series.zone_of("UTC"), rule=f"RRULE:FREQ=DAILY;UNTIL={until}")

    assert len(starts) == count
