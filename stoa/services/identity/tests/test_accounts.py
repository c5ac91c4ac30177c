"""Accounts: what signing up tells, what links open, and what ends every session."""

import asyncio

import pytest

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Unauthenticated
from stoa.kit.testing.outgoing import hidden_from_others, told
from stoa.kit.testing.ports import checked
from stoa.services.identity.contract import (
    AccountClosed,
    AccountRegistered,
    AddressClosed,
    BadEmail,
    EmailVerified,
    IdentityPort,
    LinkRefused,
    LoginDelayed,
    LoginFailed,
    RefreshRefused,
    WeakPassword,
    WrongPassword,
)
from stoa.services.identity.tests.building import HOME, PASSWORD, Town

ADA, EVE = "ada@example.org", "eve@example.org"
NEXT = "a loom of algebra"


async def test_signing_up_tells_nothing_about_addresses_that_are_taken(town: Town) -> None:
    await town.settle(ADA)

    await town.register("ADA@Example.org", password="somebody else's words")

    assert [event.user_id for event in await told(town.database, AccountRegistered)] == [(await town.log_in()).user_id]
    letters = [letter.subject for letter in await town.post() if letter.to == ADA]
    assert len(letters) == 2
    assert letters[0] != letters[1]


async def test_twenty_people_sign_up_with_one_address_at_once_and_one_account_exists(town: Town) -> None:
    await asyncio.gather(*(town.register(ADA, password=f"words of nobody {number}") for number in range(20)))

    assert len(await told(town.database, AccountRegistered)) == 1


async def test_nobody_floods_the_mailbox_of_another(town: Town) -> None:
    await town.register(ADA)
    for _ in range(12):
        await town.register(ADA)
        await town.identity.accounts.resend_verification(email=ADA)
        await town.identity.accounts.request_reset(email=ADA)
        with pytest.raises(LoginFailed):
            await town.log_in()

    first = len([letter for letter in await town.post() if letter.to == ADA])
    town.wait(hours=1)
    await town.identity.accounts.request_reset(email=ADA)
    later = len([letter for letter in await town.post() if letter.to == ADA])

    assert first == 15, "five of each of three kinds"
    assert later == first + 1


async def test_asking_for_a_reset_of_an_unknown_address_writes_no_letter(town: Town) -> None:
    await town.identity.accounts.request_reset(email="nobody@example.org")
    await town.identity.accounts.resend_verification(email="nobody@example.org")

    assert await town.post() == []


async def test_a_link_verifies_once_and_only_what_it_was_made_for(town: Town) -> None:
    await town.register(ADA)
    token = await town.token_for(ADA)

    for other in (
        town.identity.accounts.reset_password(token=token, password=NEXT),
        town.identity.accounts.confirm_email_change(token=token),
        town.identity.accounts.undo_email_change(token=token),
    ):
        with pytest.raises(LinkRefused):
            await other
    used = await asyncio.gather(
        *(town.identity.accounts.verify_email(token=token) for _ in range(10)), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in used) == ["LinkRefused"] * 9 + ["NoneType"]
    assert len(await told(town.database, EmailVerified)) == 1


async def test_a_link_is_over_after_its_day(town: Town) -> None:
    await town.register(ADA)
    token = await town.token_for(ADA)
    town.wait(hours=24)

    with pytest.raises(LinkRefused):
        await town.identity.accounts.verify_email(token=token)


async def test_choosing_a_password_by_link_ends_all_sessions_and_other_such_links(town: Town) -> None:
    await town.settle(ADA)
    before = await town.log_in()
    await town.identity.accounts.request_reset(email=ADA)
    first = await town.token_for(ADA)
    await town.identity.accounts.request_reset(email=ADA)
    second = await town.token_for(ADA)

    await town.identity.accounts.reset_password(token=second, password=NEXT)

    with pytest.raises(LinkRefused):
        await town.identity.accounts.reset_password(token=first, password="yet another one")
    with pytest.raises(LoginFailed):
        await town.log_in()
    await town.log_in(password=NEXT)
    await is_over(town, before.access_token, before.refresh_token)


async def test_a_weak_password_does_not_use_the_link_up(town: Town) -> None:
    await town.settle(ADA)
    await town.identity.accounts.request_reset(email=ADA)
    token = await town.token_for(ADA)

    with pytest.raises(WeakPassword):
        await town.identity.accounts.reset_password(token=token, password="password123")

    await town.identity.accounts.reset_password(token=token, password=NEXT)


