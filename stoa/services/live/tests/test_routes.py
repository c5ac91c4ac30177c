"""Live over HTTP: strangers find nothing, nobody is in a room without a token, and lists can be taken away."""

import csv
import io
from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.http.router import Route
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.kit.testing.strangers import a_body, walked
from stoa.services.live.routes import board, classes, joining, keeping, polls, recalling, talking
from stoa.services.live.service.recalling import line
from stoa.services.live.tests.building import HOME, School, an_id

API = "/api/v1/live"
ROUTERS = [board.router, classes.router, joining.router, talking.router, polls.router, keeping.router, recalling.router]
IN_ROOM = [
    route
    for router in ROUTERS
    for route in router.routes
    if route.permission.audience == "public" and route.name != "join_as_guest"
]


def readable(route: Route) -> object:
    """Return a body that a route reads: some fields must hold something sensible."""
    return a_body(
        route,
        slide={},
        elements=[{"id": "a", "version": 1}],
        kind="clap" if route.name == "react" else "single",
        role="learner",
        options=[{"text": "a"}, {"text": "b"}],
        choices=[0],
    )


@pytest.fixture
def routes(school: School, clock: ManualClock) -> RoutesUnderTest:
    return RoutesUnderTest(*((router, school.live) for router in ROUTERS), clock=clock)


async def test_the_owner_of_another_organization_finds_nothing(routes: RoutesUnderTest, school: School):
    class_id = await school.started(school.courses.add())
    stranger = a_caller("owner", organization=OrganizationId(new_id()))
    known = {"class_id": class_id, "participant": new_id(), "poll": new_id(), "question": new_id(), "who": new_id()}
    ids = {**known, "group": new_id(), "seq": new_id()}
    answers: dict[str, int] = {}

    for router in ROUTERS:
        answers |= await walked(routes, router, stranger, ids)

    members = {
        route.name
        for router in ROUTERS
        for route in router.routes
        if route.permission.audience in ("member", "granted")
    }
    assert {name: status for name, status in answers.items() if name in members and status != 404} == {}
    assert len([name for name in answers if name in members]) >= 16


async def test_in_a_room_nothing_is_done_without_a_token_or_with_that_of_another_class(
    routes: RoutesUnderTest, school: School
):
    class_id, other = await school.started(), await school.started()
    elsewhere = await school.host(other)
    token, _ = school.live.standings.token_for(elsewhere, lasts=timedelta(minutes=5))
    ids = {"class_id": class_id, "participant": elsewhere.id, "poll": new_id(), "question": new_id(), "group": new_id()}

    wrong = {}
    for headers in ({}, {"stoa-join": "nonsense"}, {"stoa-join": token}):
        client = routes.client(school.teacher, headers=headers)
        for route in IN_ROOM:
            body = None if route.method in ("GET", "DELETE") else readable(route)
            answer = await client.request(route.method, route.path.format(**ids, seq=1), json=body)
            if (answer.status_code, answer.json()["code"]) != (401, "live.join_needed"):
                wrong[route.name] = answer.status_code

    assert wrong == {}
    assert len(IN_ROOM) >= 40


async def test_a_learner_may_do_in_the_room_only_what_is_for_all(routes: RoutesUnderTest, school: School):
    class_id = await school.started()
    learner = await school.learner(class_id)
    token, _ = school.live.standings.token_for(learner, lasts=timedelta(minutes=5))
    client = routes.client(headers={"stoa-join": token})
    for_all = {
        "renew_join", "live_room", "leave_class", "post_message", "list_messages", "remove_message", "react",
        "ask_question", "list_questions", "vote_question", "unvote_question", "question_thread", "raise_hand",
        "lower_own_hand", "list_hands", "list_polls", "get_poll", "cast_ballot", "list_people", "count_people",
        "whiteboard", "my_breakout",
    }  # fmt: skip
    ids = {"class_id": class_id, "participant": new_id(), "poll": new_id(), "question": new_id(), "group": new_id()}

    allowed = set()
    for route in IN_ROOM:
        body = None if route.method in ("GET", "DELETE") else readable(route)
        answer = await client.request(route.method, route.path.format(**ids, seq=1), json=body)
        if answer.status_code != 403 or answer.json()["code"] != "live.role_needed":
            allowed.add(route.name)

    assert allowed == for_all
    await school.settle()


async def test_a_learner_of_the_course_sees_the_class_and_holds_nothing(routes: RoutesUnderTest, school: School):
    course = school.courses.add()
    learner = a_caller("learner", organization=HOME, user=school.enrollment.seat(course, UserId(new_id())))
    class_id = await school.planned(course, takes_guests=True)
    client = routes.client(learner)
    url = f"{API}/classes/{class_id}"

    seen = (await client.get(url)).json()
    statuses = {
        (await client.post(f"{url}/{move}")).status_code for move in ("open", "start", "end", "archive")
    } | {
        (await client.request(method, f"{url}{path}", json=body, headers={"if-match": '"1"'})).status_code
        for method, path, body in (
            ("PATCH", "", {"title": "Mine"}), ("DELETE", "", None), ("GET", "/history", None),
            ("GET", "/attendance", None), ("GET", "/attendance.csv", None), ("GET", "/chat.csv", None),
            ("GET", "/polls.csv", None), ("GET", "/engagement", None),
        )
    }  # fmt: skip

    assert (seen["code"], seen["settings"], seen["may_host"]) == (None, None, False)
    assert statuses == {403}
    unseated = await routes.client(a_caller("learner", organization=HOME)).get(url)
    assert unseated.json()["code"] == "live.not_invited"


