"""Files of a package on its way in: held in media before they are looked for, so that nobody deletes them meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId
from stoa.services.courses.domain.bundle import Bundle
from stoa.services.courses.domain.files import batches
from stoa.services.courses.domain.snapshot import AssetEntry
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import MediaPort


class HeldFiles:
    """The files of one import; `course` is the id of the course they go to, a new one where there is none yet."""

    def __init__(
        self, media: MediaPort, organization: OrganizationId, *, course: CourseId, is_new: bool, title: str
    ) -> None:
        self._media, self._organization, self._title = media, organization, title
        self.course, self._is_new = course, is_new
        self._held: list[str] = []

    async def hold(self, hashes: list[str]) -> None:
        """Keep files from being deleted."""
        self._held = sorted(set(hashes))
        await self._hold(self.course)

    async def adopt(self, bundle: Bundle, assets: dict[str, AssetEntry], author: UserId | None) -> None:
        """Give media back what authors said about uploads, as far as the package has their bytes."""
        brought = {entry.sha256 for entry in assets.values()}
        known = [file for file in bundle.media if file.sha256 in brought]
        for start in range(0, len(known), 20):
            await self._media.adopt(organization=self._organization, files=known[start : start + 20], by=author)

    async def hand_over(self, course: CourseId) -> None:
        """Let the course hold the files that another import of the same package made a moment before us."""
        if course != self.course:
            await self._hold(course)
            return
        self._is_new = False

    async def give_up(self) -> None:
        """Let go of what a course that was never written held."""
        for batch in batches(self._held if self._is_new else []):
            await self._media.release(organization=self._organization, holder=self.course, place="draft", files=batch)

    async def _hold(self, course: CourseId) -> None:
        for batch in batches(self._held):
            await self._media.hold(
                organization=self._organization, holder=course, title=self._title, place="draft", files=batch
            )


class Custody:
    """Holds the files of packages while they are brought in."""

    def __init__(self, *, store: Store[CoursesTx], media: MediaPort) -> None:
        self._store, self._media = store, media

    @asynccontextmanager
    async def of(self, organization: OrganizationId, bundle: Bundle) -> AsyncIterator[HeldFiles]:
        """Hold the files of a package; where nothing comes of it, let them go."""
        async with self._store.reading(organization=organization) as tx:
            known = await tx.course_with_key(bundle.key)
        held = HeldFiles(
            self._media, organization, course=known or CourseId(new_id()), is_new=known is None,
            title=bundle.fields.title,
        )  # fmt: skip
        try:
            yield held
        finally:
            await held.give_up()
