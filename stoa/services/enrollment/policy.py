"""Every knob of enrollment."""

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting


class EnrollmentSettings(Settings, prefix="enrollment"):
    """How files of people are worked off."""

    import_at_once: int = setting(
        50, minimum=0, unit="people", help="The longest file of people that is done while its sender waits"
    )


SEE = Permission(
    "enrollment.see",
    scope="course",
    roles=("owner", "admin", "author", "instructor", "assistant"),
    help="See who is in a course",
)
MANAGE = Permission(
    "enrollment.manage",
    scope="course",
    roles=("owner", "admin", "instructor"),
    help="Enrol and remove people, set capacity and dates",
)
PERMISSIONS = (SEE, MANAGE)

ENROL = Limit("enrollment.enrol", per_caller=60, per_s=60)
WRITES = Limit("enrollment.writes", per_caller=120, per_s=60)
LIMITS = (ENROL, WRITES)
