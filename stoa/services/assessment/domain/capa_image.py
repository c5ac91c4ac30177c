"""Images, drags and annotations of the OLX dialect."""

import ast
from decimal import Decimal

from lxml import etree

from stoa.services.assessment.contract.problem import (
    AnyPart,
    Choice,
    DragAndDrop,
    Draggable,
    FreeText,
    ImageRegion,
    Placement,
    PlacementRule,
    Point,
    SingleChoice,
    Zone,
)
from stoa.services.assessment.domain import geometry, markup
from stoa.services.assessment.domain.capa_walk import Dialect, Field, Walk, decimal_of
from stoa.services.assessment.domain.capa_xml import Unconvertible, children, dedented, name

HALF = Decimal("0.5")
RULES = {
    "anyof": PlacementRule.ANY_OF,
    "exact": PlacementRule.EXACT,
    "unordered_equal": PlacementRule.SAME_SET,
}


def image(walk: Walk, field: Field) -> AnyPart:
    """Convert an <imageinput> with rectangles or regions."""
    element = field.input
    found: tuple[tuple[Point, ...], ...] = ()
    try:
        found += geometry.rectangles(str(element.get("rectangle") or ""))
        if element.get("regions"):
            found += geometry.regions(str(element.get("regions")))
    except ValueError as problem:
        raise Unconvertible(str(problem)) from None
    if not found:
        raise Unconvertible("<imageinput> has no region")
    return ImageRegion(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        image=markup.address(str(element.get("src") or "")),
        image_alt=" ".join(str(element.get("alt") or "").split()),
        width=_number(element, "width"),
        height=_number(element, "height"),
        regions=found,
    )


def annotation(walk: Walk, field: Field) -> AnyPart:
    """Convert an <annotationinput>: its tag is a scored choice, its comment a free text beside it."""
    element = field.input
    shown = {child_name: _inner(walk, element, child_name) for child_name in ("title", "text", "comment")}
    choices: list[Choice] = []
    for option in element.iter("option"):
        credit = {"correct": Decimal(1), "partially-correct": HALF}.get(str(option.get("choice")), Decimal(0))
        choices.append(Choice(id=f"c{len(choices) + 1}", html=walk.fragment(option), credit=credit))
    if not any(choice.credit == 1 for choice in choices):
        raise Unconvertible("<annotationinput> has no correct option")
    for child in children(element):
        if name(child) not in {"title", "text", "comment", "comment_prompt", "tag_prompt", "options"}:
            walk.lose(f"<{name(child)}> inside <annotationinput>")
    quoted = f"<blockquote>{shown['text']}</blockquote>" if shown["text"] else ""
    title = f"<p><strong>{shown['title']}</strong></p>" if shown["title"] else ""
    walk.before[element] = f'{title}{quoted}<p>{shown["comment"]}</p><div data-part="{field.id}-comment"></div>'
    prompt = _inner(walk, element, "comment_prompt")
    walk.extra_parts[field.id] = FreeText(id=f"{field.id}-comment", label=prompt, size=60)
    tag = _inner(walk, element, "tag_prompt")
    return SingleChoice(id=field.id, label=field.label or tag, description=field.description, choices=tuple(choices))


def _inner(walk: Walk, element: etree._Element, tag: str) -> str:
    return " ".join(walk.fragment(child) for child in children(element) if name(child) == tag)


def is_drag(response: etree._Element) -> bool:
    """Say whether a <customresponse> is only a drag and drop whose answer is a constant."""
    return (
        any(name(node) == "drag_and_drop_input" for node in response.iter())
        and not response.get("cfn")
        and _answer_of(response) is not None
    )


