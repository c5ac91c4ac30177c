"""Each element of the OLX dialect, and what is said of those that have no place."""

from decimal import Decimal

import pytest

from stoa.services.assessment.contract.problem import (
    DragAndDrop,
    Dropdown,
    Formula,
    FreeText,
    ImageRegion,
    MultipleChoice,
    Numerical,
    Scheme,
    ShortText,
    ShowAnswer,
    SingleChoice,
)
from stoa.services.assessment.contract.result import Correctness, Response
from stoa.services.assessment.domain import capa, markup, scoring
from stoa.services.assessment.tests.olx import RADIO, choice, problem_of, told


def test_radio_buttons_keep_label_tip_options_and_feedback():
    problem = problem_of(f"<p>Read.</p>{RADIO}<p>After.</p>", display_name="Title", weight="2.0")

    (part,) = problem.parts
    assert isinstance(part, SingleChoice)
    assert (part.label, part.description) == ("Which?", "One only.")
    assert problem.body == '<p>Read.</p><div data-part="p1"></div><p>After.</p>'
    assert (problem.title, problem.weight) == ("Title", Decimal(2))
    assert told(problem, {"p1": choice(problem, "A")}) == ["No: because"]


def test_the_order_of_option_ids_does_not_tell_which_came_first():
    orders = {
        tuple(
            one.id
            for one in problem_of(
                f'<multiplechoiceresponse><choicegroup shuffle="true"><choice correct="true">right {n}</choice>'
                f'<choice correct="false">wrong {n}</choice><choice correct="false">other {n}</choice></choicegroup>'
                "</multiplechoiceresponse>"
            )
            .parts[0]
            .choices
        )
        for n in range(12)
    }

    assert len({order[0] for order in orders}) > 1


def test_partial_points_shuffle_and_pool_are_kept():
    problem = problem_of(
        '<multiplechoiceresponse partial_credit="points"><choicegroup shuffle="true" answer-pool="2">'
        '<choice correct="partial" point_value="0.25">A</choice><choice correct="true">B</choice>'
        '<choice correct="partial">C</choice><choice correct="false" fixed="true">D</choice>'
        "</choicegroup></multiplechoiceresponse>"
    )

    (part,) = problem.parts
    assert isinstance(part, SingleChoice)
    assert [one.credit for one in part.choices] == [Decimal("0.25"), 1, Decimal("0.5"), 0]
    assert (part.shuffle, part.pool, part.choices[3].fixed) == (True, 2, True)


def test_targeted_feedback_goes_to_the_choices_it_is_meant_for():
    problem = problem_of(
        '<multiplechoiceresponse targeted-feedback=""><choicegroup>'
        '<choice correct="false" explanation-id="w">A</choice><choice correct="true" explanation-id="r">B</choice>'
        '</choicegroup></multiplechoiceresponse><targetedfeedbackset><targetedfeedback explanation-id="w">'
        "<p>Not A</p></targetedfeedback></targetedfeedbackset><solutionset>"
        '<solution explanation-id="r"><p>B it is</p></solution></solutionset>'
    )

    assert told(problem, {"p1": choice(problem, "A")}) == ["Not A"]
    assert problem.solution == "<p>B it is</p>"


def test_checkboxes_keep_schemes_feedback_of_both_sorts_and_combinations():
    problem = problem_of(
        '<choiceresponse partial_credit="EDC"><checkboxgroup>'
        '<choice correct="true">apple<choicehint selected="true">yes</choicehint>'
        '<choicehint selected="false">missed</choicehint></choice><choice correct="false">stone</choice>'
        '<compoundhint value="A B">both</compoundhint></checkboxgroup></choiceresponse>'
    )

    (part,) = problem.parts
    assert isinstance(part, MultipleChoice)
    assert part.scheme is Scheme.EVERY_DECISION_COUNTS
    apple, stone = choice(problem, "apple"), choice(problem, "stone")
    assert told(problem, {"p1": [apple]}) == ["yes"]
    assert told(problem, {"p1": [stone]}) == ["missed"]
    assert told(problem, {"p1": [apple, stone]}) == ["both"]


def test_true_or_false_is_a_selection():
    problem = problem_of(
        '<truefalseresponse><choicegroup><choice correct="true">T</choice><choice correct="false">F</choice>'
        "</choicegroup></truefalseresponse>"
    )

    assert isinstance(problem.parts[0], MultipleChoice)


