"""Courses written before Studio, or by other tools: other roots, loose markup, pages in the folder of a run."""

import pytest

from stoa.services.courses.contract import (
    HtmlContent,
    NodeKind,
    RandomizedContent,
    UnreadablePackage,
    VideoContent,
)
from stoa.services.courses.domain.bundle import Outcome, count
from stoa.services.courses.domain.files import MemoryFiles
from stoa.services.courses.domain.olx.course import read_olx
from stoa.services.courses.tests.building import an_olx, in_a_unit


def test_a_pointer_says_what_its_file_is_whatever_the_file_calls_itself() -> None:
    bundle = read_olx(
        MemoryFiles(
            {
                "course.xml": b'<course filename="2012" slug="2012" name="Circuits" org="o" course="c"/>',
                "course/2012.xml": b'<sequential><chapter filename="one" slug="Week_1" name="Week 1"/></sequential>',
                "chapter/one.xml": b'<sequential><sequential slug="s" name="Lecture"><vertical slug="v">'
                b'<html slug="h" filename="page"/></vertical></sequential><problem slug="p" name="Sum"><p>1</p>'
                b"</problem></sequential>",
                "html/page.xml": b"<html><p>Ohm</p></html>",
            }
        )
    )

    assert [(node.kind, node.title) for node in bundle.nodes[:3]] == [
        (NodeKind.SECTION, "Week 1"), (NodeKind.SUBSECTION, "Lecture"), (NodeKind.UNIT, "v"),
    ]  # fmt: skip
    assert [item.kind for item in bundle.items] == [
        "course", "chapter", "sequential", "vertical", "html", "problem",
    ]  # fmt: skip
    assert {item.outcome for item in bundle.items} == {Outcome.IMPORTED}
    assert bundle.fields.title == "Circuits"


def test_markup_outside_of_any_block_is_a_page_of_its_own() -> None:
    bundle = read_olx(an_olx(**{"course.xml": in_a_unit("<p>Read <b>this</b> first.</p>", "<ol><li>One</li></ol>")}))

    pages = [node.content.html for node in bundle.nodes if isinstance(node.content, HtmlContent)]
    assert pages == ["<p>Read <b>this</b> first.</p>", "<ol><li>One</li></ol>"]
    assert count(bundle.items).imported == len(bundle.items) == 6


def test_pages_of_one_run_come_before_those_of_all_and_every_page_about_a_course_comes() -> None:
    faq = "<p>Who may come? All who can count to three and like rope.</p>"
    bundle = read_olx(
        an_olx(
            **{
                "course.xml": in_a_unit(),
                "about/r/overview.html": "<p>This run</p>",
                "about/overview.html": "<p>Any run</p>",
                "about/faq.html": faq,
                "about/university.html": "Port School",
                "info/r/updates.html": "<p>It begins</p>",
                "info/handouts.html": "<p>A sheet</p>",
            }
        )
    )

    assert [(page.key, page.html) for page in bundle.pages] == [
        ("overview", "<p>This run</p>"), ("about-faq", faq), ("handouts", "<p>A sheet</p>"),
        ("updates", "<p>It begins</p>"),
    ]  # fmt: skip


@pytest.mark.parametrize("policy", ['{"course/r": "odd"}', '{"course/r": []}', "[]", '{"course/r": {"tabs": {}}}'])
def test_a_policy_of_another_shape_is_no_reason_to_stop(policy: str) -> None:
    bundle = read_olx(an_olx(**{"course.xml": in_a_unit("<html>Words</html>"), "policies/r/policy.json": policy}))

    assert count(bundle.items).skipped == 0


def test_two_courses_are_named_with_what_to_do() -> None:
    with pytest.raises(UnreadablePackage) as problem:
        read_olx(an_olx(**{"a/course.xml": in_a_unit(), "b/course.xml": in_a_unit()}))

    assert "2 courses: a/course.xml, b/course.xml" in str(problem.value.detail)
    assert "give the folder of one of them, such as a" in str(problem.value.detail)


def test_a_backup_of_moodle_is_called_that() -> None:
    with pytest.raises(UnreadablePackage, match="Moodle"):
        read_olx(an_olx(**{"course/course.xml": '<course id="7" contextid="31"><shortname>K</shortname></course>'}))


PARTITIONS = '[{"id": 7, "scheme": "random", "groups": []}, {"id": 8, "scheme": "cohort", "groups": []}]'
TWO_GROUPS = '{"12": "block-v1:o+c+r+type@vertical+block@first", "3": "i4x://o/c/vertical/second"}'


