"""Odd shapes of OLX: drafts without a published part, pools in libraries, broken files, and what exports do to each."""

import io
import tarfile
from pathlib import Path

import pytest

from stoa.services.courses.contract import (
    BlockKind,
    EmbedContent,
    HtmlContent,
    NodeKind,
    ProblemContent,
    RandomizedContent,
    UnreadablePackage,
    UnsupportedContent,
)
from stoa.services.courses.domain.bundle import Bundle, BundleNode, Outcome, count
from stoa.services.courses.domain.files import MAX_TEXT_BYTES, MemoryFiles
from stoa.services.courses.domain.olx.course import read_olx
from stoa.services.courses.service.archives import Bounds, open_source
from stoa.services.courses.tests.building import in_a_unit

PROBLEM = '<problem><stringresponse answer="a"><textline/></stringresponse></problem>'
Sources = dict[str, str | bytes]


def read(files: Sources) -> Bundle:
    """Read a course and check the law that holds for every course: each element and each file is one item."""
    contents = {name: body.encode() if isinstance(body, str) else body for name, body in files.items()}
    bundle = read_olx(MemoryFiles(contents))
    counts = count(bundle.items)
    assert counts.found == counts.imported + counts.converted_with_loss + counts.skipped == len(bundle.items)
    assert len({(item.path, item.kind) for item in bundle.items if item.kind == "file"}) == sum(
        item.kind == "file" for item in bundle.items
    )
    assert len({node.id for node in bundle.nodes}) == len(bundle.nodes)
    return bundle


def fates(bundle: Bundle) -> dict[str, tuple[str, str]]:
    return {item.path: (str(item.outcome), item.reason) for item in bundle.items}


def by_key(bundle: Bundle) -> dict[str, BundleNode]:
    return {node.key: node for node in bundle.nodes}


def a_draft(tag: str, inner: str, *, parent: str = "sequential+block@se", index: int = 0) -> str:
    placing = f'parent_url="block-v1:o+c+r+type@{parent}" index_in_children_list="{index}"'
    return f'<{tag} display_name="New" {placing}>{inner}</{tag}>'


def test_a_unit_that_exists_only_as_a_draft_comes_in_hidden_at_its_place_and_each_file_is_counted_once() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit("<html>Old</html>"),
            "drafts/vertical/new.xml": a_draft("vertical", '<html url_name="page"/><problem url_name="sum"/>'),
            "drafts/html/page.xml": '<html filename="page" display_name="Page"/>',
            "drafts/html/page.html": "<p>Drafted</p>",
            "drafts/problem/sum.xml": PROBLEM,
        }
    )

    nodes = by_key(bundle)
    unit, page = nodes["vertical/new"], nodes["html/page"]
    assert (unit.kind, unit.settings.hidden, unit.position, nodes["vertical/ve"].position) == (
        NodeKind.UNIT, True, 0, 1,
    )  # fmt: skip
    assert isinstance(page.content, HtmlContent)
    assert "Drafted" in page.content.html
    assert isinstance(nodes["problem/sum"].content, ProblemContent)
    told = fates(bundle)
    assert {path: told[path][0] for path in told if path.startswith("drafts/")} == {
        "drafts/vertical/new.xml": "imported",
        "drafts/html/page.xml": "imported",
        "drafts/problem/sum.xml": "imported",
        "drafts/html/page.html": "imported",
    }
    assert "hidden" in told["drafts/vertical/new.xml"][1]
    assert "parent_url" not in bundle.problems[0].source


def test_a_newer_draft_of_a_published_part_and_one_without_a_place_stay_orphans() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit('<problem url_name="sum"/>'),
            "problem/sum.xml": PROBLEM,
            "drafts/problem/sum.xml": a_draft("problem", "", parent="vertical+block@ve"),
            "drafts/vertical/lost.xml": a_draft("vertical", "", parent="sequential+block@nowhere"),
            "drafts/vertical/broken.xml": "<vertical",
        }
    )

    told = fates(bundle)
    assert {told[f"drafts/{name}.xml"] for name in ("problem/sum", "vertical/lost", "vertical/broken")} == {
        ("skipped", "orphan")
    }
    assert [node.key for node in bundle.nodes if node.block_kind] == ["problem/sum"]


def test_a_drafted_block_of_a_published_unit_stands_in_it() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit('<html url_name="first">One</html>', '<html url_name="second">Two</html>'),
            "drafts/problem/new.xml": a_draft("problem", "<p>Three</p>", parent="vertical+block@ve", index=1),
        }
    )

    in_unit = sorted((node.position, node.key) for node in bundle.nodes if node.kind is NodeKind.BLOCK)
    assert [key for _, key in in_unit] == ["html/first", "problem/new", "html/second"]


LIBRARY = (
    '<library org="o" library="Bank" url_name="library"><problem url_name="a"/>'
    '<problem url_name="b" display_name="B"><p/></problem></library>'
)


