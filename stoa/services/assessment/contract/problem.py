"""What an author writes: problems, their parts and keys; never shown to a learner as such."""

from decimal import Decimal
from enum import StrEnum
from typing import NewType
from uuid import UUID

from stoa.kit.contract import Struct

ProblemVersionId = NewType("ProblemVersionId", UUID)

ONE = Decimal(1)


class ShowAnswer(StrEnum):
    """When the solution and the key are released to a learner."""

    ALWAYS = "always"
    ATTEMPTED = "attempted"
    CORRECT = "correct"
    FINISHED = "finished"
    AFTER_ALL_ATTEMPTS = "after_all_attempts"
    CORRECT_OR_PAST_DUE = "correct_or_past_due"
    PAST_DUE = "past_due"
    NEVER = "never"


class ShowCorrectness(StrEnum):
    """When a learner is told whether an answer was right."""

    ALWAYS = "always"
    PAST_DUE = "past_due"
    NEVER = "never"


class Scheme(StrEnum):
    """How several selections become points."""

    ALL_OR_NOTHING = "all_or_nothing"
    EVERY_DECISION_COUNTS = "every_decision_counts"
    HALVES = "halves"
    PLUS_MINUS = "plus_minus"


class PlacementRule(StrEnum):
    """How a group of draggables must lie on a group of targets."""

    ANY_OF = "any_of"
    EXACT = "exact"
    SAME_SET = "same_set"


