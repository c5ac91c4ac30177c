"""What the pages of a learner and of a teacher are made of."""

from datetime import datetime
from decimal import Decimal

from stoa.kit.contract import Struct, UserId
from stoa.services.assessment.contract.result import AttemptState
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    Completion,
    Content,
    CourseId,
    NodeId,
    NodeKind,
    OutlineNode,
)
from stoa.services.enrollment.contract import Seat
from stoa.services.progress.domain import completion
from stoa.services.progress.domain.completion import Place, Share
from stoa.services.progress.service.reading import Shelf, Standing, UnitAtHand
from stoa.services.progress.service.studying import Studying
from stoa.services.progress.store import Journey, Watched


class NodeProgress(Struct, frozen=True, kw_only=True):
    """A part of a course, with how much of it the learner has done and when it opens."""

    id: NodeId
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    is_required: bool
    rule: Completion
    completed: int
    required: int
    is_done: bool
    opens_at: datetime | None
    due_at: datetime | None
    children: list["NodeProgress"]


class LearnerOutline(Struct, frozen=True, kw_only=True):
    """A course as a learner sees it: the tree with marks, the percentage, and where to go on."""

    course_id: CourseId
    slug: str
    title: str
    percent: int
    completed: int
    required: int
    resume_unit: NodeId | None
    resume_block: NodeId | None
    sections: list[NodeProgress]


class WatchedView(Struct, frozen=True, kw_only=True):
    """What a learner has watched of a film, as [from, to] in seconds, and where they were."""

    intervals: list[list[float]]
    duration_s: float
    position_s: float


class LearnerBlock(Struct, frozen=True, kw_only=True):
    """One block of a unit with the learner's own work on it."""

    id: NodeId
    title: str
    content: Content
    rule: Completion
    threshold: Decimal
    is_required: bool
    is_done: bool
    due_at: datetime | None
    problem: ProblemView | None
    attempt: AttemptState | None
    watched: WatchedView | None
    children: list["LearnerBlock"]


class Neighbour(Struct, frozen=True, kw_only=True):
    """The unit before or after."""

    id: NodeId
    title: str


class LearnerUnit(Struct, frozen=True, kw_only=True):
    """A unit to study."""

    course_id: CourseId
    course_title: str
    unit_id: NodeId
    title: str
    section: str
    subsection: str
    before: Neighbour | None
    after: Neighbour | None
    blocks: list[LearnerBlock]


class SectionProgress(Struct, frozen=True, kw_only=True):
    """How much of a section is done, and what was scored in it."""

    id: NodeId
    title: str
    percent: int
    completed: int
    required: int
    points: Decimal
    possible: Decimal


class CourseProgress(Struct, frozen=True, kw_only=True):
    """How far a learner is; points count the problems answered so far."""

    course_id: CourseId
    percent: int
    completed: int
    required: int
    points: Decimal
    possible: Decimal
    completed_at: datetime | None
    resume_unit: NodeId | None
    by_section: list[SectionProgress]


class ShelfView(Struct, frozen=True, kw_only=True):
    """A course on the learner's shelf."""

    course_id: CourseId
    slug: str
    title: str
    summary: str
    image_url: str
    image_alt: str
    seat_state: str
    position: int | None
    percent: int
    resume_unit: NodeId | None
    resume_title: str
    active_at: datetime | None
    completed_at: datetime | None


class HomeView(Struct, frozen=True, kw_only=True):
    """The learner's courses, the last active first."""

    items: list[ShelfView]


class LearnerRow(Struct, frozen=True, kw_only=True):
    """A learner of a course and how far they are."""

    user_id: UserId
    display_name: str
    seat_state: str
    since: datetime
    percent: int
    points: Decimal
    possible: Decimal
    active_at: datetime | None
    completed_at: datetime | None


def outline_view(studying: Studying, done: frozenset[NodeId], journey: Journey | None) -> LearnerOutline:
    """Return a learner's outline."""
    share = completion.share_of(studying.visible.sections, done)
    course = studying.visible.course
    return LearnerOutline(
        course_id=course.id,
        slug=course.slug,
        title=course.title,
        percent=share.percent,
        completed=share.completed,
        required=share.required,
        resume_unit=journey.resume_unit if journey else None,
        resume_block=journey.resume_block if journey else None,
        sections=[_node(section, done) for section in studying.visible.sections],
    )


