"""What learners and their teachers are shown."""

from datetime import datetime

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.assessment.contract.result import AttemptRecord, AttemptState, BlockId, Tally, WorkRecord
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.courses.contract import (
    CourseId,
    CourseSummary,
    NodeId,
    OutlineNode,
    UnitContent,
)
from stoa.services.enrollment.contract import EnrollmentPort, Seat, SeatMove
from stoa.services.media.contract import MediaPort
from stoa.services.people.contract import PeoplePort
from stoa.services.progress.domain import completion
from stoa.services.progress.domain.addresses import addressed
from stoa.services.progress.domain.completion import Place, Share
from stoa.services.progress.domain.films import with_films
from stoa.services.progress.service.outlines import Contents, Outlines
from stoa.services.progress.service.progress import Progress
from stoa.services.progress.service.studying import Studying
from stoa.services.progress.store import CompletionRecord, Journey, ProgressTx, Score, Watched, WatchedRecord


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
    opened: frozenset[NodeId]
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


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Where a learner is in a course; points are in the attempts, as far as they are shown."""

    course: CourseId
    percent: int
    completed: int
    required: int
    resume_unit: NodeId | None
    resume_block: NodeId | None
    completed_at: datetime | None
    active_at: datetime


class LearningRecord(Struct, frozen=True, kw_only=True):
    """All that is kept about a learner; `is_whole` says whether every attempt found room."""

    journeys: list[Whereabouts]
    completions: list[CompletionRecord]
    watched: list[WatchedRecord]
    seats: list[Seat]
    moves: list[SeatMove]
    works: list[WorkRecord]
    attempts: list[AttemptRecord]
    is_whole: bool


_PAGE = 500
_MOST_ATTEMPTS = 20_000
# The page shows so many courses before it is scrolled; the others are titled when they are opened.
_TITLED = 12


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
        media: MediaPort,
        clock: Clock,
    ) -> None:
        self._store = store
        self._progress = progress
        self._outlines = outlines
        self._assessment = assessment
        self._enrollment = enrollment
        self._people = people
        self._media = media
        self._clock = clock

    async def done_and_journey(self, studying: Studying) -> tuple[frozenset[NodeId], Journey | None]:
        """Return what a learner has done in a course and where they are."""
        async with self._store.reading(organization=studying.organization) as tx:
            done = await tx.done(studying.user, studying.course)
            return done, await tx.journey(studying.user, studying.course)

    async def unit(self, studying: Studying, unit: NodeId) -> UnitAtHand:
        """Return a unit that is open to the learner, with their own work on it."""
        place = await self._progress.open_place(studying, unit)
        contents = await self._outlines.unit(
            organization=studying.organization, visible=studying.visible, unit=unit, user=studying.user
        )
        content = await self._playable(studying, contents) if contents.film_files else contents.content
        opened = await self._progress.open_within(studying, place.block)
        problems = contents.problems
        if not problems.keys() <= opened:
            problems = {block: problem for block, problem in problems.items() if block in opened}
        views: dict[NodeId, ProblemView] = {}
        attempts: dict[NodeId, AttemptState] = {}
        if problems:
            listed = await self._assessment.views_of(
                organization=studying.organization, ids=list(problems.values()), seed=str(studying.user)
            )
            urls = contents.urls
            views = {block: addressed(view, urls[block]) for block, view in zip(problems, listed, strict=True)}
            kept = await self._attempts(studying, problems)
            attempts = {block: addressed(state, urls[block]) for block, state in kept.items()}
        films = studying.visible.films.get(unit)
        async with self._store.reading(organization=studying.organization) as tx:
            done = await tx.done_among(studying.user, studying.course, list(opened))
            watched = await tx.watched(studying.user, studying.course, films) if films else {}
        before, after = studying.visible.around(unit)
        return UnitAtHand(
            place=place,
            content=content,
            opened=opened,
            before=before,
            after=after,
            done=done,
            views=views,
            attempts=attempts,
            watched=watched,
        )

    async def _playable(self, studying: Studying, contents: Contents) -> UnitContent:
        """Return a unit whose films play for this learner; each reading signs their ladders anew."""
        films = await self._media.films_of(
            organization=studying.organization, files=contents.film_files, viewer=studying.user
        )
        blocks = with_films(contents.content.blocks, {film.sha256: film for film in films})
        return msgspec.structs.replace(contents.content, blocks=blocks)

    async def _attempts(
        self, studying: Studying, problems: dict[NodeId, ProblemVersionId]
    ) -> dict[NodeId, AttemptState]:
        """Return the work on problems; those of one due date are asked for together."""
        by_date: dict[datetime | None, dict[BlockId, ProblemVersionId]] = {}
        for block, problem in problems.items():
            due_at = studying.visible.places[block].block.settings.due_at
            by_date.setdefault(due_at, {})[BlockId(block)] = problem
        found: dict[NodeId, AttemptState] = {}
        for due_at, blocks in by_date.items():
            kept = await self._assessment.attempts_of(
                organization=studying.organization, user=studying.user, blocks=blocks, due_at=due_at
            )
            found |= {NodeId(block): state for block, state in kept.items()}
        return found

    async def tally(self, studying: Studying, block: NodeId) -> list[Tally]:
        """Return how a poll was answered so far, where its author lets that be seen."""
        place = await self._progress.open_place(studying, block)
        if place.block.problem is None:
            return []
        return await self._assessment.tally_of(
            organization=studying.organization, block=BlockId(block), problem=place.block.problem
        )

    async def standing(self, studying: Studying, *, for_teacher: bool = False) -> Standing:
        """Return how far a learner is; the learner does not see points that are withheld."""
        async with self._store.reading(organization=studying.organization) as tx:
            done = await tx.done(studying.user, studying.course)
            scores = await tx.scores(studying.user, studying.course)
            journey = await tx.journey(studying.user, studying.course)
        now, sections = self._clock.now(), studying.visible.sections
        places = studying.visible.places
        seen = {
            block: score
            for block, score in scores.items()
            if block in places
            and (for_teacher or completion.is_shown(score.show, due_at=places[block].block.settings.due_at, now=now))
        }
        return Standing(
            share=completion.share_of(sections, done),
            sections=[(section, completion.share_of([section], done)) for section in sections],
            scores=seen,
            journey=journey,
        )

    async def record(self, *, organization: OrganizationId, user: UserId) -> LearningRecord:
        """Return all that progress, assessment and enrollment keep about a learner; what is withheld stays so."""
        async with self._store.reading(organization=organization) as tx:
            completions = await tx.completions_of(user)
            watched = await tx.watched_by(user)
            journeys = await tx.journeys_of(user)
        enrolment = await self._enrollment.records_of(organization=organization, user=user)
        page = await self._assessment.records_of(organization=organization, user=user, limit=_PAGE)
        works, attempts = page.works, list(page.attempts)
        while page.next is not None and len(attempts) < _MOST_ATTEMPTS:
            page = await self._assessment.records_of(organization=organization, user=user, after=page.next, limit=_PAGE)
            attempts += page.attempts
        return LearningRecord(
            journeys=[_place_of(journey) for journey in journeys],
            completions=completions,
            watched=watched,
            seats=enrolment.seats,
            moves=enrolment.moves,
            works=works,
            attempts=attempts,
            is_whole=page.next is None,
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
            Shelf(seat=seat, course=by_course[seat.course], journey=journeys.get(seat.course), resume_title="")
            for seat in seats
            if seat.course in by_course
        ]
        shelves.sort(key=_activity, reverse=True)
        titled = [await self._titled(organization, shelf, user) for shelf in shelves[:_TITLED]]
        return titled + shelves[_TITLED:]

    async def class_list(
        self, *, organization: OrganizationId, course: str, after: UserId | None, limit: int
    ) -> list[tuple[Seat, str, Journey | None]]:
        """Return the learners of a course with their names and how far they are."""
        summary = await self._outlines.course(organization=organization, course=course)
        seats = await self._enrollment.learners_in(
            organization=organization, course=summary.id, after=after, limit=limit
        )
        users = [seat.user for seat in seats]
        profiles = await self._people.profiles_of(organization=organization, users=users) if users else []
        names = {profile.user: profile.display_name for profile in profiles}
        async with self._store.reading(organization=organization) as tx:
            journeys = await tx.journeys_in(summary.id, users)
        return [(seat, names.get(seat.user, ""), journeys.get(seat.user)) for seat in seats]

    async def _titled(self, organization: OrganizationId, shelf: Shelf, user: UserId) -> Shelf:
        journey = shelf.journey
        if journey is None or journey.resume_unit is None or shelf.course.snapshot is None:
            return shelf
        visible = await self._outlines.visible_of(organization=organization, summary=shelf.course, user=user)
        place = visible.places.get(journey.resume_unit)
        return msgspec.structs.replace(shelf, resume_title=place.block.title if place else "")


def _activity(shelf: Shelf) -> datetime:
    return shelf.journey.active_at if shelf.journey else shelf.seat.since


def _place_of(journey: Journey) -> Whereabouts:
    return Whereabouts(**{name: getattr(journey, name) for name in Whereabouts.__struct_fields__})
