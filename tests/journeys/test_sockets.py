"""Sockets of a platform: who gets in, what a learner's pages hear, and how soon nobody hears what they may not."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.harness.client import wait_for
from tests.harness.platform import Platform
from tests.harness.sockets import GetToken, Listener, channel_token, guest_token
from tests.harness.study import newcomer

WITHIN_S = 5.0


@pytest.fixture
def opened() -> Iterator[list[Listener]]:
    """Keep what a test opens, and close it."""
    found: list[Listener] = []
    yield found
    for one in found:
        one.close()


def listening(
    platform: Platform, opened: list[Listener], get_token: GetToken, headers: dict[str, str] | None = None
) -> Listener:
    listener = Listener(platform, get_token, headers=headers)
    opened.append(listener)
    return listener


def test_the_outline_moves_while_the_learner_reads(platform: Platform, lighthouse: str, opened: list[Listener]):
    learner = newcomer(platform, lighthouse)
    page = listening(platform, opened, lambda: learner.api.token)
    page.is_told("connected")

    unit = learner.units()[0]
    learner.read(unit)

    def told() -> list[dict[str, Any]]:
        return [news for news in page.data_in(f"user:{learner.api.user}") if news["t"] == "progress"]

    wait_for(lambda: bool(told()), why="the page hears of it", deadline_s=WITHIN_S)
    news = told()[0]
    assert (news["course"], news["unit"]) == (lighthouse, unit)
    assert 0 < news["percent"] < 100


def test_logging_out_closes_the_socket_for_good(platform: Platform, lighthouse: str, opened: list[Listener]):
    learner = newcomer(platform, lighthouse).api
    token = learner.token
    page = listening(platform, opened, lambda: token)
    page.is_told("connected")

    learner.post("/identity/logout", expect=204)

    page.is_told("disconnected", 3500, within_s=WITHIN_S)


def test_logging_out_everywhere_closes_every_socket_for_good(
    platform: Platform, lighthouse: str, opened: list[Listener]
):
    learner = newcomer(platform, lighthouse).api
    token = learner.token
    pages = [listening(platform, opened, lambda: token) for _ in range(2)]
    for page in pages:
        page.is_told("connected")

    learner.post("/identity/logout-everywhere", expect=204)

    for page in pages:
        page.is_told("disconnected", 3500, within_s=WITHIN_S)


def test_a_change_of_role_makes_pages_come_back_as_what_the_person_is_now(
    platform: Platform, lighthouse: str, opened: list[Listener]
):
    learner = newcomer(platform, lighthouse).api
    admin = platform.api().log_in(*platform.account("admin"))
    member = f"/organizations/{learner.organization}/members/{learner.user}"
    page = listening(platform, opened, lambda: learner.token)
    page.is_told("connected")

    for method, path, body in (("POST", f"{member}/roles", {"role": "author"}), ("DELETE", member, None)):
        before = len(page.told)
        done = admin.send(method, path, body=body)
        assert done.status_code in (200, 201, 204), done.text
        page.is_told("connecting", 3011, since=before, within_s=WITHIN_S)
        page.is_told("connected", since=before)


def test_guests_talk_where_a_token_lets_them_and_nowhere_else(platform: Platform, opened: list[Listener]):
    ada, bob = (listening(platform, opened, guest_token(name)) for name in ("ada", "bob"))
    ada.listen("load:journey", channel_token("ada", "load:journey"))
    bob.listen("load:journey", channel_token("bob", "load:journey"))

    ada.publish("load:journey", {"text": "hello"})

    wait_for(lambda: bob.data_in("load:journey") == [{"text": "hello"}], why="bob hears ada")
    stranger = listening(platform, opened, guest_token("eve"))
    stranger.is_told("connected")
    stranger.ask_for("load:journey", channel_token("ada", "load:journey"))
    stranger.is_told("unsubscribed", 103)


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}])
def test_a_page_of_somebody_else_opens_no_socket(platform: Platform, opened: list[Listener], headers: dict[str, str]):
    listening(platform, opened, guest_token("ada"), headers).is_told("disconnected", 3507)


def test_without_a_token_nobody_is_let_in(platform: Platform, opened: list[Listener]):
    listening(platform, opened, lambda: "nonsense").is_told("disconnected", 3500)


def test_pages_are_told_where_sockets_are_and_may_reach_them(platform: Platform):
    status = platform.status()
    page = httpx.get(platform.url)
    if page.status_code != 200:
        pytest.skip("the web application was not built here")

    policy = page.headers["content-security-policy"]

    if status["sockets_url"] == status["url"]:
        assert "stoa-sockets" not in page.text
    else:
        assert f'<meta name="stoa-sockets" content="{status["sockets_url"]}">' in page.text
        assert f"connect-src 'self' {status['sockets_url']} {status['sockets_url'].replace('http', 'ws')}" in policy


def test_where_websockets_do_not_get_through_a_stream_does(platform: Platform):
    command = '{"id":1,"connect":{"token":"' + guest_token("ada")() + '"}}\n'
    url = f"{platform.status()['sockets_url']}/connection/http_stream"

    with httpx.stream("POST", url, content=command, headers={"origin": platform.url}) as answer:
        first = next(line for line in answer.iter_lines() if line)

    assert answer.headers["access-control-allow-origin" if platform.mode == "split" else "content-type"]
    assert '"client"' in first


def test_a_socket_server_says_how_it_is(platform: Platform):
    sockets = platform.status()["sockets_url"]

    assert httpx.get(f"{sockets}/readyz").json()["ready"] is True
    figures = httpx.get(f"{sockets}/metrics").text
    assert "stoa_sockets_connections" in figures
    assert "stoa_sockets_deliveries_total" in figures
