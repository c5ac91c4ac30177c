"""Stoa's own course package: the layout described in docs/reference/course-format.md, read and written."""

import re
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from stoa.kit.contract import Struct
from stoa.services.courses.contract import (
    BlockKind,
    Content,
    EmbedContent,
    HtmlContent,
    NodeId,
    NodeKind,
    NodeSettings,
    ProblemContent,
    UnreadablePackage,
    UnsupportedContent,
)
from stoa.services.courses.domain.bundle import CourseFields, PageText
from stoa.services.courses.domain.delivery import POINTER
from stoa.services.courses.domain.outline import DraftNode, Tree
from stoa.services.courses.domain.snapshot import AssetEntry, canonical
from stoa.services.media.contract import FileWords

T = TypeVar("T")

Members = dict[str, Any]  # any: the members of a content are JSON, checked when they become one

FORMAT = "stoa-course/1"
KEY = re.compile(r"[A-Za-z0-9._\-/:+@%]{1,255}")
HOLDER_KINDS = (BlockKind.RANDOMIZED, BlockKind.GROUP)
IGNORED = re.compile(r"(README|LICENSE|LICENCE|COPYING)[^/]*", re.IGNORECASE)


class PageEntry(Struct, frozen=True, kw_only=True):
    """A page beside the outline and its file."""

    key: str
    title: str
    file: str


class CourseFile(CourseFields, frozen=True, kw_only=True, omit_defaults=True):
    """What course.json holds."""

    format: str
    key: str
    pages: list[PageEntry] = []
    extras: dict[str, str] = {}


class PackagedSettings(NodeSettings, frozen=True, kw_only=True, omit_defaults=True):
    """The settings of a node whose prerequisites are keys."""

    prerequisites: list[str] = []  # type: ignore[assignment]  # a package names nodes by key, not by id


class OutlineEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One node in outline.json."""

    key: str
    kind: str
    title: str = ""
    file: str = ""
    settings: PackagedSettings = PackagedSettings()
    content: Members | None = None
    children: list["OutlineEntry"] = []


class OutlineFile(Struct, frozen=True, kw_only=True):
    """What outline.json holds."""

    children: list[OutlineEntry]


class AssetLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file in assets.json."""

    name: str
    sha256: str
    size: int
    content_type: str
    licence: str = ""


class AssetsFile(Struct, frozen=True, kw_only=True):
    """What assets.json holds."""

    assets: list[AssetLine]


class CaptionLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The captions of an uploaded film in one language."""

    language: str
    label: str = ""
    file: str


class MediaLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What authors said about an uploaded file, in media.json."""

    sha256: str
    name: str
    alt: str = ""
    language: str = ""
    licence: str = ""
    captions: list[CaptionLine] = []


class MediaFile(Struct, frozen=True, kw_only=True):
    """What media.json holds."""

    media: list[MediaLine]


