"""Every knob of notifications."""

from datetime import timedelta

from stoa.kit.limits import Limit
from stoa.kit.manifest import Metric
from stoa.kit.settings import Settings, setting


class NotificationsSettings(Settings, prefix="notifications"):
    """How long news is kept, and how much of it one person gets at once."""

    kept: timedelta = setting(
        timedelta(days=90), unit="seconds", minimum=timedelta(days=1), help="How long a notification stays in the bell"
    )
    people_per_job: int = setting(
        1000, minimum=1, maximum=10_000, unit="people", help="How many people one job of a course-wide message tells"
    )
    course_updates_every: timedelta = setting(
        timedelta(days=1), unit="seconds", help="How often learners hear at most that their course was published anew"
    )
    settle: timedelta = setting(
        timedelta(minutes=1),
        unit="seconds",
        minimum=timedelta(0),
        help="How long news of a class waits for what changes or undoes it, before anybody is told",
    )
    organization_up_to: int = setting(
        20_000,
        minimum=0,
        unit="people",
        help="In a larger organization a class without a course rings for its hosts only; it is in all calendars",
    )
    mandatory_an_hour: int = setting(
        20, minimum=1, help="After how many an hour those that cannot be muted are told as one with a count"
    )


READS = Limit("notifications.reads", per_caller=600, per_s=60)
WRITES = Limit("notifications.writes", per_caller=240, per_s=60)
EXPORTS = Limit("notifications.exports", per_caller=6, per_s=60)
LIMITS = (READS, WRITES, EXPORTS)

TOLD = Metric(
    name="stoa_notifications_told_total", help="Notifications that were put into a bell", labels=("category",)
)
METRICS = (TOLD,)

MOST_COUNTED = 100
