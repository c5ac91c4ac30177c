"""Drag-and-drop, polls, surveys and word clouds."""

import html
import json
from decimal import Decimal

import pytest

from stoa.services.assessment.contract.port import ImportOutcome
from stoa.services.assessment.contract.problem import DragAndDrop, Poll, Problem, Survey, WordCloud
from stoa.services.assessment.contract.result import Response
from stoa.services.assessment.domain import address, capa, scoring, selftest

DRAG = {
    "zones": [
        {"uid": "top", "title": "Top", "description": "The top one", "x": 1, "y": 2, "width": 3, "height": 4},
        {"uid": "low", "title": "Low", "x": 1, "y": 20, "width": 3, "height": 4},
    ],
    "items": [
        {"displayName": "Goes top", "zones": ["top"], "feedback": {"correct": "Yes", "incorrect": "No"}},
        {"displayName": "Goes anywhere", "zones": ["top", "low"]},
        {"displayName": "Decoy", "zone": "none"},
    ],
    "targetImg": "/static/triangle.png",
    "targetImgDescription": "A triangle",
    "feedback": {"start": "Drag!", "finish": "Well done!"},
}


def problem_of(source: str) -> Problem:
    conversion = capa.converted(source, title="Fallback")
    assert conversion.problem is not None, conversion.reason
    assert not selftest.examined(conversion.problem, version=address.version_of(conversion.problem)).failures
    return conversion.problem


def an_element(tag: str, **attributes: object) -> str:
    written = {
        key: html.escape(value if isinstance(value, str) else json.dumps(value)) for key, value in attributes.items()
    }
    return f"<{tag} " + " ".join(f'{key}="{value}"' for key, value in written.items()) + "/>"


def test_a_drag_and_drop_keeps_zones_items_decoys_and_feedback():
    problem = problem_of(
        an_element("drag-and-drop-v2", display_name="Sort", question_text="Sort them", data=DRAG, weight="2")
    )

    (part,) = problem.parts
    assert isinstance(part, DragAndDrop)
    assert (part.image, part.image_alt, part.feedback_finish) == ("/static/triangle.png", "A triangle", "Well done!")
    assert "Sort them" in problem.body
    half = scoring.score(problem, Response(answers={"p1": {"d1": "low", "d2": "low", "d3": "top"}}))
    assert half.points == Decimal("0.666667")
    assert half.parts[0].feedback == ["No"]


def test_the_older_form_names_zones_by_title():
    older = {**DRAG, "items": [{"displayName": "x", "zone": "Top"}, {"displayName": "y", "zone": "Low"}]}
    older["zones"] = [{"id": "zone-1", "title": "Top"}, {"id": "zone-2", "title": "Low"}]

    (part,) = problem_of(an_element("drag-and-drop-v2", data=older)).parts

    assert isinstance(part, DragAndDrop)
    assert [placement.zones for placement in part.placements] == [("zone-1",), ("zone-2",)]


def test_a_poll_keeps_question_options_pictures_and_feedback():
    answers = [["R", {"label": "Red", "img": "/static/r.png", "img_alt": "red"}], ["B", "Blue"]]
    problem = problem_of(
        an_element("poll", question="Which **one**?", answers=answers, feedback="Thanks", private_results="true")
    )

    (part,) = problem.parts
    assert isinstance(part, Poll)
    assert [(option.id, option.html, option.image) for option in part.options] == [
        ("R", "Red", "/static/r.png"),
        ("B", "Blue", ""),
    ]
    assert part.label == "Which <strong>one</strong>?"
    assert (part.feedback, part.shows_results, problem.max_attempts) == ("Thanks", False, 1)


def test_a_poll_without_settings_has_those_of_its_default():
    (part,) = problem_of('<poll url_name="x"/>').parts

    assert isinstance(part, Poll)
    assert [option.html for option in part.options] == ["Red", "Blue", "Green", "Other"]


def test_a_survey_keeps_questions_and_scale():
    problem = problem_of(
        an_element("survey", questions=[["q", {"label": "Good?"}]], answers=[["Y", "Yes"], ["N", "No"]], block_name="S")
    )

    (part,) = problem.parts
    assert isinstance(part, Survey)
    assert [one.html for one in (*part.questions, *part.options)] == ["Good?", "Yes", "No"]


def test_an_older_poll_question_and_a_word_cloud_are_converted():
    poll = problem_of('<poll_question display_name="P"><p>Age?</p><answer id="lt18">&lt; 18</answer></poll_question>')
    cloud = problem_of('<word_cloud display_name="W" instructions="Five foods" num_inputs="3"/>')

    assert isinstance(poll.parts[0], Poll)
    assert poll.parts[0].options[0].html == "&lt; 18"
    assert "Age?" in poll.body
    assert isinstance(cloud.parts[0], WordCloud)
    assert cloud.parts[0].inputs == 3


@pytest.mark.parametrize(
    "source",
    [
        '<drag-and-drop-v2 data="{}"/>',
        '<drag-and-drop-v2 data="["/>',
        '<poll answers="[1]"/>',
        '<survey questions="{}" answers="7"/>',
        "<poll_question/>",
        an_element("drag-and-drop-v2", data={**DRAG, "zones": [{"uid": "top", "title": "Top", "x": "inf"}]}),
        an_element("drag-and-drop-v2", data={**DRAG, "items": [{"displayName": "x", "zones": ["gone"]}]}),
    ],
)
def test_data_that_cannot_be_read_is_skipped_with_a_reason(source):
    conversion = capa.converted(source)

    assert conversion.outcome is ImportOutcome.SKIPPED
    assert conversion.reason
