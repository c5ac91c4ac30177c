"""Media as one object: the port that other services ask, and the use cases that routes and jobs call."""

from uuid import UUID

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.scanning import NoScanner, Scanner
from stoa.kit.store import Store
from stoa.services.media.contract import FileWords, Film, MediaPort, Place
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.delivery import Delivery
from stoa.services.media.service.library import Library
from stoa.services.media.service.sharing import Sharing
from stoa.services.media.service.transcoding import Transcoding
from stoa.services.media.service.uploading import Uploading
from stoa.services.media.store import MediaTx


class Media(MediaPort):
    """Files: delivered, uploaded, captioned, transcoded, shared with courses."""

    def __init__(
        self,
        *,
        store: Store[MediaTx],
        blobs: Blobs,
        clock: Clock,
        settings: MediaSettings,
        secret: bytes,
        scanner: Scanner | None = None,
    ) -> None:
        self.settings = settings
        self.delivery = Delivery(blobs=blobs, clock=clock, secret=secret, settings=settings)
        self.uploading = Uploading(
            store=store, blobs=blobs, clock=clock, settings=settings, scanner=scanner or NoScanner()
        )
        self.library = Library(store=store, blobs=blobs, clock=clock, delivery=self.delivery, settings=settings)
        self.transcoding = Transcoding(store=store, blobs=blobs, settings=settings)
        self.sharing = Sharing(store=store, blobs=blobs, clock=clock, delivery=self.delivery)

    async def films_of(
        self, *, organization: OrganizationId, files: list[str], viewer: UserId | None = None
    ) -> list[Film]:
        """Return the films among some files."""
        return await self.sharing.films_of(organization=organization, files=files, viewer=viewer)

    async def words_of(self, *, organization: OrganizationId, files: list[str]) -> list[FileWords]:
        """Return what is known of the uploads among some files."""
        return await self.sharing.words_of(organization=organization, files=files)

    async def adopt(self, *, organization: OrganizationId, files: list[FileWords], by: UserId | None = None) -> None:
        """Take files in whose bytes lie at their place already."""
        await self.sharing.adopt(organization=organization, files=files, by=by)

    async def hold(
        self, *, organization: OrganizationId, holder: UUID, title: str, place: Place, files: list[str]
    ) -> None:
        """Keep files from being deleted."""
        await self.sharing.hold(organization=organization, holder=holder, title=title, place=place, files=files)

    async def release(self, *, organization: OrganizationId, holder: UUID, place: Place, files: list[str]) -> None:
        """Let go of files."""
        await self.sharing.release(organization=organization, holder=holder, place=place, files=files)
