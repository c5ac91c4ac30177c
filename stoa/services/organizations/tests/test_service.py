"""Members and roles on a real database: who may give what, races for the last owner, events of others."""

import asyncio
from datetime import timedelta

import pytest

from stoa.kit.auth.caller import Caller, Grant
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, OrganizationId, UserId, new_id
from stoa.kit.errors import Invalid, PreconditionFailed
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.outgoing import hidden_from_others, told
from stoa.kit.testing.ports import checked
from stoa.services.identity.contract import AccountClosed, AccountRegistered
from stoa.services.organizations.consumers import consumers
from stoa.services.organizations.contract import (
    LastOwner,
    MayNotGrant,
    MemberAdded,
    MemberGone,
    MemberRemoved,
    OrganizationNotFound,
    OrganizationsPort,
    RoleChanged,
    SlugTaken,
    UnknownRole,
)
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.organizations.tests.building import FakeIdentity, a_school, acting, somebody
from stoa.services.people.contract import ProfileRenamed


async def hear(organizations: Organizations, *events: Event, seed: int = 0) -> None:
    database = organizations._store.database
    await deliver(bound(consumers.subscriptions, organizations, database), events, at=database.clock.now(), seed=seed)


def registered(school: OrganizationId, user: UserId, **more: object) -> AccountRegistered:
    given = {"display_name": "Ada", "locale": "en", **more}
    return AccountRegistered(organization_id=school, user_id=user, **given)  # type: ignore[arg-type]  # its fields


async def roles_of(organizations: Organizations, school: OrganizationId, user: UserId) -> set[str]:
    held = await checked(OrganizationsPort, organizations).grants_of(organization=school, user=user)
    return {grant.role for grant in held.grants}


async def test_twenty_found_one_organization_at_once(organizations: Organizations) -> None:
    port = checked(OrganizationsPort, organizations)

    founded = await asyncio.gather(*(port.ensure_organization(slug="north", name="North") for _ in range(20)))

    assert len({one.organization for one in founded}) == 1
    with pytest.raises(SlugTaken):
        await organizations.found(slug="north", name="Another")


async def test_a_founder_is_the_owner_and_is_not_called_by_the_address(
    organizations: Organizations, identity: FakeIdentity
) -> None:
    account = await identity.ensure_account(
        organization=OrganizationId(new_id()), email="ada@example.org", display_name="Ada"
    )

    school = (await organizations.found(slug="north", name="North", owner=account.user)).organization

    assert await roles_of(organizations, school, account.user) == {"owner", "learner"}
    [added] = await told(organizations._store.database, MemberAdded)
    assert "@" not in added.display_name


async def test_nobody_gives_or_takes_what_they_do_not_hold(organizations: Organizations) -> None:
    school = await a_school(organizations)
    owner = await somebody(organizations, school, "owner")
    admin = await acting(organizations, school, await somebody(organizations, school, "admin"))
    learner = await somebody(organizations, school)
    [owners] = [
        role for role in await organizations.roles_of(organization=school, user=owner) if role.held.role == "owner"
    ]

    for attempt in (
        organizations.grant_role(
            organization=school, actor=admin, user=learner, held=Grant(role="owner", scope="organization")
        ),
        organizations.revoke_role(organization=school, actor=admin, user=owner, grant=owners.grant),
        organizations.remove_member(organization=school, actor=admin, user=owner),
        organizations.add_member(
            organization=school, actor=admin, email="eve@example.org", display_name="Eve", role="owner"
        ),
        organizations.grant_role(
            organization=school,
            actor=admin,
            user=owner,
            held=Grant(role="admin", scope="organization", prohibit=True),
        ),
    ):
        with pytest.raises(MayNotGrant):
            await attempt

    assert await roles_of(organizations, school, owner) == {"owner", "learner"}


