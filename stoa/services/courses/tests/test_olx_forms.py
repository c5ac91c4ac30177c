"""The many ways in which OLX has been written."""

import pytest

from stoa.services.courses.contract import (
    BlockKind,
    Completion,
    DiscussionContent,
    EmbedContent,
    HtmlContent,
    NodeKind,
    RandomizedContent,
    UnreadablePackage,
    UnsupportedContent,
    VideoContent,
)
from stoa.services.courses.domain.bundle import Bundle, BundleNode, Outcome
from stoa.services.courses.domain.files import MemoryFiles
from stoa.services.courses.domain.olx.course import read_olx
from stoa.services.courses.tests.building import in_a_unit


def read(files: dict[str, str | bytes]) -> Bundle:
    return read_olx(
        MemoryFiles({name: body.encode() if isinstance(body, str) else body for name, body in files.items()})
    )


def only(files: dict[str, str | bytes]) -> BundleNode:
    blocks = [node for node in read(files).nodes if node.kind is NodeKind.BLOCK]
    assert len(blocks) == 1
    return blocks[0]


def html_of(node: BundleNode) -> str:
    assert isinstance(node.content, HtmlContent)
    return node.content.html


def kinds(bundle: Bundle) -> list[str]:
    return [str(node.block_kind or node.kind) for node in bundle.nodes]


def test_an_old_export_points_from_course_xml_to_its_run() -> None:
    bundle = read(
        {
            "course.xml": '<course url_name="2012_Fall" org="MITx" course="6.002x"/>',
            "course/2012_Fall.xml": '<course><chapter url_name="Week:One"/></course>',
            "chapter/Week/One.xml": '<chapter display_name="Week one"><sequential url_name="s"><vertical url_name="v">'
            '<html url_name="h">Hello</html></vertical></sequential></chapter>',
            "policies/2012_Fall/policy.json": '{"course/2012_Fall": {"display_name": "Circuits",'
            ' "start": "2012-09-05T00:00"}}',
        }
    )

    assert bundle.fields.title == "Circuits"
    assert bundle.fields.starts_at is not None
    assert bundle.nodes[0].title == "Week one"
    assert {item.outcome for item in bundle.items} == {Outcome.IMPORTED}


@pytest.mark.parametrize(
    ("body", "encoding"),
    [("Grüße", "utf-8"), ("Grüße", "utf-8-sig"), ("Grüße", "cp1252"), ("Grüße", "utf-16")],
)
def test_a_page_is_read_in_whatever_encoding_it_was_saved(body: str, encoding: str) -> None:
    node = only(
        {
            "course.xml": in_a_unit('<html url_name="p"/>'),
            "html/p.xml": '<html filename="p"/>'.encode("utf-8-sig"),
            "html/p.html": f"<p>{body}</p>\r\n".encode(encoding),
        }
    )

    assert "Grüße" in html_of(node)


def test_an_xml_file_that_names_its_encoding_is_read_in_it() -> None:
    source = (
        '<?xml version="1.0" encoding="iso-8859-1"?><html display_name="Grüße"><p>Größe &nbsp;&mdash; &copy;</p></html>'
    )

    node = only({"course.xml": in_a_unit('<html url_name="p"/>'), "html/p.xml": source.encode("iso-8859-1")})

    assert node.title == "Grüße"
    assert "Größe" in html_of(node)
    assert "—" in html_of(node)


def test_markup_that_is_not_well_formed_is_mended_and_counted_as_a_loss() -> None:
    bundle = read({"course.xml": in_a_unit('<html url_name="p"/>'), "html/p.xml": "<html><p>One<br>two</p></html>"})

    item = next(item for item in bundle.items if item.kind == "html")
    assert item.outcome is Outcome.WITH_LOSS
    assert "One" in html_of(bundle.nodes[-1])


def test_a_missing_and_an_empty_file_are_skipped_with_their_reason() -> None:
    bundle = read(
        {"course.xml": in_a_unit('<html url_name="gone"/>', '<video url_name="empty"/>'), "video/empty.xml": ""}
    )

    fates = {item.kind: (item.outcome, item.reason) for item in bundle.items}
    assert fates["html"] == (Outcome.SKIPPED, "html/gone.html is not in the package")
    assert fates["video"] == (Outcome.SKIPPED, "video/empty.xml: empty file")


