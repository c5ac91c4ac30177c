"""Which facts are news, and how messages that wait become one."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from stoa.kit.contract import OrganizationId, new_id
from stoa.services.live.contract import ClassChanged, ClassId, ClassStarted
from stoa.services.notifications import domain
from stoa.services.notifications.contract import Category, CategoryMandatory, Kind
from stoa.services.notifications.domain import CATEGORY_OF, MANDATORY, ClassFacts, Message

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def a_change(**other: object) -> ClassChanged:
    given = {
        "organization_id": OrganizationId(new_id()), "class_id": ClassId(new_id()), "course_id": None,
        "title": "Bowlines", "starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=1, hours=1),
        "time_zone": "UTC", "sequence": 3, "changed_at": NOW, **other,
    }  # fmt: skip
    return msgspec.convert(given, ClassChanged)


def facts(event: ClassChanged, **other: object) -> ClassFacts:
    given = {"title": event.title, "starts_at": event.starts_at, "ends_at": event.ends_at, "sequence": 2}
    return msgspec.convert({**given, **other}, ClassFacts)


def a_message(kind: Kind, *, collapse: str = "class:1", starts_at: str = "2026-01-06T09:00:00Z") -> Message:
    return Message(kind=kind, parameters={"starts_at": starts_at}, collapse=collapse, series="s")


def test_every_kind_has_a_category_and_only_access_cannot_be_muted() -> None:
    assert set(CATEGORY_OF) == set(Kind)
    assert frozenset({Category.ACCESS}) == MANDATORY


def test_another_time_or_title_is_news_and_another_description_is_not() -> None:
    event = a_change()

    assert domain.is_news(event, facts(event, starts_at=NOW), now=NOW)
    assert domain.is_news(event, facts(event, title="Knots"), now=NOW)
    assert not domain.is_news(event, facts(event), now=NOW)


def test_what_is_hidden_over_or_older_than_what_is_known_is_no_news() -> None:
    event = a_change()

    assert domain.is_news(event, None, now=NOW)
    assert not domain.is_news(a_change(is_hidden=True), None, now=NOW)
    assert not domain.is_news(event, None, now=event.ends_at)
    assert not domain.is_news(event, facts(event, starts_at=NOW, sequence=3), now=NOW)


@pytest.mark.parametrize(("session", "expected"), [(1, True), (2, False)])
def test_a_class_that_is_started_again_is_told_once(session: int, expected: bool) -> None:
    given = msgspec.structs.asdict(a_change()) | {"session": session, "started_at": NOW}

    assert domain.is_news(msgspec.convert(given, ClassStarted), None, now=NOW) is expected


def test_of_one_class_only_the_outcome_is_told() -> None:
    scheduled, changed, cancelled = (
        a_message(kind, starts_at=at)
        for kind, at in ((Kind.CLASS_SCHEDULED, "1"), (Kind.CLASS_CHANGED, "2"), (Kind.CLASS_CANCELLED, "3"))
    )

    moved = domain.merged(scheduled, changed)

    assert moved is not None
    assert (moved.kind, moved.parameters) == (Kind.CLASS_SCHEDULED, {"starts_at": "2"})
    assert domain.merged(scheduled, cancelled) is None
    assert domain.merged(changed, cancelled) == cancelled


def test_classes_of_a_series_are_told_as_one_that_names_the_first() -> None:
    later = a_message(Kind.CLASS_SCHEDULED, collapse="class:2", starts_at="2026-01-13T09:00:00Z")
    first = a_message(Kind.CLASS_SCHEDULED)

    both = domain.joined(later, first)

    assert (both.times, both.parameters["starts_at"]) == (2, "2026-01-06T09:00:00Z")
    assert both.collapse_key == "series:s:class-scheduled"
    assert first.collapse_key == "class:1"


def test_what_is_mandatory_cannot_be_muted() -> None:
    assert domain.check_muted([Category.CLASSES, Category.CLASSES]) == [Category.CLASSES]
    with pytest.raises(CategoryMandatory):
        domain.check_muted([Category.ACCESS])


def test_a_flood_of_what_cannot_be_muted_collapses() -> None:
    message = Message(kind=Kind.SEAT_GRANTED, parameters={}, collapse="seat:1")

    assert domain.collapse_of(message, recent=19, most=20) == "seat:1"
    assert domain.collapse_of(message, recent=20, most=20) == "flood:seat-granted"
