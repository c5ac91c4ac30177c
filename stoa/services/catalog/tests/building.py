"""What the tests of catalog build with: a courses service of plain values, and problems that know one answer."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from stoa.kit.contract import EventId, OrganizationId, UserId, new_id
from stoa.kit.events import Delivery
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.assessment.contract.result import Correctness, Response, ScoredResponse
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    Content,
    CourseArchived,
    CourseId,
    CourseNotFound,
    CoursePage,
    CoursePublished,
    CoursesPort,
    CourseState,
    CourseSummary,
    GroupContent,
    HtmlContent,
    NodeId,
    NodeKind,
    NodeNotFound,
    NodeSettings,
    Outline,
    OutlineNode,
    ProblemContent,
    SnapshotId,
    UnitContent,
    Visibility,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
SNAPSHOT = SnapshotId("ab" * 32)


def an_organization() -> OrganizationId:
    """Invent an organization."""
    return OrganizationId(new_id())


def a_course(organization: OrganizationId, title: str, **changed: object) -> CourseSummary:
    """Invent a published, public course."""
    course = CourseSummary(
        id=CourseId(new_id()), organization_id=organization, slug=title.lower().replace(" ", "-"), title=title,
        summary="", language="en", licence="", categories=[], visibility=Visibility.PUBLIC,
        state=CourseState.PUBLISHED, snapshot=SNAPSHOT, image_url="", image_alt="", starts_at=None, ends_at=None,
        published_at=START,
    )  # fmt: skip
    return msgspec.structs.replace(course, **changed)


def a_node(kind: NodeKind, *children: OutlineNode, title: str = "", **settings: object) -> OutlineNode:
    """Invent a node of an outline."""
    return OutlineNode(
        id=NodeId(new_id()), kind=kind, block_kind=None, title=title or kind.value, settings=settings_of(**settings),
        problem=None, count=None, children=list(children),
    )  # fmt: skip


def settings_of(**settings: object) -> NodeSettings:
    """Return the usual settings but for some."""
    return msgspec.structs.replace(NodeSettings(), **settings)


def a_block(kind: BlockKind) -> OutlineNode:
    """Invent a block of an outline."""
    return msgspec.structs.replace(a_node(NodeKind.BLOCK), block_kind=kind)


def a_view(content: Content, *children: BlockView) -> BlockView:
    """Invent a block as a reader gets it."""
    return BlockView(id=NodeId(new_id()), title="", settings=NodeSettings(), content=content, children=list(children))


class PlainCourses(CoursesPort):
    """Courses that are what a test says they are; it notes for which learner it is asked."""

    def __init__(self) -> None:
        self.courses: dict[CourseId, CourseSummary] = {}
        self.sections: dict[CourseId, list[OutlineNode]] = {}
        self.units: dict[NodeId, list[BlockView]] = {}
        self.old_slugs: dict[str, CourseId] = {}
        self.asked_for: list[UserId | None] = []

    def add(self, course: CourseSummary, *sections: OutlineNode) -> CourseSummary:
        """Let a course be there."""
        self.courses[course.id] = course
        self.sections[course.id] = list(sections)
        return course

    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        found = self.old_slugs.get(course)
        for one in self._of(organization):
            if course in (one.slug, str(one.id)) or one.id == found:
                return one
        raise CourseNotFound

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        return [one for one in self._of(organization) if one.id in courses]

    async def outline_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> Outline:
        found = await self.course_of(organization=organization, course=str(course))
        pages = [CoursePage(key="overview", title="", html="<p>About</p>")]
        return Outline(course=found, snapshot=SNAPSHOT, sections=self.sections[course], pages=pages)

    async def unit_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        unit: NodeId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> UnitContent:
        if unit not in self.units:
            raise NodeNotFound
        self.asked_for.append(learner)
        return UnitContent(
            course=course, snapshot=SNAPSHOT, unit=unit, title="Unit", settings=NodeSettings(),
            blocks=self.units[unit],
        )  # fmt: skip

    def _of(self, organization: OrganizationId) -> list[CourseSummary]:
        return [one for one in self.courses.values() if one.organization_id == organization]


class KnowingAssessment(AssessmentPort):
    """Every problem is answered by "42"."""

    async def views_of(
        self, *, organization: OrganizationId, ids: list[ProblemVersionId], seed: str
    ) -> list[ProblemView]:
        return [
            ProblemView(
                id=version, title=seed, body='<img src="asset:a.png">', parts=[], possible=Decimal(1),
                max_attempts=None, hints=0, has_solution=True, is_scored=True,
            )
            for version in ids
        ]  # fmt: skip

    async def score(
        self, *, organization: OrganizationId, problem: ProblemVersionId, response: Response
    ) -> ScoredResponse:
        is_right = response.answers.get("p") == "42"
        return ScoredResponse(
            points=Decimal(int(is_right)), possible=Decimal(1), parts=[], trace=[],
            correctness=Correctness.CORRECT if is_right else Correctness.INCORRECT,
        )  # fmt: skip


def published(course: CourseSummary) -> CoursePublished:
    """Return the event that says a course was published."""
    return CoursePublished(
        organization_id=course.organization_id, course_id=course.id, slug=course.slug, snapshot=SNAPSHOT,
        title=course.title, description=course.summary, language=course.language, visibility=course.visibility,
        categories=course.categories, published_at=course.published_at or START,
    )  # fmt: skip


def archived(course: CourseSummary) -> CourseArchived:
    """Return the event that says a course was archived."""
    return CourseArchived(organization_id=course.organization_id, course_id=course.id)


def a_delivery(event: CoursePublished | CourseArchived, *, at: datetime = START) -> Delivery:
    """Invent a delivery of an event."""
    return Delivery(
        consumer="catalog.test", event_id=EventId(new_id()), type_=event.type_, key=str(event.course_id),
        organization=event.organization_id, occurred_at=at,
    )  # fmt: skip


def a_unit_to_try() -> tuple[list[BlockView], BlockView]:
    """Invent the blocks of a unit with a problem inside a group."""
    problem = a_view(ProblemContent(problem=ProblemVersionId(UUID(int=7)), urls={"asset:a.png": "/media/x/y/a.png"}))
    return [a_view(HtmlContent(html="<p>Hi</p>")), a_view(GroupContent(), problem)], problem
