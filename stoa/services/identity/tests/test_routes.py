"""Identity over HTTP: cookies, what is not told, and what never reaches a log."""

import io
import logging

import httpx
import pytest

from stoa.kit.auth.authenticator import Authenticator
from stoa.kit.auth.caller import Grant, GrantSet
from stoa.kit.auth.grants import GrantCache
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.telemetry.logs import JsonFormatter
from stoa.kit.testing.routes import RoutesUnderTest
from stoa.services.identity.routes import COOKIE, router
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.store.rows import Session
from stoa.services.identity.tests.building import HOME, PASSWORD, Town

API = "/api/v1/identity"
ADA = "ada@example.org"


@pytest.fixture
def routes(town: Town) -> RoutesUnderTest:
    async def grants_of(organization: OrganizationId | None, user: UserId) -> GrantSet:
        return GrantSet(version=1, grants=(Grant(role="learner", scope="organization", scope_id=organization),))

    async def tenant_of(headers: dict[bytes, bytes]) -> OrganizationId:
        return HOME

    authenticator = Authenticator(town.verifier, GrantCache(grants_of, town.clock))
    return RoutesUnderTest((router, town.identity), clock=town.clock, authenticator=authenticator, tenant_of=tenant_of)


@pytest.fixture
def browser(routes: RoutesUnderTest) -> httpx.AsyncClient:
    return routes.client()


async def log_in(browser: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    return await browser.post(f"{API}/login", json={"email": ADA, "password": password})


async def test_somebody_signs_up_verifies_logs_in_and_logs_out(browser: httpx.AsyncClient, town: Town) -> None:
    body = {"email": ADA, "password": PASSWORD, "display_name": "Ada"}

    signed_up = await browser.post(f"{API}/register", json=body)
    token = await town.token_for(ADA)
    verified = await browser.post(f"{API}/verify-email", json={"token": token})
    logged_in = await log_in(browser)
    bearer = {"authorization": f"Bearer {logged_in.json()['access_token']}"}
    me = await browser.get(f"{API}/me", headers=bearer)
    out = await browser.post(f"{API}/logout", json={}, headers=bearer)
    await town.revoked()

    assert (signed_up.status_code, verified.status_code, logged_in.status_code) == (202, 204, 200)
    assert me.json()["email"] == ADA
    assert out.status_code == 204
    assert (await browser.get(f"{API}/me", headers=bearer)).status_code == 401


async def test_reading_the_address_of_a_link_does_not_use_it_up(browser: httpx.AsyncClient, town: Town) -> None:
    await town.register(ADA)
    token = await town.token_for(ADA)

    for path in ("verify-email", "reset", "email/confirm", "email/undo"):
        scanned = await browser.get(f"{API}/{path}", params={"token": token})
        assert scanned.status_code == 405, path

    assert (await browser.post(f"{API}/verify-email", json={"token": token})).status_code == 204


async def test_signing_up_answers_the_same_for_taken_addresses(browser: httpx.AsyncClient, town: Town) -> None:
    await town.settle(ADA)

    answers = [
        await browser.post(f"{API}/register", json={"email": email, "password": PASSWORD, "display_name": "Eve"})
        for email in (ADA, "fresh@example.org")
    ]

    assert [(answer.status_code, answer.content) for answer in answers] == [(202, answers[0].content)] * 2


async def test_failed_logins_differ_in_nothing_but_the_request_id(browser: httpx.AsyncClient, town: Town) -> None:
    await town.settle(ADA)
    await town.register("new@example.org")

    told = []
    for email, password in ((ADA, "wrong"), ("nobody@example.org", PASSWORD), ("new@example.org", PASSWORD)):
        answer = await browser.post(f"{API}/login", json={"email": email, "password": password})
        problem = {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}
        told.append((answer.status_code, problem, sorted(answer.headers)))

    assert told == [told[0]] * 3
    assert told[0][0] == 401


async def test_the_cookie_is_kept_from_scripts_and_from_other_origins(browser: httpx.AsyncClient, town: Town) -> None:
    await town.settle(ADA)
    cookie = (await log_in(browser)).headers["set-cookie"]
    assert COOKIE in cookie
    for part in ("HttpOnly", "SameSite=Lax", f"Path={API}"):
        assert part.lower() in cookie.lower()

    for origin in ("http://stoa.test:8001", "https://evil.example", "null", "http://stoa.test.evil.example"):
        refused = await browser.post(f"{API}/refresh", json={}, headers={"origin": origin})
        assert refused.status_code == 401, origin
    assert (await browser.post(f"{API}/refresh", json={}, headers={"origin": "http://stoa.test"})).status_code == 200
    assert (await browser.post(f"{API}/refresh", json={})).status_code == 200


async def test_behind_a_proxy_that_ends_tls_the_cookie_is_never_sent_in_the_clear(
    browser: httpx.AsyncClient, town: Town
) -> None:
    await town.settle(ADA)
    town.identity.links.public_url = "https://stoa.example"

    cookie = (await log_in(browser)).headers["set-cookie"]

    assert "; Secure" in cookie


async def test_a_form_of_another_site_is_not_read(browser: httpx.AsyncClient, town: Town) -> None:
    await town.settle(ADA)

    answer = await browser.post(
        f"{API}/login",
        content=f'{{"email":"{ADA}","password":"{PASSWORD}"}}',
        headers={"content-type": "text/plain"},
    )

    assert answer.status_code == 415
    assert "set-cookie" not in answer.headers


async def test_an_answer_with_tokens_is_never_replayed(browser: httpx.AsyncClient, town: Town) -> None:
    await town.settle(ADA)
    body, headers = {"email": ADA, "password": PASSWORD}, {"idempotency-key": "the-same-key-twice"}

    first = await browser.post(f"{API}/login", json=body, headers=headers)
    second = await browser.post(f"{API}/login", json=body, headers=headers)

    assert first.json()["refresh_token"] != second.json()["refresh_token"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", {"email": "a\0@b.example", "password": PASSWORD, "display_name": "Ada"}),
        ("register", {"email": ADA, "password": PASSWORD, "display_name": "A\0da"}),
        ("register", {"email": "ada", "password": PASSWORD, "display_name": "Ada"}),
        ("register", {"email": ADA, "password": "short", "display_name": "Ada"}),
        ("register", {"email": ADA, "password": PASSWORD, "display_name": "x" * 121}),
        ("login", {"email": ADA}),
        ("verify-email", {"token": "no token of ours"}),
        ("verify-email", {"token": "\u0441\u0442\u043e\u044f"}),
        ("reset", {"token": "x" * 400, "password": PASSWORD}),
        ("refresh", {"refresh_token": "\u00e9" * 100}),
    ],
)
async def test_nonsense_is_refused_and_breaks_nothing(
    browser: httpx.AsyncClient, path: str, body: dict[str, str]
) -> None:
    answer = await browser.post(f"{API}/{path}", json=body)

    assert 400 <= answer.status_code < 500, answer.text