def test_blocks_without_url_name_keep_their_ids_from_one_import_to_the_next() -> None:
    files: dict[str, str | bytes] = {"course.xml": in_a_unit("<html>One</html>", "<html>Two</html>")}

    first, second = read(files), read(files)

    assert [node.id for node in first.nodes] == [node.id for node in second.nodes]
    assert len({node.id for node in first.nodes}) == len(first.nodes)


def test_a_block_that_stands_in_two_places_comes_in_twice() -> None:
    bundle = read(
        {"course.xml": in_a_unit('<html url_name="p"/>', '<html url_name="p"/>'), "html/p.xml": "<html>Hi</html>"}
    )

    assert kinds(bundle)[-2:] == ["html", "html"]
    assert [node.key for node in bundle.nodes[-2:]] == ["html/p", "html/p@2"]


def test_levels_that_a_course_leaves_out_are_made() -> None:
    course = (
        '<course org="o" course="c" url_name="r"><chapter url_name="c1"><vertical url_name="v1"><html>In</html>'
        "</vertical>"
        '<html url_name="loose">Loose</html></chapter><sequential url_name="s"><problem url_name="p"><p/></problem>'
        "</sequential></course>"
    )

    bundle = read({"course.xml": course})

    assert kinds(bundle) == [
        "section", "subsection", "unit", "html", "subsection", "unit", "html",
        "section", "subsection", "unit", "problem",
    ]  # fmt: skip
    assert len(bundle.items) == 7


def test_a_sequence_in_a_sequence_hands_its_units_up() -> None:
    course = (
        '<course org="o" course="c" url_name="r"><chapter url_name="c"><sequential url_name="outer">'
        '<sequential url_name="inner"><vertical url_name="v"><html>x</html></vertical></sequential>'
        "</sequential></chapter></course>"
    )

    bundle = read({"course.xml": course})

    inner = next(item for item in bundle.items if item.path.endswith("sequential/inner"))
    assert kinds(bundle) == ["section", "subsection", "unit", "html"]
    assert inner.outcome is Outcome.WITH_LOSS


def test_a_file_that_holds_itself_ends_the_walk() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit('<vertical url_name="loop"/>'),
            "vertical/loop.xml": '<vertical><vertical url_name="loop"/></vertical>',
        }
    )

    assert any("holds itself" in item.reason for item in bundle.items)


def test_a_course_that_multiplies_itself_is_refused() -> None:
    files: dict[str, str | bytes] = {"course.xml": in_a_unit('<vertical url_name="v0"/>')}
    for level in range(8):
        files[f"vertical/v{level}.xml"] = "<vertical>" + f'<vertical url_name="v{level + 1}"/>' * 10 + "</vertical>"

    with pytest.raises(UnreadablePackage, match="more than"):
        read(files)


def test_a_random_pick_keeps_its_pool_and_its_count() -> None:
    pool = (
        '<library_content url_name="l" max_count="2">'
        '<problem url_name="a"><p/></problem>'
        '<problem url_name="b"><p/></problem></library_content>'
    )

    bundle = read({"course.xml": in_a_unit(pool)})

    assert kinds(bundle)[-3:] == ["randomized", "problem", "problem"]
    assert bundle.nodes[-3].content == RandomizedContent(count=2)
    assert {node.parent for node in bundle.nodes[-2:]} == {bundle.nodes[-3].id}


def test_an_experiment_becomes_a_pick_of_one_group() -> None:
    split = (
        '<split_test url_name="x">'
        '<vertical url_name="g1"><html>A</html></vertical>'
        '<vertical url_name="g2"><html>B</html></vertical></split_test>'
    )

    bundle = read({"course.xml": in_a_unit(split)})

    assert kinds(bundle)[-5:] == ["randomized", "group", "html", "group", "html"]
    assert next(item for item in bundle.items if item.kind == "split_test").outcome is Outcome.WITH_LOSS


