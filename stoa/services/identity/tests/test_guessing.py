"""Guessing passwords and addresses: what a spray from everywhere gets, and what it cannot do to the owner."""

import asyncio

import httpx
import msgspec
import pytest

from stoa.kit.engines.postgres.overdue import Connection
from stoa.kit.names import BadName
from stoa.kit.testing.outgoing import queued, told
from stoa.kit.testing.routes import RoutesUnderTest
from stoa.kit.testing.waiting import until
from stoa.services.identity.contract import AccountRegistered, LoginDelayed, LoginFailed, RefreshRefused
from stoa.services.identity.domain import SessionKey
from stoa.services.identity.routes import router
from stoa.services.identity.service.links import SendLink, WriteTo
from stoa.services.identity.service.sessions import Device
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.tests.building import AWAY, DESK, HOME, PASSWORD, Town

ADA = "ada@example.org"


async def spray(town: Town, tries: int, *, email: str = ADA) -> None:
    """Guess once from each of so many subnets."""
    for number in range(tries):
        with pytest.raises((LoginFailed, LoginDelayed)):
            await town.log_in(email, "a guess", Device(address=f"10.0.{number}.9"))


async def test_a_spray_from_many_subnets_is_slowed_and_the_owner_still_comes_in_where_they_were_before(
    town: Town,
) -> None:
    user = await town.settle(ADA)
    token = town.identity.sessions.device_token(user=user)
    home = msgspec.structs.replace(DESK, token=token)
    await spray(town, 20)

    with pytest.raises(LoginDelayed):
        await town.log_in(device=AWAY)
    await spray(town, 30)

    assert (await town.log_in(device=home)).user_id == user
    town.wait(seconds=61)
    assert (await town.log_in(device=AWAY)).user_id == user


async def test_a_known_browser_guesses_no_faster_and_is_known_for_its_own_account_only(town: Town) -> None:
    ada, eve = await town.settle(ADA), await town.settle("eve@example.org")
    at_home = msgspec.structs.replace(DESK, token=town.identity.sessions.device_token(user=ada))
    eves = msgspec.structs.replace(AWAY, token=town.identity.sessions.device_token(user=eve))
    await spray(town, 21)

    with pytest.raises(LoginDelayed):
        await town.log_in(device=eves)
    for _ in range(4):
        with pytest.raises(LoginFailed):
            await town.log_in(ADA, "wrong", at_home)
    with pytest.raises(LoginDelayed):
        await town.log_in(device=at_home)

    town.wait(seconds=1)
    await town.log_in(device=at_home)


async def test_a_browser_is_known_after_a_login_and_after_choosing_a_password_by_link(town: Town) -> None:
    await town.settle(ADA)
    client = RoutesUnderTest((router, town.identity), clock=town.clock).client()
    body = {"email": ADA, "password": PASSWORD}
    async with client as browser:
        first = await browser.post("/api/v1/identity/login", json=body)
        known = browser.cookies["stoa_device"]
        await browser.post("/api/v1/identity/login", json=body)
        again = browser.cookies["stoa_device"]
        browser.cookies.clear()
        await town.identity.accounts.request_reset(email=ADA)
        token = await town.token_for(ADA)
        reset = await browser.post("/api/v1/identity/reset", json={"token": token, "password": "a loom of algebra"})

    assert known == again
    assert "HttpOnly" in _set_by(first) and "SameSite=Lax" in _set_by(first)
    assert reset.status_code == 204
    assert "stoa_device=" in _set_by(reset)


async def test_asking_for_a_letter_costs_the_same_whether_there_is_an_account_or_not(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.settle(ADA)
    asked = _listening(monkeypatch)
    ask = town.identity.accounts
    work = []
    for email in (ADA, "nobody@example.org", "no address"):
        for way in (ask.request_reset, ask.resend_verification):
            asked.clear()
            await way(email=email)
            work.append(list(asked))

    assert work == [work[0]] * 6
    jobs = await queued(town.postgres, "identity", WriteTo)
    assert len(jobs) == 6
    assert all("example.org" not in job.sealed for job in jobs)
    await town.post()
    assert [job.purpose for job in await queued(town.postgres, "identity", SendLink)] == ["verify", "reset"]


async def test_signing_up_makes_as_many_statements_for_a_taken_address_as_for_a_free_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.settle(ADA)
    closed = await town.settle("closed@example.org")
    await town.identity.accounts.close(user=closed, password=PASSWORD)
    asked = _listening(monkeypatch)
    counts = []
    for email in ("new@example.org", *[ADA] * 8, "closed@example.org"):
        asked.clear()
        await town.register(email, password="somebody else's words")
        counts.append(len(asked))

    assert len(set(counts)) == 1, counts


async def test_a_name_is_kept_without_what_hides_or_turns_it_and_is_no_address(town: Town) -> None:
    register = town.identity.accounts.register
    for number, name in enumerate(("  Ada\u202e\u0007 L\u2066ovelace ", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627")):
        await register(
            organization=HOME, email=f"a{number}@example.org", password=PASSWORD, display_name=name, locale="en"
        )
    for name in ("\u202e", "https://evil.example", "see WWW.evil.example", "a" * 121, "\u200d"):
        with pytest.raises(BadName):
            await register(organization=HOME, email="b@example.org", password=PASSWORD, display_name=name, locale="en")

    names = [event.display_name for event in await told(town.database, AccountRegistered)]
    assert names == ["Ada Lovelace", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"]


async def test_of_two_refreshes_at_once_the_slower_does_not_turn_the_session_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.settle(ADA)
    first = await town.log_in()
    refresh = town.identity.sessions.refresh
    reached, go_on = asyncio.Event(), asyncio.Event()
    rotate = IdentityTx.rotate

    async def slowly(self: IdentityTx, key: SessionKey, **given: object) -> None:
        if not reached.is_set():
            reached.set()
            await go_on.wait()
        await rotate(self, key, **given)  # type: ignore[arg-type]  # its own arguments

    async def twice() -> str:
        child = await refresh(refresh_token=first.refresh_token)
        return (await refresh(refresh_token=child.refresh_token)).refresh_token

    monkeypatch.setattr(IdentityTx, "rotate", slowly)
    slow = asyncio.create_task(refresh(refresh_token=first.refresh_token))
    await reached.wait()
    quick = asyncio.create_task(twice())
    await until(lambda: _is_over_or_waits(town, quick), why="the second refresh")
    go_on.set()
    child, grandchild = await slow, await quick

    latest = await refresh(refresh_token=grandchild)
    town.wait(seconds=21)
    assert len({first.refresh_token, child.refresh_token, grandchild, latest.refresh_token}) == 4
    with pytest.raises(RefreshRefused):
        await refresh(refresh_token=child.refresh_token)
    assert len(await town.revoked()) == 1


async def _is_over_or_waits(town: Town, task: asyncio.Task[str]) -> bool:
    async with town.database.session(None) as connection:
        waiting = await connection.fetchval("select count(*) from pg_locks where not granted")
    return task.done() or waiting > 0


def _listening(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    at = IdentityTx._at

    def listening(self: IdentityTx, sql: str) -> Connection:
        asked.append(sql)
        return at(self, sql)

    monkeypatch.setattr(IdentityTx, "_at", listening)
    return asked


def _set_by(answer: httpx.Response) -> str:
    return "\n".join(answer.headers.get_list("set-cookie"))
