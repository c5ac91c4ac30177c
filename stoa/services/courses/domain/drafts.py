"""What authors see and send: the draft of a course, its nodes, its publications, its packages on the way."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.contract import JobId, Page, Struct, UserId
from stoa.services.courses.contract import (
    BlockKind,
    Content,
    CourseId,
    CourseState,
    NodeId,
    NodeKind,
    NodeSettings,
    SnapshotId,
)
from stoa.services.courses.domain.bundle import BlockCounts, CourseFields, PageText, ReportItem

Title = Annotated[str, msgspec.Meta(max_length=500)]


class DraftCourse(Struct, frozen=True, kw_only=True):
    """The draft of a course without its tree."""

    id: CourseId
    key: str
    fields: CourseFields
    pages: list[PageText]
    extras: dict[str, str]
    state: CourseState
    version: int
    snapshot: SnapshotId | None
    published_at: datetime | None
    changed_at: datetime


class CourseLine(Struct, frozen=True, kw_only=True):
    """A course in an author's list."""

    id: CourseId
    slug: str
    title: str
    state: CourseState
    snapshot: SnapshotId | None
    published_at: datetime | None
    changed_at: datetime


class NewCourse(Struct, frozen=True, kw_only=True):
    """What starts a course."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    slug: str = ""
    summary: str = ""
    language: str = "en"


class CourseEdit(Struct, frozen=True, kw_only=True):
    """The new fields and pages of a draft; what is None stays."""

    fields: CourseFields | None = None
    pages: list[PageText] | None = None


class NodeView(Struct, frozen=True, kw_only=True):
    """One node of a draft for editing; `urls` gives the address of every file that its content names."""

    id: NodeId
    key: str
    parent: NodeId | None
    position: int
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    content: Content | None
    version: int
    changed_at: datetime | None = None
    changed_by: UserId | None = None
    urls: dict[str, str] = {}


class DraftOutlineNode(Struct, frozen=True, kw_only=True):
    """One node in the tree of a draft."""

    id: NodeId
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    version: int
    children: list["DraftOutlineNode"]


class DraftOutline(Struct, frozen=True, kw_only=True):
    """The tree of a draft, each node with the version that an edit must name."""

    course: CourseId
    title: str
    version: int
    sections: list[DraftOutlineNode]


class NewNode(Struct, frozen=True, kw_only=True):
    """What adds a node; without a position it comes last."""

    kind: NodeKind
    parent: NodeId | None = None
    block_kind: BlockKind | None = None
    title: Title = ""
    position: int | None = None
    settings: NodeSettings = NodeSettings()
    content: Content | None = None


class NodeEdit(Struct, frozen=True, kw_only=True):
    """The new title, settings or content of a node; what is None stays."""

    title: Title | None = None
    settings: NodeSettings | None = None
    content: Content | None = None


class NodeMove(Struct, frozen=True, kw_only=True):
    """Where a node goes, and which version of it is meant."""

    parent: NodeId | None = None
    position: int
    version: int


class Publication(Struct, frozen=True, kw_only=True):
    """One time a snapshot became what learners read."""

    number: int
    snapshot: SnapshotId
    note: str
    published_by: UserId | None
    published_at: datetime


class PublishNote(Struct, frozen=True, kw_only=True):
    """What an author says about a publication."""

    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class RollBack(Struct, frozen=True, kw_only=True):
    """The older snapshot that learners shall read again."""

    snapshot: SnapshotId
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class TransferStarted(Struct, frozen=True, kw_only=True):
    """An import or export on its way."""

    id: UUID
    job: JobId | None


class ImportStarted(Struct, frozen=True, kw_only=True):
    """An import on its way."""

    import_id: UUID
    job: JobId | None


class ImportReport(Struct, frozen=True, kw_only=True):
    """How far an import is and, once it is done, the fate of every element and file."""

    import_id: UUID
    state: str
    format: str
    filename: str
    done: int
    total: int
    note: str
    error: str
    course: CourseId | None
    blocks: BlockCounts | None
    items: Page[ReportItem]


class ExportState(Struct, frozen=True, kw_only=True):
    """How far an export is; `url` downloads it once it is done."""

    export_id: UUID
    state: str
    done: int
    total: int
    note: str
    error: str
    url: str
    size: int