async def test_an_author_makes_nobody_an_instructor_and_the_explanation_says_why(organizations: Organizations) -> None:
    school = await a_school(organizations)
    author = await somebody(organizations, school, "author")
    caller = await acting(organizations, school, author)
    for user in (author, await somebody(organizations, school)):
        with pytest.raises(MayNotGrant):
            await organizations.grant_role(
                organization=school, actor=caller, user=user, held=Grant(role="instructor", scope="organization")
            )
    ask = {"organization": school, "user": author, "permission": "organizations.give-roles", "scope_id": None}
    refused = await organizations.explain(**ask, role="instructor")  # type: ignore[arg-type]  # its arguments
    allowed = await organizations.explain(**ask, role="author")  # type: ignore[arg-type]  # as above

    assert (refused.allowed, refused.rule) == (False, "not_held")
    assert (allowed.allowed, allowed.rule) == (True, "organization.author")


@pytest.mark.parametrize("way", ["revoke", "remove", "end by date", "prohibit", "both ways"])
async def test_two_owners_who_remove_each_other_at_once_leave_one(organizations: Organizations, way: str) -> None:
    school = await a_school(organizations)
    one = await somebody(organizations, school, "owner")
    two = await somebody(organizations, school, "owner")
    callers = {user: await acting(organizations, school, user) for user in (one, two)}

    async def drop(actor: UserId, user: UserId, how: str) -> None:
        caller = callers[actor]
        if how == "remove":
            await organizations.remove_member(organization=school, actor=caller, user=user)
        elif how == "end by date":
            ends = organizations._clock.now() + timedelta(days=1)
            held = Grant(role="owner", scope="organization", until=ends)
            await organizations.grant_role(organization=school, actor=caller, user=user, held=held)
        elif how == "prohibit":
            held = Grant(role="author", scope="organization", prohibit=True)
            await organizations.grant_role(organization=school, actor=caller, user=user, held=held)
        else:
            [role] = [
                role
                for role in await organizations.roles_of(organization=school, user=user)
                if role.held.role == "owner"
            ]
            await organizations.revoke_role(organization=school, actor=caller, user=user, grant=role.grant)

    hows = ("revoke", "remove") if way == "both ways" else (way, way)
    outcomes = await asyncio.gather(drop(one, two, hows[0]), drop(two, one, hows[1]), return_exceptions=True)

    assert "LastOwner" in {type(outcome).__name__ for outcome in outcomes}
    left = [grant for user in (one, two) for grant in (await acting(organizations, school, user)).grants]
    assert any(grant.role == "owner" and grant.until is None and not grant.prohibit for grant in left)


async def test_the_last_owner_cannot_go(organizations: Organizations) -> None:
    school = await a_school(organizations)
    owner = await somebody(organizations, school, "owner")
    caller = await acting(organizations, school, owner)

    with pytest.raises(LastOwner):
        await organizations.remove_member(organization=school, actor=caller, user=owner)

    assert "owner" in await roles_of(organizations, school, owner)


async def test_every_change_of_roles_is_told_once_with_a_higher_version(organizations: Organizations) -> None:
    school = await a_school(organizations)
    owner = await acting(organizations, school, await somebody(organizations, school, "owner"))
    user = await somebody(organizations, school)
    held = Grant(role="author", scope="organization")

    for _ in range(3):
        await organizations.grant_role(organization=school, actor=owner, user=user, held=held)
    dated = Grant(role="author", scope="organization", until=organizations._clock.now() + timedelta(days=1))
    roles = await organizations.grant_role(organization=school, actor=owner, user=user, held=dated)
    [author] = [role for role in roles if role.held.role == "author"]
    await organizations.revoke_role(organization=school, actor=owner, user=user, grant=author.grant)
    await organizations.remove_member(organization=school, actor=owner, user=user)

    changes = [
        event.version for event in await told(organizations._store.database, RoleChanged) if event.user_id == user
    ]
    assert len(changes) == 5, "learner, author, its date, author taken, gone"
    assert changes == sorted(set(changes))
    assert author.held.until is not None
    now = await organizations.grants_of(organization=school, user=user)
    assert (now.version, now.grants) == (changes[-1], ())


