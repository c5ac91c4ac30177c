"""Every knob of live."""

from datetime import timedelta

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting


class LiveSettings(Settings, prefix="live"):
    """How long tokens last, how often rooms are looked at, and how long what was said is kept."""

    pass_lasts: timedelta = setting(
        timedelta(minutes=10), unit="seconds", help="How long a join token is good for; renewing it gives a new one"
    )
    renew_every: timedelta = setting(
        timedelta(seconds=60), unit="seconds", help="How often a page renews its join token, which is how it is counted"
    )
    away_after: timedelta = setting(
        timedelta(seconds=150), unit="seconds", help="How long after its last sign a device counts as gone"
    )
    host_away_after: timedelta = setting(
        timedelta(seconds=180), unit="seconds", help="How long a host is gone before a co-host becomes acting host"
    )
    tick: timedelta = setting(
        timedelta(milliseconds=250), unit="seconds", help="How often the messages of a busy chat are shown"
    )
    archive_after: timedelta = setting(
        timedelta(days=7), unit="seconds", help="How long after its end a class can be started again"
    )
    keep: timedelta = setting(
        timedelta(days=365), unit="seconds", help="How long what was said in a class is kept after its end"
    )
    blocked_words: str = setting("", help="Words, parted by commas, whose messages wait for a moderator in every class")


_STAFF = ("owner", "admin", "author", "instructor")
SCHEDULE = Permission(
    "live.schedule", scope="course", roles=(*_STAFF, "assistant"), help="Schedule classes of a course and hold them"
)
SET_POLICY = Permission(
    "live.set-policy", roles=("owner", "admin"), help="Say what the organization allows guests of its classes"
)
PERMISSIONS = (SCHEDULE, SET_POLICY)

WRITES = Limit("live.writes", per_caller=120, per_s=60)
JOINS = Limit("live.joins", per_caller=60, per_s=60, per_organization=40_000)
# A whole school may come from one address; what guards the codes is the number of wrong ones, see the doorway.
GUEST_JOINS = Limit("live.guest-joins", per_address=1_000, per_s=60, overall=60_000)
# In a room each person is counted by themselves and over all servers (see service/chat.py); this is the wall behind.
IN_ROOM = Limit("live.in-room", per_address=120_000, per_s=60)
EXPORTS = Limit("live.exports", per_caller=12, per_s=60)
# A conference server reports every coming and going of a class of thousands from one address.
REPORTS = Limit("live.reports", per_address=30_000, per_s=60)
LIMITS = (WRITES, REPORTS, JOINS, GUEST_JOINS, IN_ROOM, EXPORTS)