def a_split(name: str, *, partition: str = "7", groups: str = TWO_GROUPS) -> str:
    parts = "".join(
        f'<vertical url_name="{part}" display_name="Group ID 12"><html>{name}</html></vertical>'
        for part in ("first", "second")
    )
    given = f"url_name='{name}' user_partition_id='{partition}' group_id_to_child='{groups}'"
    return f"<split_test {given}>{parts}</split_test>"


def test_splits_of_one_experiment_fall_alike_to_a_learner_and_lose_nothing() -> None:
    course = in_a_unit(a_split("a"), a_split("b")).replace("<course ", f"<course user_partitions='{PARTITIONS}' ", 1)

    bundle = read_olx(an_olx(**{"course.xml": course}))

    splits = [node for node in bundle.nodes if isinstance(node.content, RandomizedContent)]
    assert [node.content for node in splits] == [RandomizedContent(count=1, experiment="olx:o+c+r/7")] * 2
    assert [node.title for node in bundle.nodes if node.key.startswith("vertical/first")] == ["", ""]
    inside = [node.key for node in sorted(bundle.nodes, key=lambda node: node.position) if node.parent == splits[0].id]
    assert inside == ["vertical/second", "vertical/first"]
    assert {item.outcome for item in bundle.items} == {Outcome.IMPORTED}


@pytest.mark.parametrize(
    ("split", "word"),
    [
        (a_split("a", partition="8"), "instead of by experiment group"),
        (a_split("a", groups="{}"), "instead of by experiment group"),
        (a_split("a", groups="odd"), "instead of by experiment group"),
        (a_split("a", groups='{"0": "i4x://o/c/vertical/first"}'), "belong to no experiment group"),
    ],
)
def test_a_split_whose_groups_are_not_drawn_by_chance_says_so(split: str, word: str) -> None:
    course = in_a_unit(split).replace("<course ", f"<course user_partitions='{PARTITIONS}' ", 1)

    bundle = read_olx(an_olx(**{"course.xml": course}))

    told = next(item for item in bundle.items if item.kind == "split_test")
    assert (told.outcome, word in told.reason) == (Outcome.WITH_LOSS, True)


def test_a_file_that_is_named_in_any_attribute_comes_along() -> None:
    page = '<html url_name="p"><div data-large="/static/large.png">A</div><video poster="/static/p.jpg"/></html>'

    bundle = read_olx(
        an_olx(
            **{"course.xml": in_a_unit(page), "static/large.png": b"L", "static/p.jpg": b"P", "static/not.png": b"N"}
        )
    )

    assert [asset.name for asset in bundle.assets] == ["large.png", "p.jpg"]


def test_files_that_the_course_as_a_whole_names_come_along() -> None:
    course = in_a_unit().replace(
        "<course ", """<course banner_image="b.png" instructor_info='{"i": "/static/i.png"}' """, 1
    )
    about = '<link href="/static/a.css" rel="stylesheet"/><p>Words</p>'

    bundle = read_olx(
        an_olx(
            **{
                "course.xml": course,
                "about/overview.html": about,
                "tabs/unlisted.html": "<img src='/static/t.png'/>",
                **{f"static/{name}": name for name in ("a.css", "b.png", "i.png", "t.png", "other.png")},
            }
        )
    )

    assert [asset.name for asset in bundle.assets] == ["a.css", "b.png", "i.png", "t.png"]
    assert [item.path for item in bundle.items if item.reason == "orphan"] == ["static/other.png"]


def test_a_film_is_offered_before_its_sound_and_the_large_one_before_the_small() -> None:
    profiles = (("audio_mp3", "a.mp3"), ("mobile_low", "s.mp4"), ("hls", "h.m3u8"), ("desktop_mp4", "l.mp4"))
    encoded = "".join(f'<encoded_video profile="{name}" url="https://v.example/{url}"/>' for name, url in profiles)
    film = f'<video url_name="v" youtube_id_1_0=""><video_asset>{encoded}</video_asset></video>'

    bundle = read_olx(an_olx(**{"course.xml": in_a_unit(film)}))

    content = bundle.nodes[-1].content
    assert isinstance(content, VideoContent)
    assert [source.url.rpartition("/")[2] for source in content.sources] == ["h.m3u8", "l.mp4", "s.mp4", "a.mp3"]


def test_what_a_program_in_a_link_unfolded_stands_open() -> None:
    hidden = '<p id="s" style="display:none; color:red">Because</p>'
    folded = f"""<html url_name="p"><a href="javascript:$('#s').toggle()">Why</a>{hidden}</html>"""

    bundle = read_olx(an_olx(**{"course.xml": in_a_unit(folded, f'<html url_name="q">{hidden}</html>')}))

    pages = [node.content.html for node in bundle.nodes if isinstance(node.content, HtmlContent)]
    assert ["display" in page for page in pages] == [False, True]
    assert "stands open" in bundle.items[-2].reason
