"""Packages become drafts: whole, once, and never over what learners read."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from stoa.kit.contract import OrganizationId, new_id
from stoa.services.courses.contract import (
    EmbedContent,
    HtmlContent,
    NodeKind,
    ProblemContent,
    UnreadablePackage,
    UnsupportedContent,
    VideoContent,
)
from stoa.services.courses.domain.bundle import Outcome
from stoa.services.courses.domain.drafts import NodeEdit
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.service.importing import Imported, blob_key
from stoa.services.courses.tests.building import (
    AUTHOR,
    COURSES,
    OLX,
    MemoryBlobs,
    RememberingAssessment,
    an_organization,
    in_a_unit,
    needs_courses,
    silence,
)

PAGE = '<html url_name="page" display_name="A page"/>'


def a_folder(tmp_path: Path, **more: str | bytes) -> Path:
    """Write a small course: one page with a picture, one problem, one film."""
    files: dict[str, str | bytes] = {
        "course.xml": in_a_unit(PAGE, '<problem url_name="sum"/>', '<video url_name="film" youtube="1.00:abc"/>'),
        "html/page.xml": '<html display_name="A page" filename="page"/>',
        "html/page.html": '<p>See <img src="/static/pic.png" alt="A"> and <a href="/jump_to_id/sum">the sum</a></p>',
        "problem/sum.xml": '<problem display_name="Sum"><p>1+1</p><img src="/static/pic.png"/></problem>',
        "static/pic.png": b"\x89PNG fake",
        "static/unused.png": b"nobody names me",
        **more,
    }
    folder = tmp_path / "course"
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    return folder


async def bring(courses: Courses, path: Path, organization: OrganizationId, format_: str = "olx") -> Imported:
    return await courses.importing.import_path(
        organization=organization, path=path, format_=format_, author=AUTHOR, report=silence
    )


async def contents_of(courses: Courses, done: Imported, organization: OrganizationId) -> list[object]:
    outline = await courses.authoring.outline(organization=organization, course=done.course)
    unit = outline.sections[0].children[0].children[0]
    found = [
        await courses.authoring.node(organization=organization, course=done.course, node=block.id)
        for block in unit.children
    ]
    return [node.content for node in found]


async def test_a_course_comes_in_with_its_parts_files_and_links(
    courses: Courses, blobs: MemoryBlobs, assessment: RememberingAssessment, tmp_path: Path
) -> None:
    organization = an_organization()

    done = await bring(courses, a_folder(tmp_path), organization)

    page, problem, film = await contents_of(courses, done, organization)
    assert isinstance(page, HtmlContent)
    assert '<img src="asset:pic.png" alt="A">' in page.html
    assert 'href="block:' in page.html
    assert isinstance(problem, ProblemContent)
    assert list(problem.urls) == ["asset:pic.png"]
    assert isinstance(film, VideoContent)
    assert film.youtube == "abc"
    assert list(blobs.kept.values()) == [b"\x89PNG fake"]
    assert [(item.path, item.outcome) for item in done.items if item.reason == "orphan"] == [
        ("static/unused.png", Outcome.SKIPPED)
    ]


async def test_the_same_package_twice_changes_nothing(courses: Courses, blobs: MemoryBlobs, tmp_path: Path) -> None:
    organization = an_organization()
    folder = a_folder(tmp_path)
    first = await bring(courses, folder, organization)
    before = await courses.authoring.outline(organization=organization, course=first.course)
    puts = len(blobs.puts)

    again = await bring(courses, folder, organization)

    after = await courses.authoring.outline(organization=organization, course=first.course)
    assert (again.course, again.changed) == (first.course, False)
    assert again.blocks == first.blocks
    assert after == before
    assert len(blobs.puts) == puts


async def test_what_an_author_rewrote_survives_the_same_package(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    folder = a_folder(tmp_path)
    done = await bring(courses, folder, organization)
    outline = await courses.authoring.outline(organization=organization, course=done.course)
    page = outline.sections[0].children[0].children[0].children[0]
    await courses.authoring.update_node(
        organization=organization, course=done.course, node=page.id, version=1, author=AUTHOR,
        edit=NodeEdit(content=HtmlContent(html="<p>Better.</p>")),
    )  # fmt: skip

    await bring(courses, folder, organization)

    kept = await courses.authoring.node(organization=organization, course=done.course, node=page.id)
    assert kept.content == HtmlContent(html="<p>Better.</p>")


async def test_a_newer_package_changes_its_block_and_archives_what_it_dropped(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    folder = a_folder(tmp_path)
    done = await bring(courses, folder, organization)
    (folder / "html/page.html").write_text("<p>Second edition</p>")
    (folder / "course.xml").write_text(in_a_unit(PAGE, '<problem url_name="sum"/>'))

    again = await bring(courses, folder, organization)

    found = await contents_of(courses, again, organization)
    assert again.course == done.course
    assert found[0] == HtmlContent(html="<p>Second edition</p>")
    assert len(found) == 2


async def test_an_import_never_touches_what_learners_read(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    folder = a_folder(tmp_path)
    done = await bring(courses, folder, organization)
    await courses.publishing.publish(organization=organization, course=done.course, note="", author=AUTHOR)
    before = await courses.outline_of(organization=organization, course=done.course)
    (folder / "html/page.html").write_text("<p>Second edition</p>")

    await bring(courses, folder, organization)

    after = await courses.outline_of(organization=organization, course=done.course)
    assert after == before


async def test_a_problem_that_cannot_be_scored_is_kept_as_unsupported(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    python = '<problem display_name="Py"><script type="loncapa/python">x=1</script></problem>'

    done = await bring(courses, a_folder(tmp_path, **{"problem/sum.xml": python}), organization)

    problem = (await contents_of(courses, done, organization))[1]
    item = next(item for item in done.items if item.kind == "problem")
    assert isinstance(problem, UnsupportedContent)
    assert "loncapa/python" in problem.source
    assert (item.outcome, item.reason) == (Outcome.SKIPPED, "graded by Python")


async def test_readers_never_get_the_source_of_an_unsupported_block(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    folder = a_folder(tmp_path, **{"course.xml": in_a_unit('<lti url_name="l" secret="hush"/>')})
    done = await bring(courses, folder, organization)
    await courses.publishing.publish(organization=organization, course=done.course, note="", author=AUTHOR)
    outline = await courses.outline_of(organization=organization, course=done.course)
    unit = outline.sections[0].children[0].children[0]

    content = await courses.unit_of(organization=organization, course=done.course, unit=unit.id)

    shown = content.blocks[0].content
    assert isinstance(shown, UnsupportedContent)
    assert (shown.source_kind, shown.source) == ("lti", "")


async def test_a_page_with_scripts_goes_whole_into_the_sandbox(courses: Courses, tmp_path: Path) -> None:
    organization = an_organization()
    alive = '<div id="x">Wait</div>\r\n<script src="/static/pic.png"></script>'

    done = await bring(courses, a_folder(tmp_path, **{"html/page.html": alive}), organization)

    page = (await contents_of(courses, done, organization))[0]
    assert page == EmbedContent(mode="sandbox", html=alive.replace("/static/pic.png", "asset:pic.png"), height=0)


async def test_problems_are_asked_about_in_batches(
    courses: Courses, assessment: RememberingAssessment, tmp_path: Path
) -> None:
    blocks = [f'<problem url_name="p{n}"><p>{n}</p></problem>' for n in range(230)]

    await bring(courses, a_folder(tmp_path, **{"course.xml": in_a_unit(*blocks)}), an_organization())

    assert assessment.calls == [100, 100, 30]


@needs_courses
@pytest.mark.parametrize("name", COURSES)
async def test_a_real_course_is_imported_published_and_read_from_end_to_end(courses: Courses, name: str) -> None:
    organization = an_organization()

    done = await bring(courses, OLX / name, organization)
    await courses.publishing.publish(organization=organization, course=done.course, note="", author=AUTHOR)

    outline = await courses.outline_of(organization=organization, course=done.course)
    units = [unit for section in outline.sections for part in section.children for unit in part.children]
    for unit in units:
        content = await courses.unit_of(organization=organization, course=done.course, unit=unit.id)
        text = str(content)
        assert "asset:" not in text.replace("urls={'asset:", "").replace(", 'asset:", "")
        assert unit.kind is NodeKind.UNIT
    assert units


@needs_courses
@pytest.mark.parametrize("name", COURSES)
async def test_every_asset_is_kept_byte_for_byte(courses: Courses, blobs: MemoryBlobs, name: str) -> None:
    organization = an_organization()

    done = await bring(courses, OLX / name, organization)

    async with courses.reading._store.reading(organization=organization) as tx:
        assets = await tx.assets(done.course)
    originals = {
        path.relative_to(folder).as_posix(): path
        for folder in (OLX / name).rglob("static")
        for path in folder.rglob("*")
    }
    for asset, entry in assets.items():
        if asset in originals:
            assert blobs.kept[blob_key(organization, entry.sha256)] == originals[asset].read_bytes()
    assert assets


@needs_courses
async def test_the_packed_course_gives_what_the_folder_gives(courses: Courses) -> None:
    one, other = an_organization(), an_organization()

    folder = await bring(courses, OLX / "oxa-kitchen-sink", one)
    packed = await bring(courses, OLX / "oxa-kitchen-sink.tar.gz", other)

    assert sorted(packed.items, key=str) == sorted(folder.items, key=str)


def a_tar(path: Path, entries: list[tarfile.TarInfo], *, body: bytes = b"") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for entry in entries:
            entry.size = len(body) if entry.isreg() else 0
            tar.addfile(entry, io.BytesIO(body))
    return path


def an_entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


@pytest.mark.parametrize(
    "entry",
    [
        an_entry("../outside.xml"),
        an_entry("/etc/passwd"),
        an_entry("a/../../b"),
        an_entry("course.xml", tarfile.SYMTYPE, "/etc/passwd"),
        an_entry("course.xml", tarfile.LNKTYPE, "other"),
        an_entry("pipe", tarfile.FIFOTYPE),
        an_entry("device", tarfile.CHRTYPE),
    ],
    ids=["parent", "absolute", "inner parent", "symlink", "hard link", "pipe", "device"],
)
async def test_a_hostile_tar_is_refused(courses: Courses, tmp_path: Path, entry: tarfile.TarInfo) -> None:
    package = a_tar(tmp_path / "x.tar.gz", [entry])

    with pytest.raises(UnreadablePackage):
        await bring(courses, package, an_organization())


async def test_a_zip_bomb_is_refused(courses: Courses, tmp_path: Path) -> None:
    package = tmp_path / "bomb.zip"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("course.xml", "<course/>")
        archive.writestr("static/zeros.bin", bytes(60_000_000))

    with pytest.raises(UnreadablePackage, match="bomb"):
        await bring(courses, package, an_organization())


async def test_a_dense_tar_is_refused(courses: Courses, tmp_path: Path) -> None:
    package = tmp_path / "bomb.tar.gz"
    with gzip.open(package, "wb") as out, tarfile.open(fileobj=out, mode="w|") as tar:
        entry = tarfile.TarInfo("static/zeros.bin")
        entry.size = 150_000_000
        with (tmp_path / "zeros").open("wb") as zeros:
            zeros.truncate(entry.size)
        with (tmp_path / "zeros").open("rb") as zeros:
            tar.addfile(entry, zeros)

    with pytest.raises(UnreadablePackage, match="bomb"):
        await bring(courses, package, an_organization())


async def test_entities_of_a_hostile_file_are_never_expanded(courses: Courses, tmp_path: Path) -> None:
    hostile = (
        '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<html display_name='h'><p>&x; &a; end</p></html>"
    )
    organization = an_organization()

    done = await bring(courses, a_folder(tmp_path, **{"html/page.xml": hostile}), organization)

    page = (await contents_of(courses, done, organization))[0]
    assert isinstance(page, HtmlContent)
    assert "root:" not in page.html
    assert "end" in page.html


async def test_a_source_without_a_course_and_one_with_two_are_refused(courses: Courses, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    for name in ("a", "b"):
        (tmp_path / "two" / name).mkdir(parents=True)
        (tmp_path / "two" / name / "course.xml").write_text("<course/>")

    with pytest.raises(UnreadablePackage, match=r"no course\.xml"):
        await bring(courses, tmp_path / "none", an_organization())
    with pytest.raises(UnreadablePackage, match=r"a/course\.xml, b/course\.xml"):
        await bring(courses, tmp_path / "two", an_organization())


async def test_new_organizations_get_courses_of_their_own(courses: Courses, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)

    one = await bring(courses, folder, OrganizationId(new_id()))
    other = await bring(courses, folder, OrganizationId(new_id()))

    assert one.course != other.course
    assert one.slug == other.slug
