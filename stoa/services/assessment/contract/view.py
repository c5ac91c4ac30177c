"""What a learner may see before release: a problem without key, feedback, tolerance or rationale."""

from decimal import Decimal

from stoa.kit.contract import Struct
from stoa.services.assessment.contract.problem import PollOption, ProblemVersionId


class PartView(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A part as its input is drawn; it belongs into the slot `data-part="ID"` of the body."""

    id: str
    label: str
    description: str
    points: Decimal
    inline: bool


class ChoiceView(Struct, frozen=True, kw_only=True):
    """An option in the order this learner sees."""

    id: str
    html: str


class SingleChoiceView(PartView, frozen=True, kw_only=True, tag="single_choice"):
    """Radio buttons; answer with the id of a choice."""

    choices: list[ChoiceView]


class DropdownView(PartView, frozen=True, kw_only=True, tag="dropdown"):
    """A menu; answer with the id of a choice."""

    choices: list[ChoiceView]


class MultipleChoiceView(PartView, frozen=True, kw_only=True, tag="multiple_choice"):
    """Checkboxes; answer with a list of ids."""

    choices: list[ChoiceView]


class NumericalView(PartView, frozen=True, kw_only=True, tag="numerical"):
    """A field for a number or a constant expression; answer with its text."""

    size: int
    trailing_text: str
    wants_unit: bool


class ShortTextView(PartView, frozen=True, kw_only=True, tag="short_text"):
    """A field for a short text; answer with its text."""

    size: int
    trailing_text: str


class FormulaView(PartView, frozen=True, kw_only=True, tag="formula"):
    """A field for an expression in these variables; answer with its text."""

    variables: list[str]
    size: int
    trailing_text: str


class DraggableView(Struct, frozen=True, kw_only=True):
    """A thing to drag."""

    id: str
    html: str
    image: str
    image_alt: str


class ZoneView(Struct, frozen=True, kw_only=True):
    """A place to drop on."""

    id: str
    title: str
    description: str
    x: float
    y: float
    width: float
    height: float
    max_items: int


class DragAndDropView(PartView, frozen=True, kw_only=True, tag="drag_and_drop"):
    """Draggables and zones over an image; answer with {draggable id: zone id}."""

    draggables: list[DraggableView]
    zones: list[ZoneView]
    image: str
    image_alt: str
    width: float
    height: float
    is_percent: bool
    shows_zone_titles: bool
    intro: str


class ImageRegionView(PartView, frozen=True, kw_only=True, tag="image_region"):
    """An image to click in; answer with "x,y" in its pixels."""

    image: str
    image_alt: str
    width: float
    height: float


class FreeTextView(PartView, frozen=True, kw_only=True, tag="free_text"):
    """A field for a longer text that is kept and not scored."""

    size: int


class PollView(PartView, frozen=True, kw_only=True, tag="poll"):
    """An opinion; answer with the id of an option."""

    options: list[PollOption]


class SurveyView(PartView, frozen=True, kw_only=True, tag="survey"):
    """Questions on one scale; answer with {question id: option id}."""

    questions: list[PollOption]
    options: list[PollOption]


class WordCloudView(PartView, frozen=True, kw_only=True, tag="word_cloud"):
    """A few words; answer with a list of them."""

    inputs: int


AnyPartView = (
    SingleChoiceView
    | DropdownView
    | MultipleChoiceView
    | NumericalView
    | ShortTextView
    | FormulaView
    | DragAndDropView
    | ImageRegionView
    | FreeTextView
    | PollView
    | SurveyView
    | WordCloudView
)


class ProblemView(Struct, frozen=True, kw_only=True):
    """A problem as one learner sees it; `body` is sanitised HTML with an empty slot element per part."""

    id: ProblemVersionId
    title: str
    body: str
    parts: list[AnyPartView]
    possible: Decimal
    max_attempts: int | None
    hints: int
    has_solution: bool
    is_scored: bool
