"""Exporting: a draft leaves as the package of docs/reference/course-format.md, the same bytes every time."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from stoa.kit.blobs import Blobs
from stoa.kit.contract import OrganizationId
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.courses.contract import CourseId, CourseNotFound, NodeId, ProblemContent
from stoa.services.courses.domain.files import batches
from stoa.services.courses.domain.outline import Tree
from stoa.services.courses.domain.package import PackageWriter, pretty
from stoa.services.courses.domain.snapshot import AssetEntry
from stoa.services.courses.service.importing import blob_key
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import MediaPort

EPOCH = (1980, 1, 1, 0, 0, 0)
PROBLEMS_A_CALL = 100
Report = Callable[[int, int, str], Awaitable[None]]


class Exporting:
    """Lets drafts out."""

    def __init__(self, *, store: Store[CoursesTx], assessment: AssessmentPort, media: MediaPort, blobs: Blobs) -> None:
        self._store, self._assessment, self._media, self._blobs = store, assessment, media, blobs

    async def export_to(self, *, organization: OrganizationId, course: CourseId, path: Path, report: Report) -> int:
        """Write the package of a course's draft to a file; return its size in bytes."""
        await report(0, 3, "Reading the draft")
        async with self._store.reading(organization=organization) as tx:
            draft = await tx.course(course)
            if draft is None:
                raise CourseNotFound
            tree = Tree(await tx.nodes(course))
            assets = await tx.assets(course)
        problems = await self._problems(organization, tree)
        media = [
            file
            for batch in batches(sorted({entry.sha256 for entry in assets.values()}))
            for file in await self._media.words_of(organization=organization, files=batch)
        ]
        await report(1, 3, "Laying out the files")
        writer = PackageWriter(key=draft.key, tree=tree, problems=problems)
        extras = {name: text for name, text in draft.extras.items() if name != "source_hash"}
        files = writer.write(fields=draft.fields, pages=draft.pages, assets=assets, extras=extras, media=media)
        await report(2, 3, "Packing")
        # Beside its place first: what is there stays whole until the new package is.
        beside = path.with_name(f".{path.name}.partial")
        try:
            await self._pack(organization, beside, files, assets)
            await asyncio.to_thread(beside.replace, path)
        finally:
            await asyncio.to_thread(beside.unlink, missing_ok=True)
        return (await asyncio.to_thread(path.stat)).st_size

    async def _problems(self, organization: OrganizationId, tree: Tree) -> dict[NodeId, bytes]:
        wanted: dict[NodeId, ProblemVersionId] = {
            node.id: node.content.problem
            for node in tree.reading_order()
            if isinstance(node.content, ProblemContent) and node.content.problem is not None
        }
        found: dict[ProblemVersionId, bytes] = {}
        ids = sorted(set(wanted.values()), key=str)
        for start in range(0, len(ids), PROBLEMS_A_CALL):
            batch = ids[start : start + PROBLEMS_A_CALL]
            problems = await self._assessment.problems_of(organization=organization, ids=batch)
            found.update({id_: pretty(problem) for id_, problem in zip(batch, problems, strict=True)})
        return {node: found[problem] for node, problem in wanted.items()}

    async def _pack(
        self, organization: OrganizationId, path: Path, files: dict[str, bytes], assets: dict[str, AssetEntry]
    ) -> None:
        named = {f"assets/{name}": entry for name, entry in assets.items()}
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted([*files, *named]):
                # Stored, not deflated: the bytes of a deflated entry depend on the machine's zlib.
                entry = zipfile.ZipInfo(name, date_time=EPOCH)
                entry.external_attr = 0o100644 << 16
                entry.create_system = 3
                if name in files:
                    archive.writestr(entry, files[name])
                    continue
                asset = named[name]
                entry.file_size = asset.size
                with archive.open(entry, "w", force_zip64=asset.size > zipfile.ZIP64_LIMIT) as out:
                    async for piece in self._blobs.open(blob_key(organization, asset.sha256)):
                        await asyncio.to_thread(out.write, piece)


async def pieces_of(path: Path) -> AsyncIterator[bytes]:
    """Yield a file in pieces without holding up the loop."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, 1_048_576):
            yield piece
