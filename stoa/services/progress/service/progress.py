"""The learner's way through a course: what they do, and what that completes."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil

from msgspec.structs import replace

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.errors import NotFound
from stoa.kit.events import AlreadyHandled, Delivery, Heard, caused_by
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId, ShowCorrectness
from stoa.services.assessment.contract.result import (
    AttemptResult,
    BlockId,
    Hint,
    ProblemAnswered,
    Response,
    Solution,
)
from stoa.services.assessment.contract.result import CourseId as AttemptCourseId
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    Completion,
    CourseId,
    NodeId,
    NodeKind,
    OutlineNode,
)
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.progress.contract import (
    BlockNotFound,
    LearnerNotFound,
    NotLongEnough,
    NotYet,
    SeatNeeded,
    WrongKind,
)
from stoa.services.progress.domain import completion, watching
from stoa.services.progress.domain.addresses import addressed, urls_in
from stoa.services.progress.domain.completion import Place
from stoa.services.progress.domain.watching import Film
from stoa.services.progress.policy import ProgressSettings
from stoa.services.progress.service.outlines import Outlines
from stoa.services.progress.service.studying import Done, SettleScores, Studying
from stoa.services.progress.service.telling import Telling
from stoa.services.progress.store import ProgressTx, Score, Scored, Watched


class Progress:
    """What learners do in courses, and what that completes."""

    def __init__(
        self,
        *,
        store: Store[ProgressTx],
        clock: Clock,
        settings: ProgressSettings,
        outlines: Outlines,
        enrollment: EnrollmentPort,
        assessment: AssessmentPort,
        telling: Telling,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self.outlines = outlines
        self._enrollment = enrollment
        self._assessment = assessment
        self._telling = telling

    async def studying(self, *, organization: OrganizationId, course: str, user: UserId) -> Studying:
        """Return a learner's view of a course, or raise SeatNeeded."""
        visible = await self.outlines.visible(organization=organization, course=course, user=user)
        seat = await self._enrollment.seat_of(organization=organization, course=visible.course.id, user=user)
        if seat is None or not seat.is_open:
            raise SeatNeeded(fields={"course": visible.course.slug, "state": seat.state if seat else None})
        return Studying(organization=organization, user=user, visible=visible)

    async def observed(self, *, organization: OrganizationId, course: str, user: UserId) -> Studying:
        """Return a learner's view of a course for whoever teaches it, whatever became of the seat."""
        visible = await self.outlines.visible(organization=organization, course=course, user=user)
        if await self._enrollment.seat_of(organization=organization, course=visible.course.id, user=user) is None:
            raise LearnerNotFound
        return Studying(organization=organization, user=user, visible=visible)

    async def open_within(self, studying: Studying, unit: OutlineNode) -> frozenset[NodeId]:
        """Return the parts of a unit that are open to the learner now: a block may open later than its unit."""
        free = studying.visible.always_open.get(unit.id)
        if free is not None:
            return free
        places = [studying.visible.places[place.block.id] for place in completion.walk([unit])]
        done: frozenset[NodeId] = frozenset()
        if any(place.block.settings.prerequisites for place in places):
            async with self._store.reading(organization=studying.organization) as tx:
                done = await tx.done(studying.user, studying.course)
        within = studying.visible.parts() if done or any(place.block.settings.prerequisites for place in places) else {}
        now = self._clock.now()
        return frozenset(
            place.block.id for place in places if completion.is_open(place, now=now, done=done, within=within)
        )

    async def open_place(self, studying: Studying, node: NodeId) -> Place:
        """Return a part that is open to the learner now, or raise BlockNotFound or NotYet."""
        place = studying.visible.places.get(node)
        if place is None:
            raise BlockNotFound
        if node in studying.visible.always_open:
            return place
        date = completion.opens_at(place)
        if date is not None and date > self._clock.now():
            raise NotYet(f"'{place.block.title}' opens later", fields={"opens_at": date.isoformat()})
        if any(part.settings.prerequisites for part in (*place.path, place.block)):
            async with self._store.reading(organization=studying.organization) as tx:
                done = await tx.done(studying.user, studying.course)
            missing = completion.missing_before(place, done, studying.visible.parts())
            if missing:
                titles = [studying.visible.places[need].block.title for need in missing]
                raise NotYet(f"First comes: {', '.join(titles)}", fields={"after": [str(need) for need in missing]})
        return place

    async def view_unit(self, studying: Studying, unit: NodeId) -> Done:
        """Note that a unit was read: what it takes to be seen is done, and here is where to go on."""
        place = await self.open_place(studying, unit)
        if place.block.kind is not NodeKind.UNIT:
            raise WrongKind("Only units are read")
        opened = await self.open_within(studying, place.block)
        looked_at = studying.visible.looked_at[unit]
        seen = [block for block in looked_at.seen if block in opened]
        timed = [block for block in looked_at.timed if block in opened]
        now = self._clock.now()
        async with self._store.transaction(organization=studying.organization) as tx:
            await tx.save_resume(studying.user, studying.course, unit=unit, block=None, at=now)
            if timed:
                await tx.note_opened(studying.user, studying.course, timed, at=now)
            return await self._complete(tx, studying, seen, at=now)

    async def mark_done(self, studying: Studying, block: NodeId) -> Done:
        """Mark a block as done by the learner's own word, where its rule leaves that to them or asks only to look."""
        place = await self._block(studying, block)
        rule, now = completion.rule_of(place.block), self._clock.now()
        if rule not in (Completion.MANUAL, Completion.VIEW, Completion.WATCH, Completion.TIME):
            raise WrongKind("This is done by answering it")
        if rule is Completion.TIME:
            async with self._store.transaction(organization=studying.organization) as tx:
                opened = await tx.note_opened(studying.user, studying.course, [block], at=now)
            needed = timedelta(seconds=float(completion.threshold_of(place.block)))
            if now - opened[block] < needed:
                left = needed - (now - opened[block])
                raise NotLongEnough(fields={"seconds_left": ceil(left.total_seconds())})
        async with self._store.transaction(organization=studying.organization) as tx:
            return await self._complete(tx, studying, [block], at=now)

    async def watch(
        self,
        studying: Studying,
        block: NodeId,
        *,
        intervals: Sequence[Sequence[float]],
        duration_s: float,
        position_s: float,
    ) -> tuple[Watched, Done]:
        """Add watched intervals of a film to what was watched before, on whatever device."""
        place = await self._block(studying, block)
        if place.block.block_kind is not BlockKind.VIDEO:
            raise WrongKind("Only films are watched")
        film, now = await self._film(studying, place), self._clock.now()
        async with self._store.transaction(organization=studying.organization) as tx:
            before = await tx.watched_for_update(studying.user, studying.course, block)
            length = film.length_s(told_s=duration_s, before_s=before.duration_s if before else 0.0)
            added = watching.checked(intervals, duration_s=duration_s, length_s=length)
            kept = [(start, end) for start, end in before.intervals] if before else []
            # A device that was offline tells late and all at once, so no clock judges what it tells.
            merged = watching.union(kept, added)
            watched = Watched(
                intervals=[[start, end] for start, end in merged],
                duration_s=length,
                position_s=min(max(position_s, 0.0), length),
            )
            await tx.save_watched(studying.user, studying.course, block, watched, at=now)
            enough = Decimal(film.share(merged, length_s=length)) >= completion.threshold_of(place.block)
            is_done = enough and completion.rule_of(place.block) is Completion.WATCH
            return watched, await self._complete(tx, studying, [block] if is_done else [], at=now)

    async def go_on_at(self, studying: Studying, unit: NodeId, *, block: NodeId | None, at: datetime | None) -> None:
        """Note where the learner is; the last in time wins, and a clock that runs ahead is not believed."""
        place = await self.open_place(studying, unit)
        if place.block.kind is not NodeKind.UNIT:
            raise WrongKind("Only units are read")
        if block is not None and all(inner.block.id != block for inner in completion.walk([place.block])):
            raise BlockNotFound
        now = self._clock.now()
        told = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
        when = now if told is None or told > now + self._settings.clock_skew else told
        async with self._store.transaction(organization=studying.organization) as tx:
            await tx.save_resume(studying.user, studying.course, unit=unit, block=block, at=when)

    async def answer(
        self, studying: Studying, block: NodeId, response: Response, *, attempt_key: str
    ) -> tuple[AttemptResult, Done]:
        """Have an answer scored and count what it completes."""
        place, problem = await self._problem(studying, block)
        async with self._store.reading(organization=studying.organization) as tx:
            was_done = await tx.done_among(studying.user, studying.course, [block])
            journey = await tx.journey(studying.user, studying.course)
        result = await self._assessment.answer(
            organization=studying.organization,
            user=studying.user,
            course=AttemptCourseId(studying.course),
            block=BlockId(block),
            problem=problem,
            response=response,
            attempt_key=attempt_key,
            due_at=place.block.settings.due_at,
        )
        result = addressed(result, await self._urls(studying, place))
        at = result.answered_at or self._clock.now()
        points, possible = result.best_points, result.scored.possible
        score = Score(points=points, possible=possible, attempts=result.attempt, show=result.show_correctness)
        async with self._store.transaction(organization=studying.organization) as tx:
            if not result.is_counted:
                return result, await self._complete(tx, studying, [], at=at)
            done = await self._scored(tx, studying, place, score, at=at)
            # What assessment tells of an answer may be counted before the answer itself comes back: it is as fresh.
            if block not in (*was_done, *done.completed):
                done.completed.extend(await tx.done_among(studying.user, studying.course, [block]))
            is_first = journey is None or journey.completed_at is None
            if is_first and done.percent == 100 and not done.is_course_completed:
                held = await tx.journey(studying.user, studying.course)
                done = replace(done, is_course_completed=held is not None and held.completed_at is not None)
            return result, done

    async def save_draft(self, studying: Studying, block: NodeId, response: Response) -> datetime:
        """Keep an answer that was not sent yet."""
        _, problem = await self._problem(studying, block)
        return await self._assessment.save_draft(
            organization=studying.organization,
            user=studying.user,
            course=AttemptCourseId(studying.course),
            block=BlockId(block),
            problem=problem,
            response=response,
        )

    async def hint(self, studying: Studying, block: NodeId, *, number: int) -> Hint:
        """Give the learner a hint."""
        place, problem = await self._problem(studying, block)
        hint = await self._assessment.hint(
            organization=studying.organization,
            user=studying.user,
            course=AttemptCourseId(studying.course),
            block=BlockId(block),
            problem=problem,
            number=number,
        )
        return addressed(hint, await self._urls(studying, place))

    async def solution(self, studying: Studying, block: NodeId) -> Solution:
        """Show the learner the solution, once it is released."""
        place, problem = await self._problem(studying, block)
        solution = await self._assessment.solution(
            organization=studying.organization,
            user=studying.user,
            block=BlockId(block),
            problem=problem,
            due_at=place.block.settings.due_at,
        )
        return addressed(solution, await self._urls(studying, place))

    async def note_answers(self, heard: Sequence[Heard[ProblemAnswered]]) -> None:
        """Count answers of one organization that assessment tells of; those that were counted change nothing."""
        told = [_told(one.event) for one in heard]
        async with self._store.reading(organization=heard[0].event.organization_id) as tx:
            # By the requests that had them scored, mostly, and with them what they complete.
            counted = await tx.counted(told)
        for place, one in enumerate(heard):
            if place not in counted:
                with suppress(AlreadyHandled), caused_by(one.delivery):
                    await self._note_answer(told[place], delivery=one.delivery)

    async def _note_answer(self, told: Scored, *, delivery: Delivery) -> None:
        organization = delivery.organization
        try:
            visible = await self.outlines.visible(organization=organization, course=str(told.course), user=told.user)
        except NotFound:
            # The course is gone: trying again would only fill the dead letters.
            return
        studying = Studying(organization=organization, user=told.user, visible=visible)
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            place = visible.places.get(told.block)
            if place is None:
                await tx.save_score(studying.user, studying.course, told.block, told.score, at=told.at)
            else:
                await self._scored(tx, studying, place, told.score, at=told.at)

    async def settle(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> None:
        """Count the answers whose correctness was withheld until now."""
        visible = await self.outlines.visible(organization=organization, course=str(course), user=user)
        studying = Studying(organization=organization, user=user, visible=visible)
        async with self._store.transaction(organization=organization) as tx:
            await self._complete(tx, studying, [], at=self._clock.now())

    async def _scored(self, tx: ProgressTx, studying: Studying, place: Place, score: Score, *, at: datetime) -> Done:
        now, block = self._clock.now(), place.block
        await tx.save_score(studying.user, studying.course, block.id, score, at=at)
        is_done = completion.is_done_by_score(
            block, points=score.points, possible=score.possible, show=score.show, now=now
        )
        due_at = block.settings.due_at
        if block.id in studying.visible.shown_late and not is_done and due_at is not None and due_at > now:
            job = SettleScores(organization_id=studying.organization, user_id=studying.user, course_id=studying.course)
            tx.enqueue(job, at=due_at)
        return await self._complete(tx, studying, [block.id] if is_done else [], at=at)

    async def _shown_by_now(self, tx: ProgressTx, studying: Studying) -> list[NodeId]:
        if not studying.visible.shown_late:
            return []
        now, scores = self._clock.now(), await tx.scores(studying.user, studying.course)
        return [
            node
            for node in studying.visible.shown_late
            if node in scores
            and scores[node].show is ShowCorrectness.PAST_DUE
            and completion.is_done_by_score(
                studying.visible.places[node].block,
                points=scores[node].points,
                possible=scores[node].possible,
                show=scores[node].show,
                now=now,
            )
        ]

    async def _complete(self, tx: ProgressTx, studying: Studying, blocks: list[NodeId], *, at: datetime) -> Done:
        user, course = studying.user, studying.course
        before = await tx.hold_journey(user, course, at=at)
        fresh = await tx.complete(user, course, blocks, at=at) if blocks else []
        late = await self._shown_by_now(tx, studying)
        fresh += await tx.complete(user, course, late, at=self._clock.now()) if late else []
        share = studying.visible.share(await tx.done(user, course))
        completed_at = None
        if share.is_whole:
            completed_at = await tx.last_completed_at(user, course, list(studying.visible.counted.blocks))
        await tx.save_journey(user, course, share, problems=studying.visible.problems, completed_at=completed_at, at=at)
        is_whole = share.is_whole and before is None
        found = Done(completed=fresh, percent=share.percent, is_course_completed=is_whole)
        self._telling.completed(tx, studying, found, at=at, whole_at=completed_at or at)
        return found

    async def _block(self, studying: Studying, block: NodeId) -> Place:
        place = await self.open_place(studying, block)
        if place.block.kind is not NodeKind.BLOCK:
            raise BlockNotFound
        return place

    async def _problem(self, studying: Studying, block: NodeId) -> tuple[Place, ProblemVersionId]:
        place = await self._block(studying, block)
        if place.block.problem is None:
            raise WrongKind("This is not a problem")
        return place, place.block.problem

    async def _urls(self, studying: Studying, place: Place) -> dict[str, str]:
        """Return where the files lie that a problem names."""
        return urls_in(await self._beside(studying, place)).get(place.block.id, {})

    async def _film(self, studying: Studying, place: Place) -> Film:
        """Return the film of a block as its course describes it."""
        return watching.film_in(await self._beside(studying, place), place.block.id)

    async def _beside(self, studying: Studying, place: Place) -> list[BlockView]:
        """Return the blocks of the unit that holds a part."""
        if place.unit is None:
            return []
        contents = await self.outlines.unit(
            organization=studying.organization, visible=studying.visible, unit=place.unit.id, user=studying.user
        )
        return contents.content.blocks


def _told(event: ProblemAnswered) -> Scored:
    score = Score(
        points=event.best_points, possible=event.possible, attempts=event.attempt, show=event.show_correctness
    )
    return Scored(
        user=event.user_id,
        course=CourseId(event.course_id),
        block=NodeId(event.block_id),
        score=score,
        at=event.answered_at,
    )