def drag(walk: Walk, field: Field) -> AnyPart:
    """Convert a <drag_and_drop_input> and the constant its answer script compares with."""
    element = field.input
    answer = _answer_of(field.response)
    things = tuple(
        Draggable(
            id=str(node.get("id")),
            html=markup.clean(walk.prose(node.get("label"))),
            image=markup.address(str(node.get("icon") or "")),
        )
        for node in element.iter("draggable")
    )
    zones = [
        Zone(
            id=str(node.get("id")),
            x=_number(node, "x"),
            y=_number(node, "y"),
            width=_number(node, "w"),
            height=_number(node, "h"),
            max_items=1 if str(element.get("one_per_target")).lower() == "true" else 0,
        )
        for node in element.iter("target")
    ]
    placements = _placements(answer, zones)
    known = {thing.id for thing in things}, {zone.id for zone in zones}
    for placement in placements:
        if set(placement.draggables) - known[0] or set(placement.zones) - known[1]:
            raise Unconvertible("unsupported: a drag and drop whose draggables are reused or nested")
    return DragAndDrop(
        id=field.id,
        label=field.label,
        description=field.description,
        draggables=things,
        zones=tuple(zones),
        placements=placements,
        image=markup.address(str(element.get("img") or "")),
        shows_zone_titles=False,
    )


def _placements(answer: object, zones: list[Zone]) -> tuple[Placement, ...]:
    if isinstance(answer, dict):
        return tuple(
            Placement(draggables=(str(thing),), zones=_zones_of(place, zones)) for thing, place in answer.items()
        )
    found = []
    for rule in answer if isinstance(answer, list) else ():
        name_of_rule = rule.get("rule") if isinstance(rule, dict) else None
        if name_of_rule not in RULES:
            raise Unconvertible(f"unsupported: the drag and drop rule {name_of_rule!r}")
        targets = tuple(place for one in rule["targets"] for place in _zones_of(one, zones))
        things = tuple(str(thing) for thing in rule["draggables"])
        found.append(Placement(draggables=things, zones=targets, rule=RULES[name_of_rule]))
    if not found:
        raise Unconvertible("the answer of the drag and drop cannot be read")
    return tuple(found)


def _zones_of(place: object, zones: list[Zone]) -> tuple[str, ...]:
    if isinstance(place, str):
        return (place,)
    match place:
        case [[int() | float() as x, int() | float() as y], int() | float() as radius]:
            return (_circle(float(x), float(y), float(radius), zones),)
        case [int() | float() as x, int() | float() as y]:
            return (_circle(float(x), float(y), 10.0, zones),)
        case [str(), *_] if isinstance(place, list):
            if len(place) > 1:
                raise Unconvertible("unsupported: a draggable that belongs on several targets at once")
            return (str(place[0]),)
    raise Unconvertible(f"the place {place!r} of the drag and drop cannot be read")


def _circle(x: float, y: float, radius: float, zones: list[Zone]) -> str:
    ident = f"at-{x:g}-{y:g}"
    if all(zone.id != ident for zone in zones):
        # Neighbouring circles may overlap; half the radius keeps the drop areas apart and centred.
        half = radius / 2
        zones.append(Zone(id=ident, x=x - half, y=y - half, width=radius, height=radius))
    return ident


def _answer_of(response: etree._Element) -> object | None:
    scripts = [node.text or "" for node in response.iter("answer")]
    if len(scripts) != 1:
        return None
    try:
        tree = ast.parse(dedented(scripts[0]))
        assigns = [node for node in tree.body if isinstance(node, ast.Assign)]
        tests = [node for node in tree.body if isinstance(node, ast.If)]
        if len(assigns) != 1 or len(tests) != 1 or len(tree.body) != 2:
            return None
        compared = ast.unparse(assigns[0].targets[0])
        if ast.unparse(tests[0].test) != f"draganddrop.grade(submission[0], {compared})":
            return None
        literal: object = ast.literal_eval(assigns[0].value)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return None
    return literal


def _number(element: etree._Element, attribute: str) -> float:
    return float(decimal_of(str(element.get(attribute) or "").removesuffix("px"), Decimal(0)))


DIALECTS = {
    "imageresponse": Dialect(frozenset({"imageinput"}), frozenset(), image),
    "annotationresponse": Dialect(frozenset({"annotationinput"}), frozenset(), annotation),
}
DRAG = Dialect(frozenset({"drag_and_drop_input"}), frozenset({"answer"}), drag)
