"""What the tests of progress build with: a course, its learners and a marker, behind their contracts."""

from datetime import UTC, datetime
from decimal import Decimal

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId, ShowCorrectness
from stoa.services.assessment.contract.result import (
    AttemptResult,
    AttemptState,
    BlockId,
    Correctness,
    LearnerRecords,
    ProblemAnswered,
    RecordMark,
    Response,
    ScoredResponse,
)
from stoa.services.assessment.contract.result import (
    CourseId as AttemptCourseId,
)
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    Caption,
    CourseId,
    CourseNotFound,
    CoursesPort,
    CourseState,
    CourseSummary,
    HtmlContent,
    NodeId,
    NodeKind,
    NodeSettings,
    Outline,
    OutlineNode,
    ProblemContent,
    SnapshotId,
    UnitContent,
    VideoContent,
    VideoSource,
    Visibility,
)
from stoa.services.enrollment.contract import EnrollmentPort, Seat, SeatRecords, SeatState
from stoa.services.media.contract import Film, FilmTrack, MediaPort
from stoa.services.people.contract import PeoplePort, Profile

HOME = OrganizationId(new_id())
THEN = datetime(2026, 1, 5, 9, tzinfo=UTC)
FULL = Decimal(2)


def a_node(kind: NodeKind, *children: OutlineNode, settings: NodeSettings | None = None) -> OutlineNode:
    """Make a section, subsection or unit."""
    return OutlineNode(
        id=NodeId(new_id()),
        kind=kind,
        block_kind=None,
        title=str(kind),
        settings=settings or NodeSettings(),
        problem=None,
        count=None,
        children=list(children),
    )


def a_block(kind: BlockKind = BlockKind.HTML, settings: NodeSettings | None = None) -> OutlineNode:
    """Make a block; a problem gets one."""
    return OutlineNode(
        id=NodeId(new_id()),
        kind=NodeKind.BLOCK,
        block_kind=kind,
        title=str(kind),
        settings=settings or NodeSettings(),
        problem=ProblemVersionId(new_id()) if kind is BlockKind.PROBLEM else None,
        count=None,
        children=[],
    )


class FakeMedia(MediaPort):
    """Media with one film that has a ladder, whose addresses say for whom they are."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def films_of(
        self, *, organization: OrganizationId, files: list[str], viewer: UserId | None = None
    ) -> list[Film]:
        self.asked.append(files)
        return [
            Film(
                sha256=sha256,
                ladder_url=f"/media/signed/{viewer}/{sha256}/index.m3u8" if sha256.startswith("a") else "",
                poster_url="/poster.jpg",
                captions=[FilmTrack(language=language, label="", url=f"/{language}.vtt") for language in ("de", "en")],
                duration_s=60,
                note="",
            )
            for sha256 in files
        ]


def a_film(duration_s: float | None) -> VideoContent:
    """Make a film with a file, of a known length or not."""
    return VideoContent(sources=[VideoSource(url="film.mp4")], duration_s=duration_s)


class FakeCourses(CoursesPort):
    """Courses whose outlines the test writes."""

    def __init__(self) -> None:
        self.outlines: dict[CourseId, Outline] = {}
        self.films: dict[NodeId, VideoContent] = {}
        self.asked = 0

    def publish(
        self, *units: OutlineNode, course: CourseId | None = None, organization: OrganizationId = HOME
    ) -> CourseId:
        """Publish units as a course, or as the next snapshot of one."""
        chosen = course or CourseId(new_id())
        summary = CourseSummary(
            id=chosen,
            organization_id=organization,
            slug=f"c-{chosen.hex[-12:]}",
            title="Knots",
            summary="",
            language="en",
            licence="",
            categories=[],
            visibility=Visibility.PUBLIC,
            state=CourseState.PUBLISHED,
            snapshot=SnapshotId(new_id().hex),
            image_url="",
            image_alt="",
            starts_at=None,
            ends_at=None,
            published_at=THEN,
        )
        assert summary.snapshot is not None
        section = a_node(NodeKind.SECTION, a_node(NodeKind.SUBSECTION, *units))
        self.outlines[chosen] = Outline(course=summary, snapshot=summary.snapshot, sections=[section], pages=[])
        return chosen

    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        self.asked += 1
        for outline in self.outlines.values():
            found = outline.course
            if found.organization_id == organization and course in (str(found.id), found.slug):
                return found
        raise CourseNotFound

    async def outline_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> Outline:
        self.asked += 1
        return self.outlines[course]

    async def unit_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        unit: NodeId,
        snapshot: SnapshotId | None = None,
        learner: UserId | None = None,
    ) -> UnitContent:
        units = self.outlines[course].sections[0].children[0].children
        found = next(node for node in units if node.id == unit)
        blocks = [
            BlockView(
                id=node.id,
                title=node.title,
                settings=node.settings,
                content=ProblemContent(problem=node.problem)
                if node.problem
                else self.films.get(node.id, HtmlContent(html="<p>secret</p>")),
                children=[],
            )
            for node in found.children
        ]
        return UnitContent(
            course=course,
            snapshot=self.outlines[course].snapshot,
            unit=unit,
            title=found.title,
            settings=found.settings,
            blocks=blocks,
        )

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        self.asked += 1
        return [
            outline.course
            for outline in self.outlines.values()
            if outline.course.id in courses and outline.course.organization_id == organization
        ]


def a_film_of_two_files() -> VideoContent:
    """Make a film with two uploads, of which media has a ladder for the second, and captions of the author's."""
    urls = [f"/media/{HOME}/{letter * 64}/film.mp4" for letter in "ba"]
    return VideoContent(
        sources=[VideoSource(url=url, content_type="video/mp4") for url in urls],
        captions=[Caption(language="en", label="English", url="/author.vtt")],
    )


