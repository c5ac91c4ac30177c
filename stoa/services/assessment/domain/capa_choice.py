"""Choices of the OLX dialect: radio buttons, checkboxes, true-or-false, dropdowns and annotations."""

import hashlib
import html
import re
from decimal import Decimal

from lxml import etree

from stoa.services.assessment.contract.problem import (
    AnyPart,
    Choice,
    Combination,
    Dropdown,
    MultipleChoice,
    Poll,
    PollOption,
    Scheme,
    SingleChoice,
)
from stoa.services.assessment.domain import markup
from stoa.services.assessment.domain.capa_walk import Dialect, Field, Walk, decimal_of, whole_of
from stoa.services.assessment.domain.capa_xml import Unconvertible, children, name

HINTS = frozenset({"choicehint", "optionhint"})
HALF = Decimal("0.5")
# An apostrophe between letters ends no option: ('don't know','yes').
APOSTROPHE = re.compile(r"(?<=[^\W\d_])\\?'(?=[^\W\d_])")
HELD = "\ue000"
OPTION = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"][^,]*))\s*(?:,|$)""")


def radio(walk: Walk, field: Field) -> AnyPart:
    """Convert a <choicegroup> to one choice of several."""
    group = field.input
    choices = _choices(walk, group)
    if not any(choice.credit == 1 for choice in choices):
        return _poll(walk, field, choices)
    feedbacks = _targeted(walk, field.response)
    if feedbacks:
        choices = _with_targeted(group, choices, feedbacks)
    return SingleChoice(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        choices=choices,
        shuffle=_true(group.get("shuffle")),
        pool=whole_of(group.get("answer-pool")) or 0,
    )


def checkboxes(walk: Walk, field: Field) -> AnyPart:
    """Convert a <checkboxgroup> to some choices of several."""
    group = field.input
    choices = _choices(walk, group)
    if name(group) == "radiogroup":
        return radio(walk, field)
    return MultipleChoice(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        choices=choices,
        scheme=_scheme(walk, field.response.get("partial_credit")),
        combinations=_combinations(walk, group, choices),
        shuffle=_true(group.get("shuffle")),
    )


def menu(walk: Walk, field: Field) -> AnyPart:
    """Convert an <optioninput> to a dropdown."""
    element = field.input
    written = element.get("options")
    options = [child for child in children(element) if name(child) == "option"]
    if written and not options:
        texts = _option_texts(written)
        wanted = _plain(str(element.get("correct") or ""))
        choices = tuple(
            Choice(id="", html=markup.clean(walk.prose(text)), credit=Decimal(_plain(text) == wanted)) for text in texts
        )
    else:
        choices = tuple(_option(walk, option, str(element.get("correct") or "")) for option in options)
    if not choices:
        raise Unconvertible("<optioninput> has no options")
    choices = _named(choices)
    if not any(choice.credit == 1 for choice in choices):
        return _poll(walk, field, choices)
    return Dropdown(id=field.id, label=field.label, description=field.description, inline=field.inline, choices=choices)


def _poll(walk: Walk, field: Field, choices: tuple[Choice, ...]) -> AnyPart:
    """Where no choice is right the author asks for an opinion: it is kept, without points nobody could earn."""
    walk.note("a question whose choices are all wrong is kept as a poll, without points: mark one as right to score it")
    return Poll(
        id=field.id,
        label=field.label,
        description=field.description,
        inline=field.inline,
        options=tuple(PollOption(id=choice.id, html=choice.html) for choice in choices),
        shows_results=False,
    )


def _option(walk: Walk, option: etree._Element, correct: str) -> Choice:
    text = walk.fragment(option, without=HINTS)
    right = _true(option.get("correct")) or (not option.get("correct") and markup.text(text) == correct.strip() != "")
    hints = [_hint(walk, child) for child in children(option) if name(child) in HINTS]
    return Choice(id="", html=text, credit=Decimal(right), feedback=" ".join(hints))


def _choices(walk: Walk, group: etree._Element) -> tuple[Choice, ...]:
    found: list[Choice] = []
    stray = [walk.prose(group.text)]
    for child in group:
        if name(child) == "choice":
            found.append(_choice(walk, child))
        elif name(child) not in {"", "compoundhint", "label", "description"}:
            stray.append(walk.outer(child))
        stray.append(walk.prose(child.tail))
    if not found:
        raise Unconvertible(f"<{name(group)}> has no choices")
    words = markup.clean(" ".join(one for one in stray if one.strip()))
    if words:
        walk.lose(f"what stands between the choices of <{name(group)}> is shown before them: {markup.text(words)[:80]}")
        walk.before[group] = f"<div>{words}</div>"
    return _named(tuple(found))