def test_dropdowns_of_one_response_inside_a_table_become_parts_in_their_cells():
    problem = problem_of(
        "<table><tr><td><optionresponse><optioninput options=\"('a','it\\'s','c, d')\" correct=\"c, d\" inline='1'/>"
        "</optionresponse></td><td><optionresponse><optioninput><option correct='True'>x<optionhint>h</optionhint>"
        "</option><option correct='False'>y</option></optioninput></optionresponse></td></tr></table>"
    )

    first, second = problem.parts
    assert isinstance(first, Dropdown)
    assert isinstance(second, Dropdown)
    assert [one.html for one in first.choices] == ["a", "it's", "c, d"]
    assert first.inline
    assert problem.body.count("<td>") == 2
    assert '<td><div data-part="p2"></div></td>' in problem.body
    assert told(problem, {"p2": choice(problem, "x", 1)}) == ["h"]


def test_several_dropdowns_of_one_response_are_all_parts():
    problem = problem_of(
        "<optionresponse><p>First <optioninput options=\"('a','b')\" correct=\"a\"/></p>"
        '<p>then <optioninput options="(\'c\',\'d\')" correct="d" label="Then?"/></p></optionresponse>'
    )

    assert [part.id for part in problem.parts] == ["p1", "p2"]
    assert problem.parts[1].label == "Then?"
    assert '<p>then <span data-part="p2"></span></p>' in problem.body


@pytest.mark.parametrize(
    ("response", "right", "wrong"),
    [
        ('<numericalresponse answer="600"><responseparam type="tolerance" default="5"/>', "604", "606"),
        ('<numericalresponse answer="600"><responseparam type="tolerance" default="1%"/>', "606", "607"),
        ('<numericalresponse answer="9.3*10^7">', "93000000", "93000"),
        ('<numericalresponse answer="10*i">', "10*j", "10"),
        ('<numericalresponse answer="[1,2)">', "1.5", "2"),
        ('<numericalresponse answer="4"><additional_answer answer="6"/>', "6", "5"),
    ],
)
def test_numbers_keep_tolerance_ranges_and_further_answers(response, right, wrong):
    problem = problem_of(f"{response}<formulaequationinput/></numericalresponse>")

    assert isinstance(problem.parts[0], Numerical)
    assert scoring.score(problem, Response(answers={"p1": right})).correctness is Correctness.CORRECT
    assert scoring.score(problem, Response(answers={"p1": wrong})).correctness is Correctness.INCORRECT


def test_numbers_keep_partial_credit():
    problem = problem_of(
        '<numericalresponse answer="2" partial_credit="list, close"><formulaequationinput/>'
        '<responseparam type="tolerance" default="0.1" partial_range="3"/><responseparam partial_answers="1, 7"/>'
        "<correcthint>good</correcthint></numericalresponse>"
    )

    def points(text: str) -> Decimal:
        return scoring.score(problem, Response(answers={"p1": text})).points

    assert [points(text) for text in ("2", "2.25", "7", "3")] == [1, Decimal("0.5"), Decimal("0.5"), 0]
    assert told(problem, {"p1": "2"}) == ["good"]


def test_texts_keep_case_alternatives_and_expected_wrong_answers():
    problem = problem_of(
        '<stringresponse answer="Michigan"><additional_answer answer="Mich">'
        "<correcthint>short</correcthint></additional_answer><additional_answer>MI</additional_answer>"
        '<stringequalhint answer="Ohio">south</stringequalhint><regexphint answer=".*sota">west</regexphint>'
        '<textline size="20" trailing_text="(state)"/></stringresponse>'
    )

    (part,) = problem.parts
    assert isinstance(part, ShortText)
    assert (part.is_case_sensitive, part.size, part.trailing_text) == (True, 20, "(state)")
    assert told(problem, {"p1": "Mich"}) == ["short"]
    assert told(problem, {"p1": "Ohio"}) == ["south"]
    assert told(problem, {"p1": "Minnesota"}) == ["west"]
    assert scoring.score(problem, Response(answers={"p1": "MI"})).points == 1


