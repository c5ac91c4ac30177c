"""Mathematics in running text: TeX between its delimiters becomes MathML that keeps the TeX as annotation."""

import html
import re
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

from stoa.kit.tex import tidied

MAX_TEX = 8_000
MAX_BRACES = 60

DELIMITED = re.compile(
    r"\\\((?P<inline>.+?)\\\)"
    r"|\\\[(?P<display>.+?)\\\]"
    r"|\[mathjaxinline\](?P<jaxinline>.+?)\[/mathjaxinline\]"
    r"|\[mathjax\](?P<jax>.+?)\[/mathjax\]"
    r"|\$\$(?P<dollars>.+?)\$\$"
    # A lone $…$ is money until it holds something only TeX has.
    r"|(?<![\\$\w])\$(?=\S)(?P<dollar>[^$\n]*?[\\^_{][^$\n]*?)(?<=\S)\$(?![\w$])",
    re.DOTALL,
)
DISPLAY = {"display", "jax", "dollars"}
ENVIRONMENTS = {"aligned": "align", "eqnarray": "align", "alignedat": "align", "gather": "align", "gathered": "align"}
# A command that nobody knew comes out as it was written.
LEFT_OVER = re.compile(r"\\[A-Za-z]+")
ENVIRONMENT = re.compile(r"\\(begin|end)\{(aligned|eqnarray|gather|gathered|equation|multline)(\*?)\}")
TAGS = (
    "math semantics annotation mrow mi mo mn ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom "
    "mfenced menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd "
    "mlabeledtr maction"
)
ELEMENTS = frozenset(TAGS.split())
NAMES = (
    "display displaystyle scriptlevel mathvariant mathsize stretchy fence separator form lspace rspace minsize maxsize "
    "symmetric largeop movablelimits accent accentunder linethickness width height depth voffset columnalign rowalign "
    "columnspacing rowspacing columnlines rowlines frame columnspan rowspan notation open close separators dir "
    "linebreak encoding"
)
ATTRIBUTES = frozenset(NAMES.split())
# latex2mathml's own errors share no base class; on odd input it also raises whatever its token walk runs into.
FAILURES: tuple[type[Exception], ...] = (
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    *(ValueError, LookupError, TypeError, AttributeError, RuntimeError, StopIteration, AssertionError),
)


def rendered(text: str) -> tuple[str, list[str]]:
    """Turn plain text into HTML, its mathematics into MathML; return also the TeX that was not understood."""
    out: list[str] = []
    lost: list[str] = []
    at = 0
    for match in DELIMITED.finditer(text):
        out.append(html.escape(text[at : match.start()], quote=False))
        group = match.lastgroup or "inline"
        tex = match[group]
        math = mathml(tex, display=group in DISPLAY)
        if math is None:
            lost.append(tex.strip()[:80])
            math = f'<code class="tex">{html.escape(match[0], quote=False)}</code>'
        out.append(math)
        at = match.end()
    out.append(html.escape(text[at:], quote=False))
    return "".join(out), lost


def mathml(tex: str, *, display: bool) -> str | None:
    """Return TeX as MathML, or None where it is not understood."""
    tex = tex.strip()
    if not tex or len(tex) > MAX_TEX or _depth(tex) > MAX_BRACES:
        return None
    try:
        element = convert_to_element(_plain_environments(tidied(tex)), display="block" if display else "inline")
    except FAILURES:
        return None
    inside = "".join(_written(child) for child in element)
    if LEFT_OVER.search(html.unescape(re.sub(r"<[^>]*>", "", inside))):
        return None
    mode = ' display="block"' if display else ""
    note = html.escape(tex, quote=False)
    return (
        f"<math{mode}><semantics><mrow>{inside}</mrow>"
        f'<annotation encoding="application/x-tex">{note}</annotation></semantics></math>'
    )


def is_open(text: str) -> bool:
    """Say whether a delimiter is opened in a text and not closed there."""
    rest = DELIMITED.sub("", text)
    return any(mark in rest for mark in (r"\(", r"\[", "[mathjax]", "[mathjaxinline]"))


def _written(element: Element) -> str:
    name = element.tag if element.tag in ELEMENTS else "mrow"
    attributes = "".join(f' {key}="{html.escape(value)}"' for key, value in element.attrib.items() if key in ATTRIBUTES)
    text = html.escape(html.unescape(element.text or ""), quote=False)
    return f"<{name}{attributes}>{text}{''.join(_written(child) for child in element)}</{name}>"


def _plain_environments(tex: str) -> str:
    def known(match: re.Match[str]) -> str:
        inner = ENVIRONMENTS.get(match[2])
        return f"\\{match[1]}{{{inner}*}}" if inner else ""

    return ENVIRONMENT.sub(known, tex)


def _depth(tex: str) -> int:
    deepest = depth = 0
    for char in tex:
        depth += (char == "{") - (char == "}")
        deepest = max(deepest, depth)
    return deepest