def _choice(walk: Walk, element: etree._Element) -> Choice:
    correct = str(element.get("correct") or "false").strip().lower()
    credit = Decimal(correct in {"true", "correct"})
    if correct.startswith("partial"):
        credit = decimal_of(element.get("point_value"), HALF)
    hints = [child for child in children(element) if name(child) in HINTS]
    inputs = [node for node in element.iter() if name(node) in {"numtolerance_input", "decoy_input", "textline"}]
    if inputs:
        raise Unconvertible("unsupported: choices that hold text inputs")
    return Choice(
        id="",
        html=walk.fragment(element, without=HINTS),
        credit=credit,
        feedback=" ".join(_hint(walk, one) for one in hints if str(one.get("selected") or "true").lower() == "true"),
        feedback_unselected=" ".join(
            _hint(walk, one) for one in hints if str(one.get("selected") or "true").lower() != "true"
        ),
        fixed=_true(element.get("fixed")),
    )


def _named(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Name choices by the order of a hash of their text, so that an id tells nothing of the author's order."""
    order = sorted(range(len(choices)), key=lambda at: (hashlib.sha256(choices[at].html.encode()).digest(), at))
    ids = {at: f"c{rank + 1}" for rank, at in enumerate(order)}
    return tuple(
        Choice(
            id=ids[at],
            html=choice.html,
            credit=choice.credit,
            feedback=choice.feedback,
            feedback_unselected=choice.feedback_unselected,
            fixed=choice.fixed,
        )
        for at, choice in enumerate(choices)
    )


def _hint(walk: Walk, element: etree._Element) -> str:
    return labelled(walk, element)


def labelled(walk: Walk, element: etree._Element) -> str:
    """Return a feedback with the author's own label in front of it."""
    words = walk.fragment(element)
    label = markup.clean(walk.prose(element.get("label")))
    return f"<strong>{label}:</strong> {words}" if label else words


def _combinations(walk: Walk, group: etree._Element, choices: tuple[Choice, ...]) -> tuple[Combination, ...]:
    found: list[Combination] = []
    for hint in children(group):
        if name(hint) != "compoundhint":
            continue
        letters = str(hint.get("value") or "").replace(",", " ").split()
        places = [ord(letter.upper()) - ord("A") for letter in letters if len(letter) == 1]
        if any(place < 0 or place >= len(choices) for place in places):
            walk.lose(f"<compoundhint value={hint.get('value')!r}> names a choice that is not there")
            continue
        found.append(Combination(choices=tuple(choices[at].id for at in places), feedback=labelled(walk, hint)))
    return tuple(found)


def _targeted(walk: Walk, response: etree._Element) -> dict[str, str]:
    places = [response]
    for beside in response.itersiblings():
        if name(beside) == name(response):
            break
        places += [beside] if name(beside) else []
    found: dict[str, str] = {}
    for place in places:
        for one in place.iter("targetedfeedback"):
            found[str(one.get("explanation-id"))] = walk.fragment(one)
        for solution in place.iter("solution"):
            holder = solution.getparent()
            if solution.get("explanation-id") and holder is not None and name(holder) == "solutionset":
                text = walk.fragment(solution)
                if text not in walk.solutions:
                    walk.solutions.append(text)
    return found


def _with_targeted(group: etree._Element, choices: tuple[Choice, ...], feedbacks: dict[str, str]) -> tuple[Choice, ...]:
    elements = [child for child in children(group) if name(child) == "choice"]
    return tuple(
        Choice(
            id=choice.id,
            html=choice.html,
            credit=choice.credit,
            feedback=" ".join(
                part for part in (choice.feedback, feedbacks.get(str(element.get("explanation-id")), "")) if part
            ),
            fixed=choice.fixed,
        )
        for choice, element in zip(choices, elements, strict=True)
    )


def _scheme(walk: Walk, written: str | None) -> Scheme:
    names = (written or "").lower().replace(",", " ").split()
    known = {"edc": Scheme.EVERY_DECISION_COUNTS, "halves": Scheme.HALVES, "points": Scheme.ALL_OR_NOTHING}
    for one in names:
        if one not in known:
            walk.lose(f"partial_credit={one!r} (unknown scheme, all or nothing instead)")
    return known.get(names[0], Scheme.ALL_OR_NOTHING) if names else Scheme.ALL_OR_NOTHING


def _option_texts(written: str) -> list[str]:
    inside = written.strip()
    if inside[:1] in "([" and inside[-1:] in ")]":
        inside = inside[1:-1]
    inside = APOSTROPHE.sub(HELD, inside)
    found = []
    at = 0
    while at < len(inside):
        match = OPTION.match(inside, at)
        if match is None:
            raise Unconvertible("the options of <optioninput> cannot be read")
        raw = next(group for group in match.groups() if group is not None)
        found.append(re.sub(r"\\(['\"])", r"\1", raw).replace(HELD, "'").strip())
        at = max(match.end(), at + 1)
    return found


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split()).casefold()


def _true(value: object) -> bool:
    return str(value or "").strip().lower() in {"true", "1", "yes", "correct"}


GROUPS = frozenset({"choicegroup", "radiogroup", "checkboxgroup"})
DIALECTS = {
    "multiplechoiceresponse": Dialect(GROUPS, frozenset(), radio),
    "choiceresponse": Dialect(GROUPS, frozenset(), checkboxes),
    "truefalseresponse": Dialect(GROUPS, frozenset(), checkboxes),
    "optionresponse": Dialect(frozenset({"optioninput"}), frozenset(), menu),
}
