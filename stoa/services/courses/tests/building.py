"""What the tests of courses build with: an assessment that keeps sources, blobs in memory, packages in words."""

import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from stoa.kit.blobs import BlobHead, BlobNotFound, Source, Stored
from stoa.kit.contract import JobId, OrganizationId, UserId, new_id
from stoa.kit.jobs import JobNotFound, JobState, JobStatus
from stoa.services.assessment.contract.port import AssessmentPort, ImportOutcome, ProblemImport, ProblemSource
from stoa.services.assessment.contract.problem import Problem, ProblemVersionId
from stoa.services.courses.domain.files import MemoryFiles
from stoa.services.courses.domain.sandbox import Sandbox
from stoa.services.media.contract import FileWords, Film, MediaPort, Place
from stoa.services.people.contract import PeoplePort, Profile

SANDBOX = Sandbox(secret=b"s" * 32, content_url="http://content.test", public_url="http://stoa.test")
SHARED = Path(os.environ.get("STOA_SHARED", str(Path(__file__).resolve().parents[5] / "shared")))
OLX = SHARED / "data" / "olx"
COURSES = ("mitx-grading", "openedx-demo", "oxa-kitchen-sink", "supported-components")
needs_courses = pytest.mark.skipif(not OLX.is_dir(), reason="the real courses of ../shared/data/olx are not here")
AUTHOR = UserId(UUID("0190a000-0000-7000-8000-000000000001"))
LEARNER = UserId(UUID("0190a000-0000-7000-8000-000000000002"))
NAMESPACE = UUID("0190a000-0000-7000-8000-00000000000f")


class RememberingAssessment(AssessmentPort):
    """Keeps every source as the body of a problem without parts; refuses what is written in Python."""

    def __init__(self) -> None:
        self.problems: dict[ProblemVersionId, Problem] = {}
        self.calls: list[int] = []

    async def import_problems(
        self, *, organization: OrganizationId, sources: list[ProblemSource]
    ) -> list[ProblemImport]:
        self.calls.append(len(sources))
        answers = []
        for source in sources:
            if "loncapa/python" in source.source:
                answers.append(
                    ProblemImport(
                        key=source.key, outcome=ImportOutcome.SKIPPED, reason="graded by Python", problem=None
                    )
                )
                continue
            problem = (
                _decoded(source.source)
                if source.format.value == "stoa"
                else Problem(title=source.title, body=source.source, parts=())
            )
            version = ProblemVersionId(uuid5(NAMESPACE, problem.title + problem.body))
            self.problems[version] = problem
            answers.append(ProblemImport(key=source.key, outcome=ImportOutcome.IMPORTED, reason="", problem=version))
        return answers

    async def problems_of(self, *, organization: OrganizationId, ids: list[ProblemVersionId]) -> list[Problem]:
        return [self.problems[version] for version in ids]


class RememberingMedia(MediaPort):
    """Keeps what is said about files, and who holds which."""

    def __init__(self) -> None:
        self.words: dict[tuple[OrganizationId, str], FileWords] = {}
        self.films: dict[str, Film] = {}
        self.held: set[tuple[UUID, str, str]] = set()

    async def films_of(
        self, *, organization: OrganizationId, files: list[str], viewer: UserId | None = None
    ) -> list[Film]:
        return [self.films[sha256] for sha256 in files if sha256 in self.films]

    async def words_of(self, *, organization: OrganizationId, files: list[str]) -> list[FileWords]:
        return [self.words[organization, sha256] for sha256 in sorted(files) if (organization, sha256) in self.words]

    async def adopt(self, *, organization: OrganizationId, files: list[FileWords], by: UserId | None = None) -> None:
        for file in files:
            self.words.setdefault((organization, file.sha256), file)

    async def hold(
        self, *, organization: OrganizationId, holder: UUID, title: str, place: Place, files: list[str]
    ) -> None:
        self.held |= {(holder, place, sha256) for sha256 in files}

    async def release(self, *, organization: OrganizationId, holder: UUID, place: Place, files: list[str]) -> None:
        self.held -= {(holder, place, sha256) for sha256 in files}


class NamingPeople(PeoplePort):
    """Calls everybody by the end of their id."""

    def __init__(self) -> None:
        self.asked = 0

    async def profiles_of(self, *, organization: OrganizationId, users: list[UserId]) -> list[Profile]:
        self.asked += 1
        return [
            Profile(user=user, display_name=f"Editor {user.hex[-1]}", pronouns="", locale="en", time_zone="UTC")
            for user in users
        ]


class MemoryBlobs:
    """Blobs in a dictionary, which counts what is put."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts: list[str] = []

    async def put(self, key: str, source: Source, *, limit_bytes: int | None = None) -> Stored:
        if isinstance(source, bytes):
            data = source
        elif isinstance(source, Path):
            data = source.read_bytes()
        else:
            data = b"".join([piece async for piece in source])
        self.kept[key] = data
        self.puts.append(key)
        return Stored(key=key, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        yield self.kept[key][start:end]

    async def head(self, key: str) -> BlobHead:
        if key not in self.kept:
            raise BlobNotFound
        return BlobHead(key=key, size=len(self.kept[key]), etag="x", modified_at=datetime(2026, 1, 5, tzinfo=UTC))

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    async def signed_url(self, key: str, *, expires: timedelta, content_type: str, filename: str | None = None) -> str:
        return f"/blobs/{key}"

    async def list(self, prefix: str) -> AsyncIterator[BlobHead]:
        for key in sorted(self.kept):
            if key.startswith(prefix):
                yield await self.head(key)


class GivenUp:
    """A board on which every job can be said to have failed."""

    def __init__(self) -> None:
        self.error = ""

    async def state_of(self, job: JobId) -> JobState:
        if not self.error:
            raise JobNotFound
        return JobState(
            id=job, type_="courses.import", queue="default", status=JobStatus.FAILED, attempts=3, done=0, total=None,
            note="", error=self.error, queued_at=datetime(2026, 1, 5, tzinfo=UTC), finished_at=None,
        )  # fmt: skip


def an_organization() -> OrganizationId:
    """Return an organization of its own."""
    return OrganizationId(new_id())


async def silence(_done: int, _total: int, _note: str) -> None:
    """Take a report of progress and say nothing."""


def a_source(name: str) -> MemoryFiles:
    """Return one of the real courses in memory."""
    root = OLX / name
    return MemoryFiles(
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    )


def an_olx(**files: str | bytes) -> MemoryFiles:
    """Return a course made of files; two underscores in a name stand for a slash, one at the end for .xml."""
    contents = {}
    for name, body in files.items():
        path = name.replace("__", "/")
        path = path[:-1] + ".xml" if path.endswith("_") else path
        contents[path] = body.encode() if isinstance(body, str) else body
    return MemoryFiles(contents)


def in_a_unit(*blocks: str) -> str:
    """Return a whole course with some blocks in its only unit."""
    return (
        '<course org="o" course="c" url_name="r" display_name="A course"><chapter url_name="ch" display_name="One">'
        '<sequential url_name="se" display_name="First"><vertical url_name="ve" display_name="Start">'
        + "".join(blocks)
        + "</vertical></sequential></chapter></course>"
    )


def _decoded(source: str) -> Problem:
    import msgspec

    return msgspec.json.decode(source, type=Problem)
