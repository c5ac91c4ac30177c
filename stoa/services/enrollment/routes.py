"""The HTTP face of enrollment."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct, UserId
from stoa.kit.http.router import MEMBER, Answer, Cursor, IfMatch, PageQuery, Router
from stoa.services.courses.contract import CourseId, CourseNotFound
from stoa.services.enrollment.contract import (
    BadRules,
    BadSeatFile,
    CourseFull,
    EnrolmentClosed,
    MemberNeeded,
    PrerequisiteMissing,
    Seat,
    SeatImportNotFound,
    SeatNotFound,
    SeatState,
)
from stoa.services.enrollment.domain import ImportedRow, ImportState, SeatImport, SeatRules
from stoa.services.enrollment.policy import ENROL, MANAGE, SEE, WRITES
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.store import StoredRules

router = Router("enrollment")
by_user = Cursor("seats", UUID)


class SeatView(Struct, frozen=True, kw_only=True):
    """A seat in a course; `position` is the place in the queue while waiting."""

    course_id: CourseId
    user_id: UserId
    state: SeatState
    since: datetime
    until: datetime | None
    position: int | None


class SeatList(Struct, frozen=True, kw_only=True):
    """The caller's seats."""

    items: list[SeatView]


class SeatIn(Struct, frozen=True, kw_only=True):
    """Somebody to enrol, until when if not for good."""

    user_id: UserId
    until: datetime | None = None


class RulesIn(Struct, frozen=True, kw_only=True):
    """When and how a course takes people."""

    capacity: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    self_enrolment: bool = True
    waitlist: bool = True
    prerequisites: Annotated[list[UUID], msgspec.Meta(max_length=50)] = []


class RulesView(Struct, frozen=True, kw_only=True):
    """When and how a course takes people, how many seats are taken and how many wait; `version` is the ETag."""

    capacity: int | None
    opens_at: datetime | None
    closes_at: datetime | None
    self_enrolment: bool
    waitlist: bool
    prerequisites: list[UUID]
    taken: int
    waiting: int
    version: int


class PeopleFile(Struct, frozen=True, kw_only=True):
    """A CSV of people with the columns `email` and, if wanted, `name`."""

    csv: Annotated[str, msgspec.Meta(max_length=2_000_000)]


class PeopleReport(Struct, frozen=True, kw_only=True):
    """What was done, or would be, with each person of a file; while `state` is not done, ask again by `import_id`."""

    import_id: UUID
    state: ImportState
    done: int
    total: int
    dry_run: bool
    counts: dict[str, int]
    items: list[ImportedRow]


@router.post(
    "/enrollment/courses/{course}/enrol",
    permission=MEMBER,
    limit=ENROL,
    errors=(CourseNotFound, EnrolmentClosed, CourseFull, PrerequisiteMissing),
)
async def enrol(course: str, caller: Caller, enrollment: Enrollment) -> SeatView:
    """Take a seat in a course, by id or slug, or a place in its queue."""
    seat = await enrollment.enrol(organization=caller.require_organization(), course=course, user=caller.require_user())
    return _view(seat)


@router.post("/enrollment/courses/{course}/withdraw", permission=MEMBER, limit=ENROL, errors=(SeatNotFound,))
async def withdraw(course: CourseId, caller: Caller, enrollment: Enrollment) -> SeatView:
    """Leave a course or its queue; the work is kept."""
    seat = await enrollment.withdraw(
        organization=caller.require_organization(), course=course, user=caller.require_user()
    )
    return _view(seat)


@router.get("/enrollment/mine", permission=MEMBER)
async def my_seats(caller: Caller, enrollment: Enrollment) -> SeatList:
    """The caller's seats, newest first."""
    seats = await enrollment.seats_of(organization=caller.require_organization(), user=caller.require_user())
    return SeatList(items=[_view(seat) for seat in seats])


@router.get("/enrollment/courses/{course}/seats", permission=SEE, scope="course", errors=(CourseNotFound,))
async def seats(course: CourseId, page: PageQuery, caller: Caller, enrollment: Enrollment) -> Page[SeatView]:
    """The seats of a course in every state."""
    after = by_user.read(page.cursor)
    found = await enrollment.seats(
        organization=caller.require_organization(),
        course=course,
        after=None if after is None else UserId(after),
        limit=page.fetch,
    )
    return by_user.page([_view(seat) for seat in found], page, lambda seat: seat.user_id)


