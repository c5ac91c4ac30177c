"""What the use cases of progress hand each other: a learner in a course, and what an action has completed."""

from typing import ClassVar

from stoa.kit.contract import Job, OrganizationId, Struct, UserId
from stoa.services.courses.contract import CourseId, NodeId
from stoa.services.progress.service.outlines import Visible


class SettleScores(Job, frozen=True, kw_only=True):
    """Count, once they may be shown, the answers whose correctness was withheld."""

    type_: ClassVar[str] = "progress.settle-scores"

    organization_id: OrganizationId
    user_id: UserId
    course_id: CourseId


class Studying(Struct, frozen=True, kw_only=True):
    """A learner with a seat in a course, and the course as they may know it."""

    organization: OrganizationId
    user: UserId
    visible: Visible

    @property
    def course(self) -> CourseId:
        """Return the course's id."""
        return self.visible.course.id


class Done(Struct, frozen=True, kw_only=True):
    """What an action has completed, and how far the course is now."""

    completed: list[NodeId]
    percent: int
    is_course_completed: bool
