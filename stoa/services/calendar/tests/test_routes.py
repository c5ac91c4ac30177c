"""Calendars over HTTP: windows in pages, the feed as programs fetch it, what strangers get."""

from datetime import timedelta

import pytest
import vobject

from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.kit.testing.strangers import walked
from stoa.services.calendar.routes import router
from stoa.services.calendar.tests.building import HOME, PUBLIC_URL, Town

API = "/api/v1/calendar"


@pytest.fixture
def routes(town: Town) -> RoutesUnderTest:
    return RoutesUnderTest((router, town.calendar), clock=town.clock)


def an_entry(town: Town, **other: object) -> dict[str, object]:
    starts = town.clock.now() + timedelta(days=1)
    ends = starts + timedelta(hours=1)
    given = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat(), "time_zone": "Europe/Athens"}
    return {"title": "Office hours", **given, **other}


async def test_a_window_comes_in_pages_in_the_order_of_time(town: Town, routes: RoutesUnderTest) -> None:
    course = town.a_course()
    await town.hear(town.a_class(course))
    teacher = routes.client(a_caller("instructor", organization=HOME, user=town.a_teacher(course)))
    planned = await teacher.post(f"{API}/courses/{course}/entries", json=an_entry(town, rrule="FREQ=DAILY;COUNT=9"))
    client = routes.client(a_caller("learner", organization=HOME, user=town.a_learner(course)))
    now = town.clock.now()
    window = {"since": now.isoformat(), "until": (now + timedelta(days=30)).isoformat(), "limit": "4"}

    pages, cursor = [], None
    while cursor or not pages:
        answer = await client.get(API, params={**window, **({"cursor": cursor} if cursor else {})})
        pages.append(answer.json())
        cursor = pages[-1]["next"]
    again = await client.get(
        API, params=window, headers={"if-none-match": (await client.get(API, params=window)).headers["etag"]}
    )

    items = [item for page in pages for item in page["items"]]
    assert planned.status_code == 201
    assert [len(page["items"]) for page in pages] == [4, 4, 2]
    assert [item["starts_at"] for item in items] == sorted(item["starts_at"] for item in items)
    assert {(item["source"], item["is_recurring"], item["is_host"]) for item in items} == {
        ("live", False, False), ("course", True, False),
    }  # fmt: skip
    assert items[0]["course"] == {"id": str(course), "slug": "knots", "title": "Knots"}
    assert {item["path"].split("/")[1] for item in items} == {"live", "learn"}
    assert again.status_code == 304


async def test_a_feed_is_fetched_by_anybody_with_its_address_and_only_when_it_has_changed(
    town: Town, routes: RoutesUnderTest
) -> None:
    course = town.a_course()
    learner = town.a_learner(course)
    event = town.a_class(course)
    await town.hear(event)
    mine = routes.client(a_caller("learner", organization=HOME, user=learner))
    assert (await mine.get(f"{API}/feed")).json()["is_on"] is False
    url = (await mine.post(f"{API}/feed")).json()["url"]
    program = routes.client()

    first = await program.get(url.removeprefix(PUBLIC_URL))
    tag = {"if-none-match": first.headers["etag"]}
    same = await program.get(url.removeprefix(PUBLIC_URL), headers=tag)
    await town.hear(type(event)(**{**{name: getattr(event, name) for name in event.__struct_fields__}, "sequence": 1}))
    other = await program.get(url.removeprefix(PUBLIC_URL), headers=tag)

    assert url.startswith(f"{PUBLIC_URL}/api/v1/calendar/feeds/")
    assert [answer.status_code for answer in (first, same, other)] == [200, 304, 200]
    assert same.content == b""
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert first.headers["cache-control"] == "private, no-cache"
    [event_] = vobject.readOne(other.text).vevent_list
    assert event_.sequence.value == "1"
    shown = (await mine.get(f"{API}/feed")).json()
    assert (shown["is_on"], shown["url"], shown["last_fetched"]) == (True, None, "2026-01-05")
    await mine.delete(f"{API}/feed")
    gone = await program.get(url.removeprefix(PUBLIC_URL))
    assert (gone.status_code, gone.json()["code"]) == (404, "calendar.feed_not_found")


