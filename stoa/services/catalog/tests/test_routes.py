"""What guests and members get over HTTP: the same, for the catalogue is public."""

import httpx
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.catalog.routes import router
from stoa.services.catalog.service import Catalog
from stoa.services.catalog.tests.building import (
    PlainCourses,
    a_course,
    a_delivery,
    a_node,
    a_unit_to_try,
    an_organization,
    published,
)
from stoa.services.courses.contract import NodeKind, Visibility

API = "/api/v1/catalog"
WHO = ("guest", "learner", "author", "owner", "operator")


def client_of(catalog: Catalog, clock: ManualClock, organization: OrganizationId, who: str) -> httpx.AsyncClient:
    async def tenant_of(headers: dict[bytes, bytes]) -> OrganizationId:
        return organization

    routes = RoutesUnderTest((router, catalog), clock=clock, tenant_of=tenant_of)
    return routes.client(None if who == "guest" else a_caller(who, organization=organization))


async def a_listed(
    catalog: Catalog, courses: PlainCourses, organization: OrganizationId, title: str, **kw: object
) -> str:
    unit = a_node(NodeKind.UNIT)
    course = courses.add(
        a_course(organization, title, **kw), a_node(NodeKind.SECTION, a_node(NodeKind.SUBSECTION, unit))
    )
    courses.units[unit.id], problem = a_unit_to_try()
    await catalog.note_published(published(course), delivery=a_delivery(published(course)))
    return f"{API}/try/{course.slug}/{unit.id}/answers?{problem.id}"


@pytest.mark.parametrize("who", WHO)
async def test_everybody_finds_the_public_courses_of_the_organization_only(
    catalog: Catalog, courses: PlainCourses, clock: ManualClock, who: str
) -> None:
    organization = an_organization()
    await a_listed(catalog, courses, organization, "Knots", categories=["Craft"])
    await a_listed(catalog, courses, organization, "Private knots", visibility=Visibility.PRIVATE)
    foreign = await a_listed(catalog, courses, an_organization(), "Foreign knots", categories=["Secret"])
    client = client_of(catalog, clock, organization, who)

    found = (await client.get(f"{API}/courses", params={"q": "knots"})).json()
    categories = (await client.get(f"{API}/categories")).json()
    page = await client.get(f"{API}/courses/knots")
    refused = [
        await client.get(f"{API}/courses/private-knots"),
        await client.get(f"{API}/courses/foreign-knots"),
        await client.get(foreign.partition("/answers")[0]),
    ]

    assert [one["title"] for one in found["items"]] == ["Knots"]
    assert categories == {"items": [{"name": "Craft", "courses": 1}]}
    assert page.json()["sections"][0]["subsections"][0]["units"][0]["can_try"] is True
    assert [answer.status_code for answer in refused] == [404, 404, 404]


async def test_a_guest_answers_a_problem_until_it_is_too_often(
    catalog: Catalog, courses: PlainCourses, clock: ManualClock
) -> None:
    organization = an_organization()
    url, _, block = (await a_listed(catalog, courses, organization, "Knots")).partition("?")
    client = client_of(catalog, clock, organization, "guest")
    body = {"block": block, "response": {"answers": {"p": "41"}}}

    unit = await client.get(url.removesuffix("/answers"))
    answers = [(await client.post(url, json=body)).status_code for _ in range(31)]

    assert [one["problem"] is not None for one in unit.json()["blocks"]] == [False, True]
    assert (set(answers[:30]), answers[30]) == ({200}, 429)


async def test_a_search_has_bounds(catalog: Catalog, clock: ManualClock) -> None:
    client = client_of(catalog, clock, an_organization(), "guest")

    answers = [
        await client.get(f"{API}/courses", params={"q": "x" * 201}),
        await client.get(f"{API}/courses", params={"limit": 201}),
        await client.get(f"{API}/courses", params={"cursor": "made-up"}),
        await client.get(f"{API}/try/x/{new_id()}"),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 400, 404]


async def test_a_platform_without_an_organization_says_so(catalog: Catalog, clock: ManualClock) -> None:
    client = RoutesUnderTest((router, catalog), clock=clock).client()

    answer = await client.get(f"{API}/courses")

    assert answer.status_code in (401, 403, 404)
