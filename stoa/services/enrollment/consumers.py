"""What enrollment does about facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.organizations.contract import MemberRemoved
from stoa.services.progress.contract import CourseCompleted

consumers = Consumers("enrollment")


@consumers.on(CourseCompleted)
async def note_completion(event: CourseCompleted, delivery: Delivery, enrollment: Enrollment) -> None:
    """Note that somebody has completed a course."""
    await enrollment.complete(
        organization=event.organization_id, course=event.course_id, user=event.user_id, delivery=delivery
    )


@consumers.on(MemberRemoved)
async def leave_courses(event: MemberRemoved, delivery: Delivery, enrollment: Enrollment) -> None:
    """Free the seats of somebody who does not belong to the organization any more."""
    await enrollment.leave(organization=event.organization_id, user=event.user_id, delivery=delivery)
