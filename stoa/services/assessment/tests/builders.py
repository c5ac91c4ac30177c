"""Problems of every kind for the tests, and the real courses beside the project."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stoa.services.assessment.contract.problem import (
    AnyPart,
    Choice,
    Combination,
    DragAndDrop,
    Draggable,
    Dropdown,
    Formula,
    FreeText,
    ImageRegion,
    MultipleChoice,
    Numerical,
    NumericAnswer,
    Placement,
    PlacementRule,
    Point,
    Poll,
    PollOption,
    Problem,
    Scheme,
    ShortText,
    SingleChoice,
    Survey,
    TextAnswer,
    Variable,
    WordCloud,
    Zone,
)

SHARED = Path(os.environ.get("STOA_SHARED", Path(__file__).resolve().parents[5] / "shared"))
COURSES = SHARED / "data" / "olx"
needs_courses = pytest.mark.skipif(not COURSES.is_dir(), reason=f"the real courses are not at {COURSES}")
XBLOCKS = {"poll", "survey", "poll_question", "word_cloud", "drag-and-drop-v2"}

RIGHT, WRONG = Decimal(1), Decimal(0)
SECRET = "KEYMARK"


def a_choice(id_: str, right: bool = False, **more: object) -> Choice:
    return Choice(id=id_, html=f"Option {id_}", credit=RIGHT if right else WRONG, feedback=f"{SECRET} {id_}", **more)


def a_problem(*parts: AnyPart, **more: object) -> Problem:
    body = "<p>Read this.</p>" + "".join(f'<div data-part="{part.id}"></div>' for part in parts)
    return Problem(**{"title": "A problem", "body": body, "parts": parts, **more})


def a_single_choice(**more: object) -> SingleChoice:
    choices = (a_choice("c1"), a_choice("c2", True), a_choice("c3"))
    return SingleChoice(**{"id": "single", "choices": choices, **more})


def a_multiple_choice(scheme: Scheme = Scheme.ALL_OR_NOTHING, *, right: str = "13", of: int = 4) -> MultipleChoice:
    choices = tuple(
        a_choice(f"c{n}", str(n) in right, feedback_unselected=f"{SECRET} missed") for n in range(1, of + 1)
    )
    told = (Combination(choices=("c1", "c2"), feedback=f"{SECRET} both"),)
    return MultipleChoice(id="multiple", choices=choices, scheme=scheme, combinations=told)


def a_numerical(value: str = "9.81", tolerance: str = "1%", **more: object) -> Numerical:
    answers = (NumericAnswer(value=value, tolerance=tolerance, feedback=f"{SECRET} near"),)
    return Numerical(**{"id": "number", "answers": answers, **more})


def a_short_text(*texts: str, **more: object) -> ShortText:
    answers = tuple(TextAnswer(text=text, feedback=f"{SECRET} yes") for text in texts or ("Nanjing",))
    expected = TextAnswer(text="Texas", credit=WRONG, feedback=f"{SECRET} second largest")
    return ShortText(**{"id": "text", "answers": (*answers, expected), **more})


def a_pattern(pattern: str, **more: object) -> ShortText:
    return ShortText(**{"id": "pattern", "answers": (TextAnswer(text=pattern, is_regex=True),), **more})


def a_formula(text: str = "R_1*R_2/R_3", names: str = "R_1 R_2 R_3", **more: object) -> Formula:
    variables = tuple(Variable(name=name, low=1, high=3) for name in names.split())
    return Formula(**{"id": "formula", "answers": (TextAnswer(text=text),), "variables": variables, **more})


def a_drag(scheme: Scheme = Scheme.EVERY_DECISION_COUNTS) -> DragAndDrop:
    things = tuple(
        Draggable(id=f"d{n}", html=f"Thing {n}", feedback_right=f"{SECRET} r", feedback_wrong=f"{SECRET} w")
        for n in range(1, 5)
    )
    zones = tuple(Zone(id=f"z{n}", title=f"Zone {n}", width=10, height=10) for n in range(1, 4))
    placements = (
        Placement(draggables=("d1",), zones=("z1",)),
        Placement(draggables=("d2", "d3"), zones=("z2", "z3"), rule=PlacementRule.SAME_SET),
    )
    return DragAndDrop(
        id="drag", draggables=things, zones=zones, placements=placements, scheme=scheme, feedback_finish=SECRET
    )


def an_image() -> ImageRegion:
    square = (Point(x=10, y=10), Point(x=30, y=10), Point(x=30, y=30), Point(x=10, y=30))
    return ImageRegion(id="image", image="asset:map.png", width=100, height=100, regions=(square,))


def a_poll() -> Poll:
    return Poll(id="poll", options=(PollOption(id="R", html="Red"), PollOption(id="B", html="Blue")), feedback=SECRET)


def a_survey() -> Survey:
    scale = (PollOption(id="Y", html="Yes"), PollOption(id="N", html="No"))
    questions = (PollOption(id="q1", html="Good?"), PollOption(id="q2", html="Long?"))
    return Survey(id="survey", questions=questions, options=scale, feedback=SECRET)


def every_part() -> tuple[AnyPart, ...]:
    return (
        a_single_choice(),
        Dropdown(id="menu", choices=(a_choice("c1", True), a_choice("c2"))),
        a_multiple_choice(),
        a_numerical(),
        a_short_text(),
        a_pattern(f"{SECRET}+\\d"),
        a_formula(f"R_1*R_2/R_3+0*{7919}"),
        a_drag(),
        an_image(),
        FreeText(id="free"),
        a_poll(),
        a_survey(),
        WordCloud(id="cloud"),
    )


def course_sources() -> Iterator[tuple[str, str, ElementTree.Element]]:
    """Yield (path, xml, element) of every problem-like element of the real courses."""
    for path in sorted(COURSES.rglob("*.xml")):
        if "policies" in path.parts:
            continue
        try:
            root = ElementTree.parse(path).getroot()
        except ElementTree.ParseError:
            continue
        for element in root.iter():
            is_pointer = not len(element) and set(element.attrib) == {"url_name"}
            if element.tag in {"problem", *XBLOCKS} and not is_pointer:
                where = str(path.relative_to(COURSES))
                yield where, ElementTree.tostring(element, encoding="unicode"), element