class Part(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One thing to answer; the body of the problem has a slot `<… data-part="ID">` where it stands.

    `label` is the question as an inline HTML fragment, `description` a tip shown below it; both may be empty.
    """

    id: str
    label: str = ""
    description: str = ""
    points: Decimal = ONE
    inline: bool = False


class Choice(Struct, frozen=True, kw_only=True):
    """An option with its share of the points (0 to 1) and what a learner is told about it afterwards."""

    id: str
    html: str
    credit: Decimal = Decimal(0)
    feedback: str = ""
    feedback_unselected: str = ""
    fixed: bool = False


class SingleChoice(Part, frozen=True, kw_only=True, tag="single_choice"):
    """Choose one: radio buttons. `pool` > 0 shows that many options, one of them right, drawn by the seed."""

    choices: tuple[Choice, ...]
    shuffle: bool = False
    pool: int = 0


class Dropdown(Part, frozen=True, kw_only=True, tag="dropdown"):
    """Choose one from a menu."""

    choices: tuple[Choice, ...]


class Combination(Struct, frozen=True, kw_only=True):
    """What a learner is told who selects exactly these options."""

    choices: tuple[str, ...]
    feedback: str


class MultipleChoice(Part, frozen=True, kw_only=True, tag="multiple_choice"):
    """Choose all that apply: checkboxes."""

    choices: tuple[Choice, ...]
    scheme: Scheme = Scheme.ALL_OR_NOTHING
    combinations: tuple[Combination, ...] = ()
    shuffle: bool = False


class NumericAnswer(Struct, frozen=True, kw_only=True):
    """An accepted number: an expression with a tolerance ("5", "1%"), or an interval such as "[1,2)"."""

    value: str = ""
    tolerance: str = ""
    interval: str = ""
    credit: Decimal = ONE
    feedback: str = ""


class Numerical(Part, frozen=True, kw_only=True, tag="numerical"):
    """Enter a number or a constant expression; `unit` is required after the number where it is set."""

    answers: tuple[NumericAnswer, ...]
    close_factor: Decimal = Decimal(0)
    unit: str = ""
    significant_figures: int = 0
    size: int = 0
    trailing_text: str = ""


class TextAnswer(Struct, frozen=True, kw_only=True):
    """A text to compare with; credit 0 is an expected wrong answer that has its own feedback."""

    text: str
    is_regex: bool = False
    credit: Decimal = ONE
    feedback: str = ""


class ShortText(Part, frozen=True, kw_only=True, tag="short_text"):
    """Enter a word or a short text."""

    answers: tuple[TextAnswer, ...]
    is_case_sensitive: bool = False
    ignores_accents: bool = False
    size: int = 0
    trailing_text: str = ""


class Variable(Struct, frozen=True, kw_only=True):
    """A variable of a formula and the range its samples are drawn from."""

    name: str
    low: float
    high: float


class Formula(Part, frozen=True, kw_only=True, tag="formula"):
    """Enter an expression that equals the answer on all samples within the tolerance."""

    answers: tuple[TextAnswer, ...]
    variables: tuple[Variable, ...]
    samples: int = 10
    tolerance: str = "0.00001"
    is_case_sensitive: bool = True
    size: int = 0
    trailing_text: str = ""


class Draggable(Struct, frozen=True, kw_only=True):
    """A thing to drag: a label, an image or both; what is told after it was placed rightly or wrongly."""

    id: str
    html: str = ""
    image: str = ""
    image_alt: str = ""
    feedback_right: str = ""
    feedback_wrong: str = ""


class Zone(Struct, frozen=True, kw_only=True):
    """A place to drop on, in the units of the background image (or in percent of it)."""

    id: str
    title: str = ""
    description: str = ""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    max_items: int = 0


class Placement(Struct, frozen=True, kw_only=True):
    """These draggables belong on these zones, by a rule; draggables of no placement stay unplaced."""

    draggables: tuple[str, ...]
    zones: tuple[str, ...]
    rule: PlacementRule = PlacementRule.ANY_OF


class DragAndDrop(Part, frozen=True, kw_only=True, tag="drag_and_drop"):
    """Drag things onto zones of an image; a response maps draggable to zone."""

    draggables: tuple[Draggable, ...]
    zones: tuple[Zone, ...]
    placements: tuple[Placement, ...]
    image: str = ""
    image_alt: str = ""
    width: float = 0
    height: float = 0
    is_percent: bool = False
    shows_zone_titles: bool = True
    scheme: Scheme = Scheme.ALL_OR_NOTHING
    feedback_start: str = ""
    feedback_finish: str = ""


class Point(Struct, frozen=True, kw_only=True):
    """A point of an image in its pixels."""

    x: float
    y: float


class ImageRegion(Part, frozen=True, kw_only=True, tag="image_region"):
    """Click a place in an image; each region is a convex polygon, a response is "x,y"."""

    image: str
    width: float
    height: float
    regions: tuple[tuple[Point, ...], ...]
    image_alt: str = ""


class FreeText(Part, frozen=True, kw_only=True, tag="free_text"):
    """Write something that is kept and not scored."""

    size: int = 0


class PollOption(Struct, frozen=True, kw_only=True):
    """An answer of a poll or a row of a survey."""

    id: str
    html: str = ""
    image: str = ""
    image_alt: str = ""


class Poll(Part, frozen=True, kw_only=True, tag="poll"):
    """Give an opinion; not scored, `feedback` is shown to everybody who took part."""

    options: tuple[PollOption, ...]
    feedback: str = ""
    shows_results: bool = True


class Survey(Part, frozen=True, kw_only=True, tag="survey"):
    """Answer several questions on one scale; a response maps question to answer; not scored."""

    questions: tuple[PollOption, ...]
    options: tuple[PollOption, ...]
    feedback: str = ""
    shows_results: bool = True


class WordCloud(Part, frozen=True, kw_only=True, tag="word_cloud"):
    """Give a few words; not scored."""

    inputs: int = 5
    shown_words: int = 250
    shows_percents: bool = True


AnyPart = (
    SingleChoice
    | Dropdown
    | MultipleChoice
    | Numerical
    | ShortText
    | Formula
    | DragAndDrop
    | ImageRegion
    | FreeText
    | Poll
    | Survey
    | WordCloud
)


class Problem(Struct, frozen=True, kw_only=True):
    """One immutable version of a question with its key; two equal problems have the same id.

    New fields must default to an empty value (None, False, "", ()), so that ids stay what they were.
    `remarks` is what only an author reads: comments and unused scripts of an imported source.
    """

    title: str
    body: str
    parts: tuple[AnyPart, ...]
    hints: tuple[str, ...] = ()
    solution: str = ""
    weight: Decimal | None = None
    max_attempts: int | None = None
    show_answer: ShowAnswer = ShowAnswer.FINISHED
    show_correctness: ShowCorrectness = ShowCorrectness.ALWAYS
    wait_s: int = 0
    remarks: tuple[str, ...] = ()
