"""The background work of notifications: telling whole courses, and forgetting what is old."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.notifications.service.notifications import Notifications
from stoa.services.notifications.service.rounds import TellLearners

jobs = Jobs("notifications")


@jobs.on(TellLearners)
async def tell_learners(job: TellLearners, run: JobRun, notifications: Notifications) -> None:
    """Tell the next thousand learners of a course."""
    await notifications.rounds.work(job, run)


@jobs.every("41 2 * * *")
async def sweep_notifications(notifications: Notifications) -> None:
    """Forget what was told longer ago than it is kept."""
    await notifications.sweep()
