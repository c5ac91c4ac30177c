"""Every knob of courses: settings, permissions and limits."""

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting

AUTHORS = ("owner", "admin", "author")
TEACHERS = (*AUTHORS, "instructor", "assistant")

CREATE = Permission("courses.create", help="Start a course, or bring one in from a package.", roles=AUTHORS)
READ_DRAFT = Permission("courses.read_draft", help="Read a course's draft.", scope="course", roles=TEACHERS)
EDIT = Permission("courses.edit", help="Change a course's draft.", scope="course", roles=AUTHORS)
PUBLISH = Permission("courses.publish", help="Publish, roll back and archive a course.", scope="course", roles=AUTHORS)
PERMISSIONS = (CREATE, READ_DRAFT, EDIT, PUBLISH)

WRITES = Limit("courses.writes", per_caller=240)
PUBLISHING = Limit("courses.publishing", per_caller=30)
PACKAGES = Limit("courses.packages", per_caller=20, per_organization=200, per_s=3600)
PRESENCE = Limit("courses.presence", per_caller=120)
LIMITS = (WRITES, PUBLISHING, PACKAGES, PRESENCE)

MAX_UPLOAD_BYTES = 4_294_967_296


class CoursesSettings(Settings, prefix="courses"):
    """What an operator may set."""

    max_import_bytes: int = setting(2_684_354_560, unit="bytes", help="The largest package that may be imported.")
    max_unpacked_bytes: int = setting(8_589_934_592, unit="bytes", help="The most a package may hold once unpacked.")
    max_import_files: int = setting(100_000, help="The most files a package may hold.")
    max_compression_ratio: int = setting(200, help="How many times larger than packed a file may be.")
    kept_snapshots: int = setting(64, minimum=1, help="How many snapshots a process keeps ready in memory.")
