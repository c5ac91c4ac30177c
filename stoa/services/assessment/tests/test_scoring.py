"""Scoring is pure and total; its schemes keep their promises."""

import itertools
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.services.assessment.contract.problem import (
    Choice,
    Dropdown,
    MultipleChoice,
    Numerical,
    NumericAnswer,
    PlacementRule,
    Scheme,
    SingleChoice,
)
from stoa.services.assessment.contract.result import Correctness, Response
from stoa.services.assessment.domain import keys, scoring
from stoa.services.assessment.tests.builders import (
    RIGHT,
    SECRET,
    WRONG,
    a_choice,
    a_drag,
    a_formula,
    a_multiple_choice,
    a_numerical,
    a_pattern,
    a_problem,
    a_short_text,
    a_single_choice,
    an_image,
    every_part,
)

ODD = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.sampled_from(["NaN", "inf", "1e400", "-0", "1,5", "c1", "R", "15,15", "(" * 99, "\ud800", "é" * 999, "١٢"]),
    st.lists(st.text(max_size=8), max_size=6),
    st.lists(st.sampled_from(["c1", "c2", "c3", "c4"]), max_size=8),
    st.dictionaries(st.sampled_from(["d1", "d2", "q1", "x"]), st.sampled_from(["z1", "z9", "Y", ""]), max_size=4),
    st.integers(),
    st.floats(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def judged(part, answer, **more) -> tuple[Correctness, Decimal]:
    scored = scoring.score(a_problem(part), Response(answers={part.id: answer}, **more))
    return scored.correctness, scored.points


@given(answers=st.lists(ODD, min_size=13, max_size=13), weight=st.none() | st.decimals(0, 100, places=2))
@settings(max_examples=300, deadline=None)
def test_any_response_gets_a_score_between_nothing_and_everything(answers, weight):
    problem = a_problem(*every_part(), weight=weight)
    response = Response(answers=dict(zip((part.id for part in problem.parts), answers, strict=True)))

    scored = scoring.score(problem, response)

    assert 0 <= scored.points <= scored.possible
    assert len(scored.parts) == len(problem.parts)
    assert all(0 <= part.points <= part.possible for part in scored.parts)
    assert SECRET not in " ".join(scored.trace)


@given(
    right=st.sets(st.integers(1, 6)),
    selected=st.sets(st.integers(1, 6)),
    scheme=st.sampled_from(list(Scheme)),
)
def test_selections_are_bounded_and_the_key_alone_is_full(right, selected, scheme):
    part = a_multiple_choice(scheme, right="".join(map(str, right)), of=6)

    correctness, points = judged(part, [f"c{n}" for n in selected])

    assert 0 <= points <= 1
    assert (correctness is Correctness.CORRECT) == (selected == right)
    if not selected and right:
        assert points == 0


@pytest.mark.parametrize("scheme", list(Scheme))
@pytest.mark.parametrize("of", range(2, 8))
def test_selecting_everything_is_not_full_unless_everything_is_right(scheme, of):
    for size in range(of):
        for right in itertools.combinations(range(1, of + 1), size):
            part = a_multiple_choice(scheme, right="".join(map(str, right)), of=of)
            assert judged(part, [f"c{n}" for n in range(1, of + 1)])[1] < 1


@pytest.mark.parametrize(
    ("scheme", "selected", "points"),
    [
        (Scheme.ALL_OR_NOTHING, "1", "0"),
        (Scheme.EVERY_DECISION_COUNTS, "1", "0.8"),
        (Scheme.EVERY_DECISION_COUNTS, "12", "0.6"),
        (Scheme.HALVES, "1", "0.5"),
        (Scheme.HALVES, "12", "0.25"),
        (Scheme.HALVES, "124", "0"),
        (Scheme.PLUS_MINUS, "1", "0.5"),
        (Scheme.PLUS_MINUS, "12", "0"),
        (Scheme.PLUS_MINUS, "134", "0.5"),
    ],
)
def test_each_scheme_gives_its_own_share(scheme, selected, points):
    part = a_multiple_choice(scheme, right="13", of=5)

    assert judged(part, [f"c{n}" for n in selected])[1] == Decimal(points)


def test_the_full_key_is_the_full_mark_for_every_kind_and_any_weight():
    for weight in (None, Decimal(0), Decimal(1), Decimal("7.3"), Decimal(100)):
        problem = a_problem(*every_part(), weight=weight)
        key = {part.id: keys.key_of(part) for part in problem.parts}

        scored = scoring.score(problem, Response(answers=key))

        assert scored.points == scored.possible
        assert scored.correctness is Correctness.CORRECT
        assert scoring.score(problem, Response(answers={})).points == 0


def test_an_option_may_be_worth_a_part_of_the_points():
    choices = (a_choice("c1", True), Choice(id="c2", html="x", credit=Decimal("0.25")))
    part = SingleChoice(id="p", choices=choices, points=Decimal(4))

    assert judged(part, "c2") == (Correctness.PARTIAL, Decimal(1))


def test_an_option_that_is_not_there_is_invalid_rather_than_wrong():
    assert judged(a_single_choice(), "c9")[0] is Correctness.INVALID
    assert judged(Dropdown(id="m", choices=(a_choice("c1", True),)), "x")[0] is Correctness.INVALID
    assert judged(a_multiple_choice(), ["c1", "zz"])[0] is Correctness.INVALID


def test_where_nothing_is_right_selecting_nothing_is_the_answer():
    part = MultipleChoice(id="p", choices=(a_choice("c1"), a_choice("c2")))

    assert judged(part, [])[0] is Correctness.CORRECT
    assert judged(part, None)[0] is Correctness.INCORRECT
    assert judged(part, ["c1"])[0] is Correctness.INCORRECT


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("Nanjing", True),
        ("  nanjing ", True),
        ("NANJING", True),
        ("Ｎａｎｊｉｎｇ", True),
        ("nan\u200bjing", True),
        ("nanjin", False),
        ("nanjing!", False),
    ],
)
def test_a_text_is_compared_without_case_spaces_and_invisible_marks(text, is_right):
    assert (judged(a_short_text("Nanjing"), text)[0] is Correctness.CORRECT) is is_right


