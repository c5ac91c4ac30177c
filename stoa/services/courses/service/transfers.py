"""Packages on their way: an upload becomes a job, a job becomes a report or a file to fetch."""

import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import msgspec

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, Page, UserId, new_id
from stoa.kit.errors import Invalid, StoaError
from stoa.kit.http.cursor import Cursor, PageQuery
from stoa.kit.jobs import JobBoard, JobNotFound, JobRun, JobStatus
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CourseNotFound, ImportNotFound
from stoa.services.courses.domain.drafts import ExportState, ImportReport, ImportStarted, TransferStarted
from stoa.services.courses.domain.transfers import Transfer
from stoa.services.courses.policy import CoursesSettings
from stoa.services.courses.service.exporting import Exporting, pieces_of
from stoa.services.courses.service.importing import READERS, Importing
from stoa.services.courses.store.courses import CoursesTx

ITEMS = Cursor("courses.import_items", int)
ENDED = ("done", "failed")
LINK_LASTS = timedelta(hours=1)


class ImportCourse(Job, frozen=True, kw_only=True):
    """Import the package that was uploaded."""

    type_: ClassVar[str] = "courses.import"
    max_attempts_: ClassVar[int] = 3

    organization_id: OrganizationId
    transfer: UUID


class ExportCourse(Job, frozen=True, kw_only=True):
    """Write the package of a course."""

    type_: ClassVar[str] = "courses.export"
    queue_: ClassVar[str] = "export"
    max_attempts_: ClassVar[int] = 3

    organization_id: OrganizationId
    transfer: UUID


