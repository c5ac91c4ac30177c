"""The background work of progress: what was withheld is counted when it may be shown."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.service.studying import SettleScores

jobs = Jobs("progress")


@jobs.on(SettleScores)
async def settle_scores(job: SettleScores, run: JobRun, desk: Desk) -> None:
    """Count a learner's answers whose correctness was withheld until now."""
    await desk.progress.settle(organization=job.organization_id, course=job.course_id, user=job.user_id)
