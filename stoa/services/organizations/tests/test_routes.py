"""Organizations over HTTP: what strangers, learners and guests get."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.testing.routes import RoutesUnderTest
from stoa.kit.testing.strangers import walked
from stoa.services.organizations.routes import router
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.organizations.tests.building import a_school, acting, somebody

API = "/api/v1/organizations"


@pytest.fixture
def routes(organizations: Organizations, clock: ManualClock) -> RoutesUnderTest:
    return RoutesUnderTest((router, organizations), clock=clock)


async def test_the_owner_of_another_organization_finds_nothing(
    routes: RoutesUnderTest, organizations: Organizations
) -> None:
    school, other = await a_school(organizations), await a_school(organizations, "south")
    user = await somebody(organizations, school, "owner")
    [role, *_] = await organizations.roles_of(organization=school, user=user)
    stranger = await acting(organizations, other, await somebody(organizations, other, "owner"))
    ids = {"organization": school, "user": user, "grant": role.grant}
    query = {"user": str(user), "permission": "organizations.update"}

    there = await walked(routes, router, stranger, ids, role="learner", email="a@b.example")
    explained = await routes.client(stranger).get(f"{API}/{school}/explain", params=query)
    here = await walked(routes, router, stranger, {**ids, "organization": other}, role="learner")

    assert there.pop("explain_permission") in (404, 422)
    assert explained.status_code == 404
    assert len(there) == 7
    assert set(there.values()) == {404}, there
    assert {here[name] for name in ("remove_member", "grant_role", "revoke_role")} == {404}


async def test_a_learner_manages_nothing(routes: RoutesUnderTest, organizations: Organizations) -> None:
    school = await a_school(organizations)
    user = await somebody(organizations, school, "author")
    [*_, role] = await organizations.roles_of(organization=school, user=user)
    learner = await acting(organizations, school, await somebody(organizations, school))

    answers = await walked(
        routes, router, learner, {"organization": school, "user": user, "grant": role.grant}, role="learner"
    )

    assert answers.pop("organization") == 200
    assert set(answers.values()) == {403}, answers


async def test_a_change_leaves_out_what_it_does_not_name(routes: RoutesUnderTest, organizations: Organizations) -> None:
    school = await a_school(organizations)
    client = routes.client(await acting(organizations, school, await somebody(organizations, school, "owner")))
    url = f"{API}/{school}"

    closed = await client.patch(url, json={"allows_sign_up": False}, headers={"if-match": '"1"'})
    renamed = await client.patch(url, json={"name": "South"}, headers={"if-match": closed.headers["etag"]})
    ugly = await client.patch(
        url, json={"branding": {"light": {"text": "#ffffff"}}}, headers={"if-match": renamed.headers["etag"]}
    )

    assert (renamed.json()["name"], renamed.json()["allows_sign_up"]) == ("South", False)
    assert (ugly.status_code, ugly.json()["code"]) == (422, "organizations.branding_refused")
    assert ugly.json()["contrast"] < 4.5


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "0" * 32])
async def test_a_forged_cursor_is_refused(routes: RoutesUnderTest, organizations: Organizations, cursor: str) -> None:
    school = await a_school(organizations)
    client = routes.client(await acting(organizations, school, await somebody(organizations, school, "owner")))

    answer = await client.get(f"{API}/{school}/members", params={"cursor": cursor})

    assert 400 <= answer.status_code < 500
