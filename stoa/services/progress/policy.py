"""Every knob of progress."""

from datetime import timedelta

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting


class ProgressSettings(Settings, prefix="progress"):
    """How much a process remembers of what does not change."""

    outlines: int = setting(256, minimum=1, help="Published outlines that a process keeps in memory")
    units: int = setting(1024, minimum=1, help="Published units that a process keeps in memory")
    clock_skew: timedelta = setting(
        timedelta(minutes=2), unit="seconds", help="How far ahead a device's clock may be before it is not believed"
    )


SEE_LEARNERS = Permission(
    "progress.see-learners",
    scope="course",
    roles=("owner", "admin", "author", "instructor", "assistant"),
    help="See how far the learners of a course are",
)
PERMISSIONS = (SEE_LEARNERS,)

ANSWERS = Limit("progress.answers", per_caller=120, per_s=60)
MARKS = Limit("progress.marks", per_caller=600, per_s=60)
EXPORTS = Limit("progress.exports", per_caller=6, per_s=60)
LIMITS = (ANSWERS, MARKS, EXPORTS)
