"""The test a problem takes by itself finds broken keys."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.services.assessment.contract.problem import Choice, TextAnswer
from stoa.services.assessment.domain import address, exemplar, keys, pattern, scoring, selftest
from stoa.services.assessment.domain.scoring import judge
from stoa.services.assessment.tests.builders import (
    RIGHT,
    a_drag,
    a_formula,
    a_multiple_choice,
    a_numerical,
    a_pattern,
    a_problem,
    a_short_text,
    a_single_choice,
    every_part,
)


def failures(problem) -> list[str]:
    return [one.reason for one in selftest.examined(problem, version=address.version_of(problem)).failures]


@pytest.mark.parametrize("part", every_part(), ids=lambda part: part.id)
def test_a_sound_part_is_clean_and_refuses_many_wrong_answers(part):
    problem = a_problem(part)

    assert failures(problem) == []
    if scoring.is_scored(part):
        assert len(keys.wrong_answers(part)) >= 2
        for wrong in keys.wrong_answers(part):
            assert judge(part, wrong).credit < 1


@pytest.mark.parametrize(
    "part",
    [
        a_single_choice(choices=(Choice(id="a", html="A"), Choice(id="b", html="B"))),
        a_numerical("wide"),
        a_pattern("(?!)"),
        a_pattern("(("),
        a_formula("1/0", ""),
        a_formula("x+y", "x"),
        msgspec.structs.replace(a_drag(), draggables=(), placements=a_drag().placements[:1]),
    ],
    ids=[
        "no right option",
        "no number",
        "matches nothing",
        "no pattern",
        "no value",
        "unknown variable",
        "nothing to drag",
    ],
)
def test_a_broken_key_is_found(part):
    assert failures(a_problem(part))


def test_two_options_that_are_both_right_are_no_failure():
    part = a_single_choice(choices=tuple(Choice(id=str(n), html=str(n), credit=RIGHT) for n in range(2)))

    assert failures(a_problem(part)) == []


def test_a_pattern_that_takes_anything_is_clean_because_nothing_is_wrong():
    assert failures(a_problem(a_pattern(".*."))) == []


@pytest.mark.parametrize(
    "written",
    [
        "..bble",
        "(red|green) \\d{3}",
        "^\\s*[A-Z][a-z]+\\s*$",
        "colou?r(s)?",
        "[^a-z]+",
        "(\\w+) and \\1",
        "(?:a|b|c){2,4}",
        "(?i)yes",
        "\\bfoo\\b.*",
        "a{3}|b{12}",
        ".+@.+\\..+",
    ],
)
def test_a_text_that_a_pattern_accepts_is_found(written):
    found = exemplar.exemplar(written, ignores_case=False)

    assert found is not None
    assert pattern.fits(written, found, ignores_case=False)


@given(st.text(max_size=30))
def test_any_text_may_stand_where_a_pattern_is_meant(written):
    found = exemplar.exemplar(written, ignores_case=True)

    assert found is None or pattern.fits(written, found, ignores_case=True)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4))
@settings(deadline=None)
def test_altered_texts_are_wrong_whatever_the_answers_are(texts):
    part = a_short_text(*texts)

    for wrong in keys.wrong_answers(part):
        assert judge(part, wrong).credit < 1


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(["", "0", "5", "1%", "150%", "1e6"]))
@settings(deadline=None)
def test_altered_numbers_are_wrong_whatever_the_tolerance_is(value, tolerance):
    part = a_numerical(str(value), tolerance)

    assert judge(part, keys.key_of(part)).credit == 1
    for wrong in keys.wrong_answers(part):
        assert judge(part, wrong).credit < 1


@given(st.sets(st.integers(1, 5)))
def test_altered_selections_are_wrong_whatever_the_key_is(right):
    part = a_multiple_choice(right="".join(map(str, right)), of=5)

    assert judge(part, keys.key_of(part)).credit == 1
    for wrong in keys.wrong_answers(part):
        assert judge(part, wrong).credit < 1


def test_the_key_is_readable_after_release():
    problem = a_problem(*every_part())

    said = {one.part: one.answers for one in keys.readable(problem)}

    assert said["single"] == ["Option c2"]
    assert said["number"] == ["9.81"]
    assert said["drag"] == ["Thing 1 → Zone 1", "Thing 2 → Zone 2", "Thing 3 → Zone 3"]
    assert TextAnswer(text=said["text"][0]).text == "Nanjing"
