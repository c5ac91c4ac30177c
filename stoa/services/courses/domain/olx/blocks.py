"""One leaf element becomes one block: html, video, problem and the rest, or `unsupported` with its source."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape

from lxml import etree

from stoa.kit.markup import NestedTooDeeply, check_nesting
from stoa.services.courses.contract import (
    BlockKind,
    Completion,
    Content,
    DiscussionContent,
    EmbedContent,
    HtmlContent,
    ProblemContent,
    UnsupportedContent,
)
from stoa.services.courses.domain.html import is_alive, sanitise
from stoa.services.courses.domain.maths import typeset
from stoa.services.courses.domain.olx.links import Links
from stoa.services.courses.domain.olx.markup import decode_text, inner_source, to_source
from stoa.services.courses.domain.olx.videos import Videos, azure_video
from stoa.services.courses.domain.olx.walk import Element

PROBLEMS = frozenset({"problem", "poll", "survey", "word_cloud", "poll_question", "drag-and-drop", "drag-and-drop-v2"})
# What stands in a unit without any block around it, as tools that write OLX leave it.
LOOSE_TAGS = (
    "a b blockquote br center dd div dl em figure font h1 h2 h3 h4 h5 h6 hr i img li ol p pre small span strong sub "
    "sup table tt u ul"
)
LOOSE = frozenset(LOOSE_TAGS.split())
TOGGLE = re.compile(r"""\bhref\s*=\s*["']\s*javascript:""", re.IGNORECASE)
HIDDEN = re.compile(r"display\s*:\s*none\s*;?", re.IGNORECASE)
PLANNED = {
    "lti": "LTI tools come with the integrations service",
    "lti_consumer": "LTI tools come with the integrations service",
    "openassessment": "peer and self assessment comes with the assignments service",
    "peergrading": "peer assessment comes with the assignments service",
    "combinedopenended": "open response assessment comes with the assignments service",
    "edx_sga": "staff-graded work comes with the assignments service",
    "staffgradedxblock": "staff-graded work comes with the assignments service",
    "ubcpi": "peer instruction has no equal in Stoa yet: its source is kept",
}


@dataclass
class Converted:
    """A block on its way: its content, what was lost, what is only worth noting, and a problem to ask about."""

    kind: BlockKind
    content: Content
    losses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    problem: str | None = None
    completion: Completion = Completion.AUTO


