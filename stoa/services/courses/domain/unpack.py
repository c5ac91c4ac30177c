"""Reading Stoa's own package into a bundle."""

import re
from dataclasses import replace
from urllib.parse import unquote

import msgspec

from stoa.services.courses.contract import (
    BlockKind,
    Content,
    NodeId,
    NodeKind,
    NodeSettings,
    ProblemContent,
    UnreadablePackage,
)
from stoa.services.courses.domain.bundle import (
    Bundle,
    BundleAsset,
    BundleNode,
    BundleProblem,
    CourseFields,
    Outcome,
    PageText,
    ReportItem,
    node_id,
)
from stoa.services.courses.domain.delivery import POINTER, problem_pointers
from stoa.services.courses.domain.files import Files, is_noise
from stoa.services.courses.domain.html import sanitise
from stoa.services.courses.domain.maths import typeset
from stoa.services.courses.domain.olx.links import Links
from stoa.services.courses.domain.olx.markup import decode_text
from stoa.services.courses.domain.olx.static import StaticFiles
from stoa.services.courses.domain.package import (
    FORMAT,
    HOLDER_KINDS,
    IGNORED,
    KEY,
    AssetsFile,
    CourseFile,
    MediaFile,
    Members,
    OutlineEntry,
    OutlineFile,
    content_of,
    decode_file,
    kind_of,
)
from stoa.services.media.contract import CaptionText, FileWords


def read_package(files: Files) -> Bundle:
    """Read a package of the format `stoa-course/1`."""
    return _Reading(files).bundle()


def is_package(files: Files) -> bool:
    """Tell whether a source is a package of our own, also inside one folder."""
    return _prefix(files) is not None


