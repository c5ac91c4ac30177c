"""What is told to whom: an event becomes a message, or nothing."""

from datetime import UTC, datetime

import msgspec

from stoa.kit.contract import EventId, Struct, UserId
from stoa.services.courses.contract import CourseId, CoursePublished, CourseSummary
from stoa.services.enrollment.contract import SeatEnded, SeatGranted, SeatState
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassScheduled, ClassStarted
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
ClassNews = ClassScheduled | ClassChanged | ClassCancelled | ClassStarted
_OF_CLASS: dict[type[ClassNews], Kind] = {
    ClassScheduled: Kind.CLASS_SCHEDULED,
    ClassChanged: Kind.CLASS_CHANGED,
    ClassCancelled: Kind.CLASS_CANCELLED,
    ClassStarted: Kind.CLASS_STARTED,
}
_ENDED = {SeatState.EXPIRED: Kind.SEAT_EXPIRED, SeatState.REMOVED: Kind.SEAT_REMOVED}


class Message(Struct, frozen=True, kw_only=True):
    """What is told, before anybody was: of several unread ones with one collapse key only the latest is shown.

    One that stands for several classes of a series (`times`) collapses with its like of the same `series`.
    """

    kind: Kind
    parameters: dict[str, str]
    collapse: str = ""
    series: str = ""
    times: int = 1

    @property
    def category(self) -> Category:
        """Return under which category it can be muted."""
        return CATEGORY_OF[self.kind]

    @property
    def collapse_key(self) -> str:
        """Return under which key it collapses."""
        return f"series:{self.series}:{self.kind}" if self.times > 1 and self.series else self.collapse


class Round(Struct, frozen=True, kw_only=True):
    """A message to all learners of a course, and how far it has come: everybody up to `after` was told.

    Without a course it is for all members of the organization, with `only` for some people. `version` counts what was
    merged into it while it waited.
    """

    event: EventId
    course: CourseId | None
    message: Message
    subject: str
    occurred_at: datetime
    spared: list[UserId] = []
    only: list[UserId] | None = None
    after: UserId | None = None
    version: int = 1


class ClassFacts(Struct, frozen=True, kw_only=True):
    """What learners know of a class: another of these is news to them, another description is not."""

    title: str
    starts_at: datetime
    ends_at: datetime
    sequence: int


class Unread(Struct, frozen=True, kw_only=True):
    """How many somebody has not read, 100 meaning that many or more; a higher `revision` is later knowledge."""

    unread: int
    revision: int


class Preferences(Struct, frozen=True, kw_only=True):
    """What somebody would rather not hear."""

    muted: list[Category]
    version: int


def class_news(event: ClassNews, course: CourseSummary | None) -> Message:
    """Tell the learners of a course, or the members of an organization, what becomes of a class."""
    series = getattr(event, "series_id", None)
    parameters = {
        "class_id": str(event.class_id),
        "class_title": event.title,
        "starts_at": _instant(event.starts_at),
        "ends_at": _instant(event.ends_at),
        "time_zone": event.time_zone,
        **(course_parameters(course) if course else {}),
    }
    if isinstance(event, ClassCancelled) and event.reason:
        parameters["reason"] = event.reason
    return Message(
        kind=_OF_CLASS[type(event)],
        parameters=parameters,
        collapse=f"class:{event.class_id}",
        series=str(series) if series else "",
    )


def is_news(event: ClassNews, before: ClassFacts | None, *, now: datetime) -> bool:
    """Say whether learners want to hear of it: not of hidden or past classes, nor of what changes nothing for them."""
    if event.is_hidden or (event.ends_at <= now and not isinstance(event, ClassStarted)):
        return False
    if isinstance(event, ClassStarted):
        return event.session == 1
    if before is not None and before.sequence >= event.sequence:
        return False
    if isinstance(event, ClassChanged) and before is not None:
        return (before.title, before.starts_at, before.ends_at) != (event.title, event.starts_at, event.ends_at)
    return True


def spared(event: ClassNews) -> list[UserId]:
    """Return who knows already: of a course's class its hosts, else who did it, and who holds what begins."""
    if event.course_id is not None or isinstance(event, ClassStarted):
        return list(event.host_ids)
    return [event.by] if event.by else []


def merged(waiting: Message, fresh: Message) -> Message | None:
    """Return what is told of two messages on one class before anybody was told of the first.

    Nothing, where a class is cancelled that nobody has heard of.
    """
    if waiting.kind is Kind.CLASS_SCHEDULED and fresh.kind is Kind.CLASS_CANCELLED:
        return None
    if waiting.kind is Kind.CLASS_SCHEDULED and fresh.kind is Kind.CLASS_CHANGED:
        return msgspec.structs.replace(waiting, parameters=fresh.parameters)
    return fresh


def joined(waiting: Message, fresh: Message) -> Message:
    """Return the message that stands for what waits and for one more class of the series; it names the first one."""
    first = min(waiting, fresh, key=lambda message: message.parameters["starts_at"])
    return msgspec.structs.replace(first, times=waiting.times + 1)


def seat_granted(event: SeatGranted, course: CourseSummary) -> Message:
    """Tell somebody that they may study a course."""
    kind = Kind.SEAT_FROM_WAITLIST if event.from_waitlist else Kind.SEAT_GRANTED
    return Message(kind=kind, parameters=course_parameters(course), collapse=f"seat:{course.id}")


def seat_ended(event: SeatEnded, course: CourseSummary) -> Message | None:
    """Tell somebody that they may not study a course any more, unless it was they who left."""
    kind = _ENDED.get(event.state)
    if kind is None:
        return None
    return Message(kind=kind, parameters=course_parameters(course), collapse=f"seat:{course.id}")


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


def collapse_of(message: Message, *, recent: int, most: int) -> str:
    """Return under which key a message collapses: a flood of what cannot be muted is told as one."""
    if message.category in MANDATORY and recent >= most:
        return f"flood:{message.kind}"
    return message.collapse_key


def check_muted(muted: list[Category]) -> list[Category]:
    """Return what is to be muted, each once and in order, or raise CategoryMandatory."""
    wanted = sorted(set(muted))
    if MANDATORY & set(wanted):
        raise CategoryMandatory(fields={"mandatory": sorted(MANDATORY)})
    return wanted


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
