"""The bell over HTTP: pages, tags, versions, and what others get."""

import pytest

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.notifications.routes import router
from stoa.services.notifications.tests.building import HOME, Town
from stoa.services.progress.contract import CourseCompleted

API = "/api/v1/notifications"


@pytest.fixture
def routes(town: Town) -> RoutesUnderTest:
    return RoutesUnderTest((router, town.notifications), clock=town.clock)


async def a_reader(town: Town, *, notes: int) -> Caller:
    user = UserId(new_id())
    for _ in range(notes):
        course, _ = town.a_course(learners=0)
        await town.hear(
            CourseCompleted(organization_id=HOME, user_id=user, course_id=course, completed_at=town.clock.now())
        )
    return a_caller("learner", organization=HOME, user=user)


async def test_pages_follow_each_other_and_an_unchanged_one_is_not_sent_again(
    town: Town, routes: RoutesUnderTest
) -> None:
    client = routes.client(await a_reader(town, notes=5))

    first = await client.get(f"{API}?limit=3")
    rest = await client.get(f"{API}?limit=3&cursor={first.json()['next']}")
    again = await client.get(f"{API}?limit=3", headers={"if-none-match": first.headers["etag"]})

    ids = [note["id"] for page in (first, rest) for note in page.json()["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(set(ids)), rest.json()["next"], again.status_code) == (5, None, 304)


async def test_reading_changes_the_count_and_its_tag(town: Town, routes: RoutesUnderTest) -> None:
    client = routes.client(await a_reader(town, notes=3))
    before = await client.get(f"{API}/count")
    notes = (await client.get(API)).json()["items"]

    one = await client.post(f"{API}/{notes[0]['id']}/read")
    all_ = await client.post(f"{API}/read", json={"through": notes[0]["id"]})
    after = await client.get(f"{API}/count", headers={"if-none-match": before.headers["etag"]})

    assert [answer.json()["unread"] for answer in (before, one, all_, after)] == [3, 2, 0, 0]
    assert (await client.get(f"{API}?unread=true")).json()["items"] == []


async def test_preferences_are_changed_by_their_version(town: Town, routes: RoutesUnderTest) -> None:
    client = routes.client(await a_reader(town, notes=0))
    shown = await client.get(f"{API}/preferences")
    tag = {"if-match": shown.headers["etag"]}

    answers = [
        await client.put(f"{API}/preferences", json={"muted": ["classes"]}),
        await client.put(f"{API}/preferences", json={"muted": ["access"]}, headers=tag),
        await client.put(f"{API}/preferences", json={"muted": ["gossip"]}, headers=tag),
        await client.put(f"{API}/preferences", json={"muted": ["classes"]}, headers=tag),
        await client.put(f"{API}/preferences", json={"muted": []}, headers=tag),
    ]

    assert [answer.status_code for answer in answers] == [428, 409, 422, 200, 412]
    muted = {row["category"] for row in (await client.get(f"{API}/preferences")).json()["items"] if row["is_muted"]}
    assert muted == {"classes"}
    assert [row["category"] for row in shown.json()["items"] if row["is_mandatory"]] == ["access"]


async def test_strangers_and_guests_find_nothing(town: Town, routes: RoutesUnderTest) -> None:
    reader = await a_reader(town, notes=1)
    [note] = (await routes.client(reader).get(API)).json()["items"]
    elsewhere = a_caller("owner", organization=OrganizationId(new_id()), user=reader.user)
    neighbour = a_caller("owner", organization=HOME)

    answers = [await routes.client(who).post(f"{API}/{note['id']}/read") for who in (elsewhere, neighbour, None)]

    assert [answer.status_code for answer in answers] == [404, 404, 401]
    assert (await routes.client(elsewhere).get(API)).json()["items"] == []


async def test_all_that_is_kept_can_be_downloaded(town: Town, routes: RoutesUnderTest) -> None:
    client = routes.client(await a_reader(town, notes=2))

    record = (await client.get(f"{API}/export")).json()

    assert [note["kind"] for note in record["notifications"]] == ["course-completed"] * 2
    assert (record["muted"], record["is_whole"]) == ([], True)
