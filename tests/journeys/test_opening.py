"""What a page is opened with, in one process and behind the gateway of many."""

import json
import re
from typing import Any

import httpx
import pytest

from stoa.app.front import WEB
from tests.harness.client import Api, wait_for
from tests.harness.platform import Platform

pytestmark = pytest.mark.skipif(not (WEB / "pages.json").is_file(), reason="the web application was not built here")


def printed_in(page: str) -> dict[str, Any]:
    """Return the answers that are printed into a page."""
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', page)
    assert found is not None, page[-1000:]
    answers: dict[str, Any] = json.loads(found[1])["answers"]
    return answers


def listed(guest: Api, course: str) -> list[dict[str, Any]]:
    """Return what the catalogue says of a course, nothing before it is there."""
    return [one for one in guest.get("/catalog/courses?limit=24")["items"] if one["course_id"] == course]


def test_a_guests_course_page_brings_its_answer_its_title_and_its_code(platform: Platform, lighthouse: str):
    guest = platform.api()
    wait_for(lambda: listed(guest, lighthouse), why="the course stands in the catalogue")
    course = listed(guest, lighthouse)[0]

    page = guest.client.get(f"/c/{course['slug']}").text

    answers = printed_in(page)
    assert list(answers) == [f"/api/v1/catalog/courses/{course['slug']}"]
    assert answers[f"/api/v1/catalog/courses/{course['slug']}"]["body"]["course_id"] == lighthouse
    assert f"<title>{course['title']}</title>" in page
    assert re.search(r'<link rel="modulepreload"[^>]*/assets/catalog-CoursePage', page)


def test_the_first_questions_of_somebody_signed_in_are_answered_with_the_token(platform: Platform):
    browser = platform.api().log_in(*platform.account("learner"))
    asked = ["/api/v1/identity/me", "/api/v1/organizations/mine", "/api/v1/people/me", "/api/v1/learn/home"]
    shown = [browser.client.cookies["stoa_refresh"]]
    opened: list[httpx.Response] = []

    def opens_with_all() -> bool:
        # What is late on a busy machine is left out of the answer, which waits for nothing longer than a second.
        opened.append(browser.client.post("/api/v1/identity/opening?page=/home", json={}))
        shown.append(browser.client.cookies["stoa_refresh"])
        return list(opened[-1].json()["answers"]) == asked

    wait_for(opens_with_all, why="every answer comes with the token")

    assert len(set(shown)) == len(shown)
    assert opened[-1].headers["cache-control"] == "no-store"
    browser.token = opened[-1].json()["tokens"]["access_token"]
    for path, told in opened[-1].json()["answers"].items():
        answer = browser.send("GET", path.removeprefix("/api/v1"))
        assert (told["body"], told.get("etag")) == (answer.json(), answer.headers.get("etag")), path


def test_who_has_no_session_gets_no_answers(platform: Platform):
    refused = platform.api().client.post("/api/v1/identity/opening?page=/home", json={})

    assert (refused.status_code, refused.json()["code"]) == (401, "identity.refresh_refused")


def test_a_platform_on_ones_own_machine_says_in_its_pages_where_its_letters_lie(platform: Platform):
    browser = platform.api().client

    page = browser.get("/register").text

    assert '<meta name="stoa-letters" content="/dev/mail">' in page
