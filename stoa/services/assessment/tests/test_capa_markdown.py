"""The authors' shorthand gives the same problems as the XML that Open edX made of it."""

import msgspec
import pytest

from stoa.services.assessment.contract.problem import Dropdown, MultipleChoice, Numerical, Problem, ShortText
from stoa.services.assessment.contract.result import Response
from stoa.services.assessment.domain import address, capa, capa_markdown, markup, scoring, selftest
from stoa.services.assessment.tests.builders import course_sources, needs_courses


def problem_of(shorthand: str) -> Problem:
    conversion = capa.converted(capa_markdown.olx(shorthand))
    assert conversion.problem is not None, conversion.reason
    assert not selftest.examined(conversion.problem, version=address.version_of(conversion.problem)).failures
    return conversion.problem


def test_checkboxes_with_feedback_of_both_sorts_and_combinations():
    problem = problem_of(
        ">>Which? ||Several.<<\n[x] apple {{selected: Yes. }, {unselected: But it is.}}\n[ ] stone {{ U: fine }}\n"
        "{{ ((A B)) Both? }}\n\n||A hint||\n\n[explanation]\nWhy.\n[explanation]"
    )

    (part,) = problem.parts
    assert isinstance(part, MultipleChoice)
    assert (part.label, part.description) == ("Which?", "Several.")
    assert (part.choices[0].feedback, part.choices[0].feedback_unselected) == ("Yes.", "But it is.")
    assert part.choices[1].feedback_unselected == "fine"
    assert part.combinations[0].feedback == "Both?"
    assert problem.hints == ("A hint",)
    assert "Why." in problem.solution


def test_dropdowns_in_one_line_or_several():
    one = problem_of(">>Where?<<\n[[(India), Spain, China]]")
    several = problem_of(">>Where?<<\n[[\n Sydney {{too big}}\n (Canberra)\n]]")

    assert isinstance(one.parts[0], Dropdown)
    assert [choice.html for choice in one.parts[0].choices] == ["India", "Spain", "China"]
    assert isinstance(several.parts[0], Dropdown)
    assert several.parts[0].choices[0].feedback == "too big"


def test_numbers_with_tolerance_and_texts_with_expected_wrong_answers():
    number = problem_of(">>How many?<<\n= 600 +-5 {{good}}\nor= 9.3*10^7")
    words = problem_of(">>Who?<<\n= Alaska {{yes}}\nor= AK\nnot= Texas {{no}}")

    assert isinstance(number.parts[0], Numerical)
    assert number.parts[0].answers[0].tolerance == "5"
    assert len(number.parts[0].answers) == 2
    assert isinstance(words.parts[0], ShortText)
    assert scoring.score(words, Response(answers={"p1": "ak"})).points == 1


def test_several_questions_in_one_shorthand_are_several_parts():
    problem = problem_of(">>One?<<\n(x) a\n( ) b\n\n---\n\n>>Two?<<\n= 5\n")

    assert [part.label for part in problem.parts] == ["One?", "Two?"]


@needs_courses
def test_the_shorthand_of_real_problems_gives_the_key_of_their_xml():
    compared = 0
    for path, source, element in course_sources():
        shorthand = element.get("markdown") or "null"
        written = capa.converted(source).problem
        if shorthand == "null" or written is None:
            continue
        made = capa.converted(capa_markdown.olx(shorthand)).problem
        assert made is not None, path
        assert [keyed(part) for part in made.parts] == [keyed(part) for part in written.parts], path
        compared += 1
    assert compared >= 40


def keyed(part: object) -> object:
    """Return what decides a part's score."""
    tag = type(part).__name__
    choices = getattr(part, "choices", None)
    if choices is not None:
        return tag, [(markup.text(choice.html), choice.credit > 0) for choice in choices]
    answers = getattr(part, "answers", ())
    answers = [(getattr(one, "text", ""), getattr(one, "value", ""), getattr(one, "interval", "")) for one in answers]
    # Studio once dropped the further answers of numbers when it wrote the XML.
    return tag, answers[:1] if tag == "Numerical" else answers


@pytest.mark.parametrize("shorthand", ["", "\n\n", "[[", ">>", "{{", "[x]", "( )", "= ", "<p", "&nbsp;", "[[a,b]]"])
def test_odd_shorthand_is_converted_or_explained(shorthand):
    conversion = capa.converted(capa_markdown.olx(shorthand))

    assert conversion.problem is not None or conversion.reason
    assert msgspec.json.encode(conversion.problem)