async def test_roles_begin_and_end_by_the_clock(organizations: Organizations, clock: ManualClock) -> None:
    school = await a_school(organizations)
    owner = await acting(organizations, school, await somebody(organizations, school, "owner"))
    user = await somebody(organizations, school)
    since, until = clock.now() + timedelta(days=1), clock.now() + timedelta(days=2)
    held = Grant(role="admin", scope="organization", since=since, until=until)
    await organizations.grant_role(organization=school, actor=owner, user=user, held=held)
    allowed = []

    for _ in range(3):
        decision = await organizations.explain(
            organization=school, user=user, permission="organizations.update", scope_id=school
        )
        allowed.append(decision.allowed)
        clock.advance(timedelta(days=1))

    assert allowed == [False, True, False]
    with pytest.raises(UnknownRole):
        backwards = Grant(role="admin", scope="organization", since=until, until=since)
        await organizations.grant_role(organization=school, actor=owner, user=user, held=backwards)


async def test_a_prohibition_beats_the_role_and_says_so(organizations: Organizations) -> None:
    school = await a_school(organizations)
    owner = await acting(organizations, school, await somebody(organizations, school, "owner"))
    user = await somebody(organizations, school, "admin")
    ask = {"organization": school, "user": user, "permission": "organizations.update", "scope_id": school}
    before = await organizations.explain(**ask)  # type: ignore[arg-type]  # its arguments

    roles = await organizations.grant_role(
        organization=school, actor=owner, user=user, held=Grant(role="admin", scope="organization", prohibit=True)
    )
    during = await organizations.explain(**ask)  # type: ignore[arg-type]  # as above
    caller = await acting(organizations, school, user)
    with pytest.raises(MayNotGrant):
        await organizations.grant_role(
            organization=school, actor=caller, user=user, held=Grant(role="author", scope="organization")
        )
    [ban] = [role for role in roles if role.held.prohibit]
    await organizations.revoke_role(organization=school, actor=owner, user=user, grant=ban.grant)
    after = await organizations.explain(**ask)  # type: ignore[arg-type]  # as above

    assert [before.allowed, during.allowed, after.allowed] == [True, False, True]
    assert (before.rule, during.rule) == ("organization.admin", "prohibited")


async def test_an_explanation_names_the_rule_for_everybody(organizations: Organizations) -> None:
    school = await a_school(organizations)
    learner = await somebody(organizations, school)

    async def rule_for(user: UserId) -> str:
        decision = await organizations.explain(
            organization=school, user=user, permission="organizations.update", scope_id=school
        )
        return decision.rule

    operator = UserId(new_id())
    await organizations.make_operator(user=operator)

    assert await rule_for(learner) == "no_role"
    assert await rule_for(UserId(new_id())) == "no_role"
    assert await rule_for(operator) == "system.operator"
    with pytest.raises(Invalid):
        await organizations.explain(organization=school, user=learner, permission="no.such", scope_id=None)


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_signs_up_is_a_learner_once(organizations: Organizations, seed: int) -> None:
    school = await a_school(organizations)
    people = [UserId(new_id()) for _ in range(8)]

    await hear(organizations, *(registered(school, user) for user in people), seed=seed)

    assert all([await roles_of(organizations, school, user) == {"learner"} for user in people])
    assert len(await told(organizations._store.database, MemberAdded)) == len(people)


async def test_a_closed_organization_lets_nobody_in_by_themselves(organizations: Organizations) -> None:
    school = await a_school(organizations)
    await organizations.update(organization=school, version=1, allows_sign_up=False)
    owner = await acting(organizations, school, await somebody(organizations, school, "owner"))
    user = UserId(new_id())

    await hear(organizations, registered(school, user))
    assert await roles_of(organizations, school, user) == set()

    added = await organizations.add_member(
        organization=school, actor=owner, email="ada@example.org", display_name="Ada", role="author"
    )
    assert await roles_of(organizations, school, added) == {"author", "learner"}


@pytest.mark.parametrize("first", ["event", "invitation"])
async def test_an_invited_person_ends_up_the_same_whichever_comes_first(
    organizations: Organizations, identity: FakeIdentity, first: str
) -> None:
    school = await a_school(organizations)
    owner = await acting(organizations, school, await somebody(organizations, school, "owner"))
    account = await identity.ensure_account(organization=school, email="ada@example.org", display_name="Ada")
    event = registered(school, account.user, is_invited=True)

    if first == "event":
        await hear(organizations, event)
    await organizations.add_member(
        organization=school, actor=owner, email="ada@example.org", display_name="Ada L.", role="author"
    )
    if first == "invitation":
        await hear(organizations, event)

    assert await roles_of(organizations, school, account.user) == {"author", "learner"}
    [added] = [e for e in await told(organizations._store.database, MemberAdded) if e.user_id == account.user]
    assert added.display_name == "Ada L."


