"""What a file is, by its first bytes; its name only chooses among kinds of text that do no harm."""

import re

import filetype  # type: ignore[import-untyped]  # the wheel carries no types

SNIFFED_BYTES = 8192
UNKNOWN = "application/octet-stream"
SVG, HTML, PLAIN, VTT = "image/svg+xml", "text/html", "text/plain", "text/vtt"

_FONTS = {"application/font-woff": "font/woff", "application/font-sfnt": "font/ttf"}
_RENAMED = {**_FONTS, "audio/x-wav": "audio/wav", "audio/x-flac": "audio/flac", "video/x-m4v": "video/mp4"}
_ZIP = "application/zip"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# What is a zip inside says so only in its table of contents; the name decides, and none of these acts in a browser.
_ZIPPED = {
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
}
_TEXTS = {"csv": "text/csv", "json": "application/json", "vtt": VTT, "xml": "application/xml"}
_WOFF2 = b"wOF2"
# Atomic and possessive: a file of nothing but comments would otherwise be tried in every way to part them.
_COMMENTS = rb"(?:<!--(?>.*?-->)\s*+)*+"
_HTML = re.compile(rb"\s*+" + _COMMENTS + rb"<(!doctype html|html|head|body|script|iframe)[\s>]", re.I | re.S)
_SVG = re.compile(
    rb"\s*+(?:<\?xml(?>.*?\?>)\s*+)?+" + _COMMENTS + rb"(?:<!doctype svg(?>.*?>)\s*+)?+" + _COMMENTS + rb"<svg[\s>]",
    re.I | re.S,
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(head: bytes, *, name: str = "") -> str:
    """Return the content type of a file from its first bytes, and where these leave a choice from its name."""
    extension = name.rpartition(".")[2].lower()
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if _is_text(head):
        return _text_type(head, extension)
    found = filetype.guess_mime(head)
    if found == _ZIP:
        return _ZIPPED.get(extension, _ZIP)
    if head.startswith(_WOFF2):
        return "font/woff2"
    return _RENAMED.get(found, found) if found else UNKNOWN


def family(content_type: str) -> str:
    """Return the first half of a content type."""
    return content_type.partition("/")[0]


def _is_text(head: bytes) -> bool:
    if not head or _BINARY.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The piece may end inside a character.
        return error.start >= len(head) - 3
    return True


def _text_type(head: bytes, extension: str) -> str:
    body = head.removeprefix(b"\xef\xbb\xbf")
    if re.match(rb"WEBVTT(\s|$)", body):
        return VTT
    if body.startswith(b"#EXTM3U"):
        return "application/vnd.apple.mpegurl"
    if _SVG.match(body):
        return SVG
    if _HTML.match(body) or extension in ("html", "htm", "xhtml"):
        return HTML
    if body.startswith(b"{\\rtf"):
        return "application/rtf"
    return _TEXTS.get(extension, PLAIN)


_ALLOWED = frozenset(
    {SVG, PLAIN, VTT, "text/csv", "application/json", "application/pdf", "application/rtf", _ZIP, *_ZIPPED.values()}
    | {"image/png", "image/apng", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff"}
    | {"image/heic", "image/x-icon"}
)
_SYNONYMS = {
    "image/jpg": "image/jpeg", "image/vnd.microsoft.icon": "image/x-icon", "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg", "audio/x-m4a": "audio/mp4", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav",
    "audio/x-flac": "audio/flac", "video/x-m4v": "video/mp4", "video/x-matroska-3d": "video/x-matroska",
    "application/x-zip-compressed": _ZIP, "text/rtf": "application/rtf", "application/x-subrip": PLAIN,
    "text/markdown": PLAIN, "text/x-markdown": PLAIN, "application/csv": "text/csv",
}  # fmt: skip
# Containers that hold sound or pictures, which their first bytes do not tell.
_KIN = (
    frozenset({"video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "audio/aac"}),
    frozenset({"video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"}),
    frozenset({"audio/ogg", "video/ogg", "application/ogg", "audio/opus"}),
    frozenset({"image/png", "image/apng"}),
    frozenset({PLAIN, "text/csv", VTT, "application/json"}),
    frozenset({_ZIP, *_ZIPPED.values()}),
)


def is_allowed(content_type: str) -> bool:
    """Tell whether files of a type are taken at all."""
    return content_type in _ALLOWED or family(content_type) in ("audio", "video")


def plain_type(claimed: str) -> str:
    """Return a claimed content type under its usual name, empty where nothing is claimed."""
    bare = claimed.partition(";")[0].strip().lower()
    return "" if bare == UNKNOWN else _SYNONYMS.get(bare, bare)


def agrees(claimed: str, sniffed: str) -> bool:
    """Tell whether a file may be called what it is called."""
    wanted = plain_type(claimed)
    return wanted in ("", sniffed) or any(wanted in kin and sniffed in kin for kin in _KIN)
