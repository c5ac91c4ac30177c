"""What reaches people by itself: the bell rings on every page alike, and a calendar program reads the feed."""

from datetime import UTC, datetime, timedelta

import httpx
import vobject

from tests.harness.client import wait_for
from tests.harness.platform import Platform
from tests.harness.sockets import Listener
from tests.harness.study import newcomer


def test_a_seat_rings_the_bell_of_who_got_it_and_is_read_on_all_their_devices(platform: Platform, lighthouse: str):
    phone = newcomer(platform, lighthouse).api
    wait_for(lambda: phone.get("/notifications/count")["unread"] == 1, why="the seat is told")
    [note] = phone.get("/notifications")["items"]
    laptop = platform.api()
    laptop.token = phone.token
    page = Listener(platform, lambda: phone.token)
    page.is_told("connected")

    read = laptop.post("/notifications/read", {"through": note["id"]})

    told = {"t": "notifications", "organization_id": phone.organization, **read}
    wait_for(lambda: told in page.data_in(f"user:{phone.user}"), why="the phone hears of it", deadline_s=5.0)
    page.close()
    assert (note["kind"], note["parameters"]["course_id"]) == ("seat-granted", lighthouse)
    assert read["unread"] == 0
    assert phone.get("/notifications/count") == read
    assert phone.get("/notifications?unread=true")["items"] == []


def test_what_a_teacher_plans_is_in_the_feed_of_who_learns_until_the_address_is_taken_back(
    platform: Platform, lighthouse: str
):
    author = platform.api().log_in(*platform.account("author"))
    learner = newcomer(platform, lighthouse).api
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    planned = author.post(
        f"/calendar/courses/{lighthouse}/entries",
        {
            "title": "Lamps, lenses; and oil",
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=1)).isoformat(),
            "time_zone": "Europe/Athens",
            "rrule": "FREQ=WEEKLY;COUNT=3",
        },
        expect=201,
    )
    window = {"since": starts.isoformat(), "until": (starts + timedelta(days=30)).isoformat()}
    address = httpx.URL(learner.post("/calendar/feed")["url"]).path.removeprefix("/api/v1")
    stranger = platform.api()

    seen = learner.get(f"/calendar?{httpx.QueryParams(window)}")["items"]
    feed = stranger.send("GET", address)
    same = stranger.send("GET", address, headers={"if-none-match": feed.headers["etag"]})
    learner.ask("DELETE", "/calendar/feed", expect=204)

    mine = [item for item in seen if item["entry_id"] == planned["id"]]
    assert [item["starts_at"] for item in mine[:1]] == [starts.isoformat().replace("+00:00", "Z")]
    assert len(mine) == 3
    events = {event.uid.value: event for event in vobject.readOne(feed.text).vevent_list}
    assert events[planned["id"]].summary.value == "Lamps, lenses; and oil"
    assert events[planned["id"]].dtstart.value == starts
    assert events[planned["id"]].rrule.value == "FREQ=WEEKLY;COUNT=3"
    assert same.status_code == 304
    assert stranger.send("GET", address).status_code == 404
