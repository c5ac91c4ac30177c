"""Captions: WebVTT and SubRip read strictly, each mistake with its line; kept and served as WebVTT."""

import html
import re

from stoa.kit.contract import Struct
from stoa.services.media.contract import CaptionsInvalid

_STAMP = r"(?:(\d{1,4}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
_TIMES = re.compile(rf"\s*{_STAMP}\s+-->\s+{_STAMP}(?:[ \t]+(.*))?\s*")
_TAG = re.compile(r"<[^<>]*>")
_KEPT_TAG = re.compile(r"</?(?:[biu]|ruby|rt|c|v|lang)(?:[. ][^<>]*)?>|<\d[\d:.]*>")
_APART = ("NOTE", "STYLE", "REGION")
_MOST_MISTAKES = 20
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Cue(Struct, frozen=True, kw_only=True):
    """What is said in a stretch of time, as plain text."""

    start: float
    end: float
    text: str


class LineMistake(Struct, frozen=True, kw_only=True):
    """A mistake and the line it is in, counted from 1."""

    line: int
    message: str


class _Block(Struct, frozen=True, kw_only=True):
    at: int
    lines: list[str]


class _Timed(Struct, frozen=True, kw_only=True):
    start: float
    end: float
    settings: str
    lines: list[str]


def to_webvtt(source: str) -> str:
    """Return captions as WebVTT; raise CaptionsInvalid with every mistake found, each with its line."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    is_webvtt = re.match(r"WEBVTT(?=[ \t\n]|$)", text) is not None
    timed, mistakes = _read(text, is_webvtt=is_webvtt)
    if not timed and not mistakes:
        mistakes.append(LineMistake(line=1, message="There is no cue in the file."))
    if mistakes:
        first = mistakes[0]
        raise CaptionsInvalid(
            f"Line {first.line}: {first.message}",
            hint="Correct the lines listed in `mistakes` and send the file again.",
            fields={"mistakes": [{"line": one.line, "message": one.message} for one in mistakes[:_MOST_MISTAKES]]},
        )
    if is_webvtt:
        return text if text.endswith("\n") else text + "\n"
    blocks = [f"{_stamp(one.start)} --> {_stamp(one.end)}\n" + "\n".join(map(_tame, one.lines)) for one in timed]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def cues(webvtt: str) -> list[Cue]:
    """Return what is said and when, of captions that are known to be right."""
    timed, _ = _read(webvtt, is_webvtt=True)
    return [
        Cue(start=one.start, end=one.end, text=html.unescape(_TAG.sub("", "\n".join(one.lines))).strip())
        for one in timed
    ]


def _read(text: str, *, is_webvtt: bool) -> tuple[list[_Timed], list[LineMistake]]:
    timed: list[_Timed] = []
    mistakes: list[LineMistake] = []
    blocks = _blocks(text)
    for block in blocks[1:] if is_webvtt else blocks:
        if is_webvtt and block.lines[0].startswith(_APART):
            continue
        _read_block(block, timed, mistakes)
    return timed, mistakes


def _read_block(block: _Block, timed: list[_Timed], mistakes: list[LineMistake]) -> None:
    at = 0 if "-->" in block.lines[0] else 1
    if at >= len(block.lines) or "-->" not in block.lines[at]:
        mistakes.append(LineMistake(line=block.at, message="A cue begins with its times, start --> end."))
        return
    line = block.at + at
    found = _TIMES.fullmatch(block.lines[at])
    if found is None:
        message = "The times are written 00:01:02.500 --> 00:01:04.000."
        mistakes.append(LineMistake(line=line, message=message))
        return
    start, end = _seconds(*found.groups()[:4]), _seconds(*found.groups()[4:8])
    words = block.lines[at + 1 :]
    if end <= start:
        mistakes.append(LineMistake(line=line, message="The cue ends before it begins."))
    if timed and start < timed[-1].start:
        mistakes.append(LineMistake(line=line, message="The cue begins before the one above it."))
    if any("-->" in one for one in words):
        mistakes.append(LineMistake(line=line + 1, message="A blank line is missing between two cues."))
    if not words:
        mistakes.append(LineMistake(line=line, message="The cue has no words."))
    timed.append(_Timed(start=start, end=end, settings=found[9] or "", lines=words))


def _blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            blocks.append(_Block(at=number - len(lines), lines=lines))
            lines = []
    return blocks


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def _tame(line: str) -> str:
    """Return a line of SubRip for WebVTT: its fonts and colours go, what is no tag is written out."""
    kept, at = "", 0
    for tag in _TAG.finditer(line):
        kept += html.escape(line[at : tag.start()], quote=False) + (tag[0] if _KEPT_TAG.fullmatch(tag[0]) else "")
        at = tag.end()
    return kept + html.escape(line[at:], quote=False)