def test_case_and_accents_are_a_policy_of_the_part():
    assert judged(a_short_text("Émile", is_case_sensitive=True), "émile")[0] is Correctness.INCORRECT
    assert judged(a_short_text("Émile"), "emile")[0] is Correctness.INCORRECT
    assert judged(a_short_text("Émile", ignores_accents=True), "EMILE")[0] is Correctness.CORRECT
    assert judged(a_short_text("Straße"), "STRASSE")[0] is Correctness.CORRECT


def test_an_expected_wrong_answer_has_its_own_feedback():
    scored = scoring.score(a_problem(a_short_text("Alaska")), Response(answers={"text": "texas"}))

    assert scored.points == 0
    assert scored.parts[0].feedback == [f"{SECRET} second largest"]


def test_a_pattern_must_match_the_whole_text():
    assert judged(a_pattern("..bble"), "bubble")[0] is Correctness.CORRECT
    assert judged(a_pattern("..bble"), "a bubble")[0] is Correctness.INCORRECT
    assert judged(a_pattern("a|b"), "ax")[0] is Correctness.INCORRECT


def test_a_pattern_that_would_run_for_ever_is_stopped():
    before = time.perf_counter()

    judged(a_pattern(r"(a|aa|b?)+(a|a?)+$"), "a" * 400 + "!")

    assert time.perf_counter() - before < 2


def test_a_number_may_be_close_or_listed_for_a_part_of_the_points():
    answers = (NumericAnswer(value="10", tolerance="1"), NumericAnswer(value="-10", credit=Decimal("0.5")))
    part = Numerical(id="n", answers=answers, close_factor=Decimal(2))

    assert judged(part, "11") == (Correctness.CORRECT, RIGHT)
    assert judged(part, "12") == (Correctness.PARTIAL, Decimal("0.5"))
    assert judged(part, "-10") == (Correctness.PARTIAL, Decimal("0.5"))
    assert judged(part, "12.5") == (Correctness.INCORRECT, WRONG)