@pytest.mark.parametrize(
    "kind", ["lti", "lti_consumer", "openassessment", "edx_sga", "staffgradedxblock", "my_own_xblock"]
)
def test_what_stoa_cannot_show_is_kept_with_its_source(kind: str) -> None:
    node = only(
        {"course.xml": in_a_unit(f'<{kind} url_name="x" display_name="Tool"><inner a="1">kept</inner></{kind}>')}
    )

    assert node.block_kind is BlockKind.UNSUPPORTED
    assert isinstance(node.content, UnsupportedContent)
    assert '<inner a="1">kept</inner>' in node.content.source


def test_a_done_button_is_a_block_that_learners_mark_themselves() -> None:
    node = only({"course.xml": in_a_unit('<done url_name="d" xblock-family="xblock.v1"/>')})

    assert node.settings.completion is Completion.MANUAL


def test_a_discussion_keeps_topic_and_category() -> None:
    node = only(
        {"course.xml": in_a_unit('<discussion url_name="d" discussion_category="Week 1" discussion_target="Knots"/>')}
    )

    assert node.content == DiscussionContent(topic="Knots", category="Week 1")


SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"


@pytest.mark.parametrize(
    ("attributes", "inner", "file"),
    [
        ("", '<transcript language="en" src="film-en.srt"/>', "film-en.srt"),
        ('transcripts=\'{"en": "film-en.srt"}\'', "", "film-en.srt"),
        ('sub="abc"', "", "subs_abc.srt.sjson"),
        ('youtube="1.00:abc"', "", "subs_abc.srt.sjson"),
    ],
)
def test_captions_are_found_wherever_they_are_named(attributes: str, inner: str, file: str) -> None:
    body = SRT if file.endswith(".srt") else '{"start": [1000], "end": [2000], "text": ["Hello"]}'

    bundle = read(
        {"course.xml": in_a_unit(f'<video url_name="v" {attributes}>{inner}</video>'), f"static/{file}": body}
    )

    film = bundle.nodes[-1].content
    made = {asset.name: asset.data for asset in bundle.assets}
    assert isinstance(film, VideoContent)
    assert [(caption.language, caption.url) for caption in film.captions] == [("en", "asset:captions/v.en.vtt")]
    assert made["captions/v.en.vtt"] == b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n"
    assert file in made


def test_a_film_keeps_its_sources_times_and_documents() -> None:
    video = (
        '<video url_name="v" html5_sources=\'["https://x.org/f.mp4"]\' youtube_id_1_0="" start_time="00:01:05" '
        'end_time="70" handout="/static/notes.pdf"><source src="/static/own.webm"/></video>'
    )

    bundle = read({"course.xml": in_a_unit(video), "static/notes.pdf": b"pdf", "static/own.webm": b"webm"})

    film = bundle.nodes[-1].content
    assert isinstance(film, VideoContent)
    assert [(source.url, source.content_type) for source in film.sources] == [
        ("https://x.org/f.mp4", "video/mp4"),
        ("asset:own.webm", "video/webm"),
    ]
    assert (film.start_s, film.end_s, film.youtube) == (65.0, 70.0, "")
    assert [download.url for download in film.downloads] == ["asset:notes.pdf"]


def test_a_caption_that_is_not_there_is_named() -> None:
    bundle = read({"course.xml": in_a_unit('<video url_name="v"><transcript language="fr" src="gone.srt"/></video>')})

    assert (bundle.items[-1].outcome, "gone.srt" in bundle.items[-1].reason) == (Outcome.IMPORTED, True)


@pytest.mark.parametrize(
    ("reference", "file"),
    [
        ("/static/a_b.png", "a b.png"),
        ("/static/a%20b.png", "a b.png"),
        ("/static/images/x.png", "images/x.png"),
        ("/static/images_x.png", "images/x.png"),
        ("/static/x.png?raw", "x.png"),
        ("/asset-v1:o+c+r+type@asset+block@x.png", "x.png"),
        ("/c4x/o/c/asset/x.png", "x.png"),
        ("https://studio.edx.org/c4x/o/c/asset/x.png", "x.png"),
    ],
)
def test_a_file_is_found_under_each_of_its_names(reference: str, file: str) -> None:
    bundle = read(
        {"course.xml": in_a_unit('<html url_name="h"/>'), "html/h.xml": '<html filename="h"/>',
         "html/h.html": f'<img src="{reference}" alt="">', f"static/{file}": b"png"}
    )  # fmt: skip

    assert [asset.name for asset in bundle.assets] == [file]
    assert "asset:" in html_of(bundle.nodes[-1])