def test_a_pool_that_lies_in_a_library_of_the_source_is_drawn_from_there() -> None:
    pool = '<library_content url_name="l" max_count="1" source_library_id="library-v1:o+Bank"/>'

    bundle = read(
        {
            "c/course.xml": in_a_unit('<library_content url_name="l"/>'),
            "c/library_content/l.xml": pool,
            "bank/library/library.xml": LIBRARY,
            "bank/library/problem/a.xml": PROBLEM,
            "bank/library/problem/unused.xml": PROBLEM,
        }
    )

    told = fates(bundle)
    holder = by_key(bundle)["library_content/l"]
    assert holder.content == RandomizedContent(count=1)
    assert [node.key for node in bundle.nodes if node.parent == holder.id] == ["problem/a", "problem/b"]
    assert told["c/library_content/l.xml"] == ("imported", "its pool is that of bank/library/library.xml")
    assert told["bank/library/library.xml"][0] == told["bank/library/problem/a.xml"][0] == "imported"
    assert told["bank/library/problem/unused.xml"] == ("skipped", "orphan")


def test_a_pool_whose_library_is_not_there_says_so() -> None:
    bundle = read({"course.xml": in_a_unit('<library_content url_name="l" source_library_id="library-v1:o+Gone"/>')})

    item = next(item for item in bundle.items if item.kind == "library_content")
    assert (item.outcome, "library" in item.reason) == (Outcome.WITH_LOSS, True)


def test_children_of_a_pool_that_lie_in_the_library_only_are_found_there() -> None:
    pool = (
        '<library_content url_name="l" source_library_id="library-v1:o+Bank"><problem url_name="a"/></library_content>'
    )

    bundle = read({"course.xml": in_a_unit(pool), "lib/library.xml": LIBRARY, "lib/problem/a.xml": PROBLEM})

    assert fates(bundle)["lib/problem/a.xml"] == ("imported", "")
    assert by_key(bundle)["problem/a"].block_kind is BlockKind.PROBLEM


@pytest.mark.parametrize(
    "link", ["/static/notes.pdf", "static/notes.pdf", "./static/notes.pdf", "../static/notes.pdf", "notes.pdf"]
)
def test_a_link_to_a_file_is_followed_however_it_is_written(link: str) -> None:
    page = f'<html url_name="p"><p><a href="{link}">Notes</a></p></html>'
    alive = f'<html url_name="q"><script>go()</script><a href="{link}">Notes</a></html>'

    bundle = read({"course.xml": in_a_unit(page, alive), "static/notes.pdf": b"%PDF-"})

    still, scripted = by_key(bundle)["html/p"].content, by_key(bundle)["html/q"].content
    assert isinstance(still, HtmlContent)
    assert isinstance(scripted, EmbedContent)
    assert 'href="asset:notes.pdf"' in still.html
    assert link == "notes.pdf" or 'href="asset:notes.pdf"' in scripted.html
    assert [asset.name for asset in bundle.assets] == ["notes.pdf"]


def test_a_problem_of_broken_xml_is_skipped_with_its_line_and_keeps_its_words() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit('<problem url_name="bad"/>', '<problem url_name="good"/>'),
            "problem/bad.xml": "<problem>\n<p>How <b>many?</p>\n<numericalresponse answer='3'/></problem>",
            "problem/good.xml": PROBLEM,
        }
    )

    told, kept = fates(bundle), by_key(bundle)["problem/bad"].content
    assert told["problem/good.xml"] == ("imported", "")
    assert told["problem/bad.xml"][0] == "skipped"
    assert "line 2" in told["problem/bad.xml"][1]
    assert isinstance(kept, UnsupportedContent)
    assert "How <b>many?</p>" in kept.source


def test_what_is_too_large_or_nested_without_end_is_skipped_and_the_rest_goes_on() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit('<html url_name="big"/>', '<html url_name="deep"/>', "<html>Fine</html>"),
            "html/big.xml": '<html filename="big"/>',
            "html/big.html": b"a" * (MAX_TEXT_BYTES + 1),
            "html/deep.xml": '<html filename="deep"/>',
            "html/deep.html": "<div>" * 5_000,
        }
    )

    told = fates(bundle)
    assert "larger than" in told["html/big.xml"][1]
    assert "nested" in told["html/deep.xml"][1]
    assert {told["html/big.xml"][0], told["html/deep.xml"][0]} == {"skipped"}
    assert "Fine" in str(bundle.nodes[-1].content)


def test_a_huge_page_comes_in_whole() -> None:
    words = "".join(f"<p>Paragraph {number}</p>" for number in range(60_000))

    bundle = read({"course.xml": in_a_unit('<html url_name="p"/>'), "html/p.html": words})

    content = by_key(bundle)["html/p"].content
    assert isinstance(content, HtmlContent)
    assert content.html.count("Paragraph") == 60_000


def test_zero_bytes_reach_no_database() -> None:
    bundle = read({"course.xml": in_a_unit('<html url_name="p"/>'), "html/p.html": b"<p>a\0b</p>"})

    assert "\0" not in str(bundle.nodes[-1].content)


