"""The background work of enrollment: seats that end by the clock, and long files of people."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.enrollment.service.enrollment import Enrollment, ExpireSeats
from stoa.services.enrollment.service.importing import ImportPeople

jobs = Jobs("enrollment")


@jobs.on(ExpireSeats)
async def expire_seats(job: ExpireSeats, run: JobRun, enrollment: Enrollment) -> None:
    """End the seats of a course whose time is over and move its queue up."""
    await enrollment.settle(organization=job.organization_id, course=job.course_id)


@jobs.on(ImportPeople)
async def import_people(job: ImportPeople, run: JobRun, enrollment: Enrollment) -> None:
    """Enrol the people of a file that was kept."""
    await enrollment.imports.work(organization=job.organization_id, import_id=job.import_id, run=run)
