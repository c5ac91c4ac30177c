"""Every operation there is, called by a guest, by a learner and by the owner of another organization.

The table is the routes that the services declare: a new one is covered by being declared, and one whose path names
something new fails until this file says what that is.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from stoa.kit.contract import new_id
from stoa.kit.http.router import Route
from stoa.kit.testing.strangers import a_body
from stoa.topology import discover
from tests.harness.client import Api, wait_for
from tests.harness.lighthouse import package
from tests.harness.platform import Platform
from tests.harness.study import newcomer
from tests.journeys.test_authority import tenant

__all__ = ["tenant"]

ROUTES = [route for manifest in discover().values() for router in manifest.routers for route in router.routes]
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
# Ending a session that is not one's own, or leaving an editor that one is not in, is told to have been done for
# whatever id, so that it tells nothing; the session is seen to live.
TELLS_NOTHING = {"end_session", "end_presence"}


@dataclass(frozen=True)
class Home:
    """What lies in the first organization, under the names that paths use, and the learner whose it partly is."""

    learner: Api
    things: dict[str, str]


@pytest.fixture(scope="module")
def home(platform: Platform, lighthouse: str) -> Home:
    """Make one of each thing that a path may name."""
    author, admin = (platform.api().log_in(*platform.account(role)) for role in ("author", "admin"))
    student = newcomer(platform, lighthouse)
    learner = student.api
    blocks = student.read(student.units()[0])
    report = author.import_course(package("Every route", run="every-route"), filename="every-route.tar.gz")
    members = admin.get(f"/organizations/{learner.organization}/members?limit=200")["items"]
    [roles] = [member["roles"] for member in members if member["user_id"] == learner.user]
    upload, asset = uploaded(author)
    hour = {"starts_at": "2031-01-05T10:00:00Z", "ends_at": "2031-01-05T11:00:00Z"}
    planned = author.post("/live/classes", {"title": "Every route", "course_id": lighthouse, **hour}, expect=201)
    quiz = str(new_id())
    prepared = {"questions": [{"question": "Every?", "options": [{"text": "yes"}, {"text": "no"}]}]}
    quizzes = f"/live/classes/{planned['first']['id']}/quizzes"
    author.ask("PUT", f"{quizzes}/{quiz}", body=prepared, headers={"if-match": '"0"'})
    slug = author.get(f"/courses/{lighthouse}")["fields"]["slug"]
    hours = {"title": "Office hours", "starts_at": "2030-01-07T10:00:00Z", "ends_at": "2030-01-07T11:00:00Z"}
    entry = author.post(f"/calendar/courses/{lighthouse}/entries", {**hours, "time_zone": "UTC"}, expect=201)
    wait_for(lambda: learner.get("/notifications")["items"], why="the learner is told of the seat")
    things = {
        "organization": learner.organization,
        "user": learner.user,
        "session": learner.get("/identity/sessions")["items"][0]["session_id"],
        "grant": roles[0]["grant_id"],
        "course": lighthouse,
        "slug": slug,
        "unit": student.units()[0],
        "node": student.units()[0],
        "block": blocks[0].id,
        "notification": learner.get("/notifications")["items"][0]["id"],
        "import_id": report["import_id"],
        "export": author.post(f"/courses/{lighthouse}/export", expect=202)["id"],
        "upload": upload,
        "asset": asset,
        "language": "en",
        "name": "picture.png",
        "sha256": "0" * 64,
        "token": "AAAA",
        "class_id": planned["first"]["id"],
        "channel": f"class:{planned['first']['id']}",
        "participant": str(new_id()),
        "recording": str(new_id()),
        "provider": "livekit",
        "who": learner.user,
        "poll": str(new_id()),
        "quiz": quiz,
        "question": str(new_id()),
        "group": str(new_id()),
        "seq": "1",
        "entry": entry["id"],
        "occurs_at": entry["starts_at"],
        "file": "AAAA.ics",
    }
    return Home(learner, things)


def uploaded(author: Api) -> tuple[str, str]:
    """Upload a small picture; return the ids of the upload and of what it became."""
    picture = b64decode(PICTURE)
    tus = {"tus-resumable": "1.0.0"}
    metadata = "filename " + b64encode(b"lamp.png").decode()
    begun = author.send(
        "POST", "/media/uploads", headers={**tus, "upload-length": str(len(picture)), "upload-metadata": metadata}
    )
    upload = begun.headers["location"].rsplit("/", 1)[-1]
    part = {**tus, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
    sent = author.send("PATCH", f"/media/uploads/{upload}", content=picture, headers=part)
    assert sent.status_code in (200, 204), sent.text
    wait_for(lambda: author.get("/media/assets")["items"], why="the picture is an asset")
    return upload, str(author.get("/media/assets")["items"][0]["asset_id"])


def test_every_thing_that_a_path_names_is_known_here(home: Home):
    named = {name for route in ROUTES for name in route.path_names}

    assert named - set(home.things) == set(), "say in `home` what a new name in a path stands for"


def test_a_guest_is_asked_for_a_token_wherever_it_is_not_public(platform: Platform, home: Home):
    wrong = {
        route.name: answer.status_code
        for route in ROUTES
        if (answer := asked(platform.api(), route, home)).status_code != 401 and route.permission.audience != "public"
    }

    assert wrong == {}


def test_a_learner_is_refused_whatever_is_granted_to_roles(home: Home):
    granted = [route for route in ROUTES if route.permission.audience == "granted"]

    wrong = {
        route.name: answer.status_code
        for route in granted
        if (answer := asked(home.learner, route, home)).status_code != 403
    }

    assert len(granted) > 40
    assert wrong == {}


def test_the_owner_of_another_organization_finds_nothing_of_this_one(tenant: Api, home: Home):
    wrong, told = dict[str, int](), dict[str, list[str]]()
    ids = {name: value for name, value in home.things.items() if len(value) == 36}
    for route in ROUTES:
        names_something = any(name in ids for name in route.path_names)
        if route.permission.audience == "public" or (route.method != "GET" and not names_something):
            continue
        answer = asked(tenant, route, home)
        if names_something and answer.status_code != 404 and route.name not in TELLS_NOTHING:
            wrong[route.name] = answer.status_code
        found = [name for name, value in ids.items() if value in answer.text]
        # Whoever signs up is a learner of the first organization too, and may know that.
        if not names_something and [name for name in found if name != "organization"]:
            told[route.name] = found

    assert wrong == {}
    assert told == {}
    assert home.learner.get("/identity/me")["user_id"] == home.things["user"], "the learner is still logged in"


def asked(api: Api, route: Route, home: Home) -> httpx.Response:
    """Call an operation on the things of the first organization, with a body that it can read."""
    path = route.path.replace(":path}", "}").format(**{name: home.things.get(name, "x") for name in route.path_names})
    query = {field.name: str(new_id()) if field.name.endswith("_id") else "1" for field in route.signature.query}
    query.pop("cursor", None)
    olx = "<problem><numericalresponse answer='42'><formulaequationinput/></numericalresponse></problem>"
    body: dict[str, Any] = {"role": "admin", "scope": "organization", "csv": "email\na@example.org", "olx": olx}
    body["sha256"] = home.things["sha256"]
    tus = {"tus-resumable": "1.0.0", "upload-offset": "0"} if "/media/uploads" in path else {}
    is_piece = route.name == "send_piece"
    return api.client.request(
        route.method,
        path,
        params=query,
        json=None if is_piece or route.method in ("GET", "HEAD", "OPTIONS") else a_body(route, **body),
        headers={
            "if-match": '"1"',
            **tus,
            **({"content-type": "application/offset+octet-stream"} if is_piece else {}),
            **({"authorization": f"Bearer {api.token}"} if api.token else {}),
        },
    )
