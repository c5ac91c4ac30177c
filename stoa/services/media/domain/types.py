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
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body|script|iframe)[\s>]", re.I | re.S)
_SVG = re.compile(
    rb"\s*(<\?xml.*?\?>\s*)?(<!--.*?-->\s*)*(<!doctype svg.*?>\s*)?(<!--.*?-->\s*)*<svg[\s>]", re.I | re.S
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