async def test_who_was_removed_comes_back_by_the_staffs_hand_only(
    organizations: Organizations, identity: FakeIdentity
) -> None:
    school = await a_school(organizations)
    owner = await acting(organizations, school, await somebody(organizations, school, "owner"))
    account = await identity.ensure_account(organization=school, email="ada@example.org", display_name="Ada")
    user = await somebody(organizations, school, "admin", user=account.user)
    await organizations.remove_member(organization=school, actor=owner, user=user)

    await hear(organizations, registered(school, user))
    with pytest.raises(MemberGone):
        await organizations.ensure_member(organization=school, user=user, display_name="Ada")
    assert await roles_of(organizations, school, user) == set()
    with pytest.raises(OrganizationNotFound):
        await organizations.remove_member(organization=school, actor=owner, user=user)

    await organizations.add_member(
        organization=school, actor=owner, email="ada@example.org", display_name="Ada", role="learner"
    )
    assert await roles_of(organizations, school, user) == {"learner"}


async def test_a_closed_account_leaves_every_organization_and_its_name_is_forgotten(
    organizations: Organizations,
) -> None:
    schools = [await a_school(organizations, slug) for slug in ("north", "south", "east")]
    user = UserId(new_id())
    for school in schools:
        await somebody(organizations, school, "author", user=user)

    await hear(organizations, AccountClosed(organization_id=schools[0], user_id=user))

    assert [await roles_of(organizations, school, user) for school in schools] == [set()] * 3
    assert await organizations.tenants_of(user=user) == []
    gone = await told(organizations._store.database, MemberRemoved)
    assert {(event.organization_id, event.is_account_closed) for event in gone} == {(one, True) for one in schools}


async def test_a_new_name_reaches_the_list_of_members(organizations: Organizations) -> None:
    school = await a_school(organizations)
    user = await somebody(organizations, school, name="Ada")

    await hear(organizations, ProfileRenamed(organization_id=school, user_id=user, display_name="Augusta"))

    members, _, _ = await organizations.members(organization=school, query="augu", after=None, limit=9)
    assert [member.user for member in members] == [user]


async def test_two_admins_change_the_look_at_once_and_one_is_told(organizations: Organizations) -> None:
    school = await a_school(organizations)

    outcomes = await asyncio.gather(
        *(organizations.update(organization=school, version=1, name=f"School {n}") for n in range(5)),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, PreconditionFailed)]
    assert len(refused) == 4
    assert all(one.fields["current"]["version"] == 2 for one in refused)


async def test_what_is_left_out_of_a_change_stays(organizations: Organizations) -> None:
    school = await a_school(organizations)
    look = {"light": {"primary": "#0B3D78"}}
    await organizations.update(organization=school, version=1, allows_sign_up=False, branding=look)

    tenant = await organizations.update(organization=school, version=2, name="South School")

    assert (tenant.organization.allows_sign_up, tenant.branding) == (False, look)


async def test_one_organizations_rows_are_invisible_to_another(organizations: Organizations) -> None:
    school, other = await a_school(organizations), await a_school(organizations, "south")
    await somebody(organizations, school, "author")

    counts = await hidden_from_others(organizations._store.database, mine=school, other=other)

    assert set(counts) == {"members", "grants", "grant_history"}
    assert all(mine > 0 and others == 0 for mine, others in counts.values())


async def test_role_holders_are_those_who_hold_it_now(organizations: Organizations, clock: ManualClock) -> None:
    school = await a_school(organizations)
    course = new_id()
    now = await somebody(organizations, school)
    later = await somebody(organizations, school)
    for user, since in ((now, None), (later, clock.now() + timedelta(days=1))):
        await organizations.ensure_role(
            organization=school, user=user, role="instructor", scope="course", scope_id=course, since=since
        )

    port = checked(OrganizationsPort, organizations)
    holders = await port.role_holders(organization=school, scope="course", scope_id=course)

    assert [(holder.user, holder.role) for holder in holders] == [(now, "instructor")]
    assert isinstance(await acting(organizations, school, now), Caller)
