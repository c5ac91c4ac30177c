"""Importing: a package becomes a draft, its assets blobs, its questions problems, its every part a line of a report."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort, ImportOutcome, ProblemSource, SourceFormat
from stoa.services.courses.contract import (
    CourseId,
    CourseIsArchived,
    CourseState,
    NodeId,
    ProblemContent,
    UnreadablePackage,
)
from stoa.services.courses.domain.bundle import (
    BlockCounts,
    Bundle,
    BundleNode,
    CourseFields,
    Outcome,
    ReportItem,
    count,
)
from stoa.services.courses.domain.drafts import DraftCourse
from stoa.services.courses.domain.olx.course import read_olx
from stoa.services.courses.domain.outline import DraftNode
from stoa.services.courses.domain.snapshot import AssetEntry, digest
from stoa.services.courses.domain.unpack import read_package
from stoa.services.courses.policy import CoursesSettings
from stoa.services.courses.service.archives import Bounds, Source, open_source
from stoa.services.courses.service.authoring import slug_of
from stoa.services.courses.service.custody import Custody, HeldFiles
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import MediaPort

PROBLEMS_A_CALL = 100
Report = Callable[[int, int, str], Awaitable[None]]
READERS = {"olx": read_olx, "course": read_package}


class Imported(Struct, frozen=True, kw_only=True):
    """What an import did: the course and the fate of every element and file."""

    course: CourseId
    slug: str
    changed: bool
    blocks: BlockCounts
    items: list[ReportItem]


@dataclass
class _Change:
    """What an import does to a draft."""

    save: list[DraftNode]
    archive: list[NodeId]


class Importing:
    """Brings packages in, always into a draft."""

    def __init__(
        self,
        *,
        store: Store[CoursesTx],
        assessment: AssessmentPort,
        media: MediaPort,
        blobs: Blobs,
        clock: Clock,
        settings: CoursesSettings,
    ) -> None:
        self._store, self._assessment, self._blobs, self._clock = store, assessment, blobs, clock
        self._custody = Custody(store=store, media=media)
        self._bounds = Bounds(
            unpacked_bytes=settings.max_unpacked_bytes,
            files=settings.max_import_files,
            ratio=settings.max_compression_ratio,
        )

    async def import_path(
        self,
        *,
        organization: OrganizationId,
        path: Path,
        format_: str,
        author: UserId | None,
        report: Report,
    ) -> Imported:
        """Import a folder or an archive; the same package twice changes nothing."""
        await report(0, 4, "Opening the package")
        opened = await asyncio.to_thread(lambda: open_source(path, bounds=self._bounds))
        with opened as source:
            await report(1, 4, "Reading the outline")
            reader = READERS.get(format_)
            if reader is None:
                raise UnreadablePackage(f"There is no format {format_!r}: say olx or course")
            bundle = await asyncio.to_thread(lambda: reader(source))
            await self._convert_problems(organization, bundle, report)
            async with self._custody.of(organization, bundle) as files:
                assets = await self._store_assets(organization, bundle, source, report, files)
                await files.adopt(bundle, assets, author)
                await report(3, 4, "Writing the draft")
                done = await self._write(organization, bundle, assets, author, new=files.course)
                await files.hand_over(done.course)
        return done

    async def _convert_problems(self, organization: OrganizationId, bundle: Bundle, report: Report) -> None:
        contents: dict[NodeId, BundleNode] = {node.id: node for node in bundle.nodes}
        for start in range(0, len(bundle.problems), PROBLEMS_A_CALL):
            batch = bundle.problems[start : start + PROBLEMS_A_CALL]
            await report(2, 4, f"Reading problems {start + 1} to {start + len(batch)} of {len(bundle.problems)}")
            answers = await self._assessment.import_problems(
                organization=organization,
                sources=[
                    ProblemSource(
                        key=str(problem.node), source=problem.source, format=SourceFormat(problem.format),
                        title=problem.title, inherited=problem.inherited,
                    )
                    for problem in batch
                ],
            )  # fmt: skip
            for problem, answer in zip(batch, answers, strict=True):
                if answer.outcome is not ImportOutcome.IMPORTED or answer.reason:
                    bundle.downgrade(problem.item, Outcome(answer.outcome.value), answer.reason)
                known = contents[problem.node]
                if answer.problem is None:
                    kind = bundle.items[problem.item].kind
                    contents[problem.node] = bundle.refused(known, problem, kind=kind, reason=answer.reason)
                elif isinstance(known.content, ProblemContent):
                    content = msgspec.structs.replace(known.content, problem=answer.problem)
                    contents[problem.node] = replace(known, content=content)
        bundle.nodes = [contents[node.id] for node in bundle.nodes]

    async def _store_assets(
        self, organization: OrganizationId, bundle: Bundle, source: Source, report: Report, custody: HeldFiles
    ) -> dict[str, AssetEntry]:
        """Carry every asset from the package to the blobs in pieces; return what is known of each."""
        stored: dict[str, AssetEntry] = {}
        by_path = {asset.path: asset for asset in bundle.assets if asset.path is not None}
        hashes = await asyncio.to_thread(source.hashes, set(by_path))
        made = [hashlib.sha256(asset.data or b"").hexdigest() for asset in bundle.assets if asset.path is None]
        # Held first: what is there after that stays there.
        await custody.hold([*hashes.values(), *made])
        missing = {path for path in by_path if not await self._has(organization, hashes[path])}
        files = source.stream(missing)
        done = 0
        # Even going to the next file is work: a tar is unpacked on the way there.
        while (entry := await asyncio.to_thread(next, files, None)) is not None:
            done += 1
            await report(2, 4, f"Storing file {done} of {len(missing)}")
            path, pieces = entry
            await self._blobs.put(blob_key(organization, hashes[path]), _in_pieces(pieces))
        for asset in bundle.assets:
            if asset.path is not None:
                sha256, size = hashes[asset.path], source.size(asset.path)
            else:
                data = asset.data or b""
                sha256, size = hashlib.sha256(data).hexdigest(), len(data)
                if not await self._has(organization, sha256):
                    await self._blobs.put(blob_key(organization, sha256), data)
            stored[asset.name] = AssetEntry(
                sha256=sha256, size=size, licence=asset.licence, content_type=asset.content_type or type_of(asset.name)
            )
        return stored

    async def _has(self, organization: OrganizationId, sha256: str) -> bool:
        try:
            await self._blobs.head(blob_key(organization, sha256))
        except BlobNotFound:
            return False
        return True

    async def _write(
        self,
        organization: OrganizationId,
        bundle: Bundle,
        assets: dict[str, AssetEntry],
        author: UserId | None,
        *,
        new: CourseId,
    ) -> Imported:
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            course, is_new = await self._course_for(tx, bundle, now, new=new)
            known = {node.id: node for node in await tx.nodes(course.id)}
            change = merge(known, bundle.nodes)
            old_assets = await tx.assets(course.id)
            new_assets = {name: entry for name, entry in assets.items() if old_assets.get(name) != entry}
            fields = self._fields(course, bundle, is_new=is_new)
            is_changed = is_new or bool(change.save or change.archive or new_assets) or fields is not None
            if fields is not None:
                await tx.save_course(
                    msgspec.structs.replace(fields, version=course.version + (not is_new), changed_at=now),
                    old_slug=course.fields.slug,
                )
            if change.save:
                await tx.save_nodes(course.id, change.save, at=now, by=author)
            if change.archive:
                await tx.archive_nodes(course.id, change.archive, at=now, by=author)
            if new_assets:
                await tx.save_assets(course.id, new_assets)
            if is_changed:
                await tx.touch(course.id, at=now)
        return Imported(
            course=course.id,
            slug=course.fields.slug,
            changed=is_changed,
            blocks=count(bundle.items),
            items=bundle.items,
        )

    async def _course_for(
        self, tx: CoursesTx, bundle: Bundle, now: datetime, *, new: CourseId
    ) -> tuple[DraftCourse, bool]:
        known = await tx.course_by_key(bundle.key)
        if known is not None:
            if known.state is CourseState.ARCHIVED:
                raise CourseIsArchived("The course of this package is archived")
            return known, False
        slug = slug_of(bundle.fields.slug or bundle.key or bundle.fields.title)
        free = slug
        for attempt in range(2, 1000):
            if await tx.course_named(free) is None:
                break
            free = f"{slug}-{attempt}"
        course = DraftCourse(
            id=new, key=bundle.key, fields=msgspec.structs.replace(bundle.fields, slug=free), pages=[],
            extras={}, state=CourseState.DRAFT, version=1, snapshot=None, published_at=None, changed_at=now,
        )  # fmt: skip
        await tx.insert_course(course, at=now)
        return course, True

    def _fields(self, course: DraftCourse, bundle: Bundle, *, is_new: bool) -> DraftCourse | None:
        """Return the course with the package's fields, None where an earlier import brought the same ones."""
        source = digest([bundle.fields, bundle.pages, bundle.extras])
        if not is_new and course.extras.get("source_hash") == source:
            return None
        fields: CourseFields = msgspec.structs.replace(bundle.fields, slug=course.fields.slug)
        extras = {**bundle.extras, "source_hash": source}
        return msgspec.structs.replace(course, fields=fields, pages=bundle.pages, extras=extras)