def test_words_in_cdata_are_words() -> None:
    bundle = read({"course.xml": in_a_unit('<html url_name="p"><![CDATA[<p>1 &lt; 2 <b>bold</b></p>]]></html>')})

    content = by_key(bundle)["html/p"].content
    assert isinstance(content, HtmlContent)
    assert content.html == "<p>1 &lt; 2 <b>bold</b></p>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_with_a_mark_of_their_encoding_are_read_in_it(encoding: str) -> None:
    course = in_a_unit('<html url_name="p" display_name="Größe"/>')

    bundle = read({"course.xml": course.encode(encoding), "html/p.html": "<p>Ärger</p>".encode(encoding)})

    content = by_key(bundle)["html/p"].content
    assert by_key(bundle)["html/p"].title == "Größe"
    assert isinstance(content, HtmlContent)
    assert content.html == "<p>Ärger</p>"


def test_containers_without_a_place_or_a_content_lose_nothing() -> None:
    bundle = read(
        {
            "course.xml": '<course org="o" course="c" url_name="r"><chapter url_name="empty" display_name="Later"/>'
            '<chapter><vertical url_name="v"><wrapper><html>A</html></wrapper><conditional sources="x">'
            '<show sources="y"/><html>B</html></conditional>'
            "<split_test><vertical><html>C</html></vertical></split_test></vertical>"
            '<html url_name="twice">D</html><html url_name="twice">E</html></chapter></course>',
        }
    )

    words = [node.content.html for node in bundle.nodes if isinstance(node.content, HtmlContent)]
    assert words == ["A", "B", "C", "D", "E"]
    assert (bundle.nodes[0].kind, bundle.nodes[0].title) == (NodeKind.SECTION, "Later")
    assert [node.position for node in bundle.nodes if node.parent == bundle.nodes[0].id] == []
    assert "show" not in {item.kind for item in bundle.items}


def test_a_run_of_its_own_with_policies_gives_the_course_its_fields_and_pages() -> None:
    policy = (
        '{"course/R1": {"display_name": "Knots", "display_coursenumber": "K-1", "start": "2026-01-05T00:00:00Z",'
        ' "tabs": [{"type": "static_tab", "url_slug": "help", "name": "Help"}, {"type": "wiki"}, "odd"]}}'
    )

    bundle = read(
        {
            "x/course.xml": '<course org="o" course="c" url_name="R1"/>',
            "x/course/R1.xml": '<course><chapter url_name="ch" display_name="One"/></course>',
            "x/policies/R1/policy.json": policy,
            "x/tabs/help.html": "<p>Ask us</p>",
        }
    )

    assert (bundle.fields.title, str(bundle.fields.starts_at)[:10]) == ("Knots", "2026-01-05")
    assert [(page.title, page.html) for page in bundle.pages] == [("Help", "<p>Ask us</p>")]
    assert not [item for item in bundle.items if item.outcome is Outcome.SKIPPED]


def a_tar(path: Path, files: dict[str, bytes], *, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # a mode by name
        for name, body in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_course_in_a_folder_of_a_tar_is_found(tmp_path: Path, mode: str) -> None:
    course = in_a_unit('<html><img src="/static/a b.png"/></html>').encode()
    files = {"./deep/course/course.xml": course, "./deep/course/static/a b.png": b"\x89PNG"}

    with open_source(
        a_tar(tmp_path / "c.tar", files, mode=mode), bounds=Bounds(unpacked_bytes=10**6, files=10, ratio=100)
    ) as source:
        bundle = read_olx(source)

    assert [asset.path for asset in bundle.assets] == ["deep/course/static/a b.png"]
    assert count(bundle.items).skipped == 0


@pytest.mark.parametrize("text", ["", "not xml", "<html/>", "<course>", "<?xml version='1.0'?>", "\x00"])
def test_a_course_xml_that_holds_no_course_is_refused_and_never_a_crash(text: str) -> None:
    try:
        read({"course.xml": text})
    except UnreadablePackage as problem:
        assert "course.xml" in str(problem.detail)
    else:
        assert text == "<course>"


def test_a_line_of_the_report_says_what_the_part_is_called_and_in_which_unit_it_stands() -> None:
    bundle = read({"course.xml": in_a_unit('<lti url_name="0123456789abcdef" display_name="A far tool"/>')})

    unit = next(node for node in bundle.nodes if node.kind is NodeKind.UNIT)
    line = next(item for item in bundle.items if item.kind == "lti")
    assert (line.title, line.unit) == ("A far tool", unit.title)
    assert line.node == bundle.nodes[-1].id


def test_a_course_file_that_was_cut_off_is_mended_and_said_to_be() -> None:
    bundle = read({"course.xml": '<course org="o" course="c" url_name="r"><chapter url_name="a" display_name="One">'})

    outcome, reason = fates(bundle)["course.xml"]
    assert (outcome, reason.startswith("not well-formed, mended")) == ("converted_with_loss", True)