async def test_choosing_a_password_by_link_proves_the_address_and_says_so(town: Town) -> None:
    await town.register(ADA)
    await town.identity.accounts.request_reset(email=ADA)

    await town.identity.accounts.reset_password(token=await town.token_for(ADA), password=NEXT)

    await town.log_in(password=NEXT)
    assert len(await told(town.database, EmailVerified)) == 1


@pytest.mark.parametrize("by", ["password", "everywhere", "close"])
async def test_what_ends_all_sessions_ends_them_at_once(town: Town, by: str) -> None:
    ada = await town.settle(ADA)
    tokens = [await town.log_in() for _ in range(3)]
    if by == "password":
        await town.identity.accounts.change_password(user=ada, current=PASSWORD, new=NEXT)
    elif by == "everywhere":
        await town.identity.sessions.end_all(user=ada)
    else:
        await town.identity.accounts.close(user=ada, password=PASSWORD)

    for one in tokens:
        await is_over(town, one.access_token, one.refresh_token)


async def test_a_process_that_starts_late_reads_which_sessions_ended(town: Town) -> None:
    ada = await town.settle(ADA)
    eve = await town.settle(EVE)
    tokens, others = await town.log_in(), await town.log_in(EVE)
    claims = await town.verifier.verify(tokens.access_token)
    await town.identity.sessions.end(user=ada, session=claims.sid)
    await town.identity.sessions.end_all(user=eve)

    await town.revocations.catch_up(checked(IdentityPort, town.identity).recent_revocations)

    for one in (tokens, others):
        with pytest.raises(Unauthenticated):
            await town.verifier.verify(one.access_token)
    town.wait(minutes=21)
    assert await town.identity.recent_revocations() == []


async def test_a_closed_account_is_told_and_its_address_is_not_given_out_again(town: Town) -> None:
    ada = await town.settle(ADA)
    with pytest.raises(WrongPassword):
        await town.identity.accounts.close(user=ada, password="not it at all")

    await town.identity.accounts.close(user=ada, password=PASSWORD)
    await town.register(ADA)

    assert [event.user_id for event in await told(town.database, AccountClosed)] == [ada]
    assert len(await told(town.database, AccountRegistered)) == 1
    with pytest.raises(LoginFailed):
        await town.log_in()
    with pytest.raises(AddressClosed):
        await town.identity.ensure_account(organization=HOME, email=ADA, display_name="Ada")


async def test_guessing_the_present_password_gets_slower_too(town: Town) -> None:
    ada = await town.settle(ADA)
    for _ in range(4):
        with pytest.raises(WrongPassword):
            await town.identity.accounts.change_password(user=ada, current="not it at all", new=NEXT)
    with pytest.raises(LoginDelayed):
        await town.identity.accounts.change_password(user=ada, current=PASSWORD, new=NEXT)

    town.wait(seconds=1)
    await town.identity.accounts.change_password(user=ada, current=PASSWORD, new=NEXT)


async def test_a_new_address_is_proved_first_and_the_old_one_can_undo_it(town: Town) -> None:
    ada = await town.settle(ADA)
    await town.identity.accounts.request_email_change(user=ada, password=PASSWORD, email="ada@new.example")
    assert (await town.identity.accounts_of(users=[ada]))[0].email == ADA

    await town.identity.accounts.confirm_email_change(token=await town.token_for("ada@new.example"))
    await town.log_in("ada@new.example")
    with pytest.raises(LoginFailed):
        await town.log_in(ADA)
    town.wait(days=6)
    await town.identity.accounts.undo_email_change(token=await town.token_for(ADA))

    assert (await town.identity.accounts_of(users=[ada]))[0].email == ADA


async def test_a_thief_of_the_password_cannot_keep_the_account_from_its_old_address(town: Town) -> None:
    ada = await town.settle(ADA)
    change = town.identity.accounts
    await change.request_email_change(user=ada, password=PASSWORD, email="one@thief.example")
    await change.confirm_email_change(token=await town.token_for("one@thief.example"))
    undo = await town.token_for(ADA)
    await change.change_password(user=ada, current=PASSWORD, new=NEXT)
    await change.request_email_change(user=ada, password=NEXT, email="two@thief.example")
    await change.confirm_email_change(token=await town.token_for("two@thief.example"))
    thief_undo = await town.token_for("one@thief.example")
    await change.request_reset(email="two@thief.example")
    thief_reset = await town.token_for("two@thief.example")
    stolen = await town.log_in("two@thief.example", NEXT)

    await change.undo_email_change(token=undo)

    for attempt in (
        change.undo_email_change(token=thief_undo),
        change.reset_password(token=thief_reset, password="all mine again"),
    ):
        with pytest.raises(LinkRefused):
            await attempt
    for password in (PASSWORD, NEXT):
        with pytest.raises(LoginFailed):
            await town.log_in(ADA, password)
    await is_over(town, stolen.access_token, stolen.refresh_token)
    await change.reset_password(token=await town.token_for(ADA), password="back in my hands")
    await town.log_in(ADA, "back in my hands")


