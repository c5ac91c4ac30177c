"""What authors get over HTTP, and what others do not."""

import asyncio
from uuid import UUID

import httpx
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.courses.contract import UnsupportedContent
from stoa.services.courses.routes import router
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.service.importing import blob_key
from stoa.services.courses.tests.building import AUTHOR, MemoryBlobs, an_organization

API = "/api/v1/courses"


@pytest.fixture
def routes(courses: Courses, clock: ManualClock) -> RoutesUnderTest:
    return RoutesUnderTest((router, courses), clock=clock)


def author_of(routes: RoutesUnderTest, organization: OrganizationId | None = None) -> httpx.AsyncClient:
    return routes.client(a_caller("author", organization=organization or an_organization(), user=AUTHOR))


async def a_course(client: httpx.AsyncClient, title: str = "Knots and ropes") -> str:
    answer = await client.post(API, json={"title": title})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_an_instructor_edits_no_course_but_sees_those_of_the_organization_to_teach(
    routes: RoutesUnderTest,
) -> None:
    organization = an_organization()
    async with author_of(routes, organization) as author:
        course = await a_course(author)

    async with routes.client(a_caller("instructor", organization=organization)) as instructor:
        edited = (await instructor.get(API)).json()["items"]
        taught = (await instructor.get(API, params={"may": "teach"})).json()["items"]

    assert (edited, [line["id"] for line in taught]) == ([], [course])