@router.post(
    "/enrollment/courses/{course}/seats",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(CourseNotFound, MemberNeeded),
)
async def grant_seat(course: CourseId, body: SeatIn, caller: Caller, enrollment: Enrollment) -> SeatView:
    """Enrol somebody as staff."""
    seat = await enrollment.grant_seat(
        organization=caller.require_organization(),
        course=course,
        user=body.user_id,
        actor=caller.require_user(),
        until=body.until,
    )
    return _view(seat)


@router.delete(
    "/enrollment/courses/{course}/seats/{user}",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(SeatNotFound,),
)
async def remove_seat(course: CourseId, user: UserId, caller: Caller, enrollment: Enrollment) -> None:
    """Take somebody's seat; the work is kept."""
    await enrollment.remove_seat(
        organization=caller.require_organization(), course=course, user=user, actor=caller.require_user()
    )


@router.get("/enrollment/courses/{course}/rules", permission=SEE, scope="course", errors=(CourseNotFound,))
async def seat_rules(course: CourseId, caller: Caller, enrollment: Enrollment) -> Answer[RulesView]:
    """When and how a course takes people."""
    stored, counts = await enrollment.rules_of(organization=caller.require_organization(), course=course)
    return Answer(_rules(stored, waiting=counts.get(SeatState.WAITLISTED, 0)), etag=stored.version)


@router.put(
    "/enrollment/courses/{course}/rules",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(CourseNotFound, BadRules),
)
async def update_seat_rules(
    course: CourseId, body: RulesIn, if_match: IfMatch, caller: Caller, enrollment: Enrollment
) -> Answer[RulesView]:
    """Change when and how a course takes people; more room moves the queue up at once."""
    organization = caller.require_organization()
    rules = SeatRules(**{name: getattr(body, name) for name in body.__struct_fields__})
    await enrollment.update_rules(organization=organization, course=course, version=if_match.version, rules=rules)
    stored, counts = await enrollment.rules_of(organization=organization, course=course)
    return Answer(_rules(stored, waiting=counts.get(SeatState.WAITLISTED, 0)), etag=stored.version)


@router.post(
    "/enrollment/courses/{course}/seats/import",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    body_limit=4 * 1024 * 1024,
    errors=(CourseNotFound, BadSeatFile),
)
async def import_seats(
    course: CourseId, body: PeopleFile, caller: Caller, enrollment: Enrollment, dry_run: bool = False
) -> Answer[PeopleReport]:
    """Enrol the people of a CSV, or say what would be done; a long file is worked off by a job (202)."""
    report = await enrollment.imports.start(
        organization=caller.require_organization(),
        course=course,
        text=body.csv,
        actor=caller.require_user(),
        dry_run=dry_run,
    )
    return Answer(_report(report), status=200 if report.state is ImportState.DONE else 202)


@router.get(
    "/enrollment/courses/{course}/seats/imports/{import_id}",
    permission=MANAGE,
    scope="course",
    errors=(SeatImportNotFound,),
)
async def seat_import(course: CourseId, import_id: UUID, caller: Caller, enrollment: Enrollment) -> PeopleReport:
    """How far a file of people is, and what was done with each so far."""
    return _report(
        await enrollment.imports.report(organization=caller.require_organization(), course=course, import_id=import_id)
    )


def _report(found: SeatImport) -> PeopleReport:
    counts: dict[str, int] = {}
    for item in found.items:
        counts[item.outcome] = counts.get(item.outcome, 0) + 1
    return PeopleReport(
        import_id=found.id,
        state=found.state,
        done=found.done,
        total=found.total,
        dry_run=found.dry_run,
        counts=counts,
        items=found.items,
    )


def _view(seat: Seat) -> SeatView:
    return SeatView(
        course_id=seat.course,
        user_id=seat.user,
        state=seat.state,
        since=seat.since,
        until=seat.until,
        position=seat.position,
    )


def _rules(stored: StoredRules, *, waiting: int) -> RulesView:
    rules = stored.rules
    return RulesView(
        capacity=rules.capacity,
        opens_at=rules.opens_at,
        closes_at=rules.closes_at,
        self_enrolment=rules.self_enrolment,
        waitlist=rules.waitlist,
        prerequisites=list(rules.prerequisites),
        taken=stored.taken,
        waiting=waiting,
        version=stored.version,
    )