def merge(known: dict[NodeId, DraftNode], incoming: list[BundleNode]) -> _Change:
    """Return what an import changes: a node whose source is as it was keeps what authors made of it."""
    save = []
    for node in incoming:
        source = digest(
            [node.parent, node.position, node.kind, node.block_kind, node.title, node.settings, node.content]
        )
        old = known.get(node.id)
        if old is not None and old.source_hash == source and not old.archived:
            continue
        save.append(
            DraftNode(
                id=node.id, key=node.key, parent=node.parent, position=node.position, kind=node.kind,
                block_kind=node.block_kind, title=node.title, settings=node.settings, content=node.content,
                version=old.version + 1 if old else 1, source_hash=source,
            )
        )  # fmt: skip
    brought = {node.id for node in incoming}
    gone = [node.id for node in known.values() if node.source_hash and not node.archived and node.id not in brought]
    return _Change(save=save, archive=gone)


def blob_key(organization: OrganizationId, sha256: str) -> str:
    """Return where the bytes of an asset lie: once in an organization, whatever they are called."""
    return f"{organization}/assets/{sha256[:2]}/{sha256}"


def type_of(name: str) -> str:
    """Return the content type that a file name promises."""
    if name.endswith(".vtt"):
        return "text/vtt"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


async def _in_pieces(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(lambda: next(pieces, b""))) != b"":
        yield piece