async def add(client: httpx.AsyncClient, course: str, **body: object) -> dict[str, object]:
    answer = await client.post(f"{API}/{course}/nodes", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def a_text(client: httpx.AsyncClient, course: str) -> tuple[str, dict[str, object]]:
    section = await add(client, course, kind="section", title="S")
    part = await add(client, course, kind="subsection", title="P", parent=section["id"])
    unit = await add(client, course, kind="unit", title="U", parent=part["id"])
    text = await add(
        client,
        course,
        kind="block",
        block_kind="html",
        parent=unit["id"],
        content={"kind": "html", "html": "<p>Hi</p>"},
    )
    return str(unit["id"]), text


async def test_an_author_writes_and_publishes_a_course(routes: RoutesUnderTest) -> None:
    client = author_of(routes)
    course = await a_course(client)
    unit, _ = await a_text(client, course)

    diff = (await client.get(f"{API}/{course}/diff")).json()
    published = await client.post(f"{API}/{course}/publish", json={"note": "First"})
    preview = (await client.get(f"{API}/{course}/preview/units/{unit}")).json()
    listed = (await client.get(API)).json()

    assert {change["change"] for change in diff["changes"]} == {"added"}
    assert published.json()["note"] == "First"
    assert preview["blocks"][0]["content"] == {"kind": "html", "html": "<p>Hi</p>"}
    assert [(line["id"], line["state"]) for line in listed["items"]] == [(course, "published")]


async def test_an_edit_names_the_version_it_changes(routes: RoutesUnderTest) -> None:
    client = author_of(routes)
    course = await a_course(client)
    _, text = await a_text(client, course)
    url = f"{API}/{course}/nodes/{text['id']}"
    body = {"content": {"kind": "html", "html": "<p>New</p>"}}

    without = await client.patch(url, json=body)
    tag = (await client.get(url)).headers["etag"]
    first = await client.patch(url, json=body, headers={"if-match": tag})
    late = await client.patch(url, json={"title": "Late"}, headers={"if-match": tag})

    assert (without.status_code, first.status_code, late.status_code) == (428, 200, 412)
    assert late.json()["current"]["content"]["html"] == "<p>New</p>"


async def test_publishing_with_errors_answers_with_the_findings(routes: RoutesUnderTest) -> None:
    client = author_of(routes)
    course = await a_course(client)

    answer = await client.post(f"{API}/{course}/publish", json={})

    assert answer.status_code == 409
    assert answer.json()["code"] == "courses.not_ready_to_publish"
    assert answer.json()["findings"][0]["code"] == "empty"


async def test_a_learner_may_not_read_a_draft(routes: RoutesUnderTest) -> None:
    organization = an_organization()
    course = await a_course(author_of(routes, organization))
    learner = routes.client(a_caller("learner", organization=organization))

    answers = [
        await learner.get(f"{API}/{course}"),
        await learner.get(f"{API}/{course}/outline"),
        await learner.post(API, json={"title": "Mine"}),
    ]

    assert all(answer.status_code in (403, 404) for answer in answers)


async def test_another_organization_gets_nothing_but_not_found(routes: RoutesUnderTest) -> None:
    client = author_of(routes)
    course = await a_course(client)
    _, text = await a_text(client, course)
    stranger = author_of(routes)
    node = f"{API}/{course}/nodes/{text['id']}"

    answers = [
        await stranger.get(f"{API}/{course}"),
        await stranger.get(f"{API}/{course}/outline"),
        await stranger.get(node),
        await stranger.get(f"{API}/{course}/diff"),
        await stranger.get(f"{API}/{course}/snapshots"),
        await stranger.get(f"{API}/imports/{new_id()}"),
        await stranger.patch(node, json={"title": "x"}, headers={"if-match": '"1"'}),
        await stranger.post(f"{API}/{course}/publish", json={}),
        await stranger.post(f"{API}/{course}/archive"),
        await stranger.delete(node, headers={"if-match": '"1"'}),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)


async def test_an_author_of_one_course_sees_only_that_one(routes: RoutesUnderTest) -> None:
    organization = an_organization()
    client = author_of(routes, organization)
    mine = await a_course(client)
    other = (await client.post(API, json={"title": "Another"})).json()["id"]
    caller = routes.client(a_caller("author", organization=organization, course=UUID(mine)))

    listed = (await caller.get(API)).json()
    answer = await caller.get(f"{API}/{other}")

    assert [line["id"] for line in listed["items"]] == [mine]
    assert answer.status_code in (403, 404)


async def test_a_course_is_found_by_the_slug_of_its_address_by_those_who_may_edit_it(routes: RoutesUnderTest) -> None:
    organization = an_organization()
    client = author_of(routes, organization)
    mine, other = await a_course(client, "Knots"), await a_course(client, "Ropes")
    of_another = routes.client(a_caller("author", organization=organization, course=UUID(other)))

    found = (await client.get(API, params={"slug": "knots"})).json()["items"]
    hidden = (await of_another.get(API, params={"slug": "knots"})).json()["items"]
    nothing = (await client.get(API, params={"slug": "sails"})).json()["items"]

    assert ([line["id"] for line in found], hidden, nothing) == ([mine], [], [])


async def test_an_uploaded_file_is_used_under_a_name(routes: RoutesUnderTest, blobs: MemoryBlobs) -> None:
    organization = an_organization()
    client = author_of(routes, organization)
    course = await a_course(client)
    stored = await blobs.put(blob_key(organization, "a" * 64), b"png")

    added = await client.post(f"{API}/{course}/assets", json={"name": "a knot.png", "sha256": "a" * 64})
    unknown = await client.post(f"{API}/{course}/assets", json={"name": "x.png", "sha256": "b" * 64})
    listed = (await client.get(f"{API}/{course}/assets")).json()

    assert (added.status_code, unknown.status_code) == (201, 404)
    assert added.json()["reference"] == "asset:a%20knot.png"
    assert [(asset["name"], asset["size"]) for asset in listed] == [("a knot.png", stored.size)]


async def test_an_author_writes_a_problem_and_reads_it_back_with_its_key(routes: RoutesUnderTest) -> None:
    client = author_of(routes)
    course = await a_course(client)
    unit, _ = await a_text(client, course)
    block = await add(client, course, kind="block", block_kind="problem", parent=unit)
    url = f"{API}/{course}/nodes/{block['id']}/problem"

    before = await client.get(url)
    written = await client.put(
        url, json={"olx": '<problem><img src="asset:a.png"/></problem>'}, headers={"if-match": '"1"'}
    )
    after = await client.get(url)

    assert before.status_code == 404
    assert list(written.json()["content"]["urls"]) == ["asset:a.png"]
    assert after.json()["body"] == '<problem><img src="asset:a.png"/></problem>'


async def test_who_may_not_see_keys_gets_no_package_that_holds_them(routes: RoutesUnderTest) -> None:
    organization = an_organization()
    course = await a_course(author_of(routes, organization))

    for role in ("instructor", "assistant"):
        client = routes.client(a_caller(role, organization=organization, course=UUID(course)))
        assert (await client.get(f"{API}/{course}/outline")).status_code == 200, role
        assert (await client.post(f"{API}/{course}/export")).status_code == 403, role
        assert (await client.get(f"{API}/{course}/exports/{new_id()}")).status_code == 403, role


async def test_what_another_platform_kept_is_shown_to_those_who_may_read_keys(
    routes: RoutesUnderTest, courses: Courses
) -> None:
    organization = an_organization()
    owner = author_of(routes, organization)
    course = await a_course(owner)
    unit, _ = await a_text(owner, course)
    block = await add(owner, course, kind="block", block_kind="html", title="Graded", parent=unit)
    kept = UnsupportedContent(source_kind="customresponse", reason="Python", source="<problem>answer = 42</problem>")
    async with courses.authoring._store.transaction(organization=organization) as tx:
        await tx.execute(
            "update courses.nodes set block_kind = 'unsupported', content = $2 where node_id = $1",
            UUID(str(block["id"])),
            kept,
        )

    seen = {}
    for role in ("author", "instructor", "assistant"):
        client = routes.client(a_caller(role, organization=organization, course=UUID(course)))
        answer = await client.get(f"{API}/{course}/nodes/{block['id']}")
        seen[role] = (answer.json()["content"]["reason"], answer.json()["content"]["source"])

    assert seen == {"author": ("Python", kept.source), "instructor": ("Python", ""), "assistant": ("Python", "")}


async def test_of_many_who_want_one_address_at_once_one_gets_it_and_the_others_are_told(
    routes: RoutesUnderTest,
) -> None:
    client = author_of(routes)

    answers = await asyncio.gather(*(client.post(API, json={"title": "Knots and ropes"}) for _ in range(12)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"courses.slug_taken"}
    ids = [await a_course(client, title) for title in ("Sails", "Winds")]
    drafts = [(await client.get(f"{API}/{course}")).json() for course in ids]
    moved = await asyncio.gather(
        *(
            client.patch(
                f"{API}/{draft['id']}",
                json={"fields": {**draft["fields"], "slug": "storms"}},
                headers={"if-match": f'"{draft["version"]}"'},
            )
            for draft in drafts
        )
    )
    assert sorted(answer.status_code for answer in moved) == [200, 409], [answer.text for answer in moved]


async def test_an_archived_course_is_not_edited_any_more(routes: RoutesUnderTest) -> None:
    client = author_of(routes)
    course = await a_course(client)
    _, text = await a_text(client, course)
    url = f"{API}/{course}/nodes/{text['id']}"
    tag = (await client.get(url)).headers["etag"]
    await client.post(f"{API}/{course}/archive")

    late = await client.patch(url, json={"title": "Late"}, headers={"if-match": tag})

    assert (late.status_code, late.json()["code"]) == (409, "courses.archived")


async def test_a_problem_of_another_course_is_not_taken_over_with_its_key(routes: RoutesUnderTest) -> None:
    organization = an_organization()
    owner = author_of(routes, organization)
    theirs, mine = await a_course(owner), await a_course(owner, "Sails")
    unit, _ = await a_text(owner, theirs)
    block = await add(owner, theirs, kind="block", block_kind="problem", parent=unit)
    written = await owner.put(
        f"{API}/{theirs}/nodes/{block['id']}/problem",
        json={"olx": "<problem><numericalresponse answer='42'><formulaequationinput/></numericalresponse></problem>"},
        headers={"if-match": '"1"'},
    )
    assert written.status_code == 200, written.text
    thief = routes.client(a_caller("author", organization=organization, course=UUID(mine)))
    unit, _ = await a_text(thief, mine)
    own = await add(thief, mine, kind="block", block_kind="problem", parent=unit)
    stolen = {"content": {"kind": "problem", "problem": written.json()["content"]["problem"]}}

    changed = await thief.patch(f"{API}/{mine}/nodes/{own['id']}", json=stolen, headers={"if-match": '"1"'})
    added = await thief.post(
        f"{API}/{mine}/nodes", json={"kind": "block", "block_kind": "problem", "parent": unit, **stolen}
    )

    assert (changed.status_code, added.status_code) == (422, 422)
    assert (await thief.get(f"{API}/{mine}/nodes/{own['id']}/problem")).status_code == 404
