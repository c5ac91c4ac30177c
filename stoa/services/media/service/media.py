"""Media as one object, with the use cases that routes and jobs call."""

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.delivery import Delivery


class Media:
    """Files: delivered, uploaded, captioned, transcoded."""

    def __init__(self, *, blobs: Blobs, clock: Clock, settings: MediaSettings, secret: bytes) -> None:
        self.delivery = Delivery(blobs=blobs, clock=clock, secret=secret, remembered=settings.remembered_types)