class Transfers:
    """Imports and exports that take their time."""

    def __init__(
        self,
        *,
        store: Store[CoursesTx],
        blobs: Blobs,
        clock: Clock,
        importing: Importing,
        exporting: Exporting,
        settings: CoursesSettings,
        jobs: JobBoard,
    ) -> None:
        self._store, self._blobs, self._clock, self._jobs = store, blobs, clock, jobs
        self._importing, self._exporting, self._settings = importing, exporting, settings

    async def start_import(
        self,
        *,
        organization: OrganizationId,
        format_: str,
        filename: str,
        body: AsyncIterator[bytes],
        author: UserId | None,
    ) -> ImportStarted:
        """Keep an uploaded package and queue its import."""
        if format_ not in READERS:
            raise Invalid(f"There is no format {format_!r}: say olx or course")
        transfer = new_id()
        key = f"{organization}/imports/{transfer}"
        await self._blobs.put(key, body, limit_bytes=self._settings.max_import_bytes)
        kept = self._transfer(transfer, "import", format_, filename, key, None, author)
        job = ImportCourse(organization_id=organization, transfer=transfer)
        async with self._store.transaction(organization=organization) as tx:
            await tx.insert_transfer(kept)
            # One import of an organization at a time: two of the same package would race for its course.
            queued = tx.enqueue(job, lock=f"courses.import:{organization}")
            await tx.note_job(transfer, queued)
        return ImportStarted(import_id=transfer, job=queued)

    async def start_export(
        self, *, organization: OrganizationId, course: CourseId, author: UserId | None
    ) -> TransferStarted:
        """Queue the export of a course's draft."""
        transfer = new_id()
        key = f"{organization}/exports/{transfer}.zip"
        async with self._store.transaction(organization=organization) as tx:
            draft = await tx.course(course)
            if draft is None:
                raise CourseNotFound
            name = f"{draft.fields.slug}.zip"
            await tx.insert_transfer(self._transfer(transfer, "export", "course", name, key, course, author))
            queued = tx.enqueue(ExportCourse(organization_id=organization, transfer=transfer))
            await tx.note_job(transfer, queued)
        return TransferStarted(id=transfer, job=queued)

    async def run_import(self, *, organization: OrganizationId, transfer: UUID, run: JobRun) -> None:
        """Do a queued import; a package that cannot be read ends it with a reason, not with a retry."""
        kept = await self._transfer_of(organization, transfer)
        if kept.state in ENDED:
            return
        report = self._reporter(organization, transfer, run)
        with tempfile.TemporaryDirectory(prefix="stoa-import-") as folder:
            package = Path(folder) / "package"
            with package.open("wb") as file:
                async for piece in self._blobs.open(kept.blob_key):
                    file.write(piece)
            try:
                done = await self._importing.import_path(
                    organization=organization,
                    path=package,
                    format_=kept.format,
                    author=kept.requested_by,
                    report=report,
                )
            except StoaError as problem:
                if problem.status >= 500:
                    raise
                async with self._store.transaction(organization=organization) as tx:
                    await tx.finish_transfer(transfer, at=self._clock.now(), error=problem.detail)
                return
        async with self._store.transaction(organization=organization) as tx:
            await tx.save_items(transfer, done.items)
            await tx.finish_transfer(transfer, at=self._clock.now(), course=done.course, counts=done.blocks)
        await self._blobs.delete(kept.blob_key)

    async def run_export(self, *, organization: OrganizationId, transfer: UUID, run: JobRun) -> None:
        """Do a queued export."""
        kept = await self._transfer_of(organization, transfer)
        if kept.state in ENDED:
            return
        if kept.course is None:
            raise CourseNotFound
        with tempfile.TemporaryDirectory(prefix="stoa-export-") as folder:
            package = Path(folder) / "package.zip"
            report = self._reporter(organization, transfer, run)
            await self._exporting.export_to(organization=organization, course=kept.course, path=package, report=report)
            await self._blobs.put(kept.blob_key, pieces_of(package))
        async with self._store.transaction(organization=organization) as tx:
            await tx.finish_transfer(transfer, at=self._clock.now(), course=kept.course)

    async def import_report(self, *, organization: OrganizationId, transfer: UUID, page: PageQuery) -> ImportReport:
        """Return how far an import is, and a page of its report."""
        kept = await self._told_by_job(await self._transfer_of(organization, transfer, direction="import"))
        after = ITEMS.read(page.cursor)
        start = -1 if after is None else after
        async with self._store.reading(organization=organization) as tx:
            items = await tx.items(transfer, after=start, limit=page.fetch)
        numbered = list(enumerate(items, start=start + 1))
        paged = ITEMS.page(numbered, page, lambda entry: entry[0])
        return ImportReport(
            import_id=transfer, state=kept.state, format=kept.format, filename=kept.filename, done=kept.done,
            total=kept.total, note=kept.note, error=kept.error, course=kept.course, blocks=kept.counts,
            items=Page(items=[item for _, item in paged.items], next=paged.next),
        )  # fmt: skip

    async def export_state(self, *, organization: OrganizationId, course: CourseId, transfer: UUID) -> ExportState:
        """Return how far an export is, and where to fetch it once it is done."""
        kept = await self._told_by_job(await self._transfer_of(organization, transfer, direction="export"))
        if kept.course != course:
            raise ImportNotFound
        url, size = "", 0
        if kept.state == "done":
            size = (await self._blobs.head(kept.blob_key)).size
            url = await self._blobs.signed_url(
                kept.blob_key, expires=LINK_LASTS, content_type="application/zip", filename=kept.filename
            )
        return ExportState(
            export_id=transfer, state=kept.state, done=kept.done, total=kept.total, note=kept.note, error=kept.error,
            url=url, size=size,
        )  # fmt: skip

    def _reporter(self, organization: OrganizationId, transfer: UUID, run: JobRun) -> "Reporter":
        return Reporter(self._store, organization, transfer, run)

    async def _transfer_of(
        self, organization: OrganizationId, transfer: UUID, *, direction: str | None = None
    ) -> Transfer:
        async with self._store.reading(organization=organization) as tx:
            kept = await tx.transfer(transfer)
        if kept is None or direction not in (None, kept.direction):
            raise ImportNotFound
        return kept

    async def _told_by_job(self, kept: Transfer) -> Transfer:
        """Return a transfer as failed where its job was given up without a word."""
        if kept.state in ENDED or kept.job is None:
            return kept
        try:
            state = await self._jobs.state_of(kept.job)
        except JobNotFound:
            return kept
        if state.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            return kept
        return msgspec.structs.replace(kept, state="failed", error=state.error or "The work was given up.")

    def _transfer(
        self,
        transfer: UUID,
        direction: str,
        format_: str,
        filename: str,
        blob_key: str,
        course: CourseId | None,
        author: UserId | None,
    ) -> Transfer:
        return Transfer(
            id=transfer,
            direction="import" if direction == "import" else "export",
            format=format_,
            filename=filename[:200],
            blob_key=blob_key,
            state="queued",
            job=None,
            course=course,
            requested_by=author,
            requested_at=self._clock.now(),
        )


class Reporter:
    """Tells job and transfer how far the work is."""

    def __init__(self, store: Store[CoursesTx], organization: OrganizationId, transfer: UUID, run: JobRun) -> None:
        self._store, self._organization, self._transfer, self._run = store, organization, transfer, run

    async def __call__(self, done: int, total: int, note: str) -> None:
        """Note a step."""
        await self._run.progress(done, total, note)
        async with self._store.transaction(organization=self._organization) as tx:
            await tx.advance_transfer(self._transfer, state="running", done=done, total=total, note=note)
