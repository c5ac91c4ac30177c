"""The background work of enrollment: seats that end by the clock make room for who waits."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.enrollment.service import Enrollment, ExpireSeats

jobs = Jobs("enrollment")


@jobs.on(ExpireSeats)
async def expire_seats(job: ExpireSeats, run: JobRun, enrollment: Enrollment) -> None:
    """End the seats of a course whose time is over and move its queue up."""
    await enrollment.settle(organization=job.organization_id, course=job.course_id)
