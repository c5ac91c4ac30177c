"""What authors and learners see of a course on a real database."""

from datetime import timedelta

import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.errors import PreconditionFailed
from stoa.services.courses.contract import (
    BlockKind,
    CourseId,
    CourseState,
    HtmlContent,
    NodeId,
    NodeKind,
    NodeSettings,
    NotPublished,
    NotReadyToPublish,
    RandomizedContent,
    WrongPlace,
)
from stoa.services.courses.domain.drafts import CourseEdit, NewCourse, NewNode, NodeEdit, NodeMove, NodeView
from stoa.services.courses.domain.snapshot import Change
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.tests.building import AUTHOR, LEARNER, an_organization

ORGANIZATION = an_organization()


async def a_course(courses: Courses, title: str = "Knots and ropes") -> CourseId:
    draft = await courses.authoring.create_course(organization=ORGANIZATION, body=NewCourse(title=title))
    return draft.id


async def add(courses: Courses, course: CourseId, kind: NodeKind, **more: object) -> NodeView:
    body = NewNode(kind=kind, **more)  # type: ignore[arg-type]  # the test spells the fields
    return await courses.authoring.add_node(organization=ORGANIZATION, course=course, body=body, author=AUTHOR)


async def a_unit(courses: Courses, course: CourseId, *, title: str = "Why knots hold") -> NodeView:
    section = await add(courses, course, NodeKind.SECTION, title="Knots")
    subsection = await add(courses, course, NodeKind.SUBSECTION, title="Friction", parent=section.id)
    return await add(courses, course, NodeKind.UNIT, title=title, parent=subsection.id)


async def a_text(courses: Courses, course: CourseId, unit: NodeId, html: str = "<p>Rope grips rope.</p>") -> NodeView:
    return await add(
        courses, course, NodeKind.BLOCK, block_kind=BlockKind.HTML, parent=unit, content=HtmlContent(html=html)
    )


async def edit(courses: Courses, course: CourseId, node: NodeView, html: str) -> NodeView:
    return await courses.authoring.update_node(
        organization=ORGANIZATION, course=course, node=node.id, edit=NodeEdit(content=HtmlContent(html=html)),
        version=node.version, author=AUTHOR,
    )  # fmt: skip


async def publish(courses: Courses, course: CourseId, note: str = "") -> str:
    publication = await courses.publishing.publish(organization=ORGANIZATION, course=course, note=note, author=AUTHOR)
    return publication.snapshot


async def html_of(courses: Courses, course: CourseId, unit: NodeId) -> str:
    content = await courses.unit_of(organization=ORGANIZATION, course=course, unit=unit)
    first = content.blocks[0].content
    assert isinstance(first, HtmlContent)
    return first.html


async def test_an_unpublished_course_has_nothing_to_read(courses: Courses) -> None:
    course = await a_course(courses)

    with pytest.raises(NotPublished):
        await courses.outline_of(organization=ORGANIZATION, course=course)


