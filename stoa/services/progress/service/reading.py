"""What learners and their teachers are shown."""

from datetime import datetime
from uuid import UUID

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.assessment.contract.result import AttemptState, BlockId, Tally
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    CourseSummary,
    NodeId,
    OutlineNode,
    ProblemContent,
    UnitContent,
)
from stoa.services.enrollment.contract import EnrollmentPort, Seat
from stoa.services.people.contract import PeoplePort
from stoa.services.progress.domain import completion
from stoa.services.progress.domain.addresses import addressed
from stoa.services.progress.domain.completion import Place, Share
from stoa.services.progress.service.outlines import Outlines
from stoa.services.progress.service.progress import Progress, Studying, urls_in
from stoa.services.progress.store import Journey, ProgressTx, Score, Watched


class Shelf(Struct, frozen=True, kw_only=True):
    """A course somebody has a seat in, and how far they are."""

    seat: Seat
    course: CourseSummary
    journey: Journey | None
    resume_title: str


class UnitAtHand(Struct, frozen=True, kw_only=True):
    """A unit with everything that belongs to one learner's work on it."""

    place: Place
    content: UnitContent
    before: OutlineNode | None
    after: OutlineNode | None
    done: frozenset[NodeId]
    views: dict[NodeId, ProblemView]
    attempts: dict[NodeId, AttemptState]
    watched: dict[NodeId, Watched]


class Standing(Struct, frozen=True, kw_only=True):
    """How far a learner is in a course, as a whole and by section."""

    share: Share
    sections: list[tuple[OutlineNode, Share]]
    scores: dict[NodeId, Score]
    journey: Journey | None


_NOBODY = UUID(int=0)


class Reading:
    """Puts together what pages show."""

    def __init__(
        self,
        *,
        store: Store[ProgressTx],
        progress: Progress,
        outlines: Outlines,
        assessment: AssessmentPort,
        enrollment: EnrollmentPort,
        people: PeoplePort,
    ) -> None:
        self._store = store
        self._progress = progress
        self._outlines = outlines
        self._assessment = assessment
        self._enrollment = enrollment
        self._people = people

    async def done_and_journey(self, studying: Studying) -> tuple[frozenset[NodeId], Journey | None]:
        """Return what a learner has done in a course and where they are."""
        async with self._store.reading(organization=studying.organization) as tx:
            done = await tx.done(studying.user, studying.course)
            return done, await tx.journey(studying.user, studying.course)

    async def unit(self, studying: Studying, unit: NodeId) -> UnitAtHand:
        """Return a unit that is open to the learner, with their own work on it."""
        place = await self._progress.open_place(studying, unit)
        content = await self._outlines.unit(
            organization=studying.organization, visible=studying.visible, unit=unit, user=studying.user
        )
        problems = _problems_in(content.blocks)
        views: dict[NodeId, ProblemView] = {}
        attempts: dict[NodeId, AttemptState] = {}
        if problems:
            listed = await self._assessment.views_of(
                organization=studying.organization, ids=list(problems.values()), seed=str(studying.user)
            )
            urls = urls_in(content.blocks)
            views = {block: addressed(view, urls[block]) for block, view in zip(problems, listed, strict=True)}
            kept = await self._assessment.attempts_of(
                organization=studying.organization,
                user=studying.user,
                blocks={BlockId(block): problem for block, problem in problems.items()},
            )
            attempts = {NodeId(block): addressed(state, urls[NodeId(block)]) for block, state in kept.items()}
        films = [leaf.id for leaf in completion.leaves(place.block) if leaf.block_kind is BlockKind.VIDEO]
        async with self._store.reading(organization=studying.organization) as tx:
            done = await tx.done(studying.user, studying.course)
            watched = await tx.watched(studying.user, studying.course, films) if films else {}
        units = studying.visible.units()
        at = next(index for index, node in enumerate(units) if node.id == unit)
        return UnitAtHand(
            place=place,
            content=content,
            before=units[at - 1] if at > 0 else None,
            after=units[at + 1] if at + 1 < len(units) else None,
            done=done,
            views=views,
            attempts=attempts,
            watched=watched,
        )

    async def tally(self, studying: Studying, block: NodeId) -> list[Tally]:
        """Return how a poll was answered so far, where its author lets that be seen."""
        place = await self._progress.open_place(studying, block)
        if place.block.problem is None:
            return []
        return await self._assessment.tally_of(
            organization=studying.organization, block=BlockId(block), problem=place.block.problem
        )

    async def standing(self, studying: Studying) -> Standing:
        """Return how far a learner is, as a whole and by section."""
        async with self._store.reading(organization=studying.organization) as tx:
            done = await tx.done(studying.user, studying.course)
            scores = await tx.scores(studying.user, studying.course)
            journey = await tx.journey(studying.user, studying.course)
        sections = studying.visible.sections
        return Standing(
            share=completion.share_of(sections, done),
            sections=[(section, completion.share_of([section], done)) for section in sections],
            scores=scores,
            journey=journey,
        )

    async def shelves(self, *, organization: OrganizationId, user: UserId) -> list[Shelf]:
        """Return the courses somebody has a seat in, the last active first."""
        seats = await self._enrollment.seats_of(organization=organization, user=user)
        if not seats:
            return []
        summaries = await self._outlines.summaries(organization=organization, courses=[seat.course for seat in seats])
        async with self._store.reading(organization=organization) as tx:
            journeys = {journey.course: journey for journey in await tx.journeys_of(user)}
        by_course = {summary.id: summary for summary in summaries}
        shelves = [
            Shelf(
                seat=seat,
                course=by_course[seat.course],
                journey=journeys.get(seat.course),
                resume_title=await self._resume_title(
                    organization, by_course[seat.course], journeys.get(seat.course), user
                ),
            )
            for seat in seats
            if seat.course in by_course
        ]
        return sorted(shelves, key=_activity, reverse=True)

    async def class_list(
        self, *, organization: OrganizationId, course: str, after: UserId | None, limit: int
    ) -> list[tuple[Seat, str, Journey | None]]:
        """Return the learners of a course with their names and how far they are."""
        visible = await self._outlines.visible(organization=organization, course=course, user=UserId(after or _NOBODY))
        seats = await self._enrollment.learners_in(
            organization=organization, course=visible.course.id, after=after, limit=limit
        )
        users = [seat.user for seat in seats]
        profiles = await self._people.profiles_of(organization=organization, users=users) if users else []
        names = {profile.user: profile.display_name for profile in profiles}
        async with self._store.reading(organization=organization) as tx:
            journeys = await tx.journeys_in(visible.course.id, users)
        return [(seat, names.get(seat.user, ""), journeys.get(seat.user)) for seat in seats]

    async def _resume_title(
        self, organization: OrganizationId, course: CourseSummary, journey: Journey | None, user: UserId
    ) -> str:
        if journey is None or journey.resume_unit is None or course.snapshot is None:
            return ""
        visible = await self._outlines.visible(organization=organization, course=str(course.id), user=user)
        place = visible.places.get(journey.resume_unit)
        return place.block.title if place else ""


def _problems_in(blocks: list[BlockView]) -> dict[NodeId, ProblemVersionId]:
    found: dict[NodeId, ProblemVersionId] = {}
    for block in blocks:
        if isinstance(block.content, ProblemContent) and block.content.problem is not None:
            found[block.id] = block.content.problem
        found |= _problems_in(block.children)
    return found


def _activity(shelf: Shelf) -> datetime:
    return shelf.journey.active_at if shelf.journey else shelf.seat.since
