"""Uploads become imports and exports become files, as jobs that tell how far they are."""

import io
import zipfile
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import JobId, new_id
from stoa.kit.engines.memory.cache import MemoryCache
from stoa.kit.engines.memory.locks import MemoryLocks
from stoa.kit.engines.postgres.jobs import jobs_migrations
from stoa.kit.http.cursor import PageQuery
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import migrations_of
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.services.courses.contract import ImportNotFound
from stoa.services.courses.policy import CoursesSettings
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.courses.tests.building import (
    AUTHOR,
    SANDBOX,
    GivenUp,
    MemoryBlobs,
    NamingPeople,
    RememberingAssessment,
    RememberingMedia,
    an_organization,
    in_a_unit,
)

FIRST = PageQuery(limit=3)


class Watching:
    """A run that remembers what it was told."""

    def __init__(self) -> None:
        self.id = JobId(new_id())
        self.attempt = 1
        self.told: list[str] = []

    async def progress(self, done: int, total: int | None, note: str = "") -> None:
        self.told.append(note)


@pytest.fixture
def board() -> GivenUp:
    return GivenUp()


@pytest.fixture
async def working(postgres: ThrowawayPostgres, clock: ManualClock, blobs: MemoryBlobs, board: GivenUp) -> Courses:
    """The service on a database that can queue jobs."""
    await postgres.migrated("courses_jobs", [jobs_migrations(), migrations_of("courses")])
    store = Store(postgres.database("courses_jobs", "courses", clock=clock), CoursesTx)
    settings = CoursesSettings.load({})
    assessment = RememberingAssessment()
    return Courses(
        store=store,
        assessment=assessment,
        media=RememberingMedia(),
        blobs=blobs,
        clock=clock,
        settings=settings,
        jobs=board,
        sandbox=SANDBOX,
        people=NamingPeople(),
        cache=MemoryCache(clock),
        locks=MemoryLocks(),
    )


async def a_package(*blocks: str) -> AsyncIterator[bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("course.xml", in_a_unit(*blocks))
    yield packed.getvalue()


async def test_an_upload_is_imported_by_its_job_and_reported_in_pages(working: Courses, blobs: MemoryBlobs) -> None:
    organization, run = an_organization(), Watching()
    started = await working.transfers.start_import(
        organization=organization, format_="olx", filename="c.zip", body=a_package("<html>Hi</html>"), author=AUTHOR
    )
    queued = await working.transfers.import_report(organization=organization, transfer=started.import_id, page=FIRST)

    await working.transfers.run_import(organization=organization, transfer=started.import_id, run=run)

    first = await working.transfers.import_report(organization=organization, transfer=started.import_id, page=FIRST)
    rest = await working.transfers.import_report(
        organization=organization, transfer=started.import_id, page=PageQuery(cursor=first.items.next, limit=3)
    )
    assert (queued.state, first.state, first.error) == ("queued", "done", "")
    assert first.blocks is not None
    assert first.blocks.found == 5
    assert [item.kind for item in (*first.items.items, *rest.items.items)] == [
        "course", "chapter", "sequential", "vertical", "html",
    ]  # fmt: skip
    assert rest.items.next is None
    assert "Writing the draft" in run.told
    assert not [key for key in blobs.kept if "/imports/" in key]


async def test_the_job_of_an_import_done_twice_changes_nothing(working: Courses) -> None:
    organization = an_organization()
    first = await working.transfers.start_import(
        organization=organization, format_="olx", filename="", body=a_package("<html>Hi</html>"), author=AUTHOR
    )
    await working.transfers.run_import(organization=organization, transfer=first.import_id, run=Watching())

    await working.transfers.run_import(organization=organization, transfer=first.import_id, run=Watching())

    report = await working.transfers.import_report(organization=organization, transfer=first.import_id, page=FIRST)
    assert (report.state, report.error) == ("done", "")


async def test_a_package_that_is_no_course_ends_with_a_sentence_and_no_retry(working: Courses) -> None:
    organization = an_organization()

    async def nonsense() -> AsyncIterator[bytes]:
        yield b"this is not an archive"

    started = await working.transfers.start_import(
        organization=organization, format_="olx", filename="x", body=nonsense(), author=AUTHOR
    )

    await working.transfers.run_import(organization=organization, transfer=started.import_id, run=Watching())

    report = await working.transfers.import_report(organization=organization, transfer=started.import_id, page=FIRST)
    assert (report.state, report.course) == ("failed", None)
    assert "archive" in report.error


async def test_an_import_whose_job_was_given_up_says_so(working: Courses, board: GivenUp) -> None:
    organization = an_organization()
    started = await working.transfers.start_import(
        organization=organization, format_="olx", filename="x", body=a_package(), author=AUTHOR
    )
    board.error = "the disk is full"

    report = await working.transfers.import_report(organization=organization, transfer=started.import_id, page=FIRST)

    assert (report.state, report.error) == ("failed", "the disk is full")


async def test_an_export_is_a_file_to_fetch_once_it_is_done(working: Courses, blobs: MemoryBlobs) -> None:
    organization = an_organization()
    upload = await working.transfers.start_import(
        organization=organization, format_="olx", filename="", body=a_package("<html>Hi</html>"), author=AUTHOR
    )
    await working.transfers.run_import(organization=organization, transfer=upload.import_id, run=Watching())
    report = await working.transfers.import_report(organization=organization, transfer=upload.import_id, page=FIRST)
    assert report.course is not None
    started = await working.transfers.start_export(organization=organization, course=report.course, author=AUTHOR)

    await working.transfers.run_export(organization=organization, transfer=started.id, run=Watching())

    state = await working.transfers.export_state(organization=organization, course=report.course, transfer=started.id)
    package = blobs.kept[f"{organization}/exports/{started.id}.zip"]
    assert (state.state, state.size, state.url != "") == ("done", len(package), True)
    assert "outline.json" in zipfile.ZipFile(io.BytesIO(package)).namelist()


async def test_nobody_sees_the_imports_of_another_organization(working: Courses) -> None:
    started = await working.transfers.start_import(
        organization=an_organization(), format_="olx", filename="", body=a_package(), author=AUTHOR
    )

    with pytest.raises(ImportNotFound):
        await working.transfers.import_report(
            organization=an_organization(), transfer=UUID(str(started.import_id)), page=FIRST
        )