def test_a_number_may_want_a_unit_and_significant_figures():
    part = a_numerical("9.81", "0.01", unit="m/s^2", significant_figures=3)

    assert judged(part, "9.81 m/s²")[0] is Correctness.CORRECT
    assert judged(part, "9,81 m/s^2", locale="de")[0] is Correctness.CORRECT
    assert judged(part, "9.8100 m/s^2")[0] is Correctness.INCORRECT
    assert judged(part, "9.81 m/s")[0] is Correctness.INCORRECT
    assert judged(part, "9.81")[0] is Correctness.INVALID


@pytest.mark.parametrize(
    ("text", "correctness"),
    [
        ("R_1*R_2/R_3", Correctness.CORRECT),
        ("R_2/R_3*R_1", Correctness.CORRECT),
        ("exp(ln(R_1)+ln(R_2)-ln(R_3))", Correctness.CORRECT),
        ("R_1*R_2*R_3", Correctness.INCORRECT),
        ("R_1*R_2/R_3+0.001", Correctness.INCORRECT),
        ("R_1*R_2/(R_3-R_3)", Correctness.INCORRECT),
        ("R_1 R_2", Correctness.INVALID),
        ("R_4", Correctness.INVALID),
        ("r_1*r_2/r_3", Correctness.INVALID),
    ],
)
def test_a_formula_is_right_where_it_agrees_on_every_sample(text, correctness):
    assert judged(a_formula(), text)[0] is correctness


def test_a_formula_may_fold_case_and_have_complex_values():
    assert judged(a_formula(is_case_sensitive=False), "r_1*r_2/r_3")[0] is Correctness.CORRECT
    assert judged(a_formula("e^(i*x)", "x"), "cos(x)+i*sin(x)")[0] is Correctness.CORRECT
    assert judged(a_formula("e^(i*x)", "x"), "cos(x)-i*sin(x)")[0] is Correctness.INCORRECT
    assert judged(a_formula("2*pi", ""), "pi+pi")[0] is Correctness.CORRECT


def test_the_longest_formula_is_scored_quickly():
    part = a_formula("sin(x)" + "+sin(x)" * 60, "x", samples=50)
    before = time.perf_counter()

    judged(part, "sin(x)*61")

    assert time.perf_counter() - before < 1


def test_things_lie_where_they_belong_and_the_rest_stays_out():
    part = a_drag()

    assert judged(part, {"d1": "z1", "d2": "z3", "d3": "z2"})[0] is Correctness.CORRECT
    assert judged(part, {"d1": "z1"})[1] == Decimal("0.5")
    assert judged(part, {"d1": "z1", "d2": "z2", "d3": "z2"})[1] == Decimal("0.5")
    assert judged(part, {"d1": "z1", "d2": "z3", "d3": "z2", "d4": "z1"})[1] == Decimal("0.75")
    assert judged(a_drag(Scheme.ALL_OR_NOTHING), {"d1": "z1"})[1] == 0
    assert part.placements[1].rule is PlacementRule.SAME_SET


def test_a_click_counts_inside_a_region_and_on_its_border():
    assert judged(an_image(), "[20,20]")[0] is Correctness.CORRECT
    assert judged(an_image(), "10,10")[0] is Correctness.CORRECT
    assert judged(an_image(), "9.9,10")[0] is Correctness.INCORRECT
    assert judged(an_image(), "here")[0] is Correctness.INVALID


def test_opinions_are_taken_and_earn_nothing():
    parts = [part for part in every_part() if not scoring.is_scored(part)]
    problem = a_problem(*parts, weight=Decimal(5))

    scored = scoring.score(problem, Response(answers={part.id: keys.key_of(part) for part in parts}))

    assert (scored.correctness, scored.points, scored.possible) == (Correctness.UNGRADED, 0, 0)


def test_several_answers_may_be_right():
    part = a_short_text("Doc", "Sleepy")

    assert judged(part, "sleepy")[0] is Correctness.CORRECT