async def test_a_class_is_planned_changed_by_its_version_and_cancelled(routes: RoutesUnderTest, school: School):
    client = routes.client(school.teacher)
    hour = {"starts_at": "2026-03-02T10:00:00+01:00", "ends_at": "2026-03-02T11:00:00+01:00"}
    made = await client.post(
        f"{API}/classes", json={"title": "Knots", "time_zone": "Europe/Zurich", "rule": "FREQ=WEEKLY;COUNT=5", **hour}
    )
    url = f"{API}/classes/{made.json()['first']['id']}"
    later = {"starts_at": "2026-03-02T11:00:00+01:00", "ends_at": "2026-03-02T12:30:00+01:00"}

    answers = [
        await client.patch(url, json={"title": "Ropes"}),
        await client.patch(url, json={"title": "Ropes"}, headers={"if-match": '"9"'}),
        await client.patch(f"{url}?following=true", json={"title": "Ropes", **later}, headers={"if-match": '"1"'}),
    ]
    page = (await client.get(f"{API}/classes?limit=3&since=2026-01-01T00:00:00Z")).json()
    rest = (await client.get(f"{API}/classes?since=2026-01-01T00:00:00Z&cursor={page['next']}")).json()
    cancelled = await client.delete(f"{url}?following=true&reason=Ill")

    assert (made.status_code, made.json()["count"]) == (201, 5)
    assert [answer.status_code for answer in answers] == [428, 412, 200]
    found = [*page["items"], *rest["items"]]
    assert {one["title"] for one in found} == {"Ropes"}
    # The civil hour moves for all of the series, through the change of the clocks on 29 March.
    assert [one["starts_at"][11:16] for one in found] == ["10:00"] * 4 + ["09:00"]
    assert cancelled.status_code == 204
    assert (await client.get(f"{API}/classes?since=2026-01-01T00:00:00Z")).json()["items"] == []


async def test_what_was_said_can_be_taken_away_and_no_cell_is_a_formula(routes: RoutesUnderTest, school: School):
    class_id = await school.started()
    client = routes.client(school.teacher)
    joined = (await client.post(f"{API}/classes/{class_id}/join")).json()
    room = routes.client(headers={"stoa-join": joined["join_token"]})
    for body in ("=1+1", "  @SUM(A1)", "plain, with a comma", "-2"):
        posted = await room.post(
            f"{API}/classes/{class_id}/messages", json={"client_msg_id": str(an_id()), "body": body}
        )
        assert posted.status_code == 201, posted.text

    chat = await client.get(f"{API}/classes/{class_id}/chat.csv")
    attendance = await client.get(f"{API}/classes/{class_id}/attendance.csv")

    rows = list(csv.DictReader(io.StringIO(chat.text)))
    assert [row["message"] for row in rows] == ["'=1+1", "'@SUM(A1)", "plain, with a comma", "'-2"]
    assert chat.headers["content-disposition"] == 'attachment; filename="chat.csv"'
    assert [row["role"] for row in csv.DictReader(io.StringIO(attendance.text))] == ["host"]
    assert line("\t=x", None, True) == b"'\t=x,,True\r\n"


async def test_the_replay_puts_the_chat_beside_what_was_shown(
    routes: RoutesUnderTest, school: School, clock: ManualClock
):
    class_id = await school.started()
    client = routes.client(school.teacher)
    joined = (await client.post(f"{API}/classes/{class_id}/join")).json()
    room = routes.client(headers={"stoa-join": joined["join_token"]})
    for number in range(3):
        clock.advance(timedelta(seconds=10))
        await room.put(f"{API}/classes/{class_id}/slide", json={"slide": {"page": number}})
        clock.advance(timedelta(seconds=10))
        await room.post(
            f"{API}/classes/{class_id}/messages", json={"client_msg_id": str(an_id()), "body": f"on {number}"}
        )
    await room.delete(f"{API}/classes/{class_id}/messages/2")
    await client.post(f"{API}/classes/{class_id}/end")

    items, cursor = [], ""
    while True:
        page = (await client.get(f"{API}/classes/{class_id}/replay?limit=3{cursor}")).json()
        items += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    told = [(one["after_s"], one["kind"]) for one in items if one["kind"] in ("slide", "message")]
    bodies = [one["data"]["body"] for one in items if one["kind"] == "message"]
    assert told == [(10, "slide"), (20, "message"), (30, "slide"), (40, "message"), (50, "slide"), (60, "message")]
    assert bodies == ["on 0", "", "on 2"]
    engagement = (await client.get(f"{API}/classes/{class_id}/engagement")).json()
    assert engagement["viewers"] == 1


async def test_a_join_token_is_not_kept_for_repeats(routes: RoutesUnderTest, school: School):
    class_id = await school.started()
    client = routes.client(school.teacher, headers={"idempotency-key": "the-same-key"})

    tokens = {(await client.post(f"{API}/classes/{class_id}/join")).json()["join_token"] for _ in range(2)}

    assert len(tokens) == 2
