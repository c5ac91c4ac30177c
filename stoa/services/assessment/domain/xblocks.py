"""Drag-and-drop, polls, surveys and word clouds of Open edX converted to problems."""

import html
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal

import msgspec
from lxml import etree
from markdown_it import MarkdownIt

from stoa.services.assessment.contract.problem import (
    AnyPart,
    DragAndDrop,
    Draggable,
    Placement,
    Poll,
    PollOption,
    Problem,
    Scheme,
    Survey,
    WordCloud,
    Zone,
)
from stoa.services.assessment.domain import markup, mathml
from stoa.services.assessment.domain.capa_walk import decimal_of, whole_of
from stoa.services.assessment.domain.capa_xml import Unconvertible, children, name

Losses = list[str]
SLOT = '<div data-part="p1"></div>'
DEFAULT_POLL = '[["R",{"label":"Red"}],["B",{"label":"Blue"}],["G",{"label":"Green"}],["O",{"label":"Other"}]]'
DEFAULT_SURVEY = (
    '[["enjoy",{"label":"Are you enjoying the course?"}],["recommend",{"label":"Would you recommend this course to '
    'your friends?"}],["learn",{"label":"Do you think you will learn a lot?"}]]'
)
DEFAULT_SCALE = '[["Y","Yes"],["N","No"],["M","Maybe"]]'


def converted(root: etree._Element, *, title: str) -> tuple[Problem, Losses]:
    """Convert an xblock to a problem, or raise Unconvertible."""
    losses: Losses = []
    convert = CONVERTERS[name(root)]
    try:
        problem = convert(root, losses)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as reason:
        if isinstance(reason, Unconvertible):
            raise
        raise Unconvertible(f"the data of <{name(root)}> cannot be read: {reason}") from None
    return (problem if problem.title else msgspec.structs.replace(problem, title=title)), losses


def _made(title: str, body: str, part: AnyPart, **more: Decimal | int | None) -> Problem:
    weight = more.get("weight")
    attempts = more.get("max_attempts")
    return Problem(
        title=title,
        body=markup.clean(body + SLOT),
        parts=(part,),
        weight=Decimal(weight) if weight is not None else None,
        max_attempts=int(attempts) if attempts else None,
    )


def _prose(text: object) -> str:
    """Return an author's HTML with its mathematics as MathML."""
    pieces = re.split(r"(<[^>]+>)", str(text or ""))
    written = "".join(piece if piece.startswith("<") else mathml.rendered(html.unescape(piece))[0] for piece in pieces)
    return markup.clean(written)


def _markdown(text: object) -> str:
    """Return an author's Markdown as HTML; polls and surveys are written in it."""
    stash: list[str] = []

    def keep(match: re.Match[str]) -> str:
        stash.append(mathml.rendered(match[0])[0])
        return f"\ue000{len(stash) - 1}\ue001"

    plain = re.sub("[\ue000\ue001]", "", str(text or ""))
    written = MarkdownIt("commonmark", {"html": True}).render(mathml.DELIMITED.sub(keep, plain)).strip()
    alone = re.fullmatch(r"<p>((?:(?!</?p>).)*)</p>", written, re.DOTALL)
    written = re.sub("\ue000(\\d+)\ue001", lambda match: stash[int(match[1])], alone[1] if alone else written)
    return markup.clean(written)


def _poll(root: etree._Element, losses: Losses) -> Problem:
    options = json.loads(str(root.get("answers") or DEFAULT_POLL))
    part = Poll(
        id="p1",
        label=_markdown(root.get("question") or "What is your favorite color?"),
        options=tuple(_option(ident, shown) for ident, shown in options),
        feedback=_markdown(root.get("feedback")),
        shows_results=str(root.get("private_results")).lower() != "true",
    )
    return _made(_title(root), "", part, max_attempts=_submissions(root))


def _survey(root: etree._Element, losses: Losses) -> Problem:
    part = Survey(
        id="p1",
        label=markup.clean(html.escape(str(root.get("block_name") or ""))),
        questions=tuple(_option(*one) for one in json.loads(str(root.get("questions") or DEFAULT_SURVEY))),
        options=tuple(_option(*one) for one in json.loads(str(root.get("answers") or DEFAULT_SCALE))),
        feedback=_markdown(root.get("feedback")),
        shows_results=str(root.get("private_results")).lower() != "true",
    )
    return _made(_title(root), "", part, max_attempts=_submissions(root))


def _poll_question(root: etree._Element, losses: Losses) -> Problem:
    """Convert the older <poll_question>, whose options are elements."""
    options: list[PollOption] = []
    body = html.escape(root.text or "").strip()
    for child in children(root):
        if name(child) == "answer":
            words = _prose("".join(_serialised(child)))
            options.append(PollOption(id=str(child.get("id") or f"o{len(options) + 1}"), html=words))
        else:
            body += etree.tostring(child, encoding="unicode", with_tail=True)
    if not options:
        raise Unconvertible("<poll_question> has no answers")
    part = Poll(id="p1", label="", options=tuple(options))
    return _made(_title(root), _prose(body), part)


