"""Media as one object, with the use cases that routes and jobs call."""

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.store import Store
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.delivery import Delivery
from stoa.services.media.service.library import Library
from stoa.services.media.service.transcoding import Transcoding
from stoa.services.media.service.uploading import Uploading
from stoa.services.media.store import MediaTx


class Media:
    """Files: delivered, uploaded, captioned, transcoded."""

    def __init__(
        self, *, store: Store[MediaTx], blobs: Blobs, clock: Clock, settings: MediaSettings, secret: bytes
    ) -> None:
        self.settings = settings
        self.delivery = Delivery(blobs=blobs, clock=clock, secret=secret, settings=settings)
        self.uploading = Uploading(store=store, blobs=blobs, clock=clock, settings=settings)
        self.library = Library(store=store, blobs=blobs, clock=clock, delivery=self.delivery)
        self.transcoding = Transcoding(store=store, blobs=blobs, settings=settings)
