"""Formulas: TeX between its delimiters becomes MathML that keeps the TeX."""

import re
from dataclasses import dataclass
from html import escape, unescape

from latex2mathml import exceptions
from latex2mathml.converter import convert

from stoa.kit.tex import tidied

# A formula ends where another of its kind would begin, so that many that are never closed are not searched to the end.
DELIMITED = re.compile(
    r"\[mathjaxinline\](?P<a>(?:(?!\[/?mathjaxinline\]).)++)\[/mathjaxinline\]|"
    r"\[mathjax\](?P<b>(?:(?!\[/?mathjax\]).)++)\[/mathjax\]|"
    r"\\\((?P<c>(?:[^\\]|\\[^()])++)\\\)|\\\[(?P<d>(?:[^\\]|\\[^\[\]])++)\\\]|\$\$(?P<e>.+?)\$\$",
    re.DOTALL,
)
LONGEST_TEX = 10_000
DISPLAYED = frozenset("bde")
SILENT = re.compile(
    r"(<(script|style|pre|code|textarea|math|kbd|samp)\b(?:\"[^\"]*\"|'[^']*'|[^'\">])*>.*?</\2\s*>|<!--.*?-->|<(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*+>)",
    re.DOTALL | re.IGNORECASE,
)
TAGGED = re.compile(r"<math\b.*?</math>", re.DOTALL)
LEFT_OVER = re.compile(r"\\[A-Za-z]+")
OPENED = re.compile(r"\\\(|\\\[|\[mathjax")
BROKEN = re.compile(
    r"\\\((?:[^<\\]|\\(?=<)|\\[^<()]|<br\s*/?>)++\\\)|\\\[(?:[^<\\]|\\(?=<)|\\[^<\[\]]|<br\s*/?>)++\\\]"
)
# latex2mathml's own errors share no base class; on odd input it also raises whatever its token walk runs into.
FAILURES: tuple[type[Exception], ...] = (
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    *(ValueError, LookupError, TypeError, AttributeError, RuntimeError, StopIteration, AssertionError),
)


@dataclass(frozen=True)
class Typeset:
    """HTML whose formulas are MathML; `failed` lists the TeX that stayed as text."""

    html: str
    failed: tuple[str, ...] = ()
    converted: int = 0


def typeset(html: str) -> Typeset:
    """Convert the formulas in the text of a fragment; what cannot be converted stays, visibly, as TeX."""
    if "\\(" not in html and "\\[" not in html and "$$" not in html and "[mathjax" not in html:
        return Typeset(html)
    failed: list[str] = []
    converted = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal converted
        group = next(name for name, value in match.groupdict().items() if value is not None)
        tex = unescape(match[group]).strip()
        markup = to_mathml(tex, display=group in DISPLAYED)
        if markup is None:
            failed.append(tex)
            return match.group()
        converted += 1
        return markup

    parts = SILENT.split(BROKEN.sub(lambda match: re.sub(r"<br\s*/?>", " ", match.group()), html))
    # split() yields text, whole tag, tag name, text, ...: only every third part is text
    for index in range(0, len(parts), 3):
        if parts[index]:
            before = len(failed)
            parts[index] = DELIMITED.sub(replace, parts[index])
            if len(failed) == before and OPENED.search(TAGGED.sub("", parts[index])):
                failed.append(TAGGED.sub("", parts[index]).strip())
    joined = "".join(part or "" for index, part in enumerate(parts) if index % 3 != 2)
    return Typeset(joined, tuple(failed), converted)


def to_mathml(tex: str, *, display: bool) -> str | None:
    """Return one formula as MathML with its TeX in an annotation, None when it cannot be converted."""
    if len(tex) > LONGEST_TEX:
        return None
    try:
        markup = convert(tidied(tex), display="block" if display else "inline")
    except FAILURES:
        return None
    inner = re.fullmatch(r"<math[^>]*>(.*)</math>", markup, re.DOTALL)
    if inner is None or LEFT_OVER.search(unescape(re.sub(r"<[^>]*>", "", inner[1]))):
        return None
    mode = "block" if display else "inline"
    source = escape(tex)
    return (
        f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="{mode}" alttext="{source}"><semantics>{inner[1]}'
        f'<annotation encoding="application/x-tex">{source}</annotation></semantics></math>'
    )
