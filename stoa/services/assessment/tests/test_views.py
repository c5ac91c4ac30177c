"""A learner's view holds nothing of a key."""

from decimal import Decimal

import msgspec
import pytest

from stoa.services.assessment.contract.problem import Choice, MultipleChoice, Problem, SingleChoice
from stoa.services.assessment.contract.result import Response
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.assessment.domain import address, capa, scoring, views
from stoa.services.assessment.tests.builders import (
    SECRET,
    a_choice,
    a_problem,
    a_single_choice,
    course_sources,
    every_part,
    needs_courses,
)

FORBIDDEN = {
    "credit",
    "correct",
    "feedback",
    "feedback_unselected",
    "feedback_right",
    "feedback_wrong",
    "feedback_finish",
    "answers",
    "tolerance",
    "interval",
    "is_regex",
    "is_case_sensitive",
    "placements",
    "regions",
    "combinations",
    "scheme",
    "solution",
    "samples",
    "close_factor",
    "significant_figures",
    "remarks",
    "show_answer",
    "pool",
    "fixed",
    "shuffle",
}


def seen(problem: Problem, seed: str = "ada") -> str:
    return msgspec.json.encode(views.view_of(problem, version=address.version_of(problem), seed=seed)).decode()


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in names_in(one)}
    return {name for one in value for name in names_in(one)} if isinstance(value, list) else set()


def test_the_view_of_every_kind_of_part_names_no_key_and_holds_no_secret():
    problem = a_problem(*every_part(), hints=(SECRET,), solution=SECRET, remarks=(SECRET,))

    written = seen(problem)

    assert SECRET not in written
    assert "7919" not in written
    assert "9.81" not in written
    assert not names_in(msgspec.json.decode(written)) & FORBIDDEN
    assert [part["id"] for part in msgspec.json.decode(written)["parts"]] == [part.id for part in problem.parts]
    assert msgspec.json.decode(written, type=ProblemView).hints == 1


@needs_courses
def test_no_view_of_a_real_problem_holds_its_feedback_hints_solution_or_key():
    looked_at = 0
    for path, source, _ in course_sources():
        problem = capa.converted(source).problem
        if problem is None:
            continue
        written = seen(problem)
        assert not names_in(msgspec.json.decode(written)) & FORBIDDEN, path
        for secret in secrets_of(problem):
            assert msgspec.json.encode(secret).decode()[1:-1] not in written, (path, secret)
            looked_at += 1
    assert looked_at > 90


def secrets_of(problem: Problem) -> list[str]:
    """Return the longer texts of a problem that its learner must not see yet."""
    found = [problem.solution, *problem.hints, *problem.remarks]
    for part in problem.parts:
        if isinstance(part, SingleChoice | MultipleChoice):
            found += [choice.feedback for choice in part.choices]
            found += [choice.feedback_unselected for choice in part.choices]
        found += [answer.feedback for answer in getattr(part, "answers", ())]
    # A hint may be one word of the question; what is longer than that must not be there.
    return [text for text in found if len(text) > 25]


def test_the_score_of_a_wrong_answer_quotes_no_key():
    problem = a_problem(*every_part())
    wrong = {"single": "c1", "menu": "c2", "multiple": ["c2"], "number": "1", "text": "x", "pattern": "x"}

    scored = scoring.score(problem, Response(answers=wrong))

    written = msgspec.json.encode(scored).decode()
    assert "9.81" not in written
    assert "Nanjing" not in written
    assert "Option c2" not in written


def test_an_order_depends_on_the_seed_and_fixed_options_stay():
    choices = (*(a_choice(f"c{n}", n == 1) for n in range(1, 8)), Choice(id="none", html="None", fixed=True))
    problem = a_problem(a_single_choice(choices=choices, shuffle=True))

    orders = {seen(problem, seed=f"learner {n}") for n in range(20)}

    assert len(orders) > 15
    for order in orders:
        shown = [choice["id"] for choice in msgspec.json.decode(order)["parts"][0]["choices"]]
        assert shown[-1] == "none"
        assert sorted(shown) == sorted(choice.id for choice in choices)


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_a_pool_shows_one_right_option_and_as_many_wrong_ones_as_asked(seed):
    choices = tuple(a_choice(f"c{n}", n in {1, 2}) for n in range(1, 10))
    problem = a_problem(a_single_choice(choices=choices, pool=4))

    shown = [choice["id"] for choice in msgspec.json.decode(seen(problem, seed))["parts"][0]["choices"]]

    assert len(shown) == 4
    assert len({"c1", "c2"} & set(shown)) == 1


def test_a_problem_is_alike_for_all_unless_something_in_it_is_drawn_or_shuffled() -> None:
    choices = [Choice(id="a", html="A", credit=Decimal(1)), Choice(id="b", html="B")]

    assert views.is_alike(Problem(title="", body="", parts=[SingleChoice(id="p", label="", choices=choices)]))
    for drawn in (
        SingleChoice(id="p", label="", choices=choices, shuffle=True),
        SingleChoice(id="p", label="", choices=choices, pool=2),
        MultipleChoice(id="p", label="", choices=choices, shuffle=True),
    ):
        assert not views.is_alike(Problem(title="", body="", parts=[drawn]))
