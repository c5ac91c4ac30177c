"""What an author saves is sanitised and consistent, and its address is made of its content."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.services.assessment.contract.problem import Choice, Placement, Problem, Variable
from stoa.services.assessment.contract.result import ProblemInvalid
from stoa.services.assessment.domain import address, authoring, markup
from stoa.services.assessment.tests.builders import (
    a_choice,
    a_drag,
    a_formula,
    a_numerical,
    a_pattern,
    a_problem,
    a_short_text,
    a_single_choice,
    an_image,
    every_part,
)


def test_every_fragment_is_sanitised_wherever_it_stands():
    evil = '<b onclick="x()">bold</b><script>x()</script>'
    choices = (Choice(id="a", html=evil, credit=Decimal(1), feedback=evil), a_choice("b"))
    part = a_single_choice(choices=choices, label=evil, description=evil)

    saved = authoring.accepted(a_problem(part, solution=evil, hints=(evil,)))

    written = msgspec.json.encode(saved).decode()
    assert "onclick" not in written
    assert "<script" not in written
    assert written.count("<b>bold</b>") == 6


def test_what_is_accepted_once_is_accepted_unchanged():
    saved = authoring.accepted(a_problem(*every_part(), hints=(r"<p>x</p>",)))

    assert authoring.accepted(saved) == saved


def test_a_part_without_a_slot_gets_one_at_the_end():
    saved = authoring.accepted(Problem(title="", body="<p>Q</p>", parts=(a_single_choice(),)))

    assert saved.body == '<p>Q</p><div data-part="single"></div>'


@pytest.mark.parametrize(
    "problem",
    [
        a_problem(a_single_choice(), a_single_choice()),
        a_problem(a_single_choice(id="a b")),
        a_problem(a_single_choice(choices=())),
        a_problem(a_single_choice(choices=(a_choice("a"),))),
        a_problem(a_single_choice(choices=(a_choice("a", True), a_choice("a")))),
        a_problem(a_numerical("wide")),
        a_problem(a_numerical("1", "wide")),
        a_problem(a_pattern("((")),
        a_problem(a_short_text("")),
        a_problem(a_formula("x+", "x")),
        a_problem(a_formula("x", "")),
        a_problem(msgspec.structs.replace(a_drag(), placements=(Placement(draggables=("d9",), zones=("z1",)),))),
        a_problem(msgspec.structs.replace(an_image(), regions=())),
        a_problem(a_single_choice(), weight=Decimal(-1)),
        a_problem(a_single_choice(), weight=Decimal("NaN")),
        a_problem(a_single_choice(points=Decimal("Infinity"))),
        a_problem(a_single_choice(), max_attempts=0),
        a_problem(a_formula(variables=(Variable(name="R_1", low=1, high=float("inf")),))),
        a_problem(a_single_choice(), title="\ud800"),
        Problem(title="", body='<div data-part="x"></div>', parts=()),
        a_problem(a_single_choice(), remarks=("x" * 2_100_000,)),
    ],
)
def test_what_breaks_a_rule_is_refused_with_a_word(problem):
    with pytest.raises(ProblemInvalid) as refusal:
        authoring.accepted(problem)

    assert refusal.value.detail


def test_equal_problems_have_one_address_and_any_change_another():
    problem = a_problem(a_single_choice(), weight=Decimal(1))

    assert address.version_of(problem) == address.version_of(
        a_problem(a_single_choice(points=Decimal("1.0")), weight=Decimal("1.00"))
    )
    changed = [
        a_problem(a_single_choice(shuffle=True), weight=Decimal(1)),
        a_problem(a_single_choice(), weight=Decimal(2)),
        a_problem(a_single_choice(), weight=Decimal(1), title="Other"),
        a_problem(a_formula(variables=(Variable(name="R_1", low=1, high=2),)), weight=Decimal(1)),
    ]
    assert len({address.version_of(one) for one in [problem, *changed]}) == 5
    assert address.version_of(problem).version == 8


def test_an_empty_optional_field_does_not_change_an_address():
    written = address.canonical(a_problem(a_single_choice()))

    for empty in (b'"hints"', b'"solution"', b'"weight"', b'"pool"', b'"wait_s"'):
        assert empty not in written or empty == b'"wait_s"'


@given(st.text(max_size=200))
@settings(deadline=None)
def test_cleaning_twice_changes_nothing(fragment):
    once = markup.clean(fragment)

    assert markup.clean(once) == once


@pytest.mark.parametrize(
    "fragment",
    [
        '<img src=x onerror="alert(1)">',
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
        '<math href="javascript:alert(1)">x</math>',
        '<a href="jav&#x09;ascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<iframe src=//example.org></iframe>",
        '<p style="position:fixed">x</p>',
        "<form action=/x><input name=y></form>",
        '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    ],
)
def test_nothing_that_acts_survives(fragment):
    cleaned = markup.clean(fragment).lower()

    for word in ("<script", "onerror", "javascript:", "data:text", "<iframe", "style=", "<form", "<input", "<svg"):
        assert word not in cleaned