@pytest.mark.parametrize("file", ["AAAA.ics", "AAAA", ".ics", "x" * 3000 + ".ics", "%F0%9F%91%A9.ics", "a.txt"])
async def test_no_other_address_is_a_feed(routes: RoutesUnderTest, file: str) -> None:
    assert (await routes.client().get(f"{API}/feeds/{file}")).status_code == 404


async def test_an_address_is_not_kept_for_whoever_repeats_the_request(town: Town, routes: RoutesUnderTest) -> None:
    client = routes.client(a_caller("learner", organization=HOME, user=town.a_learner()))
    key = {"idempotency-key": "0123456789abcdef"}

    first, second = [(await client.post(f"{API}/feed", headers=key)).json() for _ in range(2)]

    assert first.get("url") != second.get("url")


async def test_entries_are_changed_by_their_version_and_their_occurrences_by_their_time(
    town: Town, routes: RoutesUnderTest
) -> None:
    course = town.a_course()
    client = routes.client(a_caller("instructor", organization=HOME, user=town.a_teacher(course), course=course))
    entries = f"{API}/courses/{course}/entries"
    made = await client.post(entries, json=an_entry(town, rrule="FREQ=DAILY;COUNT=3"))
    one = f"{entries}/{made.json()['id']}"
    tag = {"if-match": made.headers["etag"]}
    at = made.json()["starts_at"]

    answers = [
        await client.patch(one, json={"title": "Clinic"}),
        await client.patch(one, json={"title": "Clinic"}, headers=tag),
        await client.patch(one, json={"title": "Clinic"}, headers=tag),
        await client.put(f"{one}/occurrences/{at}", json={"title": "First"}),
        await client.delete(f"{one}/occurrences/{at}"),
        await client.delete(f"{one}/occurrences/yesterday"),
        await client.delete(f"{one}/occurrences/2026-01-01T00:00:00"),
        await client.delete(one, headers={"if-match": '"1"'}),
        await client.delete(one, headers={"if-match": '"2"'}),
        await client.post(entries, json=an_entry(town, rrule="FREQ=HOURLY")),
    ]

    assert [answer.status_code for answer in answers] == [428, 200, 412, 200, 200, 404, 404, 200, 409, 422]
    [shown] = (await client.get(entries)).json()["items"]
    assert (shown["title"], shown["version"], shown["cancelled_at"] is None) == ("Clinic", 2, False)


async def test_learners_write_nothing_and_strangers_find_nothing(town: Town, routes: RoutesUnderTest) -> None:
    course = town.a_course()
    teacher = routes.client(a_caller("instructor", organization=HOME, user=town.a_teacher(course)))
    made = (await teacher.post(f"{API}/courses/{course}/entries", json=an_entry(town))).json()
    ids = {"course": course, "entry": made["id"], "occurs_at": made["starts_at"], "file": "AAAA.ics"}
    learner = a_caller("learner", organization=HOME, user=town.a_learner(course))
    stranger = a_caller("owner", organization=OrganizationId(new_id()))

    refused = await walked(
        routes, router, learner, ids, time_zone="UTC", starts_at=made["starts_at"], ends_at=made["ends_at"]
    )
    hidden = await walked(
        routes, router, stranger, ids, time_zone="UTC", starts_at=made["starts_at"], ends_at=made["ends_at"]
    )

    assert (refused.pop("read_calendar_feed"), hidden.pop("read_calendar_feed")) == (404, 404)
    assert set(refused.values()) == {403}, refused
    assert set(hidden.values()) == {404}, hidden


async def test_all_that_is_kept_can_be_downloaded_without_the_address(town: Town, routes: RoutesUnderTest) -> None:
    user = town.a_learner()
    await town.hear(town.a_class(None, host_ids=[user]))
    client = routes.client(a_caller("learner", organization=HOME, user=user))
    url = (await client.post(f"{API}/feed")).json()["url"]

    answer = await client.get(f"{API}/export")

    assert [entry["title"] for entry in answer.json()["held"]] == ["Bowlines"]
    assert url.rpartition("/")[2].removesuffix(".ics") not in answer.text