class FakeEnrollment(EnrollmentPort):
    """Seats in a dictionary."""

    def __init__(self) -> None:
        self.seats: dict[tuple[CourseId, UserId], Seat] = {}

    def seat(self, course: CourseId, user: UserId, state: SeatState = SeatState.ACTIVE) -> None:
        """Give somebody a seat."""
        self.seats[course, user] = Seat(course=course, user=user, state=state, since=THEN, until=None)

    async def seat_of(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat | None:
        return self.seats.get((course, user)) if organization == HOME else None

    async def seats_of(self, *, organization: OrganizationId, user: UserId) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.user == user and organization == HOME]

    async def learners_in(
        self, *, organization: OrganizationId, course: CourseId, after: UserId | None, limit: int
    ) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.course == course][:limit]

    async def records_of(self, *, organization: OrganizationId, user: UserId) -> SeatRecords:
        return SeatRecords(seats=await self.seats_of(organization=organization, user=user), moves=[])


class FakePeople(PeoplePort):
    """Nobody has a name."""

    async def profiles_of(self, *, organization: OrganizationId, users: list[UserId]) -> list[Profile]:
        return []


class Marker(AssessmentPort):
    """Marks an answer by the points that it asks for, and tells of it as assessment does."""

    def __init__(self) -> None:
        self.show = ShowCorrectness.ALWAYS
        self.told: list[ProblemAnswered] = []
        self._made: dict[str, AttemptResult] = {}
        self._best: dict[tuple[UserId, BlockId], Decimal] = {}
        self._attempts: dict[tuple[UserId, BlockId], int] = {}
        self.due: list[datetime | None] = []

    async def answer(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: AttemptCourseId,
        block: BlockId,
        problem: ProblemVersionId,
        response: Response,
        attempt_key: str,
        due_at: datetime | None = None,
    ) -> AttemptResult:
        if attempt_key in self._made:
            return self._made[attempt_key]
        points = Decimal(str(response.answers["points"]))
        best = self._best[user, block] = max(points, self._best.get((user, block), Decimal(0)))
        number = self._attempts[user, block] = self._attempts.get((user, block), 0) + 1
        correctness = Correctness.CORRECT if points == FULL else Correctness.INCORRECT
        self.told.append(
            ProblemAnswered(
                organization_id=organization,
                user_id=user,
                course_id=course,
                block_id=block,
                problem=problem,
                points=points,
                possible=FULL,
                best_points=best,
                correctness=correctness,
                attempt=number,
                answered_at=THEN,
                show_correctness=self.show,
            )
        )
        is_shown = self.show is ShowCorrectness.ALWAYS
        scored = ScoredResponse(
            points=points if is_shown else Decimal(0),
            possible=FULL,
            correctness=correctness if is_shown else Correctness.WITHHELD,
            parts=[],
            trace=[],
        )
        made = self._made[attempt_key] = AttemptResult(
            attempt=number,
            is_counted=True,
            answered_at=THEN,
            attempts_left=None,
            scored=scored,
            best_points=best if is_shown else Decimal(0),
            is_solution_released=False,
            show_correctness=self.show,
        )
        return made

    async def attempts_of(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        blocks: dict[BlockId, ProblemVersionId],
        due_at: datetime | None = None,
    ) -> dict[BlockId, AttemptState]:
        self.due.append(due_at)
        return {}

    async def records_of(
        self, *, organization: OrganizationId, user: UserId, after: RecordMark | None = None, limit: int = 200
    ) -> LearnerRecords:
        return LearnerRecords(works=[], attempts=[], next=None)
