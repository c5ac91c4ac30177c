"""The list of members: found in any script, paged without a gap."""

import pytest

from stoa.kit.contract import UserId
from stoa.kit.testing.ports import checked
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.organizations.tests.building import FakeIdentity, a_school, somebody


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nunez", ["José Núñez"]),
        ("JOSÉ", ["José Núñez"]),
        ("احمد", ["مُحَمَّد الأحمد"]),
        ("محمد", ["مُحَمَّد الأحمد"]),
        ("محـــمد", ["مُحَمَّد الأحمد"]),
        ("strasse", ["Anna Straße"]),
        ("  anna   straße ", ["Anna Straße"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("' or 1=1 --", []),
        ("ﬁ", ["Finn"]),
    ],
)
async def test_members_are_found_in_any_script_and_nothing_is_a_pattern(
    organizations: Organizations, query: str, found: list[str]
) -> None:
    school = await a_school(organizations)
    for name in ("José Núñez", "مُحَمَّد الأحمد", "Anna Straße", "Finn"):
        await somebody(organizations, school, name=name)

    members, _, _ = await organizations.members(organization=school, query=query, after=None, limit=50)

    assert [member.display_name for member in members] == found


async def test_pages_of_members_hold_everybody_once_with_one_question_to_identity(
    organizations: Organizations, identity: FakeIdentity
) -> None:
    school = await a_school(organizations)
    people = {await somebody(organizations, school, name=f"Same {number % 3}") for number in range(23)}
    seen: list[UserId] = []
    after = None
    identity.asked = 0

    while True:
        members, _, _ = await organizations.members(organization=school, query="", after=after, limit=5)
        if not members:
            break
        seen += [member.user for member in members]
        after = (members[-1].name_key, members[-1].user)

    assert sorted(seen) == sorted(people)
    assert identity.asked == 5 * 2, "once a page; the checked port asks twice"


async def test_others_go_through_all_members_by_pages_and_count_them_no_further_than_they_need(
    organizations: Organizations,
) -> None:
    school, other = await a_school(organizations), await a_school(organizations, slug="other")
    people = sorted([await somebody(organizations, school) for _ in range(7)])
    await somebody(organizations, other)
    port = checked(OrganizationsPort, organizations)
    seen: list[UserId] = []

    while page := await port.members_in(organization=school, after=seen[-1] if seen else None, limit=3):
        seen += page

    assert seen == people
    assert [await port.member_count(organization=school, at_most=most) for most in (5, 100)] == [5, 7]
