"""The rules of enrolment without a database: moves, dates and files of people."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.contract import UserId, new_id
from stoa.kit.errors import Conflict
from stoa.kit.ports import calls_of
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment import domain
from stoa.services.enrollment.contract import (
    BadSeatFile,
    EnrollmentPort,
    EnrolmentClosed,
    Seat,
    SeatState,
)
from stoa.services.enrollment.domain import MOVES, SeatRules

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ACTORS = ("holder", "staff", "promotion", "progress", "clock")


@pytest.mark.parametrize("current", [None, *SeatState])
@pytest.mark.parametrize("by", ACTORS)
def test_every_move_is_in_the_table_or_refused_with_those_that_are(current: SeatState | None, by: str) -> None:
    legal = {to for (start, to), who in MOVES.items() if start == current and by in who}
    for wanted in SeatState:
        if wanted in legal:
            domain.check_move(current, wanted, by=by)
            continue
        with pytest.raises(Conflict) as refused:
            domain.check_move(current, wanted, by=by)
        assert refused.value.status == 409
        assert set(refused.value.fields["allowed"]) == {str(state) for state in legal}


def test_nobody_but_the_staff_brings_back_who_was_removed() -> None:
    for by, wanted in product(("holder", "promotion", "progress"), SeatState):
        with pytest.raises(Conflict):
            domain.check_move(SeatState.REMOVED, wanted, by=by)


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"), [(0, 1, True), (1, 2, False), (-2, 0, False), (None, None, True), (-1, None, True)]
)
def test_enrolment_opens_and_closes_by_the_clock(opens: int | None, closes: int | None, is_open: bool) -> None:
    rules = SeatRules(
        opens_at=None if opens is None else NOW + timedelta(seconds=opens),
        closes_at=None if closes is None else NOW + timedelta(seconds=closes),
    )
    if is_open:
        domain.check_open(rules, now=NOW)
        return
    with pytest.raises(EnrolmentClosed):
        domain.check_open(rules, now=NOW)


def test_a_course_that_its_staff_fills_takes_nobody_by_themselves() -> None:
    with pytest.raises(EnrolmentClosed):
        domain.check_open(SeatRules(self_enrolment=False), now=NOW)


@pytest.mark.parametrize(("seconds", "state"), [(1, SeatState.ACTIVE), (0, SeatState.EXPIRED), (-9, SeatState.EXPIRED)])
def test_a_seat_expires_by_the_clock(seconds: int, state: SeatState) -> None:
    until = NOW + timedelta(seconds=seconds)
    seat = Seat(
        course=CourseId(new_id()), user=UserId(new_id()), state=SeatState.ACTIVE, since=NOW, until=until, position=None
    )

    assert domain.as_of(seat, now=NOW).state is state


@pytest.mark.parametrize(
    "text",
    [
        "email,name\nada@x.org,Ada\nbob@x.org,Bob\n",
        "\ufeffName;E-Mail;email\r\nAda;?;ada@x.org\r\nBob;?;bob@x.org",
        'email,name\n"ada@x.org","Ada"\n\n  \n"bob@x.org",Bob',
        "EMAIL , Name\n ada@x.org ,Ada\nbob@x.org,  Bob  ",
    ],
)
def test_files_of_every_spreadsheet_say_the_same(text: str) -> None:
    assert [(row.email, row.name) for row in domain.read_people(text)] == [("ada@x.org", "Ada"), ("bob@x.org", "Bob")]


@pytest.mark.parametrize(
    "text", ["", "\n", "name\nAda", "ada@x.org\nbob@x.org", 'email\n"ada@x.org', "email\n" + "x" * 200_000]
)
def test_files_that_cannot_be_read_are_refused_with_a_word(text: str) -> None:
    with pytest.raises(BadSeatFile):
        domain.read_people(text)


@given(st.text(max_size=400))
def test_no_file_breaks_the_reader(text: str) -> None:
    try:
        rows = domain.read_people(text)
    except BadSeatFile:
        return
    assert all(row.line >= 1 for row in rows)


@pytest.mark.parametrize("state", SeatState)
def test_others_keep_an_open_seat_alone_and_none_that_ends_by_the_clock(state: SeatState) -> None:
    keeping = calls_of(EnrollmentPort)["seat_of"].keeping
    assert keeping is not None
    asked = {"user": UserId(new_id())}
    endless = Seat(course=CourseId(new_id()), user=asked["user"], state=state, since=NOW, until=None)
    ending = Seat(course=endless.course, user=asked["user"], state=state, since=NOW, until=NOW + timedelta(seconds=1))

    assert keeping.subject(asked, endless) == (asked["user"] if endless.is_open else None)
    assert keeping.subject(asked, ending) is None
    assert keeping.subject(asked, None) is None
