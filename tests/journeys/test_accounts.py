"""From the first letter to the closed account; what ends a session ends it in every process."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.harness.client import PASSWORD, Account, Api, Refused, wait_for
from tests.harness.platform import Platform
from tests.harness.study import Learner, newcomer

# What architecture promises of a revoked session and a changed role.
WITHIN_S = 5.0
NEXT_PASSWORD = "another horse another battery"


def one_of_each_process(api: Api, course: str) -> dict[str, Callable[[], httpx.Response]]:
    """Return a request to each service that asks for a token."""
    paths = {
        "identity": "/identity/me",
        "organizations": "/organizations/mine",
        "people": "/people/me",
        "enrollment": "/enrollment/mine",
        "progress": f"/learn/{course}/outline",
        "courses": "/courses",
    }
    return {name: (lambda path=path: api.send("GET", path)) for name, path in paths.items()}


def test_an_account_is_of_no_use_before_its_address_is_proved(platform: Platform):
    api = platform.api()
    account = Account(email=f"unproved{time.time_ns()}@example.org", name="Una")
    api.post(
        "/identity/register",
        {"email": account.email, "password": account.password, "display_name": account.name},
        expect=202,
    )

    with pytest.raises(Refused) as early:
        api.log_in(account.email, account.password)
    token = api.token_mailed_to(account.email)
    api.post("/identity/verify-email", {"token": token}, expect=204)
    api.log_in(account.email, account.password)

    assert (early.value.status, early.value.problem["code"]) == (401, "identity.login_failed")
    assert api.get("/identity/me")["email_verified"] is True
    with pytest.raises(Refused, match=r"identity\.link_refused"):
        api.post("/identity/verify-email", {"token": token}, expect=204)


def test_registering_an_address_twice_tells_its_owner_and_nobody_else(platform: Platform):
    owner, stranger = platform.api(), platform.api()
    account = owner.sign_up()
    before = len(owner.letters_to(account.email))

    answer = stranger.post(
        "/identity/register", {"email": account.email, "password": NEXT_PASSWORD, "display_name": "X"}, expect=202
    )
    wait_for(lambda: len(owner.letters_to(account.email)) == before + 1, why="the owner is told")

    assert answer == {"status": "sent"}
    with pytest.raises(Refused):
        stranger.log_in(account.email, NEXT_PASSWORD)


def test_refresh_tokens_rotate_and_using_an_old_one_ends_the_session(platform: Platform):
    api = platform.api()
    api.sign_up()
    first = api.refresh

    rotated = api.post("/identity/refresh", {"refresh_token": first})
    third = api.post("/identity/refresh", {"refresh_token": rotated["refresh_token"]})
    api.post("/identity/refresh", {"refresh_token": third["refresh_token"]})
    with pytest.raises(Refused) as reused:
        api.post("/identity/refresh", {"refresh_token": first})
    with pytest.raises(Refused) as ended:
        api.post("/identity/refresh", {"refresh_token": third["refresh_token"]})

    assert rotated["refresh_token"] != first
    assert [reused.value.problem["code"], ended.value.problem["code"]] == ["identity.refresh_refused"] * 2


def test_the_cookie_refreshes_as_well_as_the_body(platform: Platform):
    api = platform.api()
    account = api.sign_up()
    login = api.send("POST", "/identity/login", body={"email": account.email, "password": account.password})

    cookie = login.headers["set-cookie"]
    answer = api.send(
        "POST", "/identity/refresh", body={}, headers={"cookie": cookie.split(";")[0], "authorization": ""}
    )

    assert answer.status_code == 200, answer.text
    assert [word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/api/v1/identity")] == [True] * 3


def test_logging_out_everywhere_cuts_off_the_access_token_in_every_process(platform: Platform, lighthouse: str):
    learner = newcomer(platform, lighthouse)
    requests = one_of_each_process(learner.api, lighthouse)
    assert {name: send().status_code for name, send in requests.items()} == dict.fromkeys(requests, 200)

    learner.api.post("/identity/logout-everywhere", expect=204)

    for name, send in requests.items():
        wait_for(lambda send=send: send().status_code == 401, why=f"{name} refuses the token", deadline_s=WITHIN_S)


def test_a_mailed_link_resets_the_password_once_and_logs_every_device_out(platform: Platform):
    api, device = platform.api(), platform.api()
    account = api.sign_up()
    device.log_in(account.email, account.password)

    api.post("/identity/forgot", {"email": account.email}, expect=202)
    token = api.token_mailed_to(account.email, subject="password")
    api.post("/identity/reset", {"token": token, "password": NEXT_PASSWORD}, expect=204)

    wait_for(lambda: device.send("GET", "/people/me").status_code == 401, why="the device is out", deadline_s=WITHIN_S)
    with pytest.raises(Refused):
        device.post("/identity/refresh", {"refresh_token": device.refresh})
    with pytest.raises(Refused):
        api.log_in(account.email, PASSWORD)
    assert api.log_in(account.email, NEXT_PASSWORD).get("/identity/me")["email"] == account.email
    with pytest.raises(Refused, match=r"identity\.link_refused"):
        api.post("/identity/reset", {"token": token, "password": PASSWORD}, expect=204)


def test_a_change_of_address_counts_when_proved_and_undoing_it_from_the_old_one_asks_for_a_new_password(
    platform: Platform,
):
    api = platform.api()
    account = api.sign_up()
    wanted = f"moved-{account.email}"

    api.post("/identity/email", {"email": wanted, "password": account.password}, expect=202)
    confirm = api.token_mailed_to(wanted)
    before = api.get("/identity/me")["email"]
    api.post("/identity/email/confirm", {"token": confirm}, expect=204)
    after = api.get("/identity/me")["email"]
    undo = api.token_mailed_to(account.email, after=1)
    api.post("/identity/email/undo", {"token": undo}, expect=204)

    assert (before, after) == (account.email, wanted)
    for address in (wanted, account.email):
        with pytest.raises(Refused, match=r"identity\.login_failed"):
            api.log_in(address, account.password)
    token = api.token_mailed_to(account.email, subject="password")
    api.post("/identity/reset", {"token": token, "password": NEXT_PASSWORD}, expect=204)
    assert api.log_in(account.email, NEXT_PASSWORD).get("/identity/me")["email"] == account.email


def test_a_closed_account_is_out_everywhere_and_cannot_come_back(platform: Platform, lighthouse: str):
    api = platform.api()
    account = api.sign_up()
    learner = Learner(api, lighthouse).enrol()

    with pytest.raises(Refused):
        learner.api.post("/identity/close", {"password": "not it"}, expect=204)
    learner.api.post("/identity/close", {"password": account.password}, expect=204)

    for name, send in one_of_each_process(api, lighthouse).items():
        wait_for(lambda send=send: send().status_code == 401, why=f"{name} refuses the token", deadline_s=WITHIN_S)
    with pytest.raises(Refused):
        platform.api().log_in(account.email, account.password)
    with pytest.raises(Refused):
        platform.api().post("/identity/refresh", {"refresh_token": api.refresh})


def test_what_identity_keeps_can_be_downloaded(platform: Platform):
    api = platform.api()
    account = api.sign_up()

    record = api.get("/identity/export")

    assert record["account"]["email"] == account.email
    assert len(record["sessions"]) == 1