class Blocks:
    """Converts the leaf elements of one course."""

    def __init__(self, links: Links, videos: Videos) -> None:
        self._links, self._videos = links, videos
        self._by_tag: dict[str, Callable[[Element], Converted]] = {
            **dict.fromkeys(PROBLEMS, self._problem),
            **dict.fromkeys(("video", "videoalpha"), self._video),
            "azure_media_services": self._azure,
            **dict.fromkeys(("annotatable", "textannotation"), self._annotated),
            **dict.fromkeys(("google-document", "google-calendar", "iframe", "embed"), self._embedded),
            **dict.fromkeys(LOOSE, self._loose),
            "html": self._html,
            "discussion": _discussion,
            "done": _done,
        }

    def convert(self, element: Element) -> Converted:
        """Return the block for one element."""
        if element.missing:
            return _unsupported(element, element.missing)
        try:
            converted = self._converted(element)
        except NestedTooDeeply as problem:
            converted = _unsupported(element, str(problem.detail))
        if element.damage:
            converted.losses.append(element.damage)
        missing = self._links.take_missing()
        if missing:
            converted.notes.append("points to what the package does not hold: " + ", ".join(missing))
        return converted

    def _converted(self, element: Element) -> Converted:
        convert = self._by_tag.get(element.tag)
        if convert is not None:
            return convert(element)
        kept = _unsupported(
            element, PLANNED.get(element.tag, f"Stoa has no block like <{element.tag}>: its source is kept")
        )
        # The source stays as it was written; the files that it names come along for the day it can be shown.
        self._links.rewrite_raw(unescape(to_source(element.markup)))
        return kept

    def _problem(self, element: Element) -> Converted:
        source = self._links.rewrite_raw(to_source(_with_attributes(element)))
        return Converted(BlockKind.PROBLEM, ProblemContent(), problem=source)

    def _video(self, element: Element) -> Converted:
        content, losses, notes = self._videos.convert(element)
        return Converted(BlockKind.VIDEO, content, losses, notes)

    def _azure(self, element: Element) -> Converted:
        content = azure_video(element)
        if not content.sources:
            return _unsupported(element, "no address of the film")
        return Converted(BlockKind.VIDEO, content)

    def _html(self, element: Element) -> Converted:
        return self.page(_html_of(element))

    def _loose(self, element: Element) -> Converted:
        page = self.page(to_source(element.markup))
        page.notes.append("it stood outside of any block: it is a page of its own now")
        return page

    def page(self, html: str) -> Converted:
        """Return a page as sanitised HTML, or whole in the sandbox when it needs scripts, styles or frames."""
        if is_alive(html):
            formulas = typeset(self._links.rewrite_raw(html))
            content: Content = EmbedContent(mode="sandbox", html=formulas.html, height=0)
            return Converted(BlockKind.EMBED, content, _failed(formulas.failed))
        html, folded = _unfolded(html)
        # What is named elsewhere than in a link or a picture comes along too.
        self._links.rewrite_raw(html)
        formulas = typeset(sanitise(html, rewrite=self._links.rewrite))
        content = HtmlContent(html=sanitise(formulas.html))
        return Converted(BlockKind.HTML, content, _failed(formulas.failed), folded)

    def aside(self, html: str) -> str:
        """Return a page beside the outline: always sanitised, formulas converted; nothing of one past reading."""
        try:
            check_nesting(html)
        except NestedTooDeeply:
            return ""
        return sanitise(typeset(sanitise(html, rewrite=self._links.rewrite)).html)

    def _annotated(self, element: Element) -> Converted:
        markup = copy.deepcopy(element.markup)
        notes = []
        for number, mark in enumerate(markup.iter("annotation"), start=1):
            title, body = str(mark.attrib.pop("title", "")), str(mark.attrib.pop("body", ""))
            for name in list(mark.attrib):
                del mark.attrib[name]
            mark.tag = "mark"
            mark.tail = f" [{number}]{mark.tail or ''}"
            heading = f"<strong>{escape(title)}</strong> " if title else ""
            notes.append(f"<li>{heading}{escape(body) if '<' not in body else body}</li>")
        page = self.page(inner_source(markup) + (f"<ol>{''.join(notes)}</ol>" if notes else ""))
        page.losses.append("annotations are shown as notes below the text")
        return page

    def _embedded(self, element: Element) -> Converted:
        given = element.attributes
        code = given.get("embed_code", "")
        found = re.search(r"\bsrc\s*=\s*[\"']([^\"']+)", code)
        calendar = given.get("calendar_id", "")
        url = given.get("iframe_url") or given.get("url") or given.get("src") or (found[1] if found else "")
        if calendar and not url:
            url = f"https://www.google.com/calendar/embed?mode=Month&src={calendar}"
        if not url.startswith("https://"):
            return _unsupported(element, f"no https address in <{element.tag}>")
        height = given.get("height", "")
        return Converted(
            BlockKind.EMBED, EmbedContent(mode="url", url=url, height=int(height) if height.isdigit() else 480)
        )


def _unfolded(html: str) -> tuple[str, list[str]]:
    """Show what only a link with a program in it would unfold: such links do nothing here."""
    if not TOGGLE.search(html) or not HIDDEN.search(html):
        return html, []
    return HIDDEN.sub("", html), ["what a link unfolded on Open edX stands open"]


def _html_of(element: Element) -> str:
    return decode_text(element.body) if element.body is not None else inner_source(element.markup)


def _done(_element: Element) -> Converted:
    return Converted(BlockKind.HTML, HtmlContent(html=""), completion=Completion.MANUAL)


def _discussion(element: Element) -> Converted:
    attributes = element.attributes
    topic = attributes.get("discussion_target") or attributes.get("for") or attributes.get("display_name") or ""
    content = DiscussionContent(topic=topic, category=attributes.get("discussion_category", ""))
    return Converted(BlockKind.DISCUSSION, content)


def _with_attributes(element: Element) -> etree._Element:
    markup = copy.deepcopy(element.markup)
    for name, value in element.attributes.items():
        markup.set(name, value)
    return markup


def _unsupported(element: Element, reason: str) -> Converted:
    source = element.raw or to_source(element.markup)
    content = UnsupportedContent(source_kind=element.tag, reason=reason, source=source)
    return Converted(BlockKind.UNSUPPORTED, content, skipped=reason)


def _failed(formulas: tuple[str, ...]) -> list[str]:
    if not formulas:
        return []
    return [f"{len(formulas)} formulas stay as TeX, first: {formulas[0][:80]}"]
