"""Profiles on a real database: versions, hostile names, and events in any order."""

import asyncio
from itertools import permutations

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, OrganizationId, UserId, new_id
from stoa.kit.errors import PreconditionFailed
from stoa.kit.inbox import bound
from stoa.kit.testing.chaos import deliver
from stoa.kit.testing.fixtures import StoreFor
from stoa.kit.testing.outgoing import hidden_from_others, told
from stoa.kit.testing.ports import checked
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.kit.testing.strangers import walked
from stoa.services.identity.contract import AccountClosed, AccountRegistered
from stoa.services.organizations.contract import MemberAdded, MemberRemoved
from stoa.services.people.consumers import consumers
from stoa.services.people.contract import PeoplePort, ProfileNotFound, ProfilePending, ProfileRenamed
from stoa.services.people.routes import router
from stoa.services.people.service import People
from stoa.services.people.store import PeopleTx

HOME = OrganizationId(new_id())


@pytest.fixture
async def people(store_for: StoreFor[PeopleTx], clock: ManualClock) -> People:
    return People(store=await store_for("people", PeopleTx), clock=clock)


async def hear(people: People, *events: Event, seed: int = 0) -> None:
    database = people._store.database
    await deliver(bound(consumers.subscriptions, people, database), events, at=database.clock.now(), seed=seed)


async def somebody(people: People, name: str = "Ada") -> UserId:
    user = UserId(new_id())
    await hear(people, AccountRegistered(organization_id=HOME, user_id=user, display_name=name, locale="en"))
    return user


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_what_somebody_said_themselves_counts_in_either_order(people: People, order: tuple[int, ...]) -> None:
    user = UserId(new_id())
    events: list[Event] = [
        AccountRegistered(organization_id=HOME, user_id=user, display_name="آدا", locale="ar"),
        MemberAdded(organization_id=HOME, user_id=user, display_name="Ada (class 3)", locale="en"),
    ]
    for at in order:
        await hear(people, events[at])

    profile = await people.own(organization=HOME, user=user)
    assert (profile.display_name, profile.locale, profile.version) == ("آدا", "ar", 1)


async def test_an_edited_profile_is_not_undone_by_a_late_event(people: People) -> None:
    user = UserId(new_id())
    await hear(people, MemberAdded(organization_id=HOME, user_id=user, display_name="Ada", locale="en"))
    await people.update(organization=HOME, user=user, version=1, changes={"display_name": "Augusta"})

    await hear(people, AccountRegistered(organization_id=HOME, user_id=user, display_name="Ada", locale="en"))

    assert (await people.own(organization=HOME, user=user)).display_name == "Augusta"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_closed_account_is_forgotten_whatever_comes_late(people: People, order: tuple[int, ...]) -> None:
    user = UserId(new_id())
    events: list[Event] = [
        AccountRegistered(organization_id=HOME, user_id=user, display_name="Ada", locale="en"),
        MemberAdded(organization_id=HOME, user_id=user, display_name="Ada", locale="en"),
        AccountClosed(organization_id=HOME, user_id=user),
    ]
    for at in order:
        await hear(people, events[at])

    assert (await people.own(organization=HOME, user=user)).display_name == "Closed account"


async def test_a_closed_account_is_forgotten_in_the_organizations_it_had_joined(people: People) -> None:
    user, elsewhere = UserId(new_id()), OrganizationId(new_id())
    await hear(people, MemberAdded(organization_id=elsewhere, user_id=user, display_name="Ada", locale="en"))

    await hear(people, MemberRemoved(organization_id=elsewhere, user_id=user))
    kept = await people.own(organization=elsewhere, user=user)
    await hear(people, MemberRemoved(organization_id=elsewhere, user_id=user, is_account_closed=True))
    forgotten = await people.own(organization=elsewhere, user=user)

    assert (kept.display_name, forgotten.display_name) == ("Ada", "Closed account")


async def test_ten_edits_of_one_version_leave_one(people: People) -> None:
    user = await somebody(people)

    outcomes = await asyncio.gather(
        *(
            people.update(organization=HOME, user=user, version=1, changes={"pronouns": f"p{number}"})
            for number in range(10)
        ),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, PreconditionFailed)]
    assert len(refused) == 9
    assert all(one.fields["current"]["version"] == 2 for one in refused)


