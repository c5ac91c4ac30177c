"""What other services may know of courses: ids, the published tree, contents, events, errors and the port.

The tree has four levels and keeps all that Open edX has: sections (chapter) hold subsections (sequential), these hold
units (vertical), units hold blocks. Only the blocks `randomized` and `group` hold blocks themselves.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal, NewType
from uuid import UUID

from msgspec import UNSET, UnsetType

from stoa.kit.contract import Event, OrganizationId, Page, Struct, UserId
from stoa.kit.errors import Conflict, Invalid, NotFound
from stoa.kit.ports import Keeping, Port, call
from stoa.services.assessment.contract.problem import ProblemVersionId

CourseId = NewType("CourseId", UUID)
NodeId = NewType("NodeId", UUID)
SnapshotId = NewType("SnapshotId", str)


class NodeKind(StrEnum):
    """The level of a node in the outline."""

    SECTION = "section"
    SUBSECTION = "subsection"
    UNIT = "unit"
    BLOCK = "block"


class BlockKind(StrEnum):
    """What a block shows; poll, survey, word cloud and drag-and-drop are problems."""

    HTML = "html"
    EMBED = "embed"
    VIDEO = "video"
    PROBLEM = "problem"
    FILE = "file"
    DISCUSSION = "discussion"
    RANDOMIZED = "randomized"
    GROUP = "group"
    UNSUPPORTED = "unsupported"


class Completion(StrEnum):
    """When a block counts as done; `auto` follows its kind (read it, watch it, answer it)."""

    AUTO = "auto"
    VIEW = "view"
    TIME = "time"
    SCORE = "score"
    SUBMIT = "submit"
    MANUAL = "manual"
    WATCH = "watch"
    NONE = "none"


class CourseState(StrEnum):
    """Where a course is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Visibility(StrEnum):
    """Who may find a published course in the catalogue."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class NodeSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a node counts and when it opens; everything has a default."""

    required: bool = True
    weight: Decimal = Decimal(1)
    completion: Completion = Completion.AUTO
    threshold: Decimal | None = None
    release_at: datetime | None = None
    due_at: datetime | None = None
    hidden: bool = False
    prerequisites: list[NodeId] = []
    licence: str = ""
    format: str = ""
    graded: bool = False
    try_out: bool = False


class HtmlContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="html"):
    """A sanitised fragment; formulas are MathML."""

    html: str


class EmbedContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="embed"):
    """Another site's page, framed for readers by the address in `frame`, or an author's with scripts in the sandbox."""

    mode: Literal["sandbox", "url"]
    html: str = ""
    url: str = ""
    height: int = 480
    frame: str | UnsetType = UNSET


class VideoSource(Struct, frozen=True, kw_only=True):
    """One file of a film."""

    url: str
    content_type: str = ""


class Caption(Struct, frozen=True, kw_only=True):
    """One caption track, WebVTT."""

    language: str
    label: str
    url: str


class Download(Struct, frozen=True, kw_only=True):
    """A document that goes with a film."""

    label: str
    url: str


class VideoContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="video"):
    """A film with its captions; `youtube` is an id on that site, used when no source plays."""

    sources: list[VideoSource] = []
    youtube: str = ""
    poster: str = ""
    captions: list[Caption] = []
    duration_s: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    downloads: list[Download] = []


class ProblemContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="problem"):
    """A reference to a version of a problem that the assessment service holds; None until one is written.

    The problem's own HTML names files and blocks as `asset:…` and `block:…`; `urls` maps each of these to its address.
    """

    problem: ProblemVersionId | None = None
    urls: dict[str, str] = {}


class FileContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="file"):
    """A document to read or download."""

    url: str
    label: str = ""


class DiscussionContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="discussion"):
    """A place in the course's forum."""

    topic: str
    category: str = ""


class RandomizedContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="randomized"):
    """A pool of which each learner gets `count` for good (-1: all, in an order); equal `experiment`s fall alike."""

    count: int = 1
    experiment: str | UnsetType = UNSET


class GroupContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="group"):
    """Blocks that stay together."""


class UnsupportedContent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="unsupported"):
    """A block that Stoa cannot show yet, with its source kept for the day it can; readers get its `words` alone."""

    source_kind: str
    reason: str
    source: str = ""
    words: str | UnsetType = UNSET


Content = (
    HtmlContent | EmbedContent | VideoContent | ProblemContent | FileContent | DiscussionContent
    | RandomizedContent | GroupContent | UnsupportedContent
)  # fmt: skip