def test_texts_keep_patterns_older_alternatives_and_older_hints():
    pattern = problem_of('<stringresponse answer="..bble" type="ci regexp"><textline/></stringresponse>')
    older = problem_of(
        '<stringresponse answer="red_or_blue" type="ci"><hintgroup><stringhint answer="pink" name="h"/>'
        '<hintpart on="h"><text>nearly</text></hintpart></hintgroup><textline/></stringresponse>'
    )

    assert scoring.score(pattern, Response(answers={"p1": "BUBBLE"})).points == 1
    assert scoring.score(older, Response(answers={"p1": "Blue"})).points == 1
    assert told(older, {"p1": "pink"}) == ["nearly"]


def test_formulas_keep_variables_samples_and_case():
    problem = problem_of(
        '<formularesponse type="ci" samples="R_1,R_2@1,2:3,4#7" answer="R_1*R_2">'
        '<responseparam type="tolerance" default="0.1%"/><formulaequationinput size="40"/></formularesponse>'
    )

    (part,) = problem.parts
    assert isinstance(part, Formula)
    assert [(one.name, one.low, one.high) for one in part.variables] == [("R_1", 1, 3), ("R_2", 2, 4)]
    assert (part.samples, part.tolerance, part.is_case_sensitive) == (7, "0.1%", False)


def test_a_picture_to_click_keeps_rectangles_and_regions():
    problem = problem_of(
        '<imageresponse><imageinput src="asset:map.png" width="600" height="638" alt="Map" '
        'rectangle="(338,98)-(412,168);(1,1)-(2,2)" regions="[[[10,10],[20,30],[40,10]]]"/></imageresponse>'
    )

    (part,) = problem.parts
    assert isinstance(part, ImageRegion)
    assert (part.image, part.image_alt, len(part.regions)) == ("asset:map.png", "Map", 3)
    for inside in ("350,100", "1,2", "22,20"):
        assert scoring.score(problem, Response(answers={"p1": inside})).points == 1


def test_an_annotation_is_a_scored_tag_and_a_free_comment():
    problem = problem_of(
        "<annotationresponse><annotationinput><title>T</title><text>Quote</text><comment>Think.</comment>"
        "<comment_prompt>Discuss</comment_prompt><tag_prompt>Tag</tag_prompt><options>"
        '<option choice="correct">a</option><option choice="partially-correct">b</option>'
        '<option choice="incorrect">c</option></options></annotationinput></annotationresponse>'
    )

    comment, tag = problem.parts
    assert isinstance(comment, FreeText)
    assert isinstance(tag, SingleChoice)
    assert scoring.score(problem, Response(answers={tag.id: choice(problem, "b", 1)})).points == Decimal("0.5")
    assert [word in markup.text(problem.body) for word in ("Quote", "Think.", "T")] == [True] * 3


def test_a_drag_whose_answer_is_a_constant_is_converted():
    problem = problem_of(
        '<customresponse><h3>Sort</h3><drag_and_drop_input img="asset:b.png"><draggable id="1" label="a"/>'
        '<draggable id="2" label="b"/><target id="t1" x="1" y="2" w="3" h="4"/>'
        '<target id="t2" x="9" y="2" w="3" h="4"/>'
        '</drag_and_drop_input><answer type="loncapa/python">\ncorrect_answer = {"1": "t1", "2": [[50, 60], 20]}\n'
        "if draganddrop.grade(submission[0], correct_answer):\n    correct = ['correct']\nelse:\n"
        "    correct = ['incorrect']\n</answer></customresponse>"
    )

    (part,) = problem.parts
    assert isinstance(part, DragAndDrop)
    assert len(part.zones) == 3


def test_settings_come_from_the_problem_and_else_from_its_containers():
    inherited = {"showanswer": "never", "max_attempts": "2"}

    own = capa.converted(f'<problem showanswer="past_due" attempts="">{RADIO}</problem>', inherited=inherited).problem

    assert own is not None
    assert (own.show_answer, own.max_attempts) == (ShowAnswer.PAST_DUE, 2)
    assert problem_of(RADIO).show_answer is ShowAnswer.FINISHED


def test_a_problem_written_only_in_the_shorthand_is_converted():
    problem = problem_of("", markdown="&gt;&gt;Which?&lt;&lt;&#10;&#10;( ) A&#10;(x) B&#10;")

    assert problem.parts[0].label == "Which?"
