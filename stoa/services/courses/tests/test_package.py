"""Our own package: out, in and out again gives the same bytes."""

import errno
import json
import os
import zipfile
from pathlib import Path

import pytest

from stoa.kit.contract import OrganizationId
from stoa.services.courses.contract import CourseId, HtmlContent, ProblemContent, UnreadablePackage, VideoContent
from stoa.services.courses.domain.files import MemoryFiles
from stoa.services.courses.domain.package import file_name
from stoa.services.courses.domain.unpack import read_package
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.tests.building import AUTHOR, COURSES, OLX, an_organization, needs_courses, silence

COURSE = {"format": "stoa-course/1", "key": "knots", "title": "Knots"}


def an_outline(*blocks: dict[str, object]) -> dict[str, object]:
    unit = {"key": "u", "kind": "unit", "title": "Unit", "children": list(blocks)}
    part = {"key": "p", "kind": "subsection", "title": "Part", "children": [unit]}
    return {"children": [{"key": "s", "kind": "section", "title": "Section", "children": [part]}]}


def a_package(outline: dict[str, object], **files: str | bytes) -> dict[str, bytes]:
    texts = {"course.json": json.dumps(COURSE), "outline.json": json.dumps(outline), **files}
    return {name: body.encode() if isinstance(body, str) else body for name, body in texts.items()}


def on_disk(folder: Path, package: dict[str, bytes]) -> Path:
    for name, body in package.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


HAND_WRITTEN = a_package(
    an_outline(
        {"key": "text", "kind": "html", "title": "Text"},
        {"key": "film", "kind": "video", "content": {"sources": [{"url": "asset:knot.webm"}], "duration_s": 60}},
        {"key": "sum", "kind": "problem", "title": "Sum", "settings": {"weight": 2, "prerequisites": ["text"]}},
        {"key": "pool", "kind": "randomized", "content": {"count": 1}, "children": [
            {"key": "one", "kind": "html", "file": "blocks/text.html"},
        ]},
        {"key": "play", "kind": "embed", "content": {"mode": "sandbox", "height": 300}},
        {"key": "talk", "kind": "discussion", "content": {"topic": "Knots"}},
    ),
    **{
        "blocks/text.html": r'<p>\(a+b\) <img src="asset:knot.svg" alt="A knot"> <a href="block:sum">the sum</a></p>',
        "blocks/play.html": '<button onclick="go()">Go</button><img src="asset:knot.svg">',
        "problems/sum.xml": '<problem><img src="/static/knot.svg"/><a href="/jump_to_id/text">back</a></problem>',
        "assets/knot.svg": b"<svg/>",
        "assets/knot.webm": b"webm",
        "README.md": "ignored",
    },
)  # fmt: skip


async def bring(courses: Courses, path: Path, organization: OrganizationId, format_: str = "course") -> CourseId:
    done = await courses.importing.import_path(
        organization=organization, path=path, format_=format_, author=AUTHOR, report=silence
    )
    return done.course


async def take(courses: Courses, course: CourseId, organization: OrganizationId, path: Path) -> bytes:
    await courses.exporting.export_to(organization=organization, course=course, path=path, report=silence)
    return path.read_bytes()


def test_a_package_written_by_hand_is_read_with_its_defaults() -> None:
    bundle = read_package(MemoryFiles(HAND_WRITTEN))

    by_key = {node.key: node for node in bundle.nodes}
    text, film, problem = by_key["text"].content, by_key["film"].content, by_key["sum"].content
    assert isinstance(text, HtmlContent)
    assert "<math" in text.html
    assert f'href="block:{by_key["sum"].id}"' in text.html
    assert isinstance(film, VideoContent)
    assert by_key["sum"].settings.prerequisites == [by_key["text"].id]
    assert isinstance(problem, ProblemContent)
    assert set(problem.urls) == {"asset:knot.svg", f"block:{by_key['text'].id}"}
    assert all(item.outcome == "imported" for item in bundle.items)


async def test_an_export_that_fails_leaves_the_one_before_it_whole(
    courses: Courses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = an_organization()
    course = await bring(courses, on_disk(tmp_path / "hand", HAND_WRITTEN), one)
    before = await take(courses, course, one, tmp_path / "one.zip")

    async def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(courses.exporting, "_pack", fail)
    with pytest.raises(OSError, match="No space"):
        await take(courses, course, one, tmp_path / "one.zip")

    assert (tmp_path / "one.zip").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hand", "one.zip"]


async def test_out_in_and_out_again_gives_the_same_bytes(courses: Courses, tmp_path: Path) -> None:
    one, other = an_organization(), an_organization()
    folder = on_disk(tmp_path / "hand", HAND_WRITTEN)
    first = await take(courses, await bring(courses, folder, one), one, tmp_path / "first.zip")

    again = await bring(courses, tmp_path / "first.zip", other)
    second = await take(courses, again, other, tmp_path / "second.zip")

    assert second == first


async def test_an_export_can_be_read_in_a_folder_as_well(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    folder = on_disk(tmp_path / "hand", HAND_WRITTEN)
    course = await bring(courses, folder, organization)
    first = await take(courses, course, organization, tmp_path / "first.zip")
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        archive.extractall(tmp_path / "open")

    again = await bring(courses, tmp_path / "open", organization)

    assert again == course
    assert await take(courses, course, organization, tmp_path / "second.zip") == first


@needs_courses
@pytest.mark.parametrize("name", COURSES)
async def test_a_real_course_goes_out_in_and_out_again_unchanged(courses: Courses, name: str, tmp_path: Path) -> None:
    one, other = an_organization(), an_organization()
    first = await take(courses, await bring(courses, OLX / name, one, "olx"), one, tmp_path / "first.zip")

    again = await bring(courses, tmp_path / "first.zip", other)
    second = await take(courses, again, other, tmp_path / "second.zip")

    assert second == first


@pytest.mark.parametrize(
    ("outline", "complaint"),
    [
        (an_outline({"key": "u", "kind": "html"}), "used twice"),
        (an_outline({"key": "x y", "kind": "html"}), "not a key"),
        (an_outline({"key": "x", "kind": "poem"}), "no kind"),
        (an_outline({"key": "x", "kind": "html"}), "blocks/x.html is missing"),
        (an_outline({"key": "x", "kind": "section"}), "cannot stand"),
        (an_outline({"key": "x", "kind": "group", "settings": {"prerequisites": ["nowhere"]}}), "nowhere"),
    ],
)
def test_a_mistake_in_a_package_is_named(outline: dict[str, object], complaint: str) -> None:
    with pytest.raises(UnreadablePackage, match=complaint):
        read_package(MemoryFiles(a_package(outline)))


def test_keys_that_differ_only_in_case_get_different_files() -> None:
    names = {file_name("intro"), file_name("Intro"), file_name("a/b"), file_name("a-b")}

    assert len({name.lower() for name in names}) == 4