class CourseSummary(Struct, frozen=True, kw_only=True):
    """What a list of courses shows; the fields describe the published snapshot when there is one."""

    id: CourseId
    organization_id: OrganizationId
    slug: str
    title: str
    summary: str
    language: str
    licence: str
    categories: list[str]
    visibility: Visibility
    state: CourseState
    snapshot: SnapshotId | None
    image_url: str
    image_alt: str
    starts_at: datetime | None
    ends_at: datetime | None
    published_at: datetime | None


class OutlineNode(Struct, frozen=True, kw_only=True):
    """One node of the published tree without its content; `count` is set for a randomized block."""

    id: NodeId
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    problem: ProblemVersionId | None
    count: int | None
    children: list["OutlineNode"]


class CoursePage(Struct, frozen=True, kw_only=True):
    """A page beside the outline; the one with the key `overview` describes the course to the public."""

    key: str
    title: str
    html: str


class Outline(Struct, frozen=True, kw_only=True):
    """The tree of one snapshot."""

    course: CourseSummary
    snapshot: SnapshotId
    sections: list[OutlineNode]
    pages: list[CoursePage]


class BlockView(Struct, frozen=True, kw_only=True):
    """One block as a reader gets it: every URL in it can be fetched."""

    id: NodeId
    title: str
    settings: NodeSettings
    content: Content
    children: list["BlockView"]


class UnitContent(Struct, frozen=True, kw_only=True):
    """One unit as a reader gets it."""

    course: CourseId
    snapshot: SnapshotId
    unit: NodeId
    title: str
    settings: NodeSettings
    blocks: list[BlockView]


class CoursePublished(Event, frozen=True, kw_only=True):
    """A snapshot became what learners read; a roll-back says so too."""

    type_: ClassVar[str] = "stoa.courses.course-published.v1"
    key_: ClassVar[str] = "course_id"

    course_id: CourseId
    slug: str
    snapshot: SnapshotId
    title: str
    description: str
    language: str
    visibility: Visibility
    categories: list[str]
    published_at: datetime


class CourseArchived(Event, frozen=True, kw_only=True):
    """The course left the catalogue; who had a seat may still read it."""

    type_: ClassVar[str] = "stoa.courses.course-archived.v1"
    key_: ClassVar[str] = "course_id"

    course_id: CourseId


class CourseNotFound(NotFound):
    """No such course, or it is not for this caller."""

    code, title = "courses.course_not_found", "There is no such course"


class NodeNotFound(NotFound):
    """No such section, unit or block in this course or snapshot."""

    code, title = "courses.node_not_found", "There is no such part of the course"


class NotPublished(NotFound):
    """The course has nothing that learners could read yet."""

    code, title = "courses.not_published", "The course is not published yet"


class ImportNotFound(NotFound):
    """No such import or export of this organization."""

    code, title = "courses.import_not_found", "There is no such import or export"


class SlugTaken(Conflict):
    """Another course of the organization has this address."""

    code, title = "courses.slug_taken", "Another course has this address"


class NotReadyToPublish(Conflict):
    """The check before publishing found errors; the problem's `findings` lists them."""

    code, title = "courses.not_ready_to_publish", "The course has errors that stop publishing"


class CourseIsArchived(Conflict):
    """An archived course is not edited or published."""

    code, title = "courses.archived", "The course is archived"


class WrongPlace(Invalid):
    """A node of this kind cannot stand there."""

    code, title = "courses.wrong_place", "This part cannot stand there"


class UnreadablePackage(Invalid):
    """The package is not a course, holds several, or is not safe to open."""

    code, title = "courses.unreadable_package", "The package cannot be imported"


class CoursesPort(Port):
    """Ask for published courses: what there is, its tree, its contents."""

    service_: ClassVar[str] = "courses"

    @call(
        idempotent=True,
        keeping=Keeping(
            for_s=30.0,
            until=(CoursePublished, CourseArchived),
            # A draft changes without an event.
            subject=lambda _, found: found.id if found.state is CourseState.PUBLISHED else None,
        ),
    )
    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        """Return a course by id or slug."""
        raise NotImplementedError

    @call(idempotent=True)
    async def outline_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> Outline:
        """Return the published tree; with a learner, randomized pools hold only what falls to them."""
        raise NotImplementedError

    @call(idempotent=True)
    async def unit_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        unit: NodeId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> UnitContent:
        """Return one published unit with every URL resolved; with a learner, pools are drawn for them."""
        raise NotImplementedError

    @call(idempotent=True)
    async def published_courses(
        self, *, organization: OrganizationId, after: str | None = None, limit: int = 50
    ) -> Page[CourseSummary]:
        """Return the published courses of an organization, of every visibility."""
        raise NotImplementedError

    @call(idempotent=True)
    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        """Return the courses that exist among these ids."""
        raise NotImplementedError
