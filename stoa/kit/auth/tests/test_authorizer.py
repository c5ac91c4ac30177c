"""Who may do what: role, scope, resource state and time; deny by default."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import GUEST, Caller, Grant
from stoa.kit.auth.permission import AUTHENTICATED, MEMBER, PUBLIC, Permission
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Forbidden, NotFound, Unauthenticated

HERE, THERE = OrganizationId(new_id()), OrganizationId(new_id())
LOGIC, ETHICS = new_id(), new_id()
EDIT = Permission("courses.edit", scope="course", roles=("owner", "course:author"))
RENAME = Permission("organizations.rename", scope="organization", roles=("owner", "admin"))
ATTEMPT = Permission("courses.attempt", scope="course", roles=("learner",), states=("open",), operator=False)


def somebody(*grants: Grant, organization: OrganizationId | None = HERE) -> Caller:
    return Caller(user=UserId(new_id()), organization=organization, session=new_id(), grants=grants)


def in_organization(role: str, organization: UUID = HERE, *, prohibit: bool = False) -> Grant:
    return Grant(role=role, scope="organization", scope_id=organization, prohibit=prohibit)


def in_course(role: str, course: UUID = LOGIC, *, prohibit: bool = False) -> Grant:
    return Grant(role=role, scope="course", scope_id=course, prohibit=prohibit)


OPERATOR = Grant(role="operator", scope="system")


@pytest.fixture
def authorizer(clock: ManualClock) -> Authorizer:
    return Authorizer(clock)


def test_nobody_may_do_anything_that_no_role_of_his_carries(authorizer: Authorizer) -> None:
    decision = authorizer.decide(somebody(in_organization("learner")), EDIT, LOGIC)

    assert (decision.allowed, decision.rule) == (False, "no_role")


def test_a_role_of_the_organization_reaches_every_course_of_it(authorizer: Authorizer) -> None:
    decision = authorizer.decide(somebody(in_organization("owner")), EDIT, LOGIC)

    assert (decision.allowed, decision.rule) == (True, "organization.owner")


def test_a_role_of_one_course_reaches_that_course_only(authorizer: Authorizer) -> None:
    author = somebody(in_organization("learner"), in_course("author"))

    assert authorizer.decide(author, EDIT, LOGIC).rule == "course.author"
    assert not authorizer.decide(author, EDIT, ETHICS).allowed
    assert not authorizer.decide(author, EDIT).allowed


def test_a_role_spelt_for_a_course_does_not_count_in_the_organization(authorizer: Authorizer) -> None:
    assert not authorizer.decide(somebody(in_organization("author")), EDIT, LOGIC).allowed


def test_a_role_of_another_organization_counts_nowhere_here(authorizer: Authorizer) -> None:
    assert not authorizer.decide(somebody(in_organization("owner", THERE)), EDIT, LOGIC).allowed


@pytest.mark.parametrize("prohibition", [in_organization("owner", prohibit=True), in_course("*", prohibit=True)])
def test_a_prohibition_beats_every_permission_wherever_it_stands(authorizer: Authorizer, prohibition: Grant) -> None:
    for grants in permutations([in_organization("owner"), in_course("author"), prohibition, OPERATOR]):
        decision = authorizer.decide(somebody(*grants), EDIT, LOGIC)

        assert (decision.allowed, decision.rule, decision.grant) == (False, "prohibited", prohibition)


def test_the_most_specific_grant_is_the_one_that_is_named(authorizer: Authorizer) -> None:
    for grants in permutations([OPERATOR, in_organization("owner"), in_course("author")]):
        assert authorizer.decide(somebody(*grants), EDIT, LOGIC).rule == "course.author"


def test_a_grant_ends_by_the_clock(authorizer: Authorizer, clock: ManualClock) -> None:
    now = clock.now()
    grant = Grant(
        role="owner",
        scope="organization",
        scope_id=HERE,
        since=now + timedelta(hours=1),
        until=now + timedelta(hours=2),
    )
    caller, verdicts = somebody(grant), []

    for _ in range(3):
        verdicts.append(authorizer.decide(caller, EDIT, LOGIC).allowed)
        clock.advance(timedelta(hours=1))

    assert verdicts == [False, True, False]


def test_the_state_of_the_resource_decides_too(authorizer: Authorizer) -> None:
    learner = somebody(in_organization("learner"))

    assert authorizer.decide(learner, ATTEMPT, LOGIC, state="open").allowed
    closed = authorizer.decide(learner, ATTEMPT, LOGIC, state="closed")
    assert (closed.allowed, closed.rule) == (False, "state")


def test_a_role_of_the_course_reaches_a_section_inside_it(authorizer: Authorizer) -> None:
    mark = Permission("grading.mark", scope="section", roles=("course:author",))
    author = somebody(in_course("author"))

    assert authorizer.decide(author, mark, new_id(), inside={"course": LOGIC}).allowed
    assert not authorizer.decide(author, mark, new_id(), inside={"course": ETHICS}).allowed


def test_only_the_operator_of_the_system_crosses_organizations(authorizer: Authorizer) -> None:
    owner = somebody(in_organization("owner"))
    pretender = somebody(Grant(role="operator", scope="organization", scope_id=HERE))

    assert authorizer.decide(owner, RENAME, HERE).allowed
    assert authorizer.decide(somebody(OPERATOR), RENAME, THERE).rule == "system.operator"
    for caller in (owner, pretender):
        decision = authorizer.decide(caller, RENAME, THERE)
        assert (decision.allowed, decision.hidden) == (False, True)


def test_a_permission_can_be_withheld_from_the_operator(authorizer: Authorizer) -> None:
    assert not authorizer.decide(somebody(OPERATOR), ATTEMPT, LOGIC).allowed


def test_public_authenticated_and_member_are_three_different_doors(authorizer: Authorizer) -> None:
    roleless, member = somebody(), somebody(in_organization("learner"))
    suspended = somebody(in_organization("learner"), in_organization("*", prohibit=True))
    homeless = somebody(in_organization("learner"), organization=None)

    doors = [
        [authorizer.decide(caller, door).allowed for door in (PUBLIC, AUTHENTICATED, MEMBER)]
        for caller in (GUEST, roleless, member, suspended, homeless)
    ]

    assert doors == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
        [True, True, False],
        [True, True, False],
    ]


def test_a_refusal_is_401_for_a_guest_404_for_a_stranger_and_403_for_a_member(authorizer: Authorizer) -> None:
    with pytest.raises(Unauthenticated):
        authorizer.require(GUEST, EDIT, LOGIC)
    with pytest.raises(NotFound):
        authorizer.require(somebody(in_organization("owner")), RENAME, THERE)
    with pytest.raises(Forbidden) as refusal:
        authorizer.require(somebody(in_organization("learner")), EDIT, LOGIC)

    assert refusal.value.fields == {"permission": "courses.edit", "rule": "no_role"}


def test_an_explanation_names_the_rule_that_decided(authorizer: Authorizer) -> None:
    said = authorizer.explain(somebody(in_organization("owner")), EDIT, LOGIC)

    assert said == (
        "courses.edit: allowed by rule organization.owner. The role owner in this organization carries courses.edit."
    )


grants = st.builds(
    Grant,
    role=st.sampled_from(["owner", "author", "learner", "operator", "*"]),
    scope=st.sampled_from(["system", "organization", "course"]),
    scope_id=st.sampled_from([None, HERE, THERE, LOGIC, ETHICS]),
    prohibit=st.booleans(),
)


@given(held=st.lists(grants, max_size=6))
def test_order_never_matters_and_a_service_alone_holds_nothing(held: list[Grant]) -> None:
    authorizer = Authorizer(ManualClock())

    forward = authorizer.decide(somebody(*held), EDIT, LOGIC)
    backward = authorizer.decide(somebody(*reversed(held)), EDIT, LOGIC)
    service = authorizer.decide(Caller(service="courses", organization=HERE, grants=tuple(held)), EDIT, LOGIC)

    assert forward.allowed == backward.allowed
    assert not service.allowed


@given(held=st.lists(grants, max_size=6), more=grants)
def test_one_more_prohibition_never_opens_a_door(held: list[Grant], more: Grant) -> None:
    authorizer = Authorizer(ManualClock())
    ban = Grant(role=more.role, scope=more.scope, scope_id=more.scope_id, prohibit=True)

    before = authorizer.decide(somebody(*held), EDIT, LOGIC)
    after = authorizer.decide(somebody(*held, ban), EDIT, LOGIC)

    assert before.allowed or not after.allowed
