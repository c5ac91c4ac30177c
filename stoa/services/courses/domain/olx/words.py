"""What a learner may read of a problem that cannot be answered here: the words of its question, and no key."""

import re
from functools import lru_cache
from html import escape

from lxml import etree

from stoa.services.courses.domain.html import sanitise
from stoa.services.courses.domain.maths import typeset
from stoa.services.courses.domain.olx.markup import parse_markup


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# What is not named here is left out with all that is in it: scripts, keys, hints, solutions, and what we do not know.
_INLINE = _set("a abbr b bdi bdo big code em font i kbd mark q s samp small span strong sub sup tt u var")
_BLOCKS = _set(
    """
    problem p div section article blockquote center pre h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr
    td th caption br hr multiquestion label description text choicegroup checkboxgroup radiogroup choice optioninput
    option radiotextgroup checkboxtextgroup
    """
)
_HIDING = re.compile(r"solution|answer|hint|feedback|explanation|hidden|display\s*:\s*none", re.IGNORECASE)
# A name that the problem's program would replace.
_FILLED_IN = re.compile(r"\$\{?[A-Za-z_]\w*\}?")
_LONGEST = 20_000


@lru_cache(maxsize=256)
def readable(source: str) -> str:
    """Return the question of an Open edX problem as harmless HTML, empty where there is none to read."""
    root = parse_markup(source.encode()).root
    if root is None or root.tag != "problem":
        return ""
    lines: list[str] = [""]
    _collect(root, lines)
    text = "\n".join(" ".join(line.split()) for line in lines)
    if any(isinstance(each.tag, str) and each.tag == "script" for each in root.iter()):
        text = _FILLED_IN.sub("…", text)
    kept = [line for line in text[:_LONGEST].split("\n") if re.search(r"\w", line)]
    return sanitise(typeset("".join(f"<p>{escape(line, quote=False)}</p>" for line in kept)).html)


def _collect(element: etree._Element, lines: list[str]) -> None:
    """Add the words of an element and of what it holds, a line for each block."""
    own = [str(element.get(name, "")) for name in ("class", "id", "style", "hidden")]
    if element.get("hidden") is None and not any(_HIDING.search(each) for each in own):
        lines[-1] += element.text or ""
        for child in element:
            tag = child.tag if isinstance(child.tag, str) else ""
            is_block = tag in _BLOCKS or tag.endswith("response")
            if is_block:
                lines.append("")
            if is_block or tag in _INLINE:
                _collect(child, lines)
            if is_block:
                lines.append("")
            lines[-1] += child.tail or ""
