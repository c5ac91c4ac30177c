"""How media is wired."""

from stoa.kit.manifest import Context, Manifest
from stoa.services.media.policy import LIMITS, PERMISSIONS, MediaSettings
from stoa.services.media.routes import delivery
from stoa.services.media.service.media import Media


def build(context: Context) -> Media:
    """Build the service from what the process gives it."""
    return Media(
        blobs=context.blobs,
        clock=context.clock,
        settings=context.settings(MediaSettings),
        secret=context.secret("media.grants"),
    )


manifest = Manifest(
    name="media",
    summary="Files of courses and authors: delivered, uploaded in resumable pieces, captioned, transcoded.",
    build=build,
    routers=(delivery.router,),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=MediaSettings,
)