async def test_learners_read_what_was_published_not_the_draft(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    text = await a_text(courses, course, unit.id)
    await publish(courses, course)

    await edit(courses, course, text, "<p>Rewritten.</p>")

    assert await html_of(courses, course, unit.id) == "<p>Rope grips rope.</p>"


async def test_publishing_an_unchanged_draft_publishes_nothing(courses: Courses, clock: ManualClock) -> None:
    course = await a_course(courses)
    await a_text(courses, course, (await a_unit(courses, course)).id)
    first = await publish(courses, course)
    clock.advance(timedelta(hours=1))

    again = await publish(courses, course)

    history = await courses.publishing.publications(organization=ORGANIZATION, course=course)
    assert again == first
    assert len(history) == 1


async def test_rolling_back_brings_the_older_text_and_keeps_the_draft(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    text = await a_text(courses, course, unit.id)
    first = await publish(courses, course)
    newer = await edit(courses, course, text, "<p>Newer.</p>")
    await publish(courses, course)

    await courses.publishing.roll_back(organization=ORGANIZATION, course=course, snapshot=first, note="", author=AUTHOR)  # type: ignore[arg-type]  # a snapshot id is a str

    kept = await courses.authoring.node(organization=ORGANIZATION, course=course, node=text.id)
    assert await html_of(courses, course, unit.id) == "<p>Rope grips rope.</p>"
    assert kept.content == newer.content


async def test_the_difference_names_what_was_added_changed_moved_and_removed(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    one, two, three = [await a_text(courses, course, unit.id, f"<p>{n}</p>") for n in ("one", "two", "three")]
    await publish(courses, course)
    await edit(courses, course, one, "<p>uno</p>")
    await courses.authoring.remove_node(organization=ORGANIZATION, course=course, node=two.id, version=1, author=AUTHOR)
    await courses.authoring.move_node(
        organization=ORGANIZATION, course=course, node=three.id, move=NodeMove(parent=unit.id, position=0, version=1),
        author=AUTHOR,
    )  # fmt: skip
    four = await a_text(courses, course, unit.id, "<p>four</p>")

    diff = await courses.publishing.difference(organization=ORGANIZATION, course=course)

    found = {change.id: change.change for change in diff.changes}
    assert found[one.id] is Change.CHANGED
    assert found[two.id] is Change.REMOVED
    assert found[four.id] is Change.ADDED
    assert Change.MOVED in {found.get(three.id), found.get(one.id)} or found[one.id] is Change.CHANGED


async def test_two_authors_of_different_blocks_both_keep_their_work(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    one, two = await a_text(courses, course, unit.id), await a_text(courses, course, unit.id)

    await edit(courses, course, one, "<p>Anna</p>")
    await edit(courses, course, two, "<p>Ben</p>")

    texts = [await courses.authoring.node(organization=ORGANIZATION, course=course, node=n.id) for n in (one, two)]
    assert [text.content for text in texts] == [HtmlContent(html="<p>Anna</p>"), HtmlContent(html="<p>Ben</p>")]


async def test_the_second_author_of_the_same_block_gets_the_first_ones_text_to_merge(courses: Courses) -> None:
    course = await a_course(courses)
    text = await a_text(courses, course, (await a_unit(courses, course)).id)
    await edit(courses, course, text, "<p>Anna</p>")

    with pytest.raises(PreconditionFailed) as refused:
        await edit(courses, course, text, "<p>Ben</p>")

    current = refused.value.fields["current"]
    assert current["content"]["html"] == "<p>Anna</p>"
    assert current["changed_by"] == str(AUTHOR)


async def test_moving_a_unit_keeps_its_id_and_its_blocks(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    text = await a_text(courses, course, unit.id)
    section = await add(courses, course, NodeKind.SECTION, title="Later")
    other = await add(courses, course, NodeKind.SUBSECTION, title="Elsewhere", parent=section.id)

    await courses.authoring.move_node(
        organization=ORGANIZATION, course=course, node=unit.id, move=NodeMove(parent=other.id, position=0, version=1),
        author=AUTHOR,
    )  # fmt: skip

    outline = await courses.authoring.outline(organization=ORGANIZATION, course=course)
    moved = outline.sections[1].children[0].children[0]
    assert (moved.id, moved.children[0].id) == (unit.id, text.id)


async def test_a_section_cannot_stand_in_a_unit(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)

    with pytest.raises(WrongPlace):
        await add(courses, course, NodeKind.SECTION, parent=unit.id)


async def test_nodes_keep_the_order_in_which_they_were_put(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    for title, position in (("b", None), ("d", None), ("a", 0), ("c", 2)):
        await add(
            courses, course, NodeKind.BLOCK, block_kind=BlockKind.HTML, parent=unit.id, title=title, position=position
        )

    outline = await courses.authoring.outline(organization=ORGANIZATION, course=course)

    unit_now = outline.sections[0].children[0].children[0]
    assert [block.title for block in unit_now.children] == ["a", "b", "c", "d"]


async def test_scripts_never_reach_the_store(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)

    text = await a_text(courses, course, unit.id, '<p onclick="x()">Hi<script>alert(1)</script></p>')

    assert text.content == HtmlContent(html="<p>Hi</p>")


async def test_an_error_stops_publishing_and_is_named(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    await add(courses, course, NodeKind.BLOCK, block_kind=BlockKind.PROBLEM, parent=unit.id, title="Unwritten")

    with pytest.raises(NotReadyToPublish) as refused:
        await publish(courses, course)

    assert [finding["code"] for finding in refused.value.fields["findings"]] == ["question_without_key"]


async def test_each_learner_always_gets_the_same_of_a_pool(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    pool = await add(
        courses, course, NodeKind.BLOCK, block_kind=BlockKind.RANDOMIZED, parent=unit.id,
        content=RandomizedContent(count=2),
    )  # fmt: skip
    for number in range(6):
        await a_text(courses, course, pool.id, f"<p>{number}</p>")
    await publish(courses, course)

    drawn = [
        (await courses.unit_of(organization=ORGANIZATION, course=course, unit=unit.id, learner=LEARNER)).blocks[0]
        for _ in range(3)
    ]
    outline = await courses.outline_of(organization=ORGANIZATION, course=course, learner=LEARNER)

    ids = [child.id for child in drawn[0].children]
    in_outline = outline.sections[0].children[0].children[0].children[0].children
    assert len(ids) == 2
    assert all([child.id for child in block.children] == ids for block in drawn)
    assert [child.id for child in in_outline] == ids


async def test_an_old_address_still_finds_the_course(courses: Courses) -> None:
    course = await a_course(courses, "Old name")
    draft = await courses.authoring.course(organization=ORGANIZATION, course=course)

    fields = msgspec.structs.replace(draft.fields, slug="new-name")
    await courses.authoring.update_course(
        organization=ORGANIZATION, course=course, edit=CourseEdit(fields=fields), version=1
    )

    found = await courses.course_of(organization=ORGANIZATION, course="old-name")

    assert (found.id, found.slug) == (course, "new-name")


async def test_another_organization_does_not_see_the_course(courses: Courses) -> None:
    from stoa.services.courses.contract import CourseNotFound

    course = await a_course(courses)

    with pytest.raises(CourseNotFound):
        await courses.course_of(organization=an_organization(), course=str(course))


async def test_an_archived_course_leaves_the_list_of_published_ones(courses: Courses) -> None:
    course = await a_course(courses, "Soon gone")
    await a_text(courses, course, (await a_unit(courses, course)).id)
    await publish(courses, course)

    archived = await courses.authoring.archive_course(organization=ORGANIZATION, course=course)

    listed = await courses.published_courses(organization=ORGANIZATION, limit=200)
    assert archived.state is CourseState.ARCHIVED
    assert course not in {summary.id for summary in listed.items}


async def test_settings_of_a_node_survive_the_way_to_the_reader(courses: Courses) -> None:
    course = await a_course(courses)
    unit = await a_unit(courses, course)
    settings = NodeSettings(required=False, try_out=True, licence="CC BY 4.0")
    await courses.authoring.update_node(
        organization=ORGANIZATION, course=course, node=unit.id, edit=NodeEdit(settings=settings), version=1,
        author=AUTHOR,
    )  # fmt: skip
    await a_text(courses, course, unit.id)
    await publish(courses, course)

    content = await courses.unit_of(organization=ORGANIZATION, course=course, unit=unit.id)

    assert content.settings == settings
