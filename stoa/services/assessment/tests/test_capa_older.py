"""Spellings of older problems: scripts without a type, groups of hints, feedback in sets, words between choices."""

import pytest

from stoa.services.assessment.contract.port import ImportOutcome
from stoa.services.assessment.contract.problem import (
    DragAndDrop,
    Dropdown,
    ImageRegion,
    MultipleChoice,
    ShowAnswer,
    SingleChoice,
)
from stoa.services.assessment.contract.result import Correctness, Response
from stoa.services.assessment.domain import capa, capa_markdown, markup, scoring
from stoa.services.assessment.tests.olx import RADIO, converted, problem_of, told


def test_a_script_without_a_type_is_python_and_one_with_an_address_is_not():
    problem = problem_of(
        "<script>\nn = 4\nkey = n * 2\n</script><p>Twice $n?</p><numericalresponse answer='$key'><textline/>"
        "</numericalresponse>"
    )
    shown = converted("<script src='/static/x.js'/>" + RADIO)
    written = converted("<script>$('.a').hide();</script>" + RADIO)
    graded = converted("<script>\ndef check(expect, ans):\n  print expect, ans\n</script>" + RADIO)

    assert "Twice 4?" in problem.body
    assert "JavaScript" in shown.reason
    assert "JavaScript" in written.reason
    assert (graded.outcome, graded.reason) == (ImportOutcome.IMPORTED, "")


HINTED_TEXT = (
    '<stringresponse answer="Roma" type="ci"><textline/><hintgroup>'
    '<stringhint answer="wien" name="w"/><hintpart on="w"><text>That is in Austria.</text></hintpart>'
    '<hintpart on="default"><text>Think of the boot.</text></hintpart></hintgroup></stringresponse>'
)


def test_hints_to_texts_come_for_the_expected_answer_and_for_any_other():
    problem = problem_of(HINTED_TEXT)

    assert told(problem, {"p1": "roma"}) == []
    assert told(problem, {"p1": "Wien"}) == ["That is in Austria."]
    assert told(problem, {"p1": "Paris\n2"}) == ["Think of the boot."]


def test_hints_of_patterns_are_patterns():
    problem = problem_of(HINTED_TEXT.replace('type="ci"', 'type="ci regexp"').replace('"wien"', '"w.*n"'))

    assert told(problem, {"p1": "warschauen"}) == ["That is in Austria."]


def test_hints_to_numbers_never_take_a_right_answer_away():
    problem = problem_of(
        '<numericalresponse answer="4"><responseparam type="tolerance" default="1"/><textline/><hintgroup>'
        '<numericalhint answer="5" name="five"/><hintpart on="five"><text>One too many.</text></hintpart>'
        '<hintpart on="default"><text>Count again.</text></hintpart></hintgroup></numericalresponse>'
    )

    assert told(problem, {"p1": "7"}) == ["Count again."]
    assert told(problem, {"p1": "5.5"}) == ["One too many."]
    assert scoring.score(problem, Response(answers={"p1": "5"})).correctness is Correctness.CORRECT


def test_hints_to_expressions_go_by_their_value():
    problem = problem_of(
        '<formularesponse samples="x@-5:5#11" answer="2*x+1"><text>y = <textline/></text><hintgroup>'
        '<formulahint samples="x@-5:5#11" answer="x/2+1" name="inverse"/><formulahint answer="z" name="odd"/>'
        '<hintpart on="inverse"><text>The slope is upside down.</text></hintpart></hintgroup></formularesponse>'
    )

    assert told(problem, {"p1": "1+0.5*x"}) == ["The slope is upside down."]
    assert told(problem, {"p1": "3"}) == []


@pytest.mark.parametrize(
    ("group", "word"),
    [
        ('<hintgroup hintfn="made"/>', "made"),
        ('<hintgroup><hintpart on="nowhere"><text>Lost words</text></hintpart></hintgroup>', "Lost words"),
    ],
)
def test_hints_that_cannot_come_are_named(group, word):
    conversion = converted(f'<stringresponse answer="a"><textline/>{group}</stringresponse>')

    assert conversion.outcome is ImportOutcome.CONVERTED_WITH_LOSS
    assert word in conversion.reason


def test_plain_words_in_a_group_of_hints_are_a_hint_to_ask_for():
    problem = problem_of(
        '<stringresponse answer="a"><textline/><hintgroup><p>Look up.</p></hintgroup></stringresponse>'
    )

    assert problem.hints == ("Look up.",)


def a_question(feedback: str, solution: str) -> str:
    return (
        '<multiplechoiceresponse targeted-feedback=""><choicegroup>'
        '<choice correct="false" explanation-id="f">A</choice>'
        '<choice correct="true" explanation-id="c">B</choice></choicegroup></multiplechoiceresponse>'
        f'<targetedfeedbackset><targetedfeedback explanation-id="f"><p>{feedback}</p></targetedfeedback>'
        f'</targetedfeedbackset><solutionset><solution explanation-id="c"><p>{solution}</p></solution></solutionset>'
    )


