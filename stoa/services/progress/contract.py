"""What progress tells the others."""

from datetime import datetime
from typing import ClassVar

from stoa.kit.contract import Event, UserId
from stoa.kit.errors import Conflict, Forbidden, Invalid, NotFound
from stoa.services.courses.contract import CourseId, NodeId


class ItemCompleted(Event, frozen=True, kw_only=True):
    """A learner has done one block of a course for the first time."""

    type_: ClassVar[str] = "stoa.progress.item-completed.v1"
    key_: ClassVar[str] = "user_id"
    is_urgent_: ClassVar[bool] = False

    user_id: UserId
    course_id: CourseId
    block_id: NodeId
    completed_at: datetime


class CourseCompleted(Event, frozen=True, kw_only=True):
    """A learner has done all that a course requires, for the first time."""

    type_: ClassVar[str] = "stoa.progress.course-completed.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    course_id: CourseId
    completed_at: datetime


class NotYet(Forbidden):
    """This part opens later, or after another one; `opens_at` or `after` says when."""

    code, title = "progress.not_yet", "This part is not open yet"


class SeatNeeded(Forbidden):
    """Only somebody with a seat in the course may do this."""

    code, title = "progress.seat_needed", "Enrol in this course first"


class BlockNotFound(NotFound):
    """The course has no such block for this learner."""

    code, title = "progress.block_not_found", "There is no such part of the course"


class LearnerNotFound(NotFound):
    """This person never had a seat in the course."""

    code, title = "progress.learner_not_found", "There is no such learner in this course"


class WrongKind(Invalid):
    """This cannot be done with a block of this kind."""

    code, title = "progress.wrong_kind", "This cannot be done here"


class NotLongEnough(Conflict):
    """The block asks for more time; `seconds_left` says how much."""

    code, title = "progress.not_long_enough", "This needs a little more of your time"


class BadIntervals(Invalid):
    """The watched intervals cannot be read."""

    code, title = "progress.bad_intervals", "The watched intervals are not valid"
