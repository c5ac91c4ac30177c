"""The rules of organizations without a database: slugs, who may give what, and colours that can be read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.auth.authorizer import Decision
from stoa.kit.auth.caller import Grant
from stoa.services.organizations import domain
from stoa.services.organizations.contract import BrandingRefused, UnknownRole
from stoa.services.organizations.domain import Giving
from stoa.services.organizations.policy import DEFAULT_COLOURS

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOME, COURSE = UUID(int=7), UUID(int=9)
RANK = ("owner", "admin", "author", "instructor", "learner")
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def held(role: str, *, course: UUID | None = None, **more: object) -> Grant:
    scope, scope_id = ("course", course) if course else ("organization", HOME)
    return Grant(role=role, scope=scope, scope_id=scope_id, **more)  # type: ignore[arg-type]  # dates and prohibit


RIGHTS = {"see": {"owner", "admin", "author", "instructor", "assistant"}, "manage": {"owner", "admin", "instructor"}}


def carried(role: str, scope: str) -> frozenset[str]:
    return frozenset(name for name, roles in RIGHTS.items() if role in roles)


def decided(*roles: Grant, role: str, course: UUID | None = None, **more: object) -> Decision:
    giving = Giving(role=role, scope="course" if course else "organization", scope_id=course, **more)  # type: ignore[arg-type]  # its dates
    return domain.decide_grant(roles, giving, carried=carried, now=NOW)


@pytest.mark.parametrize(
    ("giver", "may"),
    [
        ("owner", {"owner", "admin", "author", "instructor", "learner"}),
        ("admin", {"admin", "author", "instructor", "learner"}),
        ("author", {"author"}),
        ("instructor", {"instructor"}),
        ("learner", set()),
    ],
)
def test_nobody_gives_what_they_do_not_hold(giver: str, may: set[str]) -> None:
    assert {role for role in RANK if decided(held(giver), role=role).allowed} == may


def test_a_right_that_the_giver_lacks_is_not_given_whatever_the_ranks_say() -> None:
    def richer(role: str, scope: str) -> frozenset[str]:
        return carried(role, scope) | ({"pay"} if role == "assistant" else frozenset())

    giving = Giving(role="assistant", scope="organization")

    assert domain.decide_grant([held("author")], giving, carried=carried, now=NOW).allowed
    assert domain.decide_grant([held("author")], giving, carried=richer, now=NOW).rule == "not_held"


def test_a_right_that_is_prohibited_to_the_giver_is_not_given() -> None:
    roles = held("owner"), held("instructor", prohibit=True)

    assert not decided(*roles, role="admin").allowed
    assert decided(*roles, role="learner").allowed


def test_a_role_in_one_course_gives_nothing_in_another_or_in_the_organization() -> None:
    author = held("author", course=COURSE)

    assert decided(author, role="assistant", course=COURSE).allowed
    for course in (UUID(int=10), None):
        assert not decided(author, role="author", course=course).allowed


@pytest.mark.parametrize("dates", [{"until": NOW}, {"since": NOW + timedelta(seconds=1)}, {"prohibit": True}])
def test_a_role_that_is_over_or_not_begun_or_prohibited_gives_nothing(dates: dict[str, object]) -> None:
    assert not decided(held("owner", **dates), role="learner").allowed


@pytest.mark.parametrize(
    ("until", "is_lasting", "rule"),
    [
        (NOW + timedelta(days=1), True, "organization.instructor"),
        (NOW + timedelta(days=2), True, "outlives"),
        (None, True, "outlives"),
        (None, False, "organization.instructor"),
    ],
)
def test_nobody_gives_a_role_for_longer_than_they_hold_it(until: datetime | None, is_lasting: bool, rule: str) -> None:
    visiting = held("instructor", until=NOW + timedelta(days=1))

    assert decided(visiting, role="instructor", until=until, is_lasting=is_lasting).rule == rule


@pytest.mark.parametrize(
    ("role", "scope", "scope_id"),
    [
        ("king", "organization", None),
        ("operator", "organization", None),
        ("operator", "system", None),
        ("owner", "course", COURSE),
        ("author", "course", None),
        ("author", "organization", COURSE),
        ("learner", "planet", None),
    ],
)
def test_roles_and_scopes_that_do_not_exist_are_refused(role: str, scope: str, scope_id: UUID | None) -> None:
    with pytest.raises(UnknownRole):
        domain.check_role(role, scope, scope_id)


@given(colours, colours)
def test_contrast_is_symmetric_and_between_1_and_21(one: str, other: str) -> None:
    ratio = domain.contrast(one, other)

    assert ratio == domain.contrast(other, one)
    assert 1.0 <= ratio <= 21.000001
    assert domain.contrast(one, one) == pytest.approx(1.0)


def test_contrast_agrees_with_the_standards_own_figures() -> None:
    assert domain.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert domain.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert domain.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@given(
    st.sampled_from(("light", "dark")),
    st.dictionaries(st.sampled_from(sorted(domain.VARIABLES)), colours, max_size=4),
)
def test_whatever_branding_is_accepted_can_be_read(theme: str, chosen: dict[str, str]) -> None:
    try:
        domain.check_branding({theme: chosen}, DEFAULT_COLOURS)
    except BrandingRefused:
        return
    colours_ = {**DEFAULT_COLOURS[theme], **chosen}
    assert all(domain.contrast(colours_[front], colours_[back]) >= 4.5 for front, back in domain.PAIRS)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_default_colours_can_be_read(theme: str) -> None:
    domain.check_branding({theme: DEFAULT_COLOURS[theme]}, DEFAULT_COLOURS)


@pytest.mark.parametrize(
    "branding",
    [
        {"sepia": {}},
        {"light": {"text": "red"}},
        {"light": {"text": "#12345"}},
        {"light": {"text": "#FAF8F4"}},
        {"light": {"text": "#000000;}body{display:none"}},
        {"light": {"--x": "#000000"}},
    ],
)
def test_branding_that_is_no_colour_or_unreadable_is_refused(branding: dict[str, dict[str, str]]) -> None:
    with pytest.raises(BrandingRefused):
        domain.check_branding(branding, DEFAULT_COLOURS)


@pytest.mark.parametrize(
    ("slug", "is_one"),
    [("a", True), ("north-school", True), ("-a", False), ("a-", False), ("A", False), ("a" * 64, False), ("", False)],
)
def test_a_slug_is_short_and_plain(slug: str, is_one: bool) -> None:
    assert domain.is_slug(slug) is is_one
