"""The rules of enrolment: when a course takes people, which move of a seat is legal, what a file of people says."""

import csv
import io
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from stoa.kit.contract import Struct, UserId
from stoa.kit.errors import Conflict
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.contract import BadRules, BadSeatFile, EnrolmentClosed, Seat, SeatState

# (from, to): who may cause the move. A seat that has ended is opened again by its holder or by staff; the work is kept.
MOVES: Mapping[tuple[SeatState | None, SeatState], frozenset[str]] = {
    (None, SeatState.ACTIVE): frozenset({"holder", "staff"}),
    (None, SeatState.WAITLISTED): frozenset({"holder", "staff"}),
    (SeatState.WAITLISTED, SeatState.ACTIVE): frozenset({"promotion", "staff"}),
    (SeatState.WAITLISTED, SeatState.WITHDRAWN): frozenset({"holder", "staff"}),
    (SeatState.WAITLISTED, SeatState.REMOVED): frozenset({"staff"}),
    (SeatState.ACTIVE, SeatState.COMPLETED): frozenset({"progress"}),
    (SeatState.ACTIVE, SeatState.EXPIRED): frozenset({"clock"}),
    (SeatState.ACTIVE, SeatState.WITHDRAWN): frozenset({"holder", "staff"}),
    (SeatState.ACTIVE, SeatState.REMOVED): frozenset({"staff"}),
    (SeatState.COMPLETED, SeatState.EXPIRED): frozenset({"clock"}),
    (SeatState.COMPLETED, SeatState.REMOVED): frozenset({"staff"}),
    (SeatState.WITHDRAWN, SeatState.ACTIVE): frozenset({"holder", "staff"}),
    (SeatState.WITHDRAWN, SeatState.WAITLISTED): frozenset({"holder", "staff"}),
    (SeatState.EXPIRED, SeatState.ACTIVE): frozenset({"staff"}),
    (SeatState.EXPIRED, SeatState.COMPLETED): frozenset({"staff"}),
    (SeatState.EXPIRED, SeatState.REMOVED): frozenset({"staff"}),
    (SeatState.REMOVED, SeatState.ACTIVE): frozenset({"staff"}),
    (SeatState.REMOVED, SeatState.COMPLETED): frozenset({"staff"}),
}
_MOST_ROWS = 2_000


class SeatRules(Struct, frozen=True, kw_only=True):
    """When and how a course takes people."""

    capacity: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    self_enrolment: bool = True
    waitlist: bool = True
    prerequisites: list[UUID] = []


class ImportState(StrEnum):
    """Where a file of people is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class ImportedRow(Struct, frozen=True, kw_only=True):
    """What was done, or would be, with one person of a file."""

    line: int
    email: str
    outcome: str
    reason: str = ""


class SeatImport(Struct, frozen=True, kw_only=True):
    """A file of people and what has become of it so far."""

    id: UUID
    course: CourseId
    actor: UserId
    dry_run: bool
    state: ImportState
    done: int
    total: int
    items: list[ImportedRow]

    def further(self, items: list[ImportedRow], *, state: ImportState) -> "SeatImport":
        """Return it with some more people done."""
        return msgspec.structs.replace(self, state=state, done=self.done + len(items), items=[*self.items, *items])


class SeatRow(Struct, frozen=True, kw_only=True):
    """One person of a file."""

    line: int
    email: str
    name: str


def check_move(current: SeatState | None, wanted: SeatState, *, by: str) -> None:
    """Raise Conflict, with the moves that are allowed, unless this move of a seat is legal."""
    if by in MOVES.get((current, wanted), frozenset()):
        return
    allowed = sorted({to for (start, to), who in MOVES.items() if start == current and by in who})
    raise Conflict(
        f"A seat that is {current or 'new'} cannot become {wanted}",
        fields={"allowed": [str(state) for state in allowed]},
    )


def check_open(rules: SeatRules, *, now: datetime) -> None:
    """Raise EnrolmentClosed unless people may enrol by themselves now."""
    if not rules.self_enrolment:
        raise EnrolmentClosed("People are enrolled by the staff of this course", hint="Ask the people who teach it")
    if rules.opens_at is not None and now < rules.opens_at:
        raise EnrolmentClosed("Enrolment has not opened yet", fields={"opens_at": rules.opens_at.isoformat()})
    if rules.closes_at is not None and now >= rules.closes_at:
        raise EnrolmentClosed("Enrolment has closed", fields={"closed_at": rules.closes_at.isoformat()})


def check_rules(rules: SeatRules, course: UUID) -> None:
    """Raise BadRules for rules under which nobody could ever enrol."""
    if course in rules.prerequisites:
        raise BadRules("A course cannot come before itself")
    if rules.opens_at is not None and rules.closes_at is not None and rules.opens_at >= rules.closes_at:
        raise BadRules("Enrolment opens before it closes")


def address_key(email: str) -> str:
    """Return the form under which the addresses of a file are compared."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def as_of(seat: Seat, *, now: datetime) -> Seat:
    """Return the seat as the clock sees it: one whose time is over has expired, before the sweep says so as well."""
    if seat.is_open and seat.until is not None and seat.until <= now:
        return Seat(course=seat.course, user=seat.user, state=SeatState.EXPIRED, since=seat.since, until=seat.until)
    return seat


def read_people(text: str) -> list[SeatRow]:
    """Read a CSV of people (RFC 4180) with a header that has a column `email` and may have `name`."""
    sample = text.lstrip("\ufeff")
    delimiter = ";" if sample.split("\n", 1)[0].count(";") > sample.split("\n", 1)[0].count(",") else ","
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(reader)]
    except (StopIteration, csv.Error):
        raise BadSeatFile("The file is empty", hint="The first line names the columns: email,name") from None
    if "email" not in header:
        raise BadSeatFile("There is no column 'email'", hint="The first line names the columns: email,name")
    email_at, name_at = header.index("email"), header.index("name") if "name" in header else None
    rows: list[SeatRow] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) == _MOST_ROWS:
                raise BadSeatFile(f"The file has more than {_MOST_ROWS:,} people", hint="Split it")
            email = cells[email_at].strip() if email_at < len(cells) else ""
            name = cells[name_at].strip() if name_at is not None and name_at < len(cells) else ""
            rows.append(SeatRow(line=reader.line_num, email=email, name=name))
    except csv.Error as error:
        raise BadSeatFile(f"Line {reader.line_num}: {error}") from None
    return rows
