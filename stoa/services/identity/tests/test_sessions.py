"""Sessions: what a login tells, how refresh tokens rotate, and the keys that sign."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from stoa.kit.auth.tokens import TokenVerifier
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.postgres.overdue import Connection
from stoa.kit.errors import EnvironmentProblem, Unavailable
from stoa.services.identity.contract import LoginDelayed, LoginFailed, RefreshRefused
from stoa.services.identity.service.sessions import Device
from stoa.services.identity.store.identity import IdentityTx
from stoa.services.identity.tests.building import (
    AWAY,
    DESK,
    ISSUER,
    PASSWORD,
    CountingPool,
    MemoryMail,
    Town,
    an_identity,
)

ADA = "ada@example.org"


async def failing(town: Town, email: str, password: str, device: Device = DESK) -> LoginFailed:
    with pytest.raises(LoginFailed) as failed:
        await town.log_in(email, password, device)
    return failed.value


async def delayed(town: Town, email: str, password: str, device: Device = DESK) -> LoginDelayed:
    with pytest.raises(LoginDelayed) as refused:
        await town.log_in(email, password, device)
    return refused.value


async def test_every_failed_login_gets_the_same_answer_for_the_same_work(town: Town) -> None:
    ada = await town.settle(ADA)
    closed = await town.settle("closed@example.org")
    await town.identity.accounts.close(user=closed, password=PASSWORD)
    await town.register("new@example.org")
    town.passwords.verified = 0

    answers = [
        await failing(town, "nobody@example.org", PASSWORD),
        await failing(town, ADA, "wrong"),
        await failing(town, "new@example.org", PASSWORD),
        await failing(town, "closed@example.org", PASSWORD),
        await failing(town, "no address at all", PASSWORD),
    ]

    assert len({(answer.code, answer.detail, answer.hint, str(answer.fields)) for answer in answers}) == 1
    assert town.passwords.verified == len(answers), "argon2 is computed each time"
    assert (await town.log_in()).user_id == ada


async def test_who_tries_too_often_is_told_how_long_to_wait_whether_the_account_is_there_or_the_password_right(
    town: Town,
) -> None:
    await town.settle(ADA)
    for email in (ADA, "nobody@example.org"):
        for _ in range(4):
            await failing(town, email, "wrong")
    town.passwords.verified = 0

    answers = [
        await delayed(town, ADA, "wrong"),
        await delayed(town, ADA, PASSWORD),
        await delayed(town, "nobody@example.org", PASSWORD),
    ]

    told = {(answer.status, answer.code, answer.detail, answer.hint, answer.retry_after_s) for answer in answers}
    assert told == {(429, "identity.login_delayed", "Too many tries", "", 1.0)}
    assert town.passwords.verified == len(answers), "argon2 is computed each time"


async def test_an_unknown_address_costs_as_much_as_a_wrong_password(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.settle(ADA)
    asked: list[str] = []
    at = IdentityTx._at

    def listening(self: IdentityTx, sql: str) -> Connection:
        asked.append(sql)
        return at(self, sql)

    monkeypatch.setattr(IdentityTx, "_at", listening)
    work = []
    for email in (ADA, "nobody@example.org"):
        asked.clear()
        town.passwords.verified = 0
        await failing(town, email, "wrong")
        work.append((list(asked), town.passwords.verified))

    assert work[0] == work[1], "the same statements and one argon2"
    assert work[0][1] == 1


async def test_failures_delay_one_account_in_one_subnet_and_double(town: Town) -> None:
    await town.settle(ADA)
    for _ in range(4):
        await failing(town, ADA, "wrong")

    assert (await delayed(town, ADA, PASSWORD)).retry_after_s == 1
    await town.log_in(device=AWAY)
    town.wait(seconds=1)
    await failing(town, ADA, "wrong")
    town.wait(seconds=1)
    assert (await delayed(town, ADA, PASSWORD)).retry_after_s == 1
    town.wait(seconds=1)

    await town.log_in()


async def test_trying_during_the_delay_does_not_lengthen_it(town: Town) -> None:
    await town.settle(ADA)
    for _ in range(4):
        await failing(town, ADA, "wrong")
    for _ in range(30):
        await delayed(town, ADA, "wrong")
    town.wait(seconds=2)

    await town.log_in()


async def test_a_success_forgets_the_failures_of_its_own_subnet_only(town: Town) -> None:
    await town.settle(ADA)
    for _ in range(4):
        await failing(town, ADA, "wrong", AWAY)
        await failing(town, ADA, "wrong", DESK)
    town.wait(seconds=1)

    await town.log_in(device=DESK)

    await failing(town, ADA, "wrong", DESK)
    await town.log_in(device=DESK)
    await failing(town, ADA, "wrong", AWAY)
    await delayed(town, ADA, PASSWORD, AWAY)


async def test_a_refresh_rotates_and_the_one_before_repeats_its_answer_for_a_moment(town: Town) -> None:
    await town.settle(ADA)
    first = await town.log_in()
    refresh = town.identity.sessions.refresh

    second = await refresh(refresh_token=first.refresh_token)
    again = await refresh(refresh_token=first.refresh_token)

    assert second.refresh_token != first.refresh_token
    assert again.refresh_token == second.refresh_token
    await refresh(refresh_token=second.refresh_token)


async def test_twenty_refreshes_at_once_have_one_successor(town: Town) -> None:
    await town.settle(ADA)
    first = await town.log_in()

    answers = await asyncio.gather(
        *(town.identity.sessions.refresh(refresh_token=first.refresh_token) for _ in range(20))
    )

    assert len({answer.refresh_token for answer in answers}) == 1
    await town.identity.sessions.refresh(refresh_token=answers[0].refresh_token)


@pytest.mark.parametrize("how", ["after the grace", "two rotations back"])
async def test_a_token_that_is_used_twice_ends_the_session_and_says_so(town: Town, how: str) -> None:
    await town.settle(ADA)
    first, other = await town.log_in(), await town.log_in(device=AWAY)
    refresh = town.identity.sessions.refresh
    latest = await refresh(refresh_token=first.refresh_token)
    if how == "after the grace":
        town.wait(seconds=21)
    else:
        latest = await refresh(refresh_token=latest.refresh_token)

    for token in (first.refresh_token, latest.refresh_token):
        with pytest.raises(RefreshRefused):
            await refresh(refresh_token=token)

    claims = await town.verifier.verify(latest.access_token)
    revoked = await town.revoked()
    assert [event.session_id for event in revoked] == [claims.sid], "told once"
    await refresh(refresh_token=other.refresh_token)


async def test_a_session_that_is_not_used_ends(town: Town) -> None:
    await town.settle(ADA)
    tokens = await town.log_in()
    town.wait(days=30)

    with pytest.raises(RefreshRefused):
        await town.identity.sessions.refresh(refresh_token=tokens.refresh_token)
    assert await town.identity.sessions.open_sessions_of(user=tokens.user_id) == []


async def test_ending_one_session_leaves_the_others_and_those_of_others(town: Town) -> None:
    ada, eve = await town.settle(ADA), await town.settle("eve@example.org")
    one, two = await town.log_in(), await town.log_in(device=AWAY)
    session = (await town.verifier.verify(one.access_token)).sid

    await town.identity.sessions.end(user=eve, session=session)
    assert await town.revoked() == []
    await town.identity.sessions.end(user=ada, session=session)
    await town.identity.sessions.end(user=ada, session=session)

    assert len(await town.revoked()) == 1
    left = await town.identity.sessions.open_sessions_of(user=ada)
    assert [found.device for found in left] == [AWAY.name]
    await town.identity.sessions.refresh(refresh_token=two.refresh_token)


async def test_switching_rotates_and_keeps_the_session(town: Town) -> None:
    ada = await town.settle(ADA)
    tokens = await town.log_in()
    claims = await town.verifier.verify(tokens.access_token)
    elsewhere = OrganizationId(new_id())

    switched = await town.identity.sessions.switch(user=ada, session=claims.sid, organization=elsewhere)

    after = await town.verifier.verify(switched.access_token)
    assert (after.sid, after.org) == (claims.sid, elsewhere)
    assert switched.refresh_token != tokens.refresh_token
    assert (await town.identity.sessions.refresh(refresh_token=switched.refresh_token)).organization_id == elsewhere


async def test_too_many_logins_at_once_are_shed_with_a_word(town: Town) -> None:
    await town.settle(ADA)
    town.identity.sessions._passwords = CountingPool(threads=1, queue=2)

    outcomes = await asyncio.gather(*(town.log_in() for _ in range(30)), return_exceptions=True)

    shed = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert shed
    assert all(one.retry_after_s for one in shed)
    assert len(shed) < 30


async def test_the_signing_keys_lie_sealed(town: Town) -> None:
    await town.identity.jwks()
    async with town.database.session(None) as connection:
        rows = await connection.fetch("select kid, sealed from identity.signing_keys")
    ring = town.identity.keys._tokens.ring.stored()

    assert [row["kid"] for row in rows] == [key.kid for key in ring]
    assert all(key.private not in row["sealed"] for key, row in zip(ring, rows, strict=True))
    stranger = an_identity(town.database, town.clock, MemoryMail(), passwords=town.passwords, sealing_key=b"x" * 32)
    with pytest.raises(EnvironmentProblem):
        await stranger.jwks()


async def test_two_processes_that_start_at_once_have_one_ring(town: Town) -> None:
    processes = [an_identity(town.database, town.clock, MemoryMail(), passwords=town.passwords) for _ in range(6)]

    rings = await asyncio.gather(*(process.jwks() for process in processes))

    assert len({ring.keys[0].kid for ring in rings}) == 1
    assert all(len(ring.keys) == 1 for ring in rings)


async def test_the_next_key_is_published_before_it_signs_and_old_tokens_stay_good(town: Town) -> None:
    await town.settle(ADA)
    other = an_identity(town.database, town.clock, MemoryMail(), passwords=town.passwords)
    before = (await town.identity.jwks()).keys
    town.clock.advance(timedelta(days=29, hours=1))
    tokens = await town.log_in()
    await asyncio.gather(town.identity.keys.rotate(), other.keys.rotate())

    during = (await other.jwks()).keys
    town.clock.advance(timedelta(minutes=14))
    verifier = TokenVerifier(other.jwks, town.clock, town.revocations, issuer=ISSUER)
    await verifier.verify(tokens.access_token)
    town.clock.advance(timedelta(hours=12))
    late = await town.log_in()
    await verifier.verify(late.access_token)

    assert [key.kid for key in during][:1] == [key.kid for key in before]
    assert len(during) == 2
    town.clock.advance(timedelta(days=2))
    await other.keys.rotate()
    assert [key.kid for key in (await other.jwks()).keys] == [during[1].kid]


async def test_the_sweep_forgets_what_is_long_over(town: Town) -> None:
    ada = await town.settle(ADA)
    await failing(town, ADA, "wrong")
    await town.identity.sessions.end_all(user=ada)
    town.wait(days=1, seconds=1)

    await town.identity.sweep()

    async with town.database.session(None) as connection:
        assert await connection.fetchval("select count(*) from identity.login_failures") == 0
        assert await connection.fetchval("select count(*) from identity.revocations") == 0


async def test_a_login_that_fails_half_way_leaves_no_session(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await town.settle(ADA)

    async def broken(self: IdentityTx, bucket: bytes) -> None:
        raise RuntimeError("the power went")

    await failing(town, ADA, "wrong")
    monkeypatch.setattr(IdentityTx, "forget_failures", broken)
    with contextlib.suppress(RuntimeError):
        await town.log_in()

    assert await town.identity.sessions.open_sessions_of(user=ada) == []
