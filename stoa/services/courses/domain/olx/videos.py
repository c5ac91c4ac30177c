"""Films: their sources, captions and documents out of every spelling Open edX has had for them."""

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from stoa.services.courses.contract import Caption, Download, VideoContent, VideoSource
from stoa.services.courses.domain.bundle import BundleAsset
from stoa.services.courses.domain.captions import to_webvtt
from stoa.services.courses.domain.files import Files
from stoa.services.courses.domain.olx.links import Links, asset_url
from stoa.services.courses.domain.olx.markup import decode_text
from stoa.services.courses.domain.olx.static import StaticFiles
from stoa.services.courses.domain.olx.walk import Element

# Open edX leaves fields out that hold their default; a video without any source is this film there.
DEFAULT_YOUTUBE = "3_yD_cEKoCk"
TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".ogg": "video/ogg",
         ".m3u8": "application/vnd.apple.mpegurl", ".mov": "video/quicktime", ".mp3": "audio/mpeg"}  # fmt: skip
LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "zh": "中文", "ar": "العربية",
             "pt": "Português", "ru": "Русский", "it": "Italiano", "ja": "日本語", "he": "עברית"}  # fmt: skip


class Videos:
    """Converts the video elements of one course."""

    def __init__(self, files: Files, static: StaticFiles, links: Links, *, language: str) -> None:
        self._files, self._static, self._links, self._language = files, static, links, language
        self.made: dict[str, BundleAsset] = {}

    def convert(self, element: Element) -> tuple[VideoContent, list[str], list[str]]:
        """Return the film, what was lost of it, and what of it the package does not hold."""
        losses: list[str] = []
        notes: list[str] = []
        sources = self._sources(element)
        youtube = _youtube(element.attributes)
        if not sources and not youtube:
            if element.attributes.get("edx_video_id"):
                losses.append(
                    "the film lies with Open edX's video service, not in the package: upload it and put it here"
                )
            elif "youtube_id_1_0" not in element.attributes:
                youtube = DEFAULT_YOUTUBE
        captions = self._captions(element, notes)
        content = VideoContent(
            sources=sources,
            youtube=youtube,
            poster=self._poster(element),
            captions=captions,
            start_s=_seconds(element.attributes.get("start_time") or element.attributes.get("from")),
            end_s=_seconds(element.attributes.get("end_time") or element.attributes.get("to")),
            downloads=self._downloads(element),
        )
        return content, losses, notes

    def _sources(self, element: Element) -> list[VideoSource]:
        urls = [element.attributes.get("source", ""), *_json_list(element.attributes.get("html5_sources", ""))]
        urls += [node.get("src", "") for node in _named(element, "source")]
        encoded = [node for node in _named(element, "encoded_video") if node.get("profile") != "youtube"]
        urls += [node.get("url", "") for node in sorted(encoded, key=_rank)]
        kept: dict[str, VideoSource] = {}
        for url in (found.strip() for found in urls if found and found.strip()):
            target = self._links.rewrite(url)
            suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
            kept.setdefault(target, VideoSource(url=target, content_type=TYPES.get(suffix, "")))
        return list(kept.values())

    def _captions(self, element: Element, notes: list[str]) -> list[Caption]:
        wanted: dict[str, str] = {}
        for node in _named(element, "transcript"):
            if node.get("language") and node.get("src"):
                wanted.setdefault(str(node.get("language")), str(node.get("src")))
        for language, name in _json_dict(element.attributes.get("transcripts", "")).items():
            wanted.setdefault(language, name)
        for sub in (element.attributes.get("sub", ""), _youtube(element.attributes)):
            if sub and (sub == element.attributes.get("sub") or self._exists(f"subs_{sub}.srt.sjson")):
                wanted.setdefault(self._language, sub)
        captions = []
        for language in sorted(wanted):
            url = self._caption(element, language, wanted[language])
            if url is None:
                notes.append(
                    f"the captions {wanted[language]} ({language}) are not in the package: upload them to the film"
                )
            else:
                captions.append(Caption(language=language, label=LANGUAGES.get(language, language), url=url))
        return captions

    def _exists(self, name: str) -> bool:
        return name in self._static.names()

    def _caption(self, element: Element, language: str, name: str) -> str | None:
        bare = name.removeprefix("/static/").removeprefix("subs_").removesuffix(".srt.sjson")
        for candidate in (
            name.removeprefix("/static/"), f"{bare}.srt", f"subs_{bare}.srt.sjson", f"{language}_subs_{bare}.srt.sjson",
            f"{bare}.srt.sjson", f"{bare}.vtt",
        ):  # fmt: skip
            found = self._static.find(candidate)
            if found is None:
                continue
            if found.endswith(".vtt"):
                return asset_url(found)
            track = to_webvtt(decode_text(self._files.read(self._static.path(found))))
            if track is not None:
                made = f"captions/{re.sub(r'[^A-Za-z0-9._-]', '_', element.url_name)}.{language}.vtt"
                self.made[made] = BundleAsset(name=made, path=None, data=track.encode(), content_type="text/vtt")
                return asset_url(made)
        return None

    def _downloads(self, element: Element) -> list[Download]:
        kept: dict[str, Download] = {}
        for label, tag in (("Transcript", "track"), ("Handout", "handout")):
            urls = [element.attributes.get(tag, "")] + [node.get("src", "") for node in _named(element, tag)]
            for url in urls:
                if url and url.strip():
                    kept.setdefault(url.strip(), Download(label=label, url=self._links.rewrite(url.strip())))
        return list(kept.values())

    def _poster(self, element: Element) -> str:
        for node in _named(element, "video_asset"):
            found = self._static.find(str(node.get("image"))) if node.get("image") else None
            if found:
                return asset_url(found)
        return ""


