"""A course on its way in: what every reader of a package hands to the import, and the report it leads to."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from stoa.kit.contract import Struct
from stoa.services.courses.contract import (
    BlockKind,
    Content,
    NodeId,
    NodeKind,
    NodeSettings,
    UnsupportedContent,
    Visibility,
)
from stoa.services.media.contract import FileWords

NAMESPACE = uuid5(NAMESPACE_URL, "https://stoa.dev/ns/course")


class Outcome(StrEnum):
    """What became of one element or file of a source."""

    IMPORTED = "imported"
    WITH_LOSS = "converted_with_loss"
    SKIPPED = "skipped"


class ReportItem(Struct, frozen=True, kw_only=True):
    """The fate of one element or file, with the reason where there is one to tell.

    Where it became a part of the draft: its title, the title of the unit that it stands in, and the node.
    """

    path: str
    kind: str
    outcome: Outcome
    reason: str
    title: str = ""
    unit: str = ""
    node: NodeId | None = None


class BlockCounts(Struct, frozen=True, kw_only=True):
    """How many elements and files were found, and what became of them."""

    found: int
    imported: int
    converted_with_loss: int
    skipped: int


class CourseFields(Struct, frozen=True, kw_only=True):
    """What a course says of itself."""

    title: str
    slug: str = ""
    summary: str = ""
    language: str = "en"
    licence: str = ""
    image: str = ""
    image_alt: str = ""
    categories: list[str] = []
    visibility: Visibility = Visibility.PUBLIC
    time_zone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class PageText(Struct, frozen=True, kw_only=True):
    """A page beside the outline as it is stored."""

    key: str
    title: str
    html: str


@dataclass(frozen=True)
class BundleNode:
    """One node as a package describes it; `parent` is None for a section."""

    id: NodeId
    key: str
    parent: NodeId | None
    position: int
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    content: Content | None = None


@dataclass(frozen=True)
class BundleProblem:
    """A problem that the assessment service is asked to read for one node; `item` is its line in the report."""

    node: NodeId
    format: str
    source: str
    title: str
    item: int
    inherited: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BundleAsset:
    """A file that comes along: a path in the package, or bytes that the reader made."""

    name: str
    path: str | None
    data: bytes | None = None
    content_type: str = ""
    licence: str = ""


@dataclass
class Bundle:
    """A whole course as read from a package."""

    key: str
    fields: CourseFields
    pages: list[PageText] = field(default_factory=list)
    nodes: list[BundleNode] = field(default_factory=list)
    problems: list[BundleProblem] = field(default_factory=list)
    assets: list[BundleAsset] = field(default_factory=list)
    media: list[FileWords] = field(default_factory=list)
    items: list[ReportItem] = field(default_factory=list)
    extras: dict[str, str] = field(default_factory=dict)

    def downgrade(self, item: int, outcome: Outcome, reason: str) -> None:
        """Correct the fate of one item; it only ever gets worse, and reasons add up, the one that decides first."""
        known = self.items[item]
        worse = max(known.outcome, outcome, key=list(Outcome).index)
        told = (known.reason, reason) if worse is known.outcome else (reason, known.reason)
        reasons = "; ".join(part for part in told if part)
        self.items[item] = msgspec.structs.replace(known, outcome=worse, reason=reasons)

    def refused(self, node: BundleNode, problem: BundleProblem, *, kind: str, reason: str) -> BundleNode:
        """Return a node whose problem cannot be scored: an unsupported block that keeps the source."""
        content = UnsupportedContent(source_kind=kind, reason=reason, source=problem.source)
        return replace(node, block_kind=BlockKind.UNSUPPORTED, content=content)


def count(items: list[ReportItem]) -> BlockCounts:
    """Add a report up."""
    by_outcome = {outcome: sum(1 for item in items if item.outcome is outcome) for outcome in Outcome}
    return BlockCounts(
        found=len(items),
        imported=by_outcome[Outcome.IMPORTED],
        converted_with_loss=by_outcome[Outcome.WITH_LOSS],
        skipped=by_outcome[Outcome.SKIPPED],
    )


def node_id(course_key: str, key: str) -> NodeId:
    """Return the id of a node: the key itself when it is a UUID, else one made of course key and key."""
    try:
        given = UUID(key)
    except ValueError:
        return NodeId(uuid5(NAMESPACE, f"{course_key}\n{key}"))
    return NodeId(given) if str(given) == key else NodeId(uuid5(NAMESPACE, f"{course_key}\n{key}"))
