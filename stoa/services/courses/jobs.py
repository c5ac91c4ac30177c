"""The long work of courses: imports and exports."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.service.transfers import ExportCourse, ImportCourse

jobs = Jobs("courses")


@jobs.on(ImportCourse)
async def import_course(job: ImportCourse, run: JobRun, courses: Courses) -> None:
    """Import the package that was uploaded."""
    await courses.transfers.run_import(organization=job.organization_id, transfer=job.transfer, run=run)


@jobs.on(ExportCourse)
async def export_course(job: ExportCourse, run: JobRun, courses: Courses) -> None:
    """Write the package of a course."""
    await courses.transfers.run_export(organization=job.organization_id, transfer=job.transfer, run=run)
