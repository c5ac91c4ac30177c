"""What is told to whom: an event becomes a message, or nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from stoa.kit.contract import Struct, UserId
from stoa.services.courses.contract import CourseId, CoursePublished, CourseSummary
from stoa.services.enrollment.contract import SeatEnded, SeatGranted, SeatState
from stoa.services.notifications.contract import Category, CategoryMandatory, Kind

MANDATORY = frozenset({Category.ACCESS})
CATEGORY_OF = {
    Kind.CLASS_SCHEDULED: Category.CLASSES,
    Kind.CLASS_CHANGED: Category.CLASSES,
    Kind.CLASS_CANCELLED: Category.CLASSES,
    Kind.CLASS_STARTED: Category.CLASS_START,
    Kind.SEAT_GRANTED: Category.ACCESS,
    Kind.SEAT_FROM_WAITLIST: Category.ACCESS,
    Kind.SEAT_EXPIRED: Category.ACCESS,
    Kind.SEAT_REMOVED: Category.ACCESS,
    Kind.COURSE_UPDATED: Category.COURSE_UPDATES,
    Kind.COURSE_COMPLETED: Category.ACHIEVEMENTS,
}
_ENDED = {SeatState.EXPIRED: Kind.SEAT_EXPIRED, SeatState.REMOVED: Kind.SEAT_REMOVED}


class Message(Struct, frozen=True, kw_only=True):
    """What is told, before anybody was: of several unread ones with one `collapse` key only the latest is shown."""

    kind: Kind
    parameters: dict[str, str]
    collapse: str = ""

    @property
    def category(self) -> Category:
        """Return under which category it can be muted."""
        return CATEGORY_OF[self.kind]


class Round(Struct, frozen=True, kw_only=True):
    """A message to all learners of a course, and how far it has come: everybody up to `after` was told."""

    event: UUID
    course: CourseId
    message: Message
    subject: str
    occurred_at: datetime
    spared: list[UserId] = []
    after: UserId | None = None


class Unread(Struct, frozen=True, kw_only=True):
    """How many somebody has not read, 100 meaning that many or more; a higher `revision` is later knowledge."""

    unread: int
    revision: int


class Preferences(Struct, frozen=True, kw_only=True):
    """What somebody would rather not hear."""

    muted: list[Category]
    version: int


def seat_granted(event: SeatGranted, course: CourseSummary) -> Message:
    """Tell somebody that they may study a course."""
    kind = Kind.SEAT_FROM_WAITLIST if event.from_waitlist else Kind.SEAT_GRANTED
    return Message(kind=kind, parameters=course_parameters(course), collapse=f"seat:{course.id}")


def seat_ended(event: SeatEnded, course: CourseSummary) -> Message | None:
    """Tell somebody that they may not study a course any more, unless it was they who left."""
    kind = _ENDED.get(event.state)
    return kind and Message(kind=kind, parameters=course_parameters(course), collapse=f"seat:{course.id}")


def course_completed(course: CourseSummary) -> Message:
    """Tell somebody that they have done all of a course."""
    return Message(kind=Kind.COURSE_COMPLETED, parameters=course_parameters(course))


def course_updated(event: CoursePublished) -> Message:
    """Tell the learners of a course that there is something new in it."""
    return Message(
        kind=Kind.COURSE_UPDATED,
        parameters={"course_id": str(event.course_id), "course_slug": event.slug, "course_title": event.title},
        collapse=f"course-updated:{event.course_id}",
    )


def course_parameters(course: CourseSummary) -> dict[str, str]:
    """Return how a message names a course."""
    return {"course_id": str(course.id), "course_slug": course.slug, "course_title": course.title}


def is_told_again(last: datetime | None, *, now: datetime, every: timedelta) -> bool:
    """Say whether the learners of a course may hear again that it was published."""
    return last is None or last + every <= now


def collapse_of(message: Message, *, recent: int, most: int) -> str:
    """Return under which key a message collapses: a flood of what cannot be muted is told as one."""
    if message.category in MANDATORY and recent >= most:
        return f"flood:{message.kind}"
    return message.collapse


def check_muted(muted: list[Category]) -> list[Category]:
    """Return what is to be muted, each once and in order, or raise CategoryMandatory."""
    wanted = sorted(set(muted))
    if MANDATORY & set(wanted):
        raise CategoryMandatory(fields={"mandatory": sorted(MANDATORY)})
    return wanted
