"""The one page of a web application: told at once what it will ask for, and packed for who reads it."""

import base64
import hashlib
import html
import re
from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.http.reply import choose_encoding, packed

_KEPT = 64
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)
_TITLE = re.compile(rb"<title>.*?</title>", re.DOTALL)
_LINE = re.compile(rb'(<meta name="description" content=")[^"]*(")')
_HEAD_ENDS = b"</head>"
_SHELL = b"<!--opening-->"


class Opening(Struct, frozen=True):
    """What a page is opened with, before its code has run: its code's addresses, its title, its first answers.

    `shell` is markup of the application's own build, which stands until the application draws; a title is put in its
    place.
    """

    code: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    title: str = ""
    line: str = ""
    shell: str = ""
    answers: Mapping[str, object] = {}


class Page:
    """The built page, written anew for each opening."""

    def __init__(self, built: bytes, *, meta: Mapping[str, str] | None = None) -> None:
        said = "".join(
            f'<meta name="{html.escape(name)}" content="{html.escape(value)}">' for name, value in (meta or {}).items()
        )
        built = built.replace(_HEAD_ENDS, said.encode() + _HEAD_ENDS, 1)
        self._built = built
        self._packed: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        # The policy allows exactly these sheets (CSP 3, 8.4): whatever else is put into the page stays plain text.
        self.style_sources = tuple(f"'sha256-{_sha256(sheet)}'" for sheet in _STYLE.findall(built))

    def opened(self, opening: Opening) -> bytes:
        """Return the page with what it is opened with."""
        page, head = self._built, _links(opening)
        if opening.answers:
            head += boot_script({"answers": opening.answers})
        if opening.title:
            name = html.escape(opening.title).encode()
            page = _TITLE.sub(lambda _: b"<title>" + name + b"</title>", page, count=1)
        if opening.title or opening.shell:
            page = page.replace(_SHELL, _shell(opening) if opening.title else opening.shell.encode(), 1)
        if opening.line:
            page = _LINE.sub(lambda found: found[1] + html.escape(opening.line).encode() + found[2], page, count=1)
        return page.replace(_HEAD_ENDS, head + _HEAD_ENDS, 1)

    def packed(self, page: bytes, tag: str, accepted: bytes | None) -> tuple[bytes, bytes | None]:
        """Return a page as its reader takes it, and the name of the packing; what many read is packed once."""
        encoding = choose_encoding(accepted) if accepted else None
        if encoding is None:
            return page, None
        small = self._packed.get((tag, encoding))
        if small is None:
            small = self._packed[tag, encoding] = packed(page, encoding)
            if len(self._packed) > _KEPT:
                self._packed.popitem(last=False)
        return small, encoding


def boot_script(value: object) -> bytes:
    """Return the element that hands a value to the page, whatever texts are in it."""
    text = msgspec.json.encode(value)
    # Inside a script element only "<" can end it; the two separators end a line in older JavaScript.
    for raw, safe in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        text = text.replace(raw, safe)
    text = text.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")
    return b'<script type="application/json" id="boot">' + text + b"</script>"


def _links(opening: Opening) -> bytes:
    code = (f'<link rel="modulepreload" crossorigin href="{html.escape(one)}">' for one in opening.code)
    images = (f'<link rel="preload" as="image" href="{html.escape(one)}">' for one in opening.images)
    return "".join((*code, *images)).encode()


def _shell(opening: Opening) -> bytes:
    """Return the heading that stands until the application draws the same one."""
    line = f'<p class="muted" dir="auto">{html.escape(opening.line)}</p>' if opening.line else ""
    heading = f'<h1 dir="auto">{html.escape(opening.title)}</h1>'
    return f'<div class="page"><div class="page-head"><div>{heading}{line}</div></div></div>'.encode()


def _sha256(sheet: bytes) -> str:
    return base64.b64encode(hashlib.sha256(sheet).digest()).decode()
