"""Authors' pages with scripts: only behind signed addresses, and never with an origin of ours."""

from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.errors import NotFound
from stoa.kit.testing.routes import RoutesUnderTest
from stoa.services.courses.contract import BlockKind, CourseId, EmbedContent, NodeId, NodeKind, SnapshotId
from stoa.services.courses.domain.drafts import NewCourse, NewNode
from stoa.services.courses.domain.sandbox import Place, Sandbox, document
from stoa.services.courses.routes import pages
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.tests.building import AUTHOR, an_organization

SANDBOX = Sandbox(secret=b"k" * 32, content_url="http://content.test", public_url="http://stoa.test")
PAGE = '<h2>Timer</h2><script>document.title = "ran"</script><a href="block:{unit}">back</a>'


def a_place(**changed: object) -> Place:
    fields: dict[str, object] = {
        "organization": OrganizationId(new_id()), "course": CourseId(new_id()), "node": NodeId(new_id()),
        "snapshot": SnapshotId("ab" * 32),
    }  # fmt: skip
    return Place(**{**fields, **changed})  # type: ignore[arg-type]  # the fields of the struct by name


def token_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_an_address_leads_to_the_place_it_was_signed_for(clock: ManualClock) -> None:
    place = a_place()

    found = SANDBOX.place_of(token_of(SANDBOX.url_of(place)), now=clock.now())

    assert found == place


@pytest.mark.parametrize("token", ["", "x", "%", "A" * 150, "Ä" * 150])
def test_what_nobody_signed_leads_nowhere(token: str, clock: ManualClock) -> None:
    assert SANDBOX.place_of(token, now=clock.now()) is None


def test_every_changed_letter_breaks_an_address(clock: ManualClock) -> None:
    token = token_of(SANDBOX.url_of(a_place()))

    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token) - 1)]

    assert [one for one in changed if SANDBOX.place_of(one, now=clock.now()) is not None] == []


def test_the_address_of_a_draft_is_good_for_a_while(clock: ManualClock) -> None:
    place = a_place(snapshot=None, until=clock.now() + timedelta(hours=1))
    token = token_of(SANDBOX.url_of(place))

    early = SANDBOX.place_of(token, now=clock.now() + timedelta(minutes=59))
    late = SANDBOX.place_of(token, now=clock.now() + timedelta(minutes=61))

    assert (early is not None, late) == (True, None)


def test_a_fragment_becomes_a_document_and_a_document_stays_one() -> None:
    fragment = document("<p>Hi</p>", title="<b>", language="ar")
    whole = document("<!DOCTYPE html><html><head><title>T</title></head><body>x</body></html>", title="", language="")

    assert fragment.startswith('<!doctype html><html lang="ar">')
    assert "<title>&lt;b&gt;</title>" in fragment
    assert whole.count("<html") == 1
    assert whole.index('<base target="_blank">') < whole.index("<title>T")


async def a_published_page(courses: Courses, organization: OrganizationId) -> tuple[CourseId, NodeId]:
    course = (await courses.authoring.create_course(organization=organization, body=NewCourse(title="Time"))).id
    parent: NodeId | None = None
    for kind in (NodeKind.SECTION, NodeKind.SUBSECTION, NodeKind.UNIT):
        body = NewNode(kind=kind, title=kind, parent=parent)
        made = await courses.authoring.add_node(organization=organization, course=course, body=body, author=AUTHOR)
        parent = made.id
    assert parent is not None
    content = EmbedContent(mode="sandbox", html=PAGE.format(unit=parent))
    block = NewNode(kind=NodeKind.BLOCK, block_kind=BlockKind.EMBED, title="Timer", parent=parent, content=content)
    await courses.authoring.add_node(organization=organization, course=course, body=block, author=AUTHOR)
    await courses.publishing.publish(organization=organization, course=course, note="", author=AUTHOR)
    return course, parent


async def test_a_reader_gets_the_address_and_the_address_gives_the_page(courses: Courses, clock: ManualClock) -> None:
    organization = an_organization()
    course, unit = await a_published_page(courses, organization)
    client = RoutesUnderTest((pages, courses), clock=clock).client()

    content = (await courses.unit_of(organization=organization, course=course, unit=unit)).blocks[0].content
    assert isinstance(content, EmbedContent)
    answer = await client.get(f"/embed/{token_of(content.url)}")

    assert (content.html, content.url.startswith("http://content.test/embed/")) == ("", True)
    assert answer.headers["content-type"].startswith("text/html")
    assert '<script>document.title = "ran"</script>' in answer.text
    assert f'<a href="http://stoa.test/learn/{course}/{unit}">back</a>' in answer.text


async def test_a_page_of_another_host_is_framed_by_the_content_origin_which_does_nothing_else(
    courses: Courses, clock: ManualClock
) -> None:
    organization = an_organization()
    course, unit = await a_published_page(courses, organization)
    there = 'https://films.example/embed?a="1&b=2'
    body = NewNode(
        kind=NodeKind.BLOCK,
        block_kind=BlockKind.EMBED,
        title='<b>"Film',
        parent=unit,
        content=EmbedContent(mode="url", url=there, frame="https://evil.example"),
    )
    await courses.authoring.add_node(organization=organization, course=course, body=body, author=AUTHOR)
    await courses.publishing.publish(organization=organization, course=course, note="", author=AUTHOR)
    client = RoutesUnderTest((pages, courses), clock=clock).client()

    content = (await courses.unit_of(organization=organization, course=course, unit=unit)).blocks[1].content
    assert isinstance(content, EmbedContent) and isinstance(content.frame, str)
    answer = await client.get(f"/embed/{token_of(content.frame)}")

    assert (content.url, content.frame.startswith("http://content.test/embed/")) == (there, True)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-src https:" in policy and "script-src" not in policy
    assert "frame-ancestors http://stoa.test" in policy
    assert '<iframe src="https://films.example/embed?a=&quot;1&amp;b=2" title="&lt;b&gt;&quot;Film"' in answer.text
    assert "<script" not in answer.text


async def test_a_page_may_run_scripts_and_has_no_origin(courses: Courses, clock: ManualClock) -> None:
    organization = an_organization()
    course, unit = await a_published_page(courses, organization)
    client = RoutesUnderTest((pages, courses), clock=clock).client()
    content = (await courses.unit_of(organization=organization, course=course, unit=unit)).blocks[0].content
    assert isinstance(content, EmbedContent)

    policy = (await client.get(f"/embed/{token_of(content.url)}")).headers["content-security-policy"]

    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "allow-top-navigation" not in policy
    assert "frame-ancestors http://stoa.test" in policy


async def test_a_preview_shows_the_draft_and_is_over_after_a_day(courses: Courses, clock: ManualClock) -> None:
    organization = an_organization()
    course, unit = await a_published_page(courses, organization)
    content = (await courses.reading.preview_of(organization=organization, course=course, unit=unit)).blocks[0].content
    assert isinstance(content, EmbedContent)

    page = await courses.reading.sandbox_page(token_of(content.url))
    clock.advance(timedelta(days=1))

    assert page.is_final is False
    with pytest.raises(NotFound):
        await courses.reading.sandbox_page(token_of(content.url))


@pytest.mark.timeout(10)
def test_a_page_of_nothing_but_comments_holds_nobody_up() -> None:
    comments = "<!---->" * 5_000

    assert document(f"{comments}x", title="", language="").startswith("<!doctype html>")
    assert document(f"{comments}<html><head></head></html>", title="", language="").startswith("<!---->")
