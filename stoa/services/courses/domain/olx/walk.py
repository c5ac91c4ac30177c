"""From the outermost course.xml along every reference: the tree of elements, and which files it reached.

What counts: one element is one item, containers included; a pointer and the file that it points to are one element.
Files that belong to an element (the .html beside a .xml), that the course as a whole reads (policies, about, info,
tabs, the lists of assets) or that are referenced (static files) are reached and are no items of their own.
Every other file of the source is unreached: one item, skipped, "orphan".
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from stoa.services.courses.contract import UnreadablePackage
from stoa.services.courses.domain.files import MAX_TEXT_BYTES, Files, is_noise
from stoa.services.courses.domain.olx.markup import parse_markup

CONTAINERS = frozenset(
    {"course", "chapter", "section", "sequential", "videosequence", "problemset", "vertical", "unit", "wrapper"}
    | {"library_content", "itembank", "split_test", "conditional", "randomize", "abtest", "proctor", "timelimit"}
)
ASIDE = frozenset({"xblock_asides", "metadata", "definition"})
MAX_DEPTH = 24
MAX_ELEMENTS = 100_000


@dataclass
class Element:
    """One element of the course: a tag with its attributes, its markup and where both were found."""

    tag: str
    url_name: str
    path: str
    attributes: dict[str, str]
    markup: etree._Element
    children: list["Element"] = field(default_factory=list)
    body: bytes | None = None
    inline: bool = False
    missing: str = ""
    damage: str = ""

    @property
    def key(self) -> str:
        """Return the name that stays the same from one import to the next."""
        return f"{self.tag}/{self.url_name}"

    def everything(self) -> Iterator["Element"]:
        """Yield this element and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.everything()


@dataclass
class Walk:
    """The outcome of a walk: the tree, and the files that it read."""

    root: str
    course: Element
    reached: set[str]


def find_root(files: Files) -> str:
    """Return the folder of the outermost course.xml with its slash; refuse a source with none or two."""
    roots = sorted(
        name.removesuffix("course.xml")
        for name in files.names()
        if (name == "course.xml" or name.endswith("/course.xml")) and not is_noise(name)
    )
    if not roots:
        raise UnreadablePackage("There is no course.xml in the source: it is not an Open edX course")
    depth = min(root.count("/") for root in roots)
    outermost = [root for root in roots if root.count("/") == depth]
    if len(outermost) > 1:
        listed = ", ".join(f"{root}course.xml" for root in outermost)
        raise UnreadablePackage(f"The source holds {len(outermost)} courses, name one of them: {listed}")
    return outermost[0]


def walk(files: Files) -> Walk:
    """Walk the course of a source."""
    root = find_root(files)
    walker = _Walker(files, root)
    course = walker.course()
    return Walk(root, course, walker.reached)


class _Walker:
    def __init__(self, files: Files, root: str) -> None:
        self._files, self._root = files, root
        self._names = set(files.names())
        self.reached: set[str] = set()
        self._open: set[str] = set()
        self._count = 0

    def course(self) -> Element:
        path = f"{self._root}course.xml"
        markup = parse_markup(self._read(path))
        if markup.root is None or markup.root.tag not in ("course", "library"):
            raise UnreadablePackage(f"{path} does not hold a course ({markup.damage or 'another element'})")
        return self.element(markup.root, path, depth=0, damage=markup.damage)

    def element(self, pointer: etree._Element, at: str, *, depth: int, damage: str = "") -> Element:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise UnreadablePackage(f"The course has more than {MAX_ELEMENTS} elements")
        tag = str(pointer.tag)
        attributes = {str(name): str(value) for name, value in pointer.attrib.items()}
        name = attributes.get("url_name") or attributes.get("slug") or ""
        element = Element(tag, name, at, attributes, pointer, inline=depth > 0, damage=damage)
        self._define(element, at)
        if not element.url_name:
            element.url_name = _made_up_name(element)
        if element.inline:
            element.path = f"{at}#{element.key}"
        if element.tag in CONTAINERS:
            self._descend(element, depth)
        return element

    def _define(self, element: Element, at: str) -> None:
        if not _is_pointer(element.markup):
            return
        found = self._definition(element.tag, element.url_name)
        if found in self._open:
            element.missing = f"{found} holds itself"
        elif found is not None and found != at:
            self._load(element, found)
        if _is_pointer(element.markup) and (element.tag == "html" or "filename" in element.attributes):
            self._find_body(element)
        elif found is None and element.url_name and _needs_file(element.markup) and not element.missing:
            element.missing = f"{element.tag}/{element.url_name}.xml is not in the package"

    def _descend(self, element: Element, depth: int) -> None:
        inside = element.path.split("#", 1)[0]
        if depth >= MAX_DEPTH:
            element.missing = "nested too deeply"
            return
        opened = {inside} - self._open if not element.inline else set()
        self._open |= opened
        for child in element.markup:
            if isinstance(child.tag, str) and child.tag not in ASIDE and not _belongs_to(element.tag, child):
                element.children.append(self.element(child, inside, depth=depth + 1))
        self._open -= opened

    def _load(self, element: Element, path: str) -> None:
        markup = parse_markup(self._read(path))
        element.path, element.damage, element.inline = path, markup.damage, False
        if markup.root is None:
            element.missing = f"{path}: {markup.damage}"
            return
        element.markup = markup.root
        defined = {str(name): str(value) for name, value in markup.root.attrib.items()}
        element.attributes = {**element.attributes, **defined, "url_name": element.url_name}
        if str(markup.root.tag) != element.tag and markup.root.tag in CONTAINERS:
            element.tag = str(markup.root.tag)

    def _find_body(self, element: Element) -> None:
        named = element.attributes.get("filename") or element.url_name
        base = f"{self._root}{element.tag}/{named.replace(':', '/')}"
        for candidate in (f"{base}.html", base, f"{base}.htm"):
            if candidate in self._names:
                element.body = self._read(candidate)
                return
        if "filename" in element.attributes and f"{base}.xml" in self._names and f"{base}.xml" not in self.reached:
            self._load(element, f"{base}.xml")
        elif not element.missing and ("filename" in element.attributes or _needs_file(element.markup)):
            element.missing = f"{base.removeprefix(self._root)}.html is not in the package"

    def _definition(self, tag: str, name: str) -> str | None:
        if not name:
            return None
        path = f"{self._root}{tag}/{name.replace(':', '/')}.xml"
        return path if path in self._names else None

    def _read(self, path: str) -> bytes:
        if self._files.size(path) > MAX_TEXT_BYTES:
            raise UnreadablePackage(f"{path} is larger than {MAX_TEXT_BYTES} bytes")
        self.reached.add(path)
        return self._files.read(path)


def _is_pointer(element: etree._Element) -> bool:
    return not len(element) and not (element.text or "").strip()


def _needs_file(element: etree._Element) -> bool:
    return set(element.attrib) <= {"url_name", "org", "course", "display_name"}


def _belongs_to(container: str, child: etree._Element) -> bool:
    if container == "conditional":
        return child.tag == "show"
    return False


def _made_up_name(element: Element) -> str:
    source = etree.tostring(element.markup, with_tail=False, method="c14n")
    return "h" + hashlib.sha256(element.tag.encode() + source + (element.body or b"")).hexdigest()[:20]
