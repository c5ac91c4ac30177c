"""The rules of courses on plain values."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.services.courses.contract import (
    BlockKind,
    CourseId,
    Download,
    EmbedContent,
    FileContent,
    HtmlContent,
    NodeId,
    NodeKind,
    NodeSettings,
    ProblemContent,
    VideoContent,
    VideoSource,
)
from stoa.services.courses.domain.bundle import Bundle, CourseFields, Outcome, ReportItem, node_id
from stoa.services.courses.domain.captions import to_webvtt
from stoa.services.courses.domain.check import Severity, check
from stoa.services.courses.domain.delivery import media_url, resolve_content, resolver
from stoa.services.courses.domain.html import is_alive, plain_text, sanitise
from stoa.services.courses.domain.maths import typeset
from stoa.services.courses.domain.outline import DraftNode, Tree
from stoa.services.courses.domain.snapshot import AssetEntry, Change, Frozen, difference, drawn, freeze, thaw

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def a_node(kind: NodeKind, parent: DraftNode | None = None, position: int = 0, **more: object) -> DraftNode:
    id_ = NodeId(new_id())
    node = DraftNode(
        id=id_, key=str(id_), parent=parent.id if parent else None, position=position, kind=kind, block_kind=None,
        title="", settings=NodeSettings(), content=None,
    )  # fmt: skip
    return replace(node, **more)  # type: ignore[arg-type]  # the test spells the fields


def a_text(unit: DraftNode, position: int = 0, html: str = "<p>x</p>", **more: object) -> DraftNode:
    return a_node(NodeKind.BLOCK, unit, position, block_kind=BlockKind.HTML, content=HtmlContent(html=html), **more)


def a_unit() -> tuple[list[DraftNode], DraftNode]:
    section = a_node(NodeKind.SECTION)
    part = a_node(NodeKind.SUBSECTION, section)
    unit = a_node(NodeKind.UNIT, part)
    return [section, part, unit], unit


def frozen(nodes: list[DraftNode]) -> Frozen:
    return freeze(Tree(nodes), fields=CourseFields(title="T"), pages=[], assets={})


def codes(nodes: list[DraftNode], *assets: str) -> list[str]:
    return [finding.code for finding in check(Tree(nodes), assets=frozenset(assets), pages=[])]


def test_equal_drafts_have_the_same_address_and_a_changed_one_another() -> None:
    above, unit = a_unit()
    text = a_text(unit)

    same = frozen([*above, text]).id == frozen([text, *reversed(above)]).id
    other = frozen([*above, replace(text, content=HtmlContent(html="<p>y</p>"))])

    assert same
    assert other.id != frozen([*above, text]).id


def test_an_unchanged_block_is_shared_between_snapshots() -> None:
    above, unit = a_unit()
    one, two = a_text(unit), a_text(unit, 1)
    old = frozen([*above, one, two])

    new = frozen([*above, one, replace(two, title="new")])

    assert len(set(old.objects) & set(new.objects)) == 1


def test_a_snapshot_thaws_into_the_nodes_it_was_made_of() -> None:
    above, unit = a_unit()
    nodes = [*above, a_text(unit), a_text(unit, 1)]
    snapshot = frozen(nodes)

    assert thaw(snapshot.manifest, snapshot.objects) == nodes


def test_moving_one_block_up_is_one_move_in_the_difference() -> None:
    above, unit = a_unit()
    one, two, three = a_text(unit), a_text(unit, 1), a_text(unit, 2)
    old = frozen([*above, one, two, three])
    new = frozen([*above, replace(three, position=-1), one, two])

    changes = difference(old.manifest, new.manifest)

    assert [(change.id, change.change) for change in changes] == [(three.id, Change.MOVED)]


def test_the_first_snapshot_differs_from_nothing_by_all_of_itself() -> None:
    above, unit = a_unit()

    changes = difference(None, frozen([*above, a_text(unit)]).manifest)

    assert {change.change for change in changes} == {Change.ADDED}
    assert len(changes) == 4


def test_a_draw_is_the_same_in_every_process_and_spreads_over_learners() -> None:
    pool = [NodeId(node_id("c", str(n))) for n in range(8)]
    block = NodeId(node_id("c", "pool"))

    draws = [tuple(drawn(pool, block=block, learner=node_id("l", str(n)), count=2)) for n in range(200)]  # type: ignore[arg-type]  # any UUID will do

    assert draws[0] == tuple(drawn(pool[::-1], block=block, learner=node_id("l", "0"), count=2))  # type: ignore[arg-type]  # as above
    assert len({node for draw in draws for node in draw}) == 8
    assert len(set(draws)) > 30


def test_pools_of_one_experiment_fall_alike_and_those_of_another_do_not() -> None:
    pools = [[NodeId(node_id("c", f"{pool}-{n}")) for n in range(4)] for pool in range(3)]
    names = ("a", "a", "b")

    drawings = [
        tuple(
            pool.index(*drawn(pool, block=pool[0], learner=UserId(node_id("l", str(n))), count=1, experiment=name))
            for pool, name in zip(pools, names, strict=True)
        )
        for n in range(100)
    ]

    assert all(first == second for first, second, _ in drawings)
    assert {first for first, _, _ in drawings} == {0, 1, 2, 3}
    assert any(first != third for first, _, third in drawings)


def test_a_broken_link_is_an_error_and_a_missing_text_alternative_a_warning() -> None:
    above, unit = a_unit()
    text = a_text(
        unit, html=f'<a href="block:{new_id()}">x</a><img src="asset:here.png"><img src="asset:gone.png" alt="">'
    )

    findings = check(Tree([*above, text]), assets=frozenset({"here.png"}), pages=[])

    assert [(finding.code, finding.severity) for finding in findings] == [
        ("broken_link", Severity.ERROR),
        ("broken_link", Severity.ERROR),
        ("missing_alt_text", Severity.WARNING),
    ]


def test_prerequisites_in_a_circle_are_found_also_through_parents() -> None:
    above, unit = a_unit()
    section = a_node(NodeKind.SECTION, position=1)
    part = a_node(NodeKind.SUBSECTION, section)
    other = a_node(NodeKind.UNIT, part, settings=NodeSettings(prerequisites=[unit.id]))
    first = replace(above[0], settings=NodeSettings(prerequisites=[section.id]))
    nodes = [first, above[1], unit, a_text(unit), section, part, other, a_text(other)]

    assert "prerequisite_cycle" in codes(nodes)
    assert "prerequisite_cycle" not in codes([above[0], *nodes[1:]])


def test_a_block_due_before_its_section_opens_is_an_error() -> None:
    above, unit = a_unit()
    late = replace(above[0], settings=NodeSettings(release_at=DAY.replace(day=9)))

    assert codes([late, *above[1:], a_text(unit, settings=NodeSettings(due_at=DAY))]) == ["due_before_open"]


def test_a_question_without_key_and_a_film_without_captions_are_found() -> None:
    above, unit = a_unit()
    question = a_node(NodeKind.BLOCK, unit, block_kind=BlockKind.PROBLEM, content=ProblemContent())
    film = a_node(NodeKind.BLOCK, unit, 1, block_kind=BlockKind.VIDEO, content=VideoContent(youtube="x"))

    assert codes([*above, question, film]) == ["question_without_key", "missing_captions"]


def test_delivery_resolves_files_and_blocks_and_leaves_the_unknown() -> None:
    above, unit = a_unit()
    text = a_text(unit)
    manifest = frozen([*above, text]).manifest
    organization, course = OrganizationId(new_id()), CourseId(new_id())
    assets = {"a b.png": AssetEntry(sha256="f" * 64, content_type="image/png", size=1)}
    resolve = resolver(organization, course, assets=assets, sections=manifest.sections)
    html = f'<img src="asset:a%20b.png"><a href="block:{text.id}">x</a><a href="asset:no.png">y</a> asset:a%20b.png'

    found = resolve_content(HtmlContent(html=html), resolve)

    url = media_url(organization, sha256="f" * 64, name="a b.png")
    assert isinstance(found, HtmlContent)
    assert f'src="{url}"' in found.html
    assert f'href="/learn/{course}/{unit.id}#block-{text.id}"' in found.html
    assert 'href="asset:no.png"' in found.html


def test_delivery_reaches_into_scripts_and_styles_of_the_sandbox() -> None:
    assets = {"a.png": AssetEntry(sha256="e" * 64, content_type="image/png", size=1)}
    resolve = resolver(OrganizationId(new_id()), CourseId(new_id()), assets=assets, sections=[])
    page = EmbedContent(
        mode="sandbox", html="<style>p{background:url(asset:a.png)}</style><script>x='asset:a.png'</script>"
    )

    found = resolve_content(page, resolve)

    assert isinstance(found, EmbedContent)
    assert "asset:" not in found.html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>", '<img src=x onerror="alert(1)">', '<a href="javascript:alert(1)">x</a>',
        '<svg onload="alert(1)">', '<iframe src="https://x"></iframe>', '<p style="background:url(javascript:1)">x</p>',
        '<math><mtext><script>alert(1)</script></mtext></math>', '<a href=" java&#x09;script:alert(1)">x</a>',
        '<form action="/x"><button>y</button></form>', '<style>@import "x"</style>', "<base href=//evil>",
        '<p style="position:fixed;top:0">x</p>', "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)  # fmt: skip
def test_nothing_alive_is_left_by_the_sanitiser(attack: str) -> None:
    clean = sanitise(attack)

    assert not is_alive(clean)
    assert "javascript:" not in clean.replace("&#9;", "").replace("\t", "")
    assert "position" not in clean


def test_an_authors_names_stand_for_nothing_of_the_application_and_still_lead_to_each_other() -> None:
    page = (
        '<h2 id="root">A</h2><a href="#root" name="boot">up</a><a href="#">top</a><a href="/learn/x#root">there</a>'
        '<table><tr><th id="c-x">x</th><td headers="x root" aria-labelledby="main">y</td></tr></table>'
        '<img usemap="#m" alt=""><map name="m"></map><p style="position:fixed;z-index:9;inset:0;color:red">z</p>'
    )

    clean = sanitise(page)

    for kept in ('id="c-root"', 'href="#c-root"', 'name="c-boot"', 'href="#"', 'href="/learn/x#root"', 'id="c-x"'):
        assert kept in clean, kept
    assert 'headers="c-x c-root"' in clean and 'aria-labelledby="c-main"' in clean
    assert 'usemap="#c-m"' in clean and 'name="c-m"' in clean
    assert "position" not in clean and "z-index" not in clean and "color:red" in clean
    assert sanitise(clean) == clean == sanitise(page, rewrite=lambda url: url)


def test_stored_html_is_a_fixed_point_of_the_sanitiser() -> None:
    page = sanitise(
        typeset(sanitise(r'<p class="a" style="color:red">\(\frac{a}{b}<c\) &amp; <b>x</b></p><table><tr><td>1')).html
    )

    assert sanitise(typeset(page).html) == page


@pytest.mark.parametrize(
    ("tex", "seen"),
    [
        (r"\(\frac{a}{b}\)", "<mfrac>"),
        (r"\[x^2\]", 'display="block"'),
        (r"$$\sqrt{2}$$", "<msqrt>"),
        (r"[mathjaxinline]\alpha_1[/mathjaxinline]", "<msub>"),
        (r"\(a &lt; b\)", "&lt; b"),
        (r"\(x<br/>+1\)", "<mn>1</mn>"),
    ],
)
def test_formulas_become_mathml_that_keeps_the_tex(tex: str, seen: str) -> None:
    done = typeset(f"<p>{tex}</p>")

    assert seen in done.html
    assert "application/x-tex" in done.html
    assert done.failed == ()


def test_a_formula_that_cannot_be_converted_stays_as_it_is_and_is_counted() -> None:
    done = typeset(r"<p>\(\nosuchcommand{x}\) and <code>\(not maths\)</code></p>")

    assert r"\(\nosuchcommand{x}\)" in done.html
    assert done.failed == (r"\nosuchcommand{x}",)


def test_what_a_reader_sees_leaves_out_scripts_and_the_tex_behind_formulas() -> None:
    page = typeset(r"<p>Sum \(a+b\)</p><script>var hidden</script><!-- gone -->").html

    assert plain_text(page).split() == ["Sum", "a", "+", "b"]


SRT = "1\r\n00:00:01,500 --> 00:00:03,000\r\nHello\r\nthere\r\n\r\n2\r\n00:01:00,000 --> 00:01:02,250\r\nBye\r\n"
SJSON = '{"start": [1500, 60000], "end": [3000, 62250], "text": ["Hello\\nthere", "Bye"]}'
VTT = "WEBVTT\n\n00:00:01.500 --> 00:00:03.000\nHello\nthere\n\n00:01:00.000 --> 00:01:02.250\nBye\n"


@pytest.mark.parametrize("source", [SRT, SJSON, VTT, "﻿" + SRT])
def test_every_form_of_captions_becomes_the_same_webvtt(source: str) -> None:
    assert to_webvtt(source) == VTT


@pytest.mark.parametrize("source", ["", "{}", "not captions", '{"start": [], "end": [], "text": []}'])
def test_what_holds_no_cue_is_no_caption(source: str) -> None:
    assert to_webvtt(source) is None


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " JaVa\tScript:alert(1)", "\x01data:text/html,x", "vbscript:x", "blob:x", "file:///etc"],
)
def test_an_address_that_would_run_something_is_delivered_empty(url: str) -> None:
    contents = [
        FileContent(url=url),
        EmbedContent(mode="url", url=url),
        VideoContent(poster=url, sources=[VideoSource(url=url)], downloads=[Download(label="", url=url)]),
    ]

    delivered = b"".join(msgspec.json.encode(resolve_content(one, lambda found: found)) for one in contents)

    assert msgspec.json.encode(url)[1:-1] not in delivered
    assert delivered.count(b'"url":""') == 4


@pytest.mark.parametrize("url", ["https://films.example/a.mp4", "/media/a/b/c.mp4", "asset:a.mp4", "./a:b", ""])
def test_an_address_that_can_be_fetched_is_delivered_as_it_is(url: str) -> None:
    assert resolve_content(FileContent(url=url), lambda found: found) == FileContent(url=url)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "html",
    [
        "\\(" * 100_000,
        "\\[\\(" * 50_000,
        "[mathjax]" * 50_000,
        "\\(<br>" * 40_000,
        "\\(" + "<" * 100_000,
        "\\(" + "a" * 200_000 + "\\)",
    ],
    ids=["inline", "mixed", "mathjax", "broken", "less than", "long"],
)
def test_formulas_that_never_end_hold_nobody_up(html: str) -> None:
    assert typeset(html).converted == 0


def test_a_formula_may_hold_brackets_and_new_lines() -> None:
    found = typeset(r"<p>\(a \\ (b)\) and \[x_{[1]} \\ [y]\] and \( p <br> q \)</p>")

    assert (found.converted, found.failed) == (3, ())


@pytest.mark.timeout(10)
@pytest.mark.parametrize("html", ["<!--" * 100_000, "<a " * 100_000])
def test_whether_a_page_is_alive_is_told_at_once(html: str) -> None:
    assert not is_alive(html)


def test_a_report_gives_the_reason_that_decides_before_what_was_noticed_besides() -> None:
    bundle = Bundle(key="key", fields=CourseFields(title="A course"))
    bundle.items.append(ReportItem(path="a.xml", kind="problem", outcome=Outcome.IMPORTED, reason="a file is missing"))

    bundle.downgrade(0, Outcome.SKIPPED, "unsupported: python")
    bundle.downgrade(0, Outcome.WITH_LOSS, "a hint is left out")

    assert bundle.items[0].outcome is Outcome.SKIPPED
    assert bundle.items[0].reason == "unsupported: python; a file is missing; a hint is left out"