def azure_video(element: Element) -> VideoContent:
    """Return a film of Microsoft's media block: a streaming manifest with caption tracks on other sites."""
    address = _absolute(element.attributes.get("video_url", ""))
    if address.endswith("/manifest"):
        address += "(format=m3u8-aapl)"
    tracks = _tracks(element.attributes.get("captions", ""))
    captions = [
        Caption(language=track["srclang"], label=track.get("label", track["srclang"]), url=_absolute(track["src"]))
        for track in tracks
        if track.get("srclang") and track.get("src")
    ]
    transcript = element.attributes.get("transcript_url") or element.attributes.get("download_url") or ""
    return VideoContent(
        sources=[VideoSource(url=address, content_type=TYPES[".m3u8"])] if address else [],
        captions=captions,
        downloads=[Download(label="Transcript", url=_absolute(transcript))] if transcript else [],
    )


def _absolute(url: str) -> str:
    return f"https:{url}" if url.startswith("//") else url


def _tracks(text: str) -> list[dict[str, str]]:
    try:
        return msgspec.json.decode(text, type=list[dict[str, str]])
    except msgspec.DecodeError:
        return []


def _named(element: Element, tag: str) -> list[etree._Element]:
    return [node for node in element.markup.iter(tag) if node is not element.markup]


def _rank(encoded: etree._Element) -> int:
    """Players take the first that they can play: pictures before sound alone, the large before the small."""
    profile = str(encoded.get("profile"))
    return next((at for at, word in enumerate(("hls", "desktop", "mobile_high", "mobile")) if word in profile), 9)


def _youtube(attributes: dict[str, str]) -> str:
    if attributes.get("youtube_id_1_0"):
        return attributes["youtube_id_1_0"].strip()
    speeds = dict(part.split(":", 1) for part in attributes.get("youtube", "").split(",") if ":" in part)
    speeds = {speed.strip(): film.strip() for speed, film in speeds.items()}
    return speeds.get("1.00") or speeds.get("1.0") or next(iter(speeds.values()), "")


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    parts = text.strip().strip('"').split(":")
    try:
        total = 0.0
        for part in parts:
            total = total * 60 + float(part)
    except ValueError:
        return None
    return total or None


def _json_list(text: str) -> list[str]:
    try:
        return msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError:
        return []


def _json_dict(text: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        return {}
