"""Captions: SubRip and Open edX's sjson become WebVTT."""

import re

import msgspec

TIMES = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})([^\n]*)"
)


class Sjson(msgspec.Struct):
    """Open edX's own subtitle file: three parallel lists, times in milliseconds."""

    start: list[float]
    end: list[float]
    text: list[str]


def to_webvtt(source: str) -> str | None:
    """Return a caption file as WebVTT, None when it holds no cue."""
    text = source.lstrip("﻿").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT"):
        return text
    return _from_sjson(text) if text.lstrip().startswith("{") else _from_srt(text)


def _from_sjson(text: str) -> str | None:
    try:
        subtitles = msgspec.json.decode(text, type=Sjson)
    except msgspec.DecodeError:
        return None
    cues = zip(subtitles.start, subtitles.end, subtitles.text, strict=False)
    return _webvtt([(start / 1000, end / 1000, _lines(words)) for start, end, words in cues])


def _from_srt(text: str) -> str | None:
    cues = []
    marks = list(TIMES.finditer(text))
    for index, mark in enumerate(marks):
        until = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        body = text[mark.end() : until].strip("\n")
        if index + 1 < len(marks):
            body = re.sub(r"\n+\s*\d+\s*$", "", body)
        cues.append((_seconds(*mark.groups()[:4]), _seconds(*mark.groups()[4:8]), _lines(body)))
    return _webvtt(cues)


def _webvtt(cues: list[tuple[float, float, str]]) -> str | None:
    kept = [cue for cue in cues if cue[2]]
    if not kept:
        return None
    blocks = [f"{_stamp(start)} --> {_stamp(max(start, end))}\n{words}\n" for start, end, words in kept]
    return "WEBVTT\n\n" + "\n".join(blocks)


def _lines(words: str) -> str:
    # a blank line would end the cue, an arrow would be read as times
    kept = [line.strip() for line in words.split("\n") if line.strip()]
    return "\n".join(kept).replace("-->", "→")


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"
