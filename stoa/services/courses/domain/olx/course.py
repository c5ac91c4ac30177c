"""A whole Open edX course becomes a bundle: the tree in four levels, the course's own fields, every file counted."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from stoa.services.courses.contract import (
    BlockKind,
    Completion,
    Content,
    GroupContent,
    NodeId,
    NodeKind,
    ProblemContent,
    RandomizedContent,
)
from stoa.services.courses.domain.bundle import (
    Bundle,
    BundleAsset,
    BundleNode,
    BundleProblem,
    Outcome,
    ReportItem,
    node_id,
)
from stoa.services.courses.domain.delivery import problem_pointers
from stoa.services.courses.domain.files import Files
from stoa.services.courses.domain.olx.about import About
from stoa.services.courses.domain.olx.blocks import Blocks, Converted
from stoa.services.courses.domain.olx.experiments import Experiments
from stoa.services.courses.domain.olx.links import Links
from stoa.services.courses.domain.olx.policy import inherited_by, settings_of, shown_to_some, title_inside, title_of
from stoa.services.courses.domain.olx.static import StaticFiles
from stoa.services.courses.domain.olx.videos import Videos
from stoa.services.courses.domain.olx.walk import CONTAINERS, Element, walk

LEVELS = {
    **dict.fromkeys(("chapter", "section"), 0),
    **dict.fromkeys(("sequential", "videosequence", "problemset"), 1),
    **dict.fromkeys(("vertical", "unit"), 2),
}
KINDS = (NodeKind.SECTION, NodeKind.SUBSECTION, NodeKind.UNIT, NodeKind.BLOCK)
TRANSPARENT = frozenset({"proctor", "timelimit", "course"})
DRAWN = {
    "randomize": "",
    "abtest": "shown at random instead of by experiment",
}
LINKED_TEXT = (".html", ".htm", ".css", ".js", ".svg", ".xhtml")
LOCAL_REFERENCE = re.compile(r"""(?:\b(?:src|href|data)\s*=\s*["']|url\(\s*["']?)([^"'()#?\s>]+)""")

QUOTED_NAME = re.compile(r"""["'(]([\w .-]{1,100}\.[A-Za-z0-9]{2,5})["')?#]""")


def read_olx(files: Files) -> Bundle:
    """Read the one course of a source; nothing of the source goes unmentioned in the bundle's items."""
    return _Reading(files).bundle()


@dataclass
class _Place:
    """Where the next node goes."""

    parent: NodeId | None
    level: int
    unit: str = ""


class _Reading:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._walk = walk(files)
        course = self._walk.course
        given = course.attributes
        self._static = StaticFiles(files, folder=f"{self._walk.root}static/")
        self._about = About(files, root=self._walk.root, course=course)
        self._key = "olx:" + "+".join((given.get("org", ""), given.get("course", ""), course.url_name))
        self._experiments = Experiments(course, key=self._key)
        self._ids: dict[int, str] = {}
        targets = self._name_nodes(course)
        self._links = Links(self._static, targets)
        self._videos = Videos(files, self._static, self._links, language=self._about.language)
        self._blocks = Blocks(self._links, self._videos)
        self._bundle = Bundle(key=self._key, fields=self._about.fields(self._static))
        self._positions: dict[NodeId | None, int] = {}

    def bundle(self) -> Bundle:
        """Convert everything and account for every file."""
        course = self._walk.course
        outcome = Outcome.SKIPPED if course.missing else Outcome.WITH_LOSS if course.damage else Outcome.IMPORTED
        self._report(course, outcome, course.missing or course.damage)
        for child in course.children:
            self._place(child, _Place(None, -1), course)
        self._bundle.pages = self._about.pages(self._blocks)
        self._bundle.extras = self._about.extras()
        for text in self._about.named():
            self._links.rewrite_raw(text)
        self._links.take_missing()
        self._gather_assets()
        self._report_orphans()
        return self._bundle

    def _name_nodes(self, course: Element) -> dict[str, NodeId]:
        """Give every element its key, a second use of the same block a key of its own; return the targets of links."""
        used: dict[str, int] = {}
        targets: dict[str, NodeId] = {}
        for element in course.everything():
            used[element.key] = used.get(element.key, 0) + 1
            nth = used[element.key]
            key = f"{element.tag}/{quote(element.url_name, safe=':/+@')}"
            self._ids[id(element)] = key if nth == 1 else f"{key}@{nth}"
            if element.tag not in ("course", "wiki", "textbook"):
                targets.setdefault(element.url_name, node_id(self._key, self._ids[id(element)]))
        return targets

    def _place(self, element: Element, place: _Place, above: Element) -> None:
        element.attributes = {**element.attributes, **self._about.policy_of(element)}
        inherited = inherited_by(element, above)
        if element.tag in ("wiki", "textbook"):
            self._report(element, *self._about.aside(element))
        elif element.tag in TRANSPARENT or (0 <= LEVELS.get(element.tag, 3) <= place.level < 2):
            self._report(
                element, Outcome.WITH_LOSS, f"<{element.tag}> inside <{above.tag}>: its parts stand in its place"
            )
            for child in element.children:
                self._place(child, place, inherited)
        elif element.tag in CONTAINERS and not element.missing:
            self._place_container(element, place, inherited)
        else:
            self._place_leaf(element, self._down_to(3, element, place), inherited)

    def _place_container(self, element: Element, place: _Place, inherited: Element) -> None:
        level = LEVELS.get(element.tag, 3)
        losses = [text for text in (element.damage, shown_to_some(element)) if text]
        if level < 3 and place.level < level:
            at = self._down_to(level, element, place)
            node = self._add(element, at, KINDS[level], None, None)
            inner = _Place(node, level, title_of(element) if level == 2 else "")
        else:
            at = self._down_to(3, element, place)
            kind, content, loss = self._drawn(element)
            losses += [loss] if loss else []
            node = self._add(element, at, NodeKind.BLOCK, kind, content)
            inner = _Place(node, 3, at.unit)
        notes = [element.note] if element.note else []
        self._report(
            element,
            Outcome.WITH_LOSS if losses else Outcome.IMPORTED,
            "; ".join([*losses, *notes]),
            _Place(node, level, at.unit),
        )
        for child in element.children:
            self._place(child, inner, inherited)

    def _place_leaf(self, element: Element, place: _Place, inherited: Element) -> None:
        converted = self._blocks.convert(element)
        losses = converted.losses + [text for text in (shown_to_some(element),) if text]
        self._add(element, place, NodeKind.BLOCK, converted.kind, converted.content, converted.completion)
        outcome = Outcome.SKIPPED if converted.skipped else Outcome.WITH_LOSS if losses else Outcome.IMPORTED
        reason = "; ".join([converted.skipped, *losses, *converted.notes, element.note])
        self._report(element, outcome, reason, _Place(self._bundle.nodes[-1].id, 3, place.unit))
        if converted.problem is not None:
            self._ask(element, converted, inherited)

    def _ask(self, element: Element, converted: Converted, inherited: Element) -> None:
        problem = converted.problem or ""
        node = self._bundle.nodes[-1]
        urls = dict.fromkeys(problem_pointers(problem), "")
        self._bundle.nodes[-1] = replace(node, content=ProblemContent(urls=urls))
        self._bundle.problems.append(
            BundleProblem(
                node=node.id, format="olx", source=problem, title=node.title, item=len(self._bundle.items) - 1,
                inherited={name: text for name, text in inherited.attributes.items() if name not in element.attributes},
            )
        )  # fmt: skip

    def _down_to(self, level: int, element: Element, place: _Place) -> _Place:
        """Make the levels that the source leaves out, so that every block stands in a unit."""
        while place.level + 1 < level:
            kind = KINDS[place.level + 1]
            key = f"{self._ids[id(element)]}@{kind}"
            node = BundleNode(
                id=node_id(self._key, key), key=key, parent=place.parent, position=self._next(place.parent), kind=kind,
                block_kind=None, title=title_of(element), settings=settings_of(element, Completion.AUTO),
            )  # fmt: skip
            self._bundle.nodes.append(node)
            place = _Place(node.id, place.level + 1, node.title if kind is NodeKind.UNIT else "")
        return place

    def _add(
        self,
        element: Element,
        place: _Place,
        kind: NodeKind,
        block_kind: BlockKind | None,
        content: Content | None,
        completion: Completion = Completion.AUTO,
    ) -> NodeId:
        key = self._ids[id(element)]
        is_inside = kind is NodeKind.BLOCK and element.tag in CONTAINERS
        title = title_inside(element) if is_inside else title_of(element)
        node = BundleNode(
            id=node_id(self._key, key), key=key, parent=place.parent, position=self._next(place.parent), kind=kind,
            block_kind=block_kind, title=title, settings=settings_of(element, completion), content=content,
        )  # fmt: skip
        self._bundle.nodes.append(node)
        return node.id

    def _next(self, parent: NodeId | None) -> int:
        self._positions[parent] = self._positions.get(parent, -1) + 1
        return self._positions[parent]

    def _report(self, element: Element, outcome: Outcome, reason: str, became: _Place | None = None) -> None:
        """Add a line; `became` is the node that the element is in the draft, and its unit."""
        self._bundle.items.append(
            ReportItem(
                path=element.path, kind=element.tag, outcome=outcome, reason=reason.strip("; "),
                title=title_of(element), unit=became.unit if became else "", node=became.parent if became else None,
            )
        )  # fmt: skip

    def _gather_assets(self) -> None:
        self._follow_assets()
        licences = self._about.asset_licences()
        for name in sorted(self._static.used):
            path = self._static.path(name)
            self._bundle.assets.append(BundleAsset(name=name, path=path, licence=licences.get(name, "")))
        self._bundle.assets += [made for made in self._videos.made.values() if made.name not in self._static.used]

    def _follow_assets(self) -> None:
        """Mark what used pages, styles and scripts refer to in their turn."""
        seen: set[str] = set()
        names = set(self._static.names())
        while todo := [name for name in self._static.used - seen if name.lower().endswith(LINKED_TEXT)]:
            for name in todo:
                seen.add(name)
                path = self._static.path(name)
                if self._files.size(path) > 2_097_152:
                    continue
                text = self._files.read(path).decode("utf-8", errors="replace")
                self._links.rewrite_raw(text)
                self._links.take_missing()
                if name.lower().endswith((".js", ".css")):
                    # Scripts put addresses together: a quoted name of a file that is there counts as a reference.
                    for bare in set(QUOTED_NAME.findall(text)) & names:
                        self._static.find(bare)
                for reference in LOCAL_REFERENCE.findall(text):
                    if ":" not in reference and not reference.startswith(("/", "+", "'")):
                        near = str(PurePosixPath(name).parent / unquote(reference))
                        self._static.find(near) or self._static.find(reference.removeprefix("./"))

    def _report_orphans(self) -> None:
        reached = self._walk.reached | self._about.reached
        reached |= {self._static.path(name) for name in self._static.used}
        for path, kind, reason in self._walk.aside:
            self._bundle.items.append(ReportItem(path=path, kind=kind, outcome=Outcome.IMPORTED, reason=reason))
        for name in sorted(self._files.names()):
            if name not in reached:
                item = ReportItem(path=name, kind="file", outcome=Outcome.SKIPPED, reason="orphan")
                self._bundle.items.append(item)

    def _drawn(self, element: Element) -> tuple[BlockKind, Content, str]:
        """Return the block that holds the parts of a container inside a unit."""
        if element.tag in ("library_content", "itembank"):
            count = element.attributes.get("max_count", "1").strip('"')
            drawn = int(count) if count.lstrip("-").isdigit() else 1
            loss = "" if element.children else "the library it draws from is not in the package"
            return BlockKind.RANDOMIZED, RandomizedContent(count=drawn), loss
        if element.tag == "split_test":
            split, loss = self._experiments.split(element)
            return BlockKind.RANDOMIZED, split, loss
        if element.tag in DRAWN:
            return BlockKind.RANDOMIZED, RandomizedContent(count=1), DRAWN[element.tag]
        loss = "shown without its condition" if element.tag == "conditional" else ""
        return BlockKind.GROUP, GroupContent(), loss
