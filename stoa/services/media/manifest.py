"""How media is wired."""

from stoa.kit.engines.clamd.scanner import scanner_at
from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.media.contract import MediaPort
from stoa.services.media.jobs import jobs
from stoa.services.media.policy import LIMITS, PERMISSIONS, MediaSettings
from stoa.services.media.routes import assets, delivery, uploads
from stoa.services.media.service.media import Media
from stoa.services.media.store import MediaTx


def build(context: Context) -> Media:
    """Build the service from what the process gives it."""
    settings = context.settings(MediaSettings)
    return Media(
        store=Store(context.database, MediaTx),
        blobs=context.blobs,
        clock=context.clock,
        settings=settings,
        secret=context.secret("media.grants"),
        scanner=scanner_at(settings.scanner),
    )


manifest = Manifest(
    name="media",
    summary="Files of courses and authors: delivered, uploaded in resumable pieces, captioned, transcoded.",
    build=build,
    port=MediaPort,
    routers=(delivery.router, uploads.router, assets.router),
    jobs=(jobs,),
    permissions=PERMISSIONS,
    limits=LIMITS,
    settings=MediaSettings,
)