async def test_a_new_name_is_told_and_the_same_name_is_not(people: People) -> None:
    user = await somebody(people)

    await people.update(organization=HOME, user=user, version=1, changes={"display_name": " Augusta  Ada "})
    await people.update(organization=HOME, user=user, version=2, changes={"display_name": "Augusta Ada", "bio": "x"})

    assert [event.display_name for event in await told(people._store.database, ProfileRenamed)] == ["Augusta Ada"]


async def test_others_learn_the_name_and_no_more_and_strangers_nothing(people: People) -> None:
    user = await somebody(people)
    await people.update(
        organization=HOME, user=user, version=1, changes={"legal_name": "Augusta", "bio": "x", "theme": "dark"}
    )
    port = checked(PeoplePort, people)

    [profile] = await port.profiles_of(organization=HOME, users=[user])

    assert set(profile.__struct_fields__) == {"user", "display_name", "pronouns", "locale", "time_zone"}
    assert await port.profiles_of(organization=OrganizationId(new_id()), users=[user]) == []
    with pytest.raises(ProfileNotFound):
        await people.profile(organization=OrganizationId(new_id()), user=user)
    with pytest.raises(ProfilePending):
        await people.own(organization=HOME, user=UserId(new_id()))


async def test_one_organizations_rows_are_invisible_to_another(people: People) -> None:
    await somebody(people)

    counts = await hidden_from_others(people._store.database, mine=HOME, other=OrganizationId(new_id()))

    assert counts == {"profiles": (1, 0)}


async def test_a_profile_is_edited_by_its_version(people: People, clock: ManualClock) -> None:
    client = RoutesUnderTest((router, people), clock=clock).client(
        a_caller("learner", organization=HOME, user=await somebody(people))
    )
    url = "/api/v1/people/me"
    body = {"theme": "dark", "preferences": {"captions": "on"}}
    tag = (await client.get(url)).headers["etag"]

    answers = [
        await client.patch(url, json=body),
        await client.patch(url, json=body, headers={"if-match": tag}),
        await client.patch(url, json=body, headers={"if-match": tag}),
    ]

    assert [answer.status_code for answer in answers] == [428, 200, 412]
    assert answers[2].json()["current"]["theme"] == "dark"
    assert answers[1].json()["display_name"] == "Ada"


@pytest.mark.parametrize(
    "body",
    [
        {"display_name": ""},
        {"display_name": "\u3164"},
        {"display_name": "\u202e\u2066"},
        {"display_name": "Z" + "\u0301" * 30},
        {"display_name": "A\0da"},
        {"display_name": "x" * 121},
        {"display_name": None},
        {"bio": "x" * 2001},
        {"bio": "\0"},
        {"locale": "tlhIngan_Hol!"},
        {"time_zone": "Mars/Base"},
        {"theme": "<script>"},
        {"preferences": {"k" * 65: "v"}},
        {"preferences": {str(number): "v" for number in range(51)}},
        {"preferences": {"k": "\0"}},
    ],
)
async def test_hostile_input_is_refused_and_changes_nothing(
    people: People, clock: ManualClock, body: dict[str, object]
) -> None:
    user = await somebody(people)
    client = RoutesUnderTest((router, people), clock=clock).client(a_caller("learner", organization=HOME, user=user))

    answer = await client.patch("/api/v1/people/me", json=body, headers={"if-match": '"1"'})

    assert answer.status_code in (400, 422), answer.text
    assert (await people.own(organization=HOME, user=user)).version == 1


@pytest.mark.parametrize("name", ["", "\0", "\u202e", "x" * 10_000])
async def test_a_hostile_name_at_sign_up_stops_nothing(people: People, name: str) -> None:
    user = await somebody(people, name)

    assert 0 < len((await people.own(organization=HOME, user=user)).display_name) <= 120


async def test_the_owner_of_another_organization_finds_nobody(people: People, clock: ManualClock) -> None:
    routes = RoutesUnderTest((router, people), clock=clock)
    stranger = a_caller("owner", organization=OrganizationId(new_id()))

    answers = await walked(routes, router, stranger, {"user": await somebody(people)})

    assert answers == {"profile": 404}