class PackageWriter:
    """Lays a draft out as the small files of a package; assets are named, their bytes are the caller's."""

    def __init__(self, *, key: str, tree: Tree, problems: dict[NodeId, bytes]) -> None:
        self._key, self._tree, self._problems = key, tree, problems
        self._keys = {str(node.id): node.key for node in tree.by_id.values()}
        self.files: dict[str, bytes] = {}

    def write(
        self,
        *,
        fields: CourseFields,
        pages: list[PageText],
        assets: dict[str, AssetEntry],
        extras: dict[str, str],
        media: list[FileWords],
    ) -> dict[str, bytes]:
        """Return every text file of the package by name."""
        entries = []
        for page in pages:
            entries.append(
                PageEntry(key=page.key, title=page.title, file=self._text("pages", page.key, "html", page.html))
            )
        known = {name: getattr(fields, name) for name in CourseFields.__struct_fields__}
        self._json("course.json", CourseFile(format=FORMAT, key=self._key, pages=entries, extras=extras, **known))
        self._json("outline.json", OutlineFile(children=[self._entry(node) for node in self._tree.children(None)]))
        lines = [
            AssetLine(
                name=name, sha256=asset.sha256, size=asset.size, content_type=asset.content_type, licence=asset.licence
            )
            for name, asset in sorted(assets.items())
        ]
        self._json("assets.json", AssetsFile(assets=lines))
        if media:
            self._json("media.json", MediaFile(media=[self._media_line(file) for file in media]))
        return self.files

    def _media_line(self, file: FileWords) -> MediaLine:
        captions = []
        for track in sorted(file.captions, key=lambda track: track.language):
            name = f"media/{file.sha256}.{track.language}.vtt"
            self.files[name] = track.body.encode()
            captions.append(CaptionLine(language=track.language, label=track.label, file=name))
        return MediaLine(
            sha256=file.sha256, name=file.name, alt=file.alt, language=file.language, licence=file.licence,
            captions=captions,
        )  # fmt: skip

    def _entry(self, node: DraftNode) -> OutlineEntry:
        known = {name: getattr(node.settings, name) for name in NodeSettings.__struct_fields__}
        known["prerequisites"] = [self._keys.get(str(needed), str(needed)) for needed in node.settings.prerequisites]
        file, content = self._body(node)
        return OutlineEntry(
            key=node.key, kind=str(node.block_kind or node.kind), title=node.title, file=file, content=content,
            settings=PackagedSettings(**known), children=[self._entry(child) for child in self._tree.children(node.id)],
        )  # fmt: skip

    def _body(self, node: DraftNode) -> tuple[str, Members | None]:
        content = node.content
        if isinstance(content, HtmlContent):
            return self._text("blocks", node.key, "html", content.html), None
        if isinstance(content, EmbedContent) and content.mode == "sandbox":
            file = self._text("blocks", node.key, "html", content.html)
            return file, _members(content, without=("html",))
        if isinstance(content, UnsupportedContent):
            return self._text("blocks", node.key, "xml", content.source), _members(content, without=("source",))
        if isinstance(content, ProblemContent):
            source = self._problems.get(node.id)
            return (self._text("problems", node.key, "json", source.decode()) if source else ""), None
        if content is None:
            return "", None
        decoded = msgspec.json.decode(self._named(canonical(content).decode()), type=Members)
        decoded.pop("kind", None)
        return "", decoded or None

    def _text(self, folder: str, key: str, suffix: str, text: str) -> str:
        name = f"{folder}/{file_name(key)}.{suffix}"
        self.files[name] = self._named(text).encode()
        return name

    def _named(self, text: str) -> str:
        """Write links between blocks by key, so that a reader of the package can follow them."""

        def name(match: re.Match[str]) -> str:
            url = match["url"]
            target, mark, rest = url.removeprefix("block:").partition("#")
            return (
                f"block:{self._keys[target]}{mark}{rest}" if url.startswith("block:") and target in self._keys else url
            )

        return POINTER.sub(name, text)

    def _json(self, name: str, value: Struct) -> None:
        self.files[name] = pretty(value)


def pretty(value: object) -> bytes:
    """Return the one readable JSON form of a value: sorted keys, two spaces, a newline at the end."""
    return msgspec.json.format(canonical(value), indent=2) + b"\n"


def file_name(key: str) -> str:
    """Return the file name of a key: as it is where that is safe, else with a short hash of it."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", key).strip(".")
    # File systems that ignore case would merge Intro and intro.
    return plain if plain == key and plain == plain.lower() else f"{plain}-{sha256(key.encode()).hexdigest()[:8]}"


def decode_file(data: bytes, *, name: str, type_: type[T]) -> T:
    """Read one JSON file of a package, naming file and place of a mistake."""
    try:
        return msgspec.json.decode(data, type=type_)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise UnreadablePackage(f"{name}: {error}") from error


def content_of(entry: OutlineEntry, kind: BlockKind, **known: object) -> Content:
    """Return the content that an outline entry spells, with what its file adds."""
    members = entry.content or {}
    try:
        return msgspec.convert({**members, **known, "kind": kind.value}, type=Content)  # type: ignore[no-any-return]  # a union is not a type to mypy
    except msgspec.ValidationError as error:
        raise UnreadablePackage(f"outline.json, {entry.key}: {error}") from error


def kind_of(entry: OutlineEntry) -> tuple[NodeKind, BlockKind | None]:
    """Return the level and block kind that an entry names."""
    if entry.kind in ("section", "subsection", "unit"):
        return NodeKind(entry.kind), None
    try:
        return NodeKind.BLOCK, BlockKind(entry.kind)
    except ValueError as error:
        raise UnreadablePackage(f"outline.json, {entry.key}: there is no kind {entry.kind!r}") from error


def _members(content: Content, *, without: tuple[str, ...]) -> Members | None:
    members = msgspec.json.decode(canonical(content), type=Members)
    return {name: value for name, value in members.items() if name not in (*without, "kind")} or None
