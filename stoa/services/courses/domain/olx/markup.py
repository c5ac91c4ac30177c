"""Reading XML that people, scripts and fifteen years of exports have written."""

import html.entities
import re
from dataclasses import dataclass

from lxml import etree

ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
DOCTYPE = re.compile(rb"<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.DOTALL)
DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
XML_ENTITIES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True)
class Markup:
    """A parsed file; `damage` says what had to be guessed, and is empty for a well-formed one."""

    root: etree._Element | None
    damage: str = ""


def parse_markup(source: bytes) -> Markup:
    """Parse XML without entities, network or DTD; mend what authors get wrong and say so."""
    text = _decoded(source)
    if not text.strip():
        return Markup(None, "empty file")
    prepared = ENTITY.sub(_as_character, DOCTYPE.sub(b"", text, count=1))
    try:
        return Markup(etree.fromstring(prepared, _parser()))
    except etree.XMLSyntaxError as error:
        try:
            recovered = etree.fromstring(prepared, _parser(recover=True))
        except etree.XMLSyntaxError:
            recovered = None
        if recovered is None:
            return Markup(None, f"not XML: {error.msg}")
        return Markup(recovered, f"not well-formed, mended: {error.msg}")


def decode_text(source: bytes) -> str:
    """Return the text of an HTML file: UTF-8 or UTF-16 by its mark, Windows-1252 when it is not UTF-8."""
    for mark, encoding in BOMS:
        if source.startswith(mark):
            return _printable(source[len(mark) :].decode(encoding, errors="replace"))
    try:
        return _printable(source.decode("utf-8"))
    except UnicodeDecodeError:
        return _printable(source.decode("cp1252", errors="replace"))


def to_source(element: etree._Element) -> str:
    """Return the XML of one element, without what follows it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)


def inner_source(element: etree._Element) -> str:
    """Return what stands between an element's tags, as XML, its own text unescaped where it is text only."""
    children = "".join(etree.tostring(child, encoding="unicode") for child in element)
    lead = element.text or ""
    return lead if not len(element) else _escaped(lead) + children


def _printable(text: str) -> str:
    """Return a text that databases and parsers take: zero bytes end it in some of them."""
    return text.replace("\0", "")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover, remove_pis=True
    )


def _decoded(source: bytes) -> bytes:
    for mark, encoding in BOMS:
        if source.startswith(mark):
            return DECLARATION.sub(b"", _printable(source[len(mark) :].decode(encoding, errors="replace")).encode())
    declaration = DECLARATION.match(source)
    if declaration is None:
        return decode_text(source).encode()
    named = re.search(rb"encoding\s*=\s*[\"']([\w.:-]+)", declaration.group())
    body = source[declaration.end() :]
    if named is None:
        return decode_text(body).encode()
    try:
        return _printable(body.decode(named.group(1).decode())).encode()
    except (LookupError, UnicodeDecodeError):
        return decode_text(body).encode()


def _as_character(match: re.Match[bytes]) -> bytes:
    name = match.group(1)
    if name in XML_ENTITIES:
        return match.group()
    character = html.entities.html5.get(name.decode() + ";")
    return character.encode() if character is not None else b"&amp;" + name + b";"