def _word_cloud(root: etree._Element, losses: Losses) -> Problem:
    part = WordCloud(
        id="p1",
        label=_prose(root.get("instructions")),
        inputs=whole_of(root.get("num_inputs")) or 5,
        shown_words=whole_of(root.get("num_top_words")) or 250,
        shows_percents=str(root.get("display_student_percents")).lower() != "false",
    )
    return _made(_title(root), "", part)


def _drag_and_drop(root: etree._Element, losses: Losses) -> Problem:
    written = json.loads(str(root.get("data") or "{}"))
    zones = tuple(_zone(one) for one in written.get("zones", []))
    if not zones or not written.get("items"):
        raise Unconvertible("the drag and drop has no zones or no items")
    by_title = {
        str(one.get("title")): str(one.get("uid") or one.get("id") or one.get("title")) for one in written["zones"]
    }
    things = tuple(_thing(at, one) for at, one in enumerate(written["items"]))
    placements = tuple(
        Placement(draggables=(thing.id,), zones=places)
        for thing, one in zip(things, written["items"], strict=True)
        if (places := tuple(by_title.get(place, place) for place in _zones_of(one)))
    )
    known = {zone.id for zone in zones}
    for placement in placements:
        if set(placement.zones) - known:
            raise Unconvertible("an item of the drag and drop belongs on a zone that is not there")
    feedback = written.get("feedback") or {}
    part = DragAndDrop(
        id="p1",
        draggables=things,
        zones=zones,
        placements=placements,
        image=markup.address(str(written.get("targetImg") or "")),
        image_alt=str(written.get("targetImgDescription") or ""),
        shows_zone_titles=bool(written.get("displayLabels", True)),
        scheme=Scheme.EVERY_DECISION_COUNTS,
        feedback_start=_prose(feedback.get("start")),
        feedback_finish=_prose(feedback.get("finish")),
    )
    question = str(root.get("question_text") or written.get("question_text") or "")
    shows = str(root.get("show_question_header", "true")).lower() != "false" and question
    body = f"<h3>Problem</h3>{_prose(question)}" if shows else _prose(question)
    attempts = whole_of(root.get("max_attempts")) if str(root.get("mode")) == "assessment" else None
    weight = decimal_of(root.get("weight"), Decimal(1))
    return _made(_title(root) or str(written.get("title") or ""), body, part, weight=weight, max_attempts=attempts)


def _zone(one: dict[str, object]) -> Zone:
    numbers = {key: float(str(one.get(key) or 0)) for key in ("x", "y", "width", "height")}
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError("a zone lies at infinity")
    return Zone(
        id=str(one.get("uid") or one.get("id") or one.get("title")),
        title=markup.text(_prose(one.get("title"))),
        description=markup.text(_prose(one.get("description"))),
        x=numbers["x"],
        y=numbers["y"],
        width=numbers["width"],
        height=numbers["height"],
    )


def _thing(at: int, one: dict[str, object]) -> Draggable:
    feedback = one.get("feedback")
    said = feedback if isinstance(feedback, dict) else {}
    image = str(one.get("imageURL") or one.get("backgroundImage") or "")
    return Draggable(
        id=f"d{at + 1}",
        html=_prose(one.get("displayName")),
        image=markup.address(image),
        image_alt=str(one.get("imageDescription") or ""),
        feedback_right=_prose(said.get("correct")),
        feedback_wrong=_prose(said.get("incorrect")),
    )


def _zones_of(one: dict[str, object]) -> list[str]:
    several = one.get("zones")
    places = several if isinstance(several, list) else [one.get("zone")]
    return [str(place) for place in places if place and place != "none"]


def _option(ident: object, shown: object) -> PollOption:
    if isinstance(shown, dict):
        return PollOption(
            id=str(ident),
            html=_markdown(shown.get("label")),
            image=markup.address(str(shown.get("img") or "")),
            image_alt=str(shown.get("img_alt") or ""),
        )
    return PollOption(id=str(ident), html=_markdown(shown))


def _serialised(element: etree._Element) -> list[str]:
    inside = [etree.tostring(child, encoding="unicode", with_tail=True) for child in element]
    return [html.escape(element.text or "", quote=False), *inside]


def _title(root: etree._Element) -> str:
    return str(root.get("display_name") or root.get("block_name") or "")


def _submissions(root: etree._Element) -> int | None:
    written = whole_of(root.get("max_submissions"))
    return 1 if written is None else written or None


CONVERTERS: dict[str, Callable[[etree._Element, Losses], Problem]] = {
    "drag-and-drop-v2": _drag_and_drop,
    "poll": _poll,
    "survey": _survey,
    "poll_question": _poll_question,
    "word_cloud": _word_cloud,
}