class _Reading:
    def __init__(self, files: Files) -> None:
        prefix = _prefix(files)
        if prefix is None:
            raise UnreadablePackage("There is no course.json in the source: it is not a Stoa course")
        self._files, self._prefix = files, prefix
        self._names = set(files.names())
        self._reached: set[str] = set()
        self._course = decode_file(self._read("course.json"), name="course.json", type_=CourseFile)
        if self._course.format != FORMAT:
            raise UnreadablePackage(f"course.json: this Stoa reads {FORMAT}, the package is {self._course.format!r}")
        self._outline = decode_file(self._read("outline.json"), name="outline.json", type_=OutlineFile)
        self._ids = self._name_nodes(self._outline.children, {})
        self._links = Links(StaticFiles(files, folder=f"{prefix}assets/"), self._ids)
        self._bundle = Bundle(key=self._course.key, fields=self._fields(), extras=dict(self._course.extras))

    def bundle(self) -> Bundle:
        """Return the whole package."""
        self._report("course.json", "course", Outcome.IMPORTED, "")
        for position, entry in enumerate(self._outline.children):
            self._add(entry, None, None, position)
        for page in self._course.pages:
            html = self._page(decode_text(self._read(page.file)))
            self._bundle.pages.append(PageText(key=page.key, title=page.title, html=html))
        self._add_assets()
        self._add_media()
        for name in sorted(self._names - self._reached):
            if not (name.startswith(self._prefix) and IGNORED.fullmatch(name.removeprefix(self._prefix))):
                self._report(name, "file", Outcome.SKIPPED, "orphan")
        return self._bundle

    def _name_nodes(self, entries: list[OutlineEntry], known: dict[str, NodeId]) -> dict[str, NodeId]:
        for entry in entries:
            if not KEY.fullmatch(entry.key):
                raise UnreadablePackage(f"outline.json: {entry.key!r} is not a key")
            if entry.key in known:
                raise UnreadablePackage(f"outline.json: the key {entry.key} is used twice")
            known[entry.key] = node_id(self._course.key, entry.key)
            self._name_nodes(entry.children, known)
        return known

    def _fields(self) -> CourseFields:
        return CourseFields(**{name: getattr(self._course, name) for name in CourseFields.__struct_fields__})

    def _add(self, entry: OutlineEntry, parent: NodeId | None, above: OutlineEntry | None, position: int) -> None:
        kind, block_kind = kind_of(entry)
        _check_place(entry, kind, above)
        content = self._content(entry, block_kind) if block_kind else None
        known = {name: getattr(entry.settings, name) for name in NodeSettings.__struct_fields__}
        known["prerequisites"] = [self._id_of(key, entry) for key in entry.settings.prerequisites]
        node = BundleNode(
            id=self._ids[entry.key], key=entry.key, parent=parent, position=position, kind=kind, block_kind=block_kind,
            title=entry.title, settings=NodeSettings(**known), content=content,
        )  # fmt: skip
        self._bundle.nodes.append(node)
        missing = self._links.take_missing()
        reason = "points to what the package does not hold: " + ", ".join(missing) if missing else ""
        item = ReportItem(
            path=f"outline.json#{entry.key}", kind=entry.kind, outcome=Outcome.IMPORTED, reason=reason,
            title=entry.title, unit=above.title if above and above.kind == "unit" else "", node=node.id,
        )  # fmt: skip
        self._bundle.items.append(item)
        if block_kind is BlockKind.PROBLEM:
            self._ask(entry, node)
        for below, child in enumerate(entry.children):
            self._add(child, node.id, entry, below)

    def _id_of(self, key: str, entry: OutlineEntry) -> NodeId:
        if key not in self._ids:
            raise UnreadablePackage(f"outline.json, {entry.key}: the prerequisite {key} is not in the outline")
        return self._ids[key]

    def _content(self, entry: OutlineEntry, kind: BlockKind) -> Content:
        if kind is BlockKind.HTML:
            return content_of(entry, kind, html=self._page(self._body(entry, "html")))
        if kind is BlockKind.EMBED and "url" not in (entry.content or {}):
            return content_of(entry, kind, mode="sandbox", html=self._linked(self._body(entry, "html")))
        if kind is BlockKind.EMBED and (entry.content or {}).get("mode") == "sandbox":
            return content_of(entry, kind, html=self._linked(self._body(entry, "html")))
        if kind is BlockKind.UNSUPPORTED:
            return content_of(entry, kind, source=self._body(entry, "xml"))
        if kind is BlockKind.PROBLEM:
            return content_of(entry, kind)
        spelt = msgspec.json.decode(self._linked(msgspec.json.encode(entry.content or {}).decode()), type=Members)
        return content_of(msgspec.structs.replace(entry, content=spelt), kind)

    def _ask(self, entry: OutlineEntry, node: BundleNode) -> None:
        name = entry.file or f"problems/{entry.key}.xml"
        if not entry.file and self._prefix + name not in self._names:
            return
        source = self._linked(self._links.rewrite_raw(decode_text(self._read(name))))
        content = ProblemContent(urls=dict.fromkeys(problem_pointers(source), ""))
        self._bundle.nodes[-1] = replace(node, content=content)
        self._bundle.problems.append(
            BundleProblem(
                node=node.id, format="stoa" if name.endswith(".json") else "olx", source=source, title=entry.title,
                item=len(self._bundle.items) - 1,
            )
        )  # fmt: skip

    def _body(self, entry: OutlineEntry, suffix: str) -> str:
        return decode_text(self._read(entry.file or f"blocks/{entry.key}.{suffix}"))

    def _page(self, html: str) -> str:
        clean = sanitise(self._linked(html), rewrite=self._links.rewrite)
        return sanitise(typeset(clean).html)

    def _linked(self, text: str) -> str:
        """Turn links by key into links by id."""

        def link(match: re.Match[str]) -> str:
            url = match["url"]
            key, mark, rest = url.removeprefix("block:").partition("#")
            known = self._ids.get(unquote(key)) or self._ids.get(key)
            return f"block:{known}{mark}{rest}" if url.startswith("block:") and known else url

        return POINTER.sub(link, text)

    def _add_assets(self) -> None:
        folder = f"{self._prefix}assets/"
        listed: dict[str, tuple[str, str]] = {}
        if f"{self._prefix}assets.json" in self._names:
            lines = decode_file(self._read("assets.json"), name="assets.json", type_=AssetsFile).assets
            listed = {line.name: (line.content_type, line.licence) for line in lines}
        for path in sorted(self._names):
            if path.startswith(folder) and not is_noise(path):
                name = path.removeprefix(folder)
                content_type, licence = listed.get(name, ("", ""))
                self._reached.add(path)
                self._bundle.assets.append(
                    BundleAsset(name=name, path=path, content_type=content_type, licence=licence)
                )
        absent = sorted(set(listed) - {asset.name for asset in self._bundle.assets})
        if absent:
            raise UnreadablePackage(f"assets.json lists files that are not in the package: {', '.join(absent)}")

    def _add_media(self) -> None:
        """Read what authors said about uploads, captions included."""
        if f"{self._prefix}media.json" not in self._names:
            return
        for line in decode_file(self._read("media.json"), name="media.json", type_=MediaFile).media:
            self._bundle.media.append(
                FileWords(
                    sha256=line.sha256, name=line.name, alt=line.alt, language=line.language, licence=line.licence,
                    content_type="", size=0,
                    captions=[
                        CaptionText(
                            language=track.language, label=track.label, body=decode_text(self._read(track.file))
                        )
                        for track in line.captions
                    ],
                )
            )  # fmt: skip

    def _read(self, name: str) -> bytes:
        path = self._prefix + name
        if path not in self._names:
            raise UnreadablePackage(f"{name} is missing from the package")
        self._reached.add(path)
        return self._files.read(path)

    def _report(self, path: str, kind: str, outcome: Outcome, reason: str) -> None:
        self._bundle.items.append(ReportItem(path=path, kind=kind, outcome=outcome, reason=reason))


def _prefix(files: Files) -> str | None:
    found = sorted(
        (
            name.removesuffix("course.json")
            for name in files.names()
            if name == "course.json" or name.endswith("/course.json")
        ),
        key=lambda prefix: (prefix.count("/"), prefix),
    )
    return found[0] if found and found[0].count("/") <= 1 else None


def _check_place(entry: OutlineEntry, kind: NodeKind, above: OutlineEntry | None) -> None:
    levels = ["section", "subsection", "unit"]
    expected = {"section": None, "subsection": "section", "unit": "subsection"}
    holder = above.kind if above else None
    fits = holder == expected[kind] if kind in levels else holder == "unit" or holder in HOLDER_KINDS
    if not fits:
        raise UnreadablePackage(
            f"outline.json: the {entry.kind} {entry.key} cannot stand in {holder or 'the course itself'}"
        )
