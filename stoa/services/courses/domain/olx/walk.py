"""From the outermost course.xml along every reference: the tree of elements, and which files it reached.

What counts: one element is one item, containers included; a pointer and the file that it points to are one element.
Files that belong to an element (the .html beside a .xml), that the course as a whole reads (policies, about, info,
tabs, the lists of assets) or that are referenced (static files) are reached and are no items of their own.
Parts that exist only as drafts (folder `drafts/`, where nothing points at them) are put where they say they belong; a
pool that lies in a library of the same source is taken from there.
Every other file of the source is unreached: one item, skipped, "orphan".
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from stoa.services.courses.contract import UnreadablePackage
from stoa.services.courses.domain.files import MAX_TEXT_BYTES, Files, is_noise
from stoa.services.courses.domain.olx.markup import decode_text, parse_markup

CONTAINERS = frozenset(
    {"course", "chapter", "section", "sequential", "videosequence", "problemset", "vertical", "unit", "wrapper"}
    | {"library_content", "itembank", "split_test", "conditional", "randomize", "abtest", "proctor", "timelimit"}
)
ASIDE = frozenset({"xblock_asides", "metadata", "definition"})
# How a draft says where it belongs, and what of that is no property of the part itself.
PLACING = frozenset({"parent_url", "parent_sequential_url", "index_in_children_list"})
PARENT = re.compile(r"(?:type@[\w-]+\+block@|i4x:/?/?[^/]+/[^/]+/[^/]+/)(?P<name>[^/?#@]+)")
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
    note: str = ""
    raw: str = ""

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
    aside: list[tuple[str, str, str]]


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
        raise UnreadablePackage(
            f"The source holds {len(outermost)} courses: {listed}. Import them one by one: give the folder of one of "
            f"them, such as {outermost[0].rstrip('/')} inside the source (unpack an archive first)"
        )
    return outermost[0]


def walk(files: Files) -> Walk:
    """Walk the course of a source."""
    root = find_root(files)
    walker = _Walker(files, root)
    course = walker.course()
    walker.place_drafts(course)
    return Walk(root, course, walker.reached, walker.aside)


class _Walker:
    def __init__(self, files: Files, root: str) -> None:
        self._files, self._root = files, root
        self._names = set(files.names())
        self.reached: set[str] = set()
        self.aside: list[tuple[str, str, str]] = []
        self._open: set[str] = set()
        self._folders = [root]
        self._libraries: dict[str, str] | None = None
        self._count = 0

    def course(self) -> Element:
        path = f"{self._root}course.xml"
        markup = parse_markup(self._read(path))
        if markup.root is None or markup.root.tag not in ("course", "library"):
            raise UnreadablePackage(f"{path} does not hold a course ({markup.damage or 'another element'})")
        if "contextid" in markup.root.attrib:
            raise UnreadablePackage(f"{path} is a backup of Moodle, not a course of Open edX")
        return self.element(markup.root, path, depth=0, damage=markup.damage)

    def place_drafts(self, course: Element) -> None:
        """Put parts that were never published where they belong; a newer draft of a published part stays out."""
        known = {element.key: element for element in course.everything()}
        by_name = {element.url_name: element for element in known.values() if element.tag in CONTAINERS}
        folder = f"{self._root}drafts/"
        found = []
        for path in sorted(name for name in self._names if name.startswith(folder) and name.endswith(".xml")):
            tag, _, rest = path.removeprefix(folder).partition("/")
            markup = parse_markup(self._files.read(path)).root if self._files.size(path) <= MAX_TEXT_BYTES else None
            above = PARENT.search(_parent_of(markup)) if markup is not None and rest else None
            parent = by_name.get(above["name"]) if above else None
            if markup is None or parent is None or f"{tag}/{rest.removesuffix('.xml')}" in known:
                continue
            at = markup.get("index_in_children_list", "")
            found.append((int(at) if at.isdigit() else len(parent.children), path, tag, rest, parent))
        self._folders = [folder, self._root]
        for index, path, tag, rest, parent in sorted(found, key=lambda one: one[:2]):
            if path not in self.reached:
                pointer = etree.Element(tag, url_name=rest.removesuffix(".xml"))
                parent.children.insert(index, self._draft(pointer, path))
        self._folders = [self._root]

    def _draft(self, pointer: etree._Element, path: str) -> Element:
        before = set(self.reached)
        draft = self.element(pointer, path.removesuffix(".xml"), depth=1)
        draft.attributes = {name: text for name, text in draft.attributes.items() if name not in PLACING}
        draft.attributes["visible_to_staff_only"] = "true"
        draft.note = "it was never published: it comes in hidden"
        for body in sorted(self.reached - before):
            if not body.endswith(".xml"):
                self.aside.append((body, "file", "the page of a draft"))
        return draft

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
        folders, library = self._folders, self._library_of(element)
        if library is not None:
            self._folders = [*folders, library.removesuffix("library.xml")]
        self._add_children(element, element.markup, inside, depth)
        if library is not None and not element.children:
            self._draw(element, library, depth)
        self._folders = folders
        self._open -= opened

    def _add_children(self, element: Element, markup: etree._Element, inside: str, depth: int) -> None:
        for child in markup:
            if isinstance(child.tag, str) and child.tag not in ASIDE and not _belongs_to(element.tag, child):
                element.children.append(self.element(child, inside, depth=depth + 1))

    def _draw(self, element: Element, library: str, depth: int) -> None:
        """Fill a pool that holds nothing itself from a library of the same source."""
        if library not in self.reached:
            self.aside.append((library, "library", "its parts stand in the pools that are drawn from it"))
        markup = parse_markup(self._read(library)).root
        if markup is not None:
            self._add_children(element, markup, library, depth)
        element.note = f"its pool is that of {library}"

    def _load(self, element: Element, path: str) -> None:
        element.path, element.inline = path, False
        if self._is_too_large(path):
            element.missing = f"{path} is larger than {MAX_TEXT_BYTES:,} bytes"
            return
        source = self._read(path)
        markup = parse_markup(source)
        element.damage = markup.damage
        if markup.root is None:
            element.missing = f"{path}: {markup.damage}"
            return
        if markup.damage and element.tag == "problem":
            # A question that had to be guessed at might be scored wrongly: its words are kept, for an author to mend.
            element.missing = f"{path} is broken XML: {markup.damage.partition(': ')[2]}"
            element.raw = decode_text(source)
            return
        element.markup = markup.root
        defined = {str(name): str(value) for name, value in markup.root.attrib.items()}
        element.attributes = {**element.attributes, **defined, "url_name": element.url_name}

    def _find_body(self, element: Element) -> None:
        named = element.attributes.get("filename") or element.url_name
        bases = [f"{folder}{element.tag}/{named.replace(':', '/')}" for folder in self._folders]
        base = bases[0]
        for candidate in (name for each in bases for name in (f"{each}.html", each, f"{each}.htm")):
            if candidate not in self._names:
                continue
            if self._is_too_large(candidate):
                self.reached.add(candidate)
                element.missing = f"{candidate} is larger than {MAX_TEXT_BYTES:,} bytes"
            else:
                element.body = self._read(candidate)
            return
        if "filename" in element.attributes and f"{base}.xml" in self._names and f"{base}.xml" not in self.reached:
            self._load(element, f"{base}.xml")
        elif not element.missing and ("filename" in element.attributes or _needs_file(element.markup)):
            element.missing = f"{base.removeprefix(self._root)}.html is not in the package"

    def _definition(self, tag: str, name: str) -> str | None:
        if not name:
            return None
        paths = (f"{folder}{tag}/{name.replace(':', '/')}.xml" for folder in self._folders)
        return next((path for path in paths if path in self._names), None)

    def _library_of(self, element: Element) -> str | None:
        """Return the library.xml of this source that a pool is drawn from."""
        if element.tag != "library_content":
            return None
        if self._libraries is None:
            self._libraries = {}
            for path in sorted(name for name in self._names if name.rsplit("/", 1)[-1] == "library.xml"):
                markup = None if self._is_too_large(path) else parse_markup(self._files.read(path)).root
                if markup is not None and markup.tag == "library":
                    self._libraries[f"{markup.get('org')}+{markup.get('library')}"] = path
        named = element.attributes.get("source_library_id", "").strip('"').removeprefix("library-v1:")
        return self._libraries.get(named)

    def _is_too_large(self, path: str) -> bool:
        return self._files.size(path) > MAX_TEXT_BYTES

    def _read(self, path: str) -> bytes:
        if self._files.size(path) > MAX_TEXT_BYTES:
            raise UnreadablePackage(f"{path} is larger than {MAX_TEXT_BYTES} bytes")
        self.reached.add(path)
        return self._files.read(path)


def _is_pointer(element: etree._Element) -> bool:
    return not len(element) and not (element.text or "").strip()


def _parent_of(markup: etree._Element) -> str:
    return str(markup.get("parent_url") or markup.get("parent_sequential_url") or "")


def _needs_file(element: etree._Element) -> bool:
    # A section that has a title and nothing in it is empty; a pointer to one has no title.
    titled = set() if element.tag in CONTAINERS else {"display_name"}
    return set(element.attrib) <= {"url_name", "org", "course"} | titled


def _belongs_to(container: str, child: etree._Element) -> bool:
    if container == "conditional":
        return child.tag == "show"
    return False


def _made_up_name(element: Element) -> str:
    source = etree.tostring(element.markup, with_tail=False, method="c14n")
    return "h" + hashlib.sha256(element.tag.encode() + source + (element.body or b"")).hexdigest()[:20]