@pytest.mark.parametrize(
    "link",
    [
        "/jump_to_id/target",
        "/courses/course-v1:o+c+r/jump_to_id/target",
        "/courses/o/c/r/jump_to/i4x://o/c/html/target",
        "/courses/course-v1:o+c+r/jump_to/block-v1:o+c+r+type@html+block@target",
        "/courses/course-v1:o+c+r/courseware/ch/target/",
    ],
)
def test_a_link_to_another_block_follows_it(link: str) -> None:
    bundle = read(
        {
            "course.xml": in_a_unit(
                f'<html url_name="a"><a href="{link}">x</a></html>', '<html url_name="target">T</html>'
            )
        }
    )

    assert f'href="block:{bundle.nodes[-1].id}"' in html_of(bundle.nodes[-2])


def test_a_frame_goes_into_the_sandbox_with_its_file() -> None:
    page = '<iframe src="/static/sim.html"></iframe>'

    bundle = read({"course.xml": in_a_unit('<html url_name="h"/>'),
                   "html/h.xml": '<html filename="h"/>', "html/h.html": page,
                   "static/sim.html": '<script src="lib/run.js"></script>', "static/lib/run.js": "go()"})  # fmt: skip

    content = bundle.nodes[-1].content
    assert isinstance(content, EmbedContent)
    assert content.html == '<iframe src="asset:sim.html"></iframe>'
    assert {asset.name for asset in bundle.assets} == {"sim.html", "lib/run.js"}


def test_what_containers_set_reaches_the_problems_below() -> None:
    course = in_a_unit('<problem url_name="p"><p/></problem>').replace(
        "<sequential ", '<sequential showanswer="never" max_attempts="3" '
    )

    bundle = read({"course.xml": course})

    assert bundle.problems[0].inherited == {"showanswer": "never", "max_attempts": "3"}


def test_dates_visibility_and_licences_are_kept() -> None:
    course = in_a_unit('<html url_name="h" license="creative-commons: ver=4.0 BY NC">x</html>').replace(
        "<sequential ",
        '<sequential start="2026-02-01T00:00:00Z" due="&quot;2026-03-01T00:00:00Z&quot;" visible_to_staff_only="true" ',
    )

    bundle = read({"course.xml": course})

    settings = next(node.settings for node in bundle.nodes if node.kind is NodeKind.SUBSECTION)
    assert settings.release_at is not None
    assert settings.due_at is not None
    assert settings.hidden
    assert bundle.nodes[-1].settings.licence == "CC BY-NC 4.0"


def test_secrets_of_the_old_platform_are_left_behind() -> None:
    bundle = read(
        {
            "course.xml": in_a_unit("<html>x</html>").replace(
                "<course ", '<course lti_passports="[&quot;k:hush:secret&quot;]" '
            ),
            "policies/r/policy.json": '{"course/r": {"lti_passports": ["k:hush:secret"]}}',
            "policies/r/grading_policy.json": '{"GRADER": []}',
        }
    )

    assert "hush" not in str(bundle.extras) + str(bundle.fields)
    assert bundle.extras == {"grading_policy": '{"GRADER": []}'}


def test_the_files_of_what_cannot_be_shown_come_along() -> None:
    prompt = '<openassessment url_name="x"><prompt>&lt;img src="/static/p.png"&gt;</prompt></openassessment>'

    bundle = read({"course.xml": in_a_unit(prompt), "static/p.png": b"png"})

    assert [asset.name for asset in bundle.assets] == ["p.png"]


def test_a_file_that_a_script_puts_an_address_together_for_comes_along() -> None:
    page = '<script src="/static/run.js"></script>'

    bundle = read({"course.xml": in_a_unit(f'<html url_name="h">{page}</html>'),
                   "static/run.js": "load(base + 'look.css')", "static/look.css": "p{background:url(i/x.png)}",
                   "static/i/x.png": b"png"})  # fmt: skip

    assert {asset.name for asset in bundle.assets} == {"run.js", "look.css", "i/x.png"}