async def test_a_reset_link_in_the_old_mailbox_is_over_once_the_address_has_changed(town: Town) -> None:
    ada = await town.settle(ADA)
    await town.identity.accounts.request_reset(email=ADA)
    old = await town.token_for(ADA)
    await town.identity.accounts.request_email_change(user=ada, password=PASSWORD, email="ada@new.example")
    await town.identity.accounts.confirm_email_change(token=await town.token_for("ada@new.example"))

    with pytest.raises(LinkRefused):
        await town.identity.accounts.reset_password(token=old, password=NEXT)


async def test_a_waiting_change_of_address_dies_with_the_password(town: Town) -> None:
    ada = await town.settle(ADA)
    await town.identity.accounts.request_email_change(user=ada, password=PASSWORD, email="one@thief.example")
    token = await town.token_for("one@thief.example")
    await town.identity.accounts.change_password(user=ada, current=PASSWORD, new=NEXT)

    with pytest.raises(LinkRefused):
        await town.identity.accounts.confirm_email_change(token=token)


async def test_two_people_cannot_move_to_one_address(town: Town) -> None:
    tokens = []
    for email in (ADA, EVE):
        user = await town.settle(email)
        await town.identity.accounts.request_email_change(user=user, password=PASSWORD, email="both@example.org")
        tokens.append(await town.token_for("both@example.org"))

    outcomes = await asyncio.gather(
        *(town.identity.accounts.confirm_email_change(token=token) for token in tokens), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkRefused", "NoneType"]


async def test_an_invited_person_proves_the_address_by_choosing_a_password(town: Town) -> None:
    port = checked(IdentityPort, town.identity)

    invited = await port.ensure_account(organization=HOME, email=ADA, display_name="Ada")

    assert not invited.is_verified
    assert len([letter for letter in await town.post() if letter.to == ADA]) == 1
    await town.identity.accounts.reset_password(token=await town.token_for(ADA), password=NEXT)
    assert (await town.log_in(password=NEXT)).user_id == invited.user


async def test_nobody_waits_in_an_account_made_with_the_address_of_another(town: Town) -> None:
    await town.register(ADA, password="the thief's words")
    verify = await town.token_for(ADA)

    await checked(IdentityPort, town.identity).ensure_account(organization=HOME, email=ADA, display_name="Ada")
    await town.identity.accounts.verify_email(token=verify)

    with pytest.raises(LoginFailed):
        await town.log_in(password="the thief's words")
    await town.identity.accounts.reset_password(token=await town.token_for(ADA), password=NEXT)
    await town.log_in(password=NEXT)


@pytest.mark.parametrize("email", ["", "ada", "a\0b@example.org", "a@b@c.example", "x" * 300 + "@example.org"])
async def test_what_is_no_address_is_refused_through_the_port_too(town: Town, email: str) -> None:
    port = checked(IdentityPort, town.identity)

    for asked in (
        port.account_by_email(email=email),
        port.ensure_account(organization=HOME, email=email, display_name="Ada"),
    ):
        with pytest.raises(BadEmail):
            await asked


async def test_the_accounts_of_one_organization_are_invisible_to_another(town: Town) -> None:

    await town.settle(ADA)
    await town.log_in()

    counts = await hidden_from_others(town.database, mine=HOME, other=OrganizationId(new_id()))

    assert set(counts) == {"accounts", "sessions", "links"}
    assert all(mine > 0 and others == 0 for mine, others in counts.values())


async def test_an_unknown_user_has_no_account_and_no_session(town: Town) -> None:
    stranger = UserId(new_id())

    assert await checked(IdentityPort, town.identity).accounts_of(users=[stranger]) == []
    with pytest.raises(RefreshRefused):
        await town.identity.sessions.end_all(user=stranger)


async def is_over(town: Town, access: str, refresh: str) -> None:
    await town.revoked()
    with pytest.raises(Unauthenticated):
        await town.verifier.verify(access)
    with pytest.raises(RefreshRefused):
        await town.identity.sessions.refresh(refresh_token=refresh)
