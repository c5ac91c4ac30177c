"""Every knob of calendar."""

from datetime import timedelta

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting


class CalendarSettings(Settings, prefix="calendar"):
    """What a feed holds."""

    past: timedelta = setting(
        timedelta(days=90), unit="seconds", minimum=timedelta(0), help="How long a feed still shows what is over"
    )
    cancelled_kept: timedelta = setting(
        timedelta(days=60),
        unit="seconds",
        minimum=timedelta(days=30),
        help="How long a feed says that an entry was cancelled before it leaves it out",
    )
    most_entries: int = setting(
        2000, minimum=1, unit="entries", help="How many entries a feed or a view holds, the nearest ones"
    )


MANAGE = Permission(
    "calendar.manage",
    scope="course",
    roles=("owner", "admin", "author", "instructor"),
    help="Write into the calendar of a course",
)
PERMISSIONS = (MANAGE,)

READS = Limit("calendar.reads", per_caller=240, per_s=60)
WRITES = Limit("calendar.writes", per_caller=60, per_s=60)
EXPORTS = Limit("calendar.exports", per_caller=6, per_s=60)
# Calendar services fetch the feeds of many people from a few addresses; a token of 256 bits is not guessed.
FETCHES = Limit("calendar.fetches", per_caller=1200, per_s=60, by="address")
LIMITS = (READS, WRITES, EXPORTS, FETCHES)

LONGEST_WINDOW = timedelta(days=400)
LONGEST_ENTRY = timedelta(days=31)
