"""What is asked of HTML before it is parsed: parsers take quadratic time over tags that are nested without end."""

import re
from typing import Final

from stoa.kit.errors import Invalid

DEEPEST: Final = 2_000
_TAG = re.compile(r"<(/?)([a-z][a-z0-9:-]*)", re.IGNORECASE)
# These hold nothing, or end by themselves where the next one begins.
_FLAT = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "option", "rp", "rt",
})  # fmt: skip


class NestedTooDeeply(Invalid):
    """Nobody writes pages like this by hand."""

    code, title = "stoa.nested_too_deeply", "The page is nested too deeply"


def check_nesting(html: str) -> str:
    """Return the HTML, or raise NestedTooDeeply."""
    depth = 0
    for slash, name in _TAG.findall(html):
        if name.lower() in _FLAT:
            continue
        depth = max(depth - 1, 0) if slash else depth + 1
        if depth > DEEPEST:
            raise NestedTooDeeply(f"Tags are nested more than {DEEPEST:,} deep")
    return html
