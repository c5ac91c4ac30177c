"""Walking a problem's XML: prose becomes HTML, responses become parts, and what has no place is named."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

from stoa.services.assessment.contract.problem import AnyPart
from stoa.services.assessment.domain import markup, mathml
from stoa.services.assessment.domain.capa_xml import KEPT, Unconvertible, children, is_element, is_python, name

UNWRAPPED = frozenset({"problem", "text", "startouttext", "endouttext", "body", "html", "outtext"})
SILENT = frozenset({"responseparam", "answer"})
SKIPPED = {
    "style": "style sheet",
    "link": "style sheet",
    "meta": "meta element",
    "object": "embedded object",
    "embed": "embedded object",
    "applet": "applet",
    "svg": "inline SVG drawing",
    "canvas": "canvas",
    "input": "form control",
    "textarea": "form control",
    "select": "form control",
    "button": "form control",
}
PROSE = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "span", "label", "li", "b", "i", "em", "strong", "a"})


@dataclass(frozen=True)
class Field:
    """What a builder gets to make one part of: its response, its input, and the words around it."""

    id: str
    response: etree._Element
    input: etree._Element
    label: str
    description: str
    inline: bool
    position: int


Builder = Callable[["Walk", Field], AnyPart]


@dataclass(frozen=True)
class Dialect:
    """One response element: its inputs, the children its builder reads, and the builder."""

    inputs: frozenset[str]
    grading: frozenset[str]
    build: Builder


@dataclass
class Walk:
    """The state of one conversion."""

    dialects: dict[str, Dialect]
    parts: list[AnyPart] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    solutions: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    before: dict[etree._Element, str] = field(default_factory=dict)
    extra_parts: dict[str, AnyPart] = field(default_factory=dict)
    moved: set[etree._Element] = field(default_factory=set)
    labels: dict[etree._Element, str] = field(default_factory=dict)

    def lose(self, reason: str) -> None:
        """Name something of the source that has no place in the problem."""
        if reason not in self.losses:
            self.losses.append(reason)

    def note(self, remark: str) -> None:
        """Tell the author of something that came in as it was and is worth a look all the same."""
        if remark not in self.notes:
            self.notes.append(remark)

    def fragment(self, element: etree._Element, *, without: frozenset[str] = frozenset()) -> str:
        """Return an element's content as a sanitised HTML fragment, some children left out."""
        return markup.clean(self.inner(element, without=without))

    def inner(self, element: etree._Element, *, without: frozenset[str] = frozenset()) -> str:
        """Return an element's content as HTML."""
        out = [self.prose(element.text)]
        for child in element:
            if not is_element(child):
                self.remark(child)
            elif name(child) not in without:
                out.append(self.outer(child))
            out.append(self.prose(child.tail))
        return "".join(out)

    def prose(self, text: str | None) -> str:
        """Return text as HTML, its mathematics as MathML."""
        if not text:
            return ""
        written, lost = mathml.rendered(text)
        for tex in lost:
            self.lose(f"mathematics kept as TeX only: {tex}")
        if mathml.is_open(text):
            self.lose("mathematics that runs over several elements kept as TeX only")
        return written

    def remark(self, node: etree._Element) -> None:
        """Keep a comment for the author."""
        if node.text and node.text.strip():
            self.remarks.append(node.text.strip())

    def outer(self, element: etree._Element) -> str:
        """Return an element as HTML."""
        tag = name(element)
        if element in self.moved or tag in SILENT:
            return ""
        if tag in self.dialects:
            return self._response(element, self.dialects[tag])
        special = {
            "solution": self._solution,
            "demandhint": self._demand_hints,
            "label": self._question,
            "description": self._tip,
            "iframe": self._frame,
            "script": self._script,
            "solutionset": self._nothing,
            "targetedfeedbackset": self._nothing,
        }.get(tag)
        if special is not None:
            return special(element)
        if tag in SKIPPED:
            self.lose(f"<{tag}> ({SKIPPED[tag]})")
            return "" if tag in {"style", "link", "meta"} else f"<div>{self.inner(element)}</div>"
        if tag in UNWRAPPED:
            return self.inner(element)
        return self._html(element, tag)

    def _html(self, element: etree._Element, tag: str) -> str:
        if tag.endswith("response") or tag.endswith("input"):
            raise Unconvertible(f"unsupported: <{tag}> is a kind of question that Stoa does not ask; {KEPT}")
        tag = markup.RENAMED.get(tag, tag)
        if tag not in markup.TAGS and tag not in mathml.ELEMENTS:
            self.lose(f"<{name(element)}> (unknown element, its text kept)")
            return f"<div>{self.inner(element)}</div>" if len(element) else self.inner(element)
        kept = _attributes(element)
        if name(element) == "clarification":
            kept["class"] = "clarification"
        attributes = "".join(f' {key}="{html.escape(value)}"' for key, value in kept.items())
        if tag in markup.VOID:
            return f"<{tag}{attributes}>{self.inner(element)}"
        if tag in mathml.ELEMENTS or tag in {"code", "pre", "kbd", "samp"}:
            # Mathematics is not looked for where the text is meant literally.
            inside = html.escape(element.text or "", quote=False) + "".join(
                self.outer(child) + html.escape(child.tail or "", quote=False) for child in children(element)
            )
            return f"<{tag}{attributes}>{inside}</{tag}>"
        return f"<{tag}{attributes}>{self.inner(element)}</{tag}>"

    def _solution(self, element: etree._Element) -> str:
        self.solutions.append(self.fragment(element))
        return ""

    def _demand_hints(self, element: etree._Element) -> str:
        for text in (element.text, *(child.tail for child in element)):
            if text and text.strip():
                self.lose(f"words between the hints: {' '.join(text.split())[:80]}")
        for child in children(element):
            if name(child) == "hint":
                self.hints.append(self.fragment(child))
            else:
                self.lose(f"<{name(child)}> inside <demandhint>")
        return ""

    def _question(self, element: etree._Element) -> str:
        return f'<p class="question">{self.inner(element)}</p>'

    def _tip(self, element: etree._Element) -> str:
        return f'<p class="tip">{self.inner(element)}</p>'

    def _nothing(self, element: etree._Element) -> str:
        return ""

    def _script(self, element: etree._Element) -> str:
        if not is_python(element):
            self.lose("<script> (JavaScript)")
        return ""

    def _frame(self, element: etree._Element) -> str:
        source = str(element.get("src") or "")
        self.lose("<iframe> (kept as a link)")
        title = str(element.get("title") or source)
        return f'<p><a href="{html.escape(source)}">{html.escape(title)}</a></p>{self.inner(element)}'

    def _response(self, response: etree._Element, dialect: Dialect) -> str:
        inputs = [node for node in response.iter() if name(node) in dialect.inputs and not self._inside(node, dialect)]
        if not inputs:
            raise Unconvertible(f"<{name(response)}> has no input: nothing could be chosen or typed; {KEPT}")
        alone = len(inputs) == 1
        tips = [child for child in children(response) if name(child) == "description"]
        labels = [child for child in children(response) if name(child) == "label"]
        question, tip = "", ""
        if alone:
            question = " ".join(self.fragment(label) for label in labels)
            tip = "<br>".join(self.fragment(one) for one in tips)
            self.moved.update([*labels, *tips])
        slots: dict[etree._Element, str] = {}
        for position, node in enumerate(inputs):
            label = question or self._own_label(node)
            inline = "inline" in node.attrib or "inline" in response.attrib
            inline = inline and str(node.get("inline") or response.get("inline")).lower() not in {"0", "false"}
            part = Field(f"p{len(self.parts) + 1}", response, node, label, tip, inline, position)
            built = dialect.build(self, part)
            if part.id in self.extra_parts:
                self.parts.append(self.extra_parts[part.id])
            self.parts.append(built)
            slots[node] = part.id
        self._check_children(response, dialect)
        return self._with_slots(response, slots, dialect)

    def _inside(self, node: etree._Element, dialect: Dialect) -> bool:
        return any(name(above) in dialect.inputs for above in node.iterancestors())

    def _own_label(self, node: etree._Element) -> str:
        if node in self.labels:
            return self.labels[node]
        return markup.clean(self.prose(" ".join(str(node.get("label") or "").split())))

    def adopt_labels(self, root: etree._Element) -> None:
        """Make a paragraph that an input's label repeats into that label, so that it is read once."""
        for response in root.iter():
            if name(response) not in self.dialects:
                continue
            for node in response.iter():
                wanted = " ".join(str(node.get("label") or "").split()) if is_element(node) else ""
                if not wanted or name(node) not in self.dialects[name(response)].inputs:
                    continue
                for anchor in (node, response):
                    before = anchor.getprevious()
                    while before is not None and not is_element(before):
                        before = before.getprevious()
                    if before is not None and name(before) == "p" and _words(before) == wanted:
                        self.labels[node] = self.fragment(before)
                        self.moved.add(before)
                        break

    def _check_children(self, response: etree._Element, dialect: Dialect) -> None:
        for node in response.iter():
            inner = node.getparent()
            if not is_element(node) or node is response or inner is None:
                continue
            if name(node) in GRADING and name(node) not in dialect.grading:
                self.lose(f"<{name(node)}> inside <{name(response)}>")

    def _with_slots(self, response: etree._Element, slots: dict[etree._Element, str], dialect: Dialect) -> str:
        def written(element: etree._Element) -> str:
            out = [self.prose(element.text)]
            for child in element:
                if not is_element(child):
                    self.remark(child)
                elif child in slots:
                    out.append(self._slot(child, slots[child]))
                elif name(child) not in GRADING:
                    holds = any(node in slots for node in child.iter())
                    out.append(self._around(child, written) if holds else self.outer(child))
                out.append(self.prose(child.tail))
            return "".join(out)

        return written(response)

    def _around(self, element: etree._Element, written: Callable[[etree._Element], str]) -> str:
        tag = markup.RENAMED.get(name(element), name(element))
        if tag not in markup.TAGS:
            if tag not in UNWRAPPED:
                self.lose(f"<{tag}> (unknown element, its content kept)")
            return written(element)
        attributes = "".join(f' {key}="{html.escape(str(value))}"' for key, value in _attributes(element).items())
        return f"<{tag}{attributes}>{written(element)}</{tag}>"

    def _slot(self, node: etree._Element, part: str) -> str:
        tag = "span" if any(name(above) in PROSE for above in node.iterancestors()) else "div"
        return f'{self.before.get(node, "")}<{tag} data-part="{part}"></{tag}>'


GRADING = frozenset(
    {
        "responseparam",
        "additional_answer",
        "correcthint",
        "stringequalhint",
        "regexphint",
        "hintgroup",
        "answer",
        "formulahint",
        "numericalhint",
        "stringhint",
        "hintpart",
    }
)


def _attributes(element: etree._Element) -> dict[str, str]:
    return {etree.QName(key).localname: str(value) for key, value in element.attrib.items()}


def _words(element: etree._Element) -> str:
    return " ".join("".join(str(text) for text in element.itertext()).split())


def decimal_of(text: str | None, default: Decimal) -> Decimal:
    """Read a plain number of an attribute, or return the default."""
    if text and re.fullmatch(r"\s*-?\d{1,9}(\.\d{1,9})?\s*", text):
        return Decimal(text.strip())
    return default


def whole_of(text: str | None) -> int | None:
    """Read a whole number of an attribute, or return None."""
    return int(text) if text and re.fullmatch(r"\s*\d{1,9}\s*", text) else None
