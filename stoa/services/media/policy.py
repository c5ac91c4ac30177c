"""Every knob of media: settings, permissions and limits."""

from datetime import timedelta

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit
from stoa.kit.settings import Settings, setting

AUTHORS = ("owner", "admin", "author", "instructor")

UPLOAD = Permission("media.upload", help="Upload files and change what is known of them.", roles=AUTHORS)
READ = Permission("media.read", help="See the files of the organization.", roles=AUTHORS)
PERMISSIONS = (UPLOAD, READ)

WRITES = Limit("media.writes", per_caller=240)
UPLOADS = Limit("media.uploads", per_caller=600)
PARTS = Limit("media.parts", per_caller=3_000)
LIMITS = (WRITES, UPLOADS, PARTS)

# No setting may let more through than this; the setting below is the limit that people meet.
MOST_BODY_BYTES = 1_099_511_627_776


class MediaSettings(Settings, prefix="media"):
    """What an operator may set."""

    max_upload_bytes: int = setting(4_294_967_296, unit="bytes", help="The largest file that may be uploaded.")
    quota_bytes: int = setting(
        107_374_182_400, unit="bytes", help="How much an organization may hold in uploaded files."
    )
    upload_lasts: timedelta = setting(timedelta(days=1), help="How long an upload may pause before it is given up.")
    grant_lasts: timedelta = setting(timedelta(hours=12), help="How long the address of a private file is good.")
    remembered_types: int = setting(10_000, minimum=1, help="Of how many files a process remembers what they are.")
    scanner: str = setting(
        "",
        help="The scanner every upload passes before it is visible: clamd:///run/clamav/clamd.ctl or clamd://host:3310;"
        " empty: none.",
    )
    ffmpeg: str = setting("ffmpeg", help="The ffmpeg that makes a film's ladder; an empty text turns it off.")
    transcode_limit: timedelta = setting(timedelta(hours=4), help="How long one rung of a film's ladder may take.")
    transcode_threads: int = setting(1, minimum=1, help="How many threads ffmpeg may use.")
