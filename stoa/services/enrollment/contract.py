"""What enrollment tells the others: seats, its events and its port."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from stoa.kit.contract import Event, OrganizationId, Struct, UserId
from stoa.kit.errors import Conflict, Forbidden, Invalid, NotFound
from stoa.kit.ports import Keeping, Port, call
from stoa.services.courses.contract import CourseId


class SeatState(StrEnum):
    """Where a seat is in its life."""

    WAITLISTED = "waitlisted"
    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REMOVED = "removed"


OPEN_STATES = (SeatState.ACTIVE, SeatState.COMPLETED)


class Seat(Struct, frozen=True, kw_only=True):
    """Somebody's place in a course; `position` is the place in the queue while waiting."""

    course: CourseId
    user: UserId
    state: SeatState
    since: datetime
    until: datetime | None
    position: int | None = None

    @property
    def is_open(self) -> bool:
        """Say whether its holder may study."""
        return self.state in OPEN_STATES


class SeatMove(Struct, frozen=True, kw_only=True):
    """One move in the life of a seat."""

    course: CourseId
    before: SeatState | None
    after: SeatState
    reason: str
    at: datetime


class SeatRecords(Struct, frozen=True, kw_only=True):
    """All that is kept of somebody's seats."""

    seats: list[Seat]
    moves: list[SeatMove]


class SeatGranted(Event, frozen=True, kw_only=True):
    """Somebody may study a course from now on."""

    type_: ClassVar[str] = "stoa.enrollment.seat-granted.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    course_id: CourseId
    from_waitlist: bool = False


class SeatWaitlisted(Event, frozen=True, kw_only=True):
    """Somebody waits for a seat in a course."""

    type_: ClassVar[str] = "stoa.enrollment.seat-waitlisted.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    course_id: CourseId


class SeatEnded(Event, frozen=True, kw_only=True):
    """Somebody may not study a course any more; the work stays."""

    type_: ClassVar[str] = "stoa.enrollment.seat-ended.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    course_id: CourseId
    state: SeatState


class EnrolmentClosed(Conflict):
    """The course does not take people now; the detail says why."""

    code, title = "enrollment.closed", "You cannot enrol in this course now"


class CourseFull(Conflict):
    """No seat is free and the course keeps no waiting list."""

    code, title = "enrollment.full", "This course is full"


class PrerequisiteMissing(Conflict):
    """Another course comes first; `missing` lists which."""

    code, title = "enrollment.prerequisite_missing", "Another course comes first"


class NotEnrolled(Forbidden):
    """The caller has no open seat in the course."""

    code, title = "enrollment.not_enrolled", "You are not enrolled in this course"


class SeatNotFound(NotFound):
    """This person has no seat in the course."""

    code, title = "enrollment.seat_not_found", "There is no such seat"


class SeatImportNotFound(NotFound):
    """There is no such import of people in the course, or its report was cleared away."""

    code, title = "enrollment.import_not_found", "There is no such import"


class MemberNeeded(NotFound):
    """This person does not belong to the organization."""

    code, title = "enrollment.member_needed", "There is no such person in the organization"


class BadRules(Invalid):
    """The rules would let nobody in; the detail says why."""

    code, title = "enrollment.bad_rules", "These rules cannot be used"


class BadSeatFile(Invalid):
    """The file of people cannot be read; the detail says where."""

    code, title = "enrollment.bad_file", "The file cannot be read"


class EnrollmentPort(Port):
    """What other services may ask of enrollment."""

    service_: ClassVar[str] = "enrollment"

    @call(
        idempotent=True,
        keeping=Keeping(
            for_s=30.0,
            until=(SeatGranted, SeatWaitlisted, SeatEnded),
            # Places in a queue move without an event, and who takes a seat reads at once; an end comes by the clock.
            subject=lambda asked, found: asked["user"] if found and found.is_open and found.until is None else None,
        ),
    )
    async def seat_of(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat | None:
        """Return somebody's seat in a course, whatever its state."""
        raise NotImplementedError

    @call(idempotent=True)
    async def seats_of(self, *, organization: OrganizationId, user: UserId) -> list[Seat]:
        """Return all seats of somebody, newest first, at most 500."""
        raise NotImplementedError

    @call(idempotent=True)
    async def records_of(self, *, organization: OrganizationId, user: UserId) -> SeatRecords:
        """Return all that is kept of somebody: at most 500 seats and their 5,000 latest moves."""
        raise NotImplementedError

    @call(idempotent=True)
    async def learners_in(
        self, *, organization: OrganizationId, course: CourseId, after: UserId | None, limit: int
    ) -> list[Seat]:
        """Return the open seats of a course by user id, those after one, at most 500."""
        raise NotImplementedError

    @call(idempotent=True)
    async def ensure_seat(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat:
        """Give somebody a seat on the platform's own behalf, beyond the capacity if need be."""
        raise NotImplementedError
