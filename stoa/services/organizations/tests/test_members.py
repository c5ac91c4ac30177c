"""The list of members: found in any script, paged without a gap."""

import pytest

from stoa.kit.contract import UserId
from stoa.services.organizations.service import Organizations
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