def unit_view(studying: Studying, at_hand: UnitAtHand) -> LearnerUnit:
    """Return a unit with the learner's own work."""
    path = at_hand.place.path
    places = studying.visible.places
    blocks = [_block(block, at_hand, places) for block in at_hand.content.blocks if block.id in at_hand.opened]
    return LearnerUnit(
        course_id=studying.course,
        course_title=studying.visible.course.title,
        unit_id=at_hand.content.unit,
        title=at_hand.content.title,
        section=path[0].title if path else "",
        subsection=path[1].title if len(path) > 1 else "",
        before=_neighbour(at_hand.before),
        after=_neighbour(at_hand.after),
        blocks=blocks,
    )


def progress_view(studying: Studying, standing: Standing) -> CourseProgress:
    """Return how far a learner is."""
    journey = standing.journey
    return CourseProgress(
        course_id=studying.course,
        percent=standing.share.percent,
        completed=standing.share.completed,
        required=standing.share.required,
        points=sum((score.points for score in standing.scores.values()), Decimal(0)),
        possible=sum((score.possible for score in standing.scores.values()), Decimal(0)),
        completed_at=journey.completed_at if journey else None,
        resume_unit=journey.resume_unit if journey else None,
        by_section=[_section(section, share, standing) for section, share in standing.sections],
    )


def shelf_view(shelf: Shelf) -> ShelfView:
    """Return a course on the learner's shelf."""
    journey = shelf.journey
    return ShelfView(
        course_id=shelf.course.id,
        slug=shelf.course.slug,
        title=shelf.course.title,
        summary=shelf.course.summary,
        image_url=shelf.course.image_url,
        image_alt=shelf.course.image_alt,
        seat_state=shelf.seat.state,
        position=shelf.seat.position,
        percent=journey.percent if journey else 0,
        resume_unit=journey.resume_unit if journey else None,
        resume_title=shelf.resume_title,
        active_at=journey.active_at if journey else None,
        completed_at=journey.completed_at if journey else None,
    )


def watched_view(watched: Watched | None) -> WatchedView | None:
    """Return what was watched of a film."""
    if watched is None:
        return None
    return WatchedView(
        intervals=[list(interval) for interval in watched.intervals],
        duration_s=watched.duration_s,
        position_s=watched.position_s,
    )


def learner_row(seat: Seat, name: str, journey: Journey | None) -> LearnerRow:
    """Return a learner in a teacher's list."""
    return LearnerRow(
        user_id=seat.user,
        display_name=name,
        seat_state=seat.state,
        since=seat.since,
        percent=journey.percent if journey else 0,
        points=journey.points if journey else Decimal(0),
        possible=journey.possible if journey else Decimal(0),
        active_at=journey.active_at if journey else None,
        completed_at=journey.completed_at if journey else None,
    )


def _node(node: OutlineNode, done: frozenset[NodeId]) -> NodeProgress:
    share = completion.share_of([node], done)
    is_leaf = node.kind is NodeKind.BLOCK and not node.children
    return NodeProgress(
        id=node.id,
        kind=node.kind,
        block_kind=node.block_kind,
        title=node.title,
        is_required=node.settings.required,
        rule=completion.rule_of(node) if is_leaf else Completion.NONE,
        completed=share.completed,
        required=share.required,
        is_done=node.id in done if is_leaf else share.is_whole,
        opens_at=node.settings.release_at,
        due_at=node.settings.due_at,
        children=[_node(child, done) for child in node.children],
    )


def _block(block: BlockView, at_hand: UnitAtHand, places: dict[NodeId, Place]) -> LearnerBlock:
    known = places[block.id].block
    return LearnerBlock(
        id=block.id,
        title=block.title,
        content=block.content,
        rule=completion.rule_of(known),
        threshold=completion.threshold_of(known),
        is_required=block.settings.required,
        is_done=block.id in at_hand.done,
        due_at=block.settings.due_at,
        problem=at_hand.views.get(block.id),
        attempt=at_hand.attempts.get(block.id),
        watched=watched_view(at_hand.watched.get(block.id)),
        children=[_block(child, at_hand, places) for child in block.children if child.id in at_hand.opened],
    )


def _neighbour(node: OutlineNode | None) -> Neighbour | None:
    return None if node is None else Neighbour(id=node.id, title=node.title)


def _section(section: OutlineNode, share: Share, standing: Standing) -> SectionProgress:
    scores = [standing.scores[leaf.id] for leaf in completion.leaves(section) if leaf.id in standing.scores]
    return SectionProgress(
        id=section.id,
        title=section.title,
        percent=share.percent,
        completed=share.completed,
        required=share.required,
        points=sum((score.points for score in scores), Decimal(0)),
        possible=sum((score.possible for score in scores), Decimal(0)),
    )