async def test_a_login_that_breaks_is_logged_without_a_secret(
    routes: RoutesUnderTest, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.register(ADA)
    link = await town.token_for(ADA)
    await town.identity.accounts.verify_email(token=link)
    tokens = await town.log_in()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())

    async def broken(self: IdentityTx, session: Session) -> None:
        raise RuntimeError(
            f"duplicate key for {ADA} at http://stoa.test/verify?token={link} with Bearer {tokens.access_token}\n"
            f"DETAIL:  Failing row contains ({ADA}, {tokens.refresh_token})."
        )

    monkeypatch.setattr(IdentityTx, "add_session", broken)
    logging.getLogger().addHandler(handler)
    try:
        answer = await log_in(routes.client())
    finally:
        logging.getLogger().removeHandler(handler)

    assert answer.status_code == 500
    assert "kit.request_failed" in written.getvalue(), "the log was heard"
    secrets = [PASSWORD, ADA, link, tokens.access_token, tokens.refresh_token]
    assert [secret for secret in secrets if secret in written.getvalue() or secret in answer.text] == []


async def test_the_session_of_another_is_not_ended_and_not_told_of(routes: RoutesUnderTest, town: Town) -> None:
    await town.settle(ADA)
    tokens = await town.log_in()
    session = (await town.verifier.verify(tokens.access_token)).sid
    await town.settle("eve@example.org")
    bearer = {"authorization": f"Bearer {(await town.log_in('eve@example.org')).access_token}"}
    browser = routes.client()

    answers = [await browser.delete(f"{API}/sessions/{one}", headers=bearer) for one in (session, HOME)]

    assert [answer.status_code for answer in answers] == [204, 204], "the same for a session that never was"
    assert await town.revoked() == []
    await town.identity.sessions.refresh(refresh_token=tokens.refresh_token)