def test_each_question_has_the_feedback_and_the_solution_that_follow_it():
    problem = problem_of(a_question("First.", "One.") + a_question("Second.", "Two."))

    said = [part.choices[0].feedback for part in problem.parts if isinstance(part, SingleChoice)]
    assert said == ["<p>First.</p>", "<p>Second.</p>"]
    assert problem.solution == "<p>One.</p>\n<p>Two.</p>"


def test_options_as_elements_count_more_than_the_attribute():
    problem = problem_of(
        '<optionresponse><optioninput options="bug"><option correct="True">faces</option>'
        '<option correct="False">dogs</option></optioninput></optionresponse>'
    )

    (part,) = problem.parts
    assert isinstance(part, Dropdown)
    assert [(choice.html, choice.credit) for choice in part.choices] == [("faces", 1), ("dogs", 0)]


@pytest.mark.parametrize("apostrophe", ["'", "\\'"])
def test_an_apostrophe_in_an_option_does_not_end_it(apostrophe):
    options = f"('don{apostrophe}t know','l{apostrophe}été','yes')"

    problem = problem_of(f'<optionresponse><optioninput options="{options}" correct="yes"/></optionresponse>')

    (part,) = problem.parts
    assert isinstance(part, Dropdown)
    assert [choice.html for choice in part.choices] == ["don't know", "l'été", "yes"]


def test_words_between_choices_are_shown_before_them_and_named():
    conversion = converted(
        "<choiceresponse><checkboxgroup>Fruits<choice correct='true'>A</choice><p>and more</p>"
        "<choice correct='false'>B</choice></checkboxgroup></choiceresponse>"
    )

    assert conversion.problem is not None
    assert isinstance(conversion.problem.parts[0], MultipleChoice)
    assert markup.text(conversion.problem.body) == "Fruits and more"
    assert "Fruits and more" in conversion.reason


def test_words_between_hints_are_named():
    assert "loose words" in converted(f"<demandhint><hint>a</hint>loose words</demandhint>{RADIO}").reason


def test_points_on_one_line_are_no_region_but_the_others_stay():
    problem = problem_of(
        '<imageresponse><imageinput src="/static/a b.png" width="9" height="9" '
        'regions="[[[1,1],[2,2],[3,3]],[[10,10],[30,30],[30,15],[15,30]]]"/></imageresponse>'
    )

    (part,) = problem.parts
    assert isinstance(part, ImageRegion)
    assert len(part.regions) == 1


def test_marks_of_the_shorthand_keep_a_choice_in_its_place_or_shuffle_the_others():
    conversion = capa.converted(capa_markdown.olx(">>Pick<<\n(!) a\n(X) b\n(@) c\n(x@) d\n() e"))

    assert conversion.problem is not None
    (part,) = conversion.problem.parts
    assert isinstance(part, SingleChoice)
    assert [(one.html, one.credit, one.fixed) for one in part.choices] == [
        ("a", 0, False), ("b", 1, False), ("c", 0, True), ("d", 1, True), ("e", 0, False),
    ]  # fmt: skip
    assert part.shuffle


def test_a_tolerance_inside_the_input_is_the_responses():
    problem = problem_of(
        "<p><numericalresponse answer='126'><textline><responseparam type='tolerance' default='2'/></textline>"
        "</numericalresponse></p>",
        showanswer="'attempted'",
    )

    assert scoring.score(problem, Response(answers={"p1": "127.5"})).correctness is Correctness.CORRECT
    assert problem.show_answer is ShowAnswer.ATTEMPTED


def test_an_empty_tolerance_is_none():
    conversion = converted(
        '<numericalresponse answer="3"><responseparam type="tolerance" default=""/><textline/></numericalresponse>'
    )

    assert (conversion.outcome, conversion.reason) == (ImportOutcome.IMPORTED, "")


@pytest.mark.parametrize("margin", ["", "  ", "\t\t"])
def test_the_answer_of_a_drag_may_stand_anywhere_in_the_line(margin):
    script = "\n".join(
        f"{margin}{line}" if line else ""
        for line in (
            "", "correct_answer = {", "    '1': [[70, 150], 60],", "", "    '2': [[190, 150], 60]}",
            "if draganddrop.grade(submission[0], correct_answer):", "    correct = ['correct']", "else:",
            "    correct = ['incorrect']", "",
        )
    )  # fmt: skip
    problem = problem_of(
        "<customresponse><drag_and_drop_input img='/static/a.png'><draggable id='1' label='one'/>"
        f"<draggable id='2' label='two'/></drag_and_drop_input><answer type='loncapa/python'>{script}</answer>"
        "</customresponse>"
    )

    (part,) = problem.parts
    assert isinstance(part, DragAndDrop)
    assert len(part.zones) == len(part.placements) == 2
