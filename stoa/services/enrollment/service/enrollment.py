"""The use cases of enrollment."""

from datetime import datetime
from typing import ClassVar

from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, UserId
from stoa.kit.errors import Invalid, PreconditionFailed
from stoa.kit.events import Delivery
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CoursesPort, CourseState, CourseSummary, Visibility
from stoa.services.enrollment import domain
from stoa.services.enrollment.contract import (
    BadRules,
    CourseFull,
    EnrollmentPort,
    EnrolmentClosed,
    MemberNeeded,
    PrerequisiteMissing,
    Seat,
    SeatEnded,
    SeatGranted,
    SeatNotFound,
    SeatRecords,
    SeatState,
    SeatWaitlisted,
)
from stoa.services.enrollment.domain import SeatRules
from stoa.services.enrollment.policy import EnrollmentSettings
from stoa.services.enrollment.service.importing import SeatImports
from stoa.services.enrollment.store import EnrollmentTx, StoredRules
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import Membership, OrganizationsPort

_HELD = (SeatState.ACTIVE, SeatState.COMPLETED)


class ExpireSeats(Job, frozen=True, kw_only=True):
    """End the seats of a course whose time is over; queued for the moment when the next one is."""

    type_: ClassVar[str] = "enrollment.expire-seats"

    organization_id: OrganizationId
    course_id: CourseId


class Enrollment(EnrollmentPort):
    """Who has a seat in which course, and who waits for one."""

    def __init__(
        self,
        *,
        store: Store[EnrollmentTx],
        clock: Clock,
        courses: CoursesPort,
        identity: IdentityPort,
        organizations: OrganizationsPort,
        settings: EnrollmentSettings,
    ) -> None:
        self._store = store
        self._clock = clock
        self._courses = courses
        self._organizations = organizations
        self.imports = SeatImports(
            store=store,
            clock=clock,
            courses=courses,
            identity=identity,
            organizations=organizations,
            settings=settings,
            seat_of=self.seat_of,
            grant=self._grant,
        )

    async def seat_of(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat | None:
        """Return somebody's seat in a course, whatever its state."""
        async with self._store.reading(organization=organization) as tx:
            seat = await tx.seat_of(course, user)
        return seat and domain.as_of(seat, now=self._clock.now())

    async def seats_of(self, *, organization: OrganizationId, user: UserId) -> list[Seat]:
        """Return all seats of somebody, newest first, at most 500."""
        async with self._store.reading(organization=organization) as tx:
            seats = await tx.seats_of(user)
        return [domain.as_of(seat, now=self._clock.now()) for seat in seats]

    async def records_of(self, *, organization: OrganizationId, user: UserId) -> SeatRecords:
        """Return all that is kept of somebody."""
        seats = await self.seats_of(organization=organization, user=user)
        async with self._store.reading(organization=organization) as tx:
            moves = await tx.moves_of(user, [seat.course for seat in seats])
        return SeatRecords(seats=seats, moves=moves)

    async def learners_in(
        self, *, organization: OrganizationId, course: CourseId, after: UserId | None, limit: int
    ) -> list[Seat]:
        """Return the open seats of a course by user id, those after one, at most 500."""
        states = list(_HELD)
        async with self._store.reading(organization=organization) as tx:
            return await tx.seats_in(
                course, states=states, after=after, limit=min(limit, 500), open_at=self._clock.now()
            )

    async def ensure_seat(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat:
        """Give somebody a seat on the platform's own behalf, beyond the capacity if need be."""
        return await self._grant(organization, course, user, actor=None, until=None)

    async def enrol(self, *, organization: OrganizationId, course: str, user: UserId) -> Seat:
        """Enrol the caller, or put them on the waiting list; doing it twice is the same."""
        summary = await self._open_course(organization, course)
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            stored = await self._hold(tx, summary.id)
            seat = await tx.seat_of(summary.id, user)
            if seat is not None and seat.state in (*_HELD, SeatState.WAITLISTED):
                return seat
            domain.check_open(stored.rules, now=now)
            await self._check_prerequisites(tx, stored.rules, user)
            return await self._place(tx, summary.id, user, seat, stored, by="holder")

    async def withdraw(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> Seat:
        """Leave a course or its waiting list; the next in the queue moves up in the same transaction."""
        return await self._end(organization, course, user, SeatState.WITHDRAWN, by="holder", actor=user)

    async def remove_seat(self, *, organization: OrganizationId, course: CourseId, user: UserId, actor: UserId) -> Seat:
        """Take somebody's seat; the next in the queue moves up in the same transaction."""
        return await self._end(organization, course, user, SeatState.REMOVED, by="staff", actor=actor)

    async def grant_seat(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        user: UserId,
        actor: UserId | None,
        until: datetime | None,
    ) -> Seat:
        """Give a member a seat as staff, beyond the capacity if need be; staff may set its end anew."""
        await self._courses.course_of(organization=organization, course=str(course))
        member = await self._organizations.membership_of(organization=organization, user=user)
        if member is not Membership.MEMBER:
            raise MemberNeeded
        return await self._grant(organization, course, user, actor=actor, until=until)

    async def settle(self, *, organization: OrganizationId, course: CourseId) -> None:
        """End the seats of a course whose time is over and move its queue up."""
        async with self._store.transaction(organization=organization) as tx:
            await self._hold(tx, course)

    async def leave(self, *, organization: OrganizationId, user: UserId, delivery: Delivery) -> None:
        """Free the seats of somebody who does not belong to the organization any more; the work is kept."""
        for seat in await self.seats_of(organization=organization, user=user):
            if seat.state in (SeatState.ACTIVE, SeatState.WAITLISTED):
                await self._end(organization, seat.course, user, SeatState.WITHDRAWN, by="staff", actor=None)
        async with self._store.transaction(organization=organization, delivery=delivery):
            pass

    async def rules_of(self, *, organization: OrganizationId, course: CourseId) -> tuple[StoredRules, dict[str, int]]:
        """Return the rules of a course and how many seats are in each state."""
        await self._courses.course_of(organization=organization, course=str(course))
        async with self._store.reading(organization=organization) as tx:
            stored = await tx.rules_of(course)
            counts = await tx.counts(course)
        return stored or StoredRules(rules=SeatRules(), taken=0, version=1), counts

    async def update_rules(
        self, *, organization: OrganizationId, course: CourseId, version: int, rules: SeatRules
    ) -> StoredRules:
        """Change how a course takes people; more room moves the queue up at once."""
        await self._courses.course_of(organization=organization, course=str(course))
        domain.check_rules(rules, course)
        before = [CourseId(one) for one in rules.prerequisites]
        known = await self._courses.summaries_of(organization=organization, courses=before) if before else []
        if len(known) < len(set(before)):
            raise BadRules("One of the courses that come first does not exist")
        async with self._store.transaction(organization=organization) as tx:
            stored = await self._hold(tx, course)
            if stored.version != version:
                raise PreconditionFailed(fields={"current": stored.version})
            if await tx.comes_before(course, rules.prerequisites):
                raise BadRules("These courses would wait for each other for ever")
            await tx.save_rules(course, rules)
            while await self._promote(tx, course):
                pass
            return await tx.lock_rules(course)

    async def seats(
        self, *, organization: OrganizationId, course: CourseId, after: UserId | None, limit: int
    ) -> list[Seat]:
        """Return the seats of a course in every state, by user id."""
        await self._courses.course_of(organization=organization, course=str(course))
        async with self._store.reading(organization=organization) as tx:
            found = await tx.seats_in(course, states=list(SeatState), after=after, limit=limit)
        return [domain.as_of(seat, now=self._clock.now()) for seat in found]

    async def complete(
        self, *, organization: OrganizationId, course: CourseId, user: UserId, delivery: Delivery
    ) -> None:
        """Note that somebody has completed a course; later losing it does not move that."""
        now = self._clock.now()
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            # A seat that is over does not open again because the last answer is counted late.
            await self._hold(tx, course)
            await tx.note_completed(course, user, at=now)
            seat = await tx.seat_of(course, user)
            if seat is not None and seat.state is SeatState.ACTIVE:
                done = Seat(course=course, user=user, state=SeatState.COMPLETED, since=seat.since, until=seat.until)
                await tx.save_seat(done, before=seat.state, ticket=None, actor=None, reason="completed", at=now)

    async def _hold(self, tx: EnrollmentTx, course: CourseId) -> StoredRules:
        """Let nobody else take or free a seat of a course, and first free those whose time is over."""
        assert tx.organization is not None
        stored = await tx.lock_rules(course)
        expired = await tx.expire(course, at=self._clock.now())
        for user in expired:
            tx.publish(
                SeatEnded(organization_id=tx.organization, user_id=user, course_id=course, state=SeatState.EXPIRED)
            )
        while expired and await self._promote(tx, course):
            pass
        return stored

    async def _grant(
        self,
        organization: OrganizationId,
        course: CourseId,
        user: UserId,
        *,
        actor: UserId | None,
        until: datetime | None,
    ) -> Seat:
        now = self._clock.now()
        if until is not None and until <= now:
            raise Invalid("The end of a seat cannot lie in the past", fields={"field": "until"})
        async with self._store.transaction(organization=organization) as tx:
            await self._hold(tx, course)
            seat = await tx.seat_of(course, user)
            await tx.add_grant(course, user, source="manual", at=now, until=until)
            access_until = await tx.access_until(course, user)
            is_held = seat is not None and seat.state in _HELD
            if seat is not None and is_held and access_until == seat.until:
                return seat
            is_completed = bool(await tx.completed_among([course], user))
            granted = Seat(
                course=course,
                user=user,
                state=SeatState.COMPLETED if is_completed else SeatState.ACTIVE,
                since=seat.since if seat else now,
                until=access_until,
            )
            if not is_held:
                domain.check_move(seat.state if seat else None, SeatState.ACTIVE, by="staff")
                await tx.take_seat(course, beyond_capacity=True)
                tx.publish(SeatGranted(organization_id=organization, user_id=user, course_id=course))
            await tx.save_seat(
                granted, before=seat.state if seat else None, ticket=None, actor=actor, reason="staff", at=now
            )
            if access_until is not None:
                tx.enqueue(ExpireSeats(organization_id=organization, course_id=course), at=access_until)
        return granted

    async def _open_course(self, organization: OrganizationId, course: str) -> CourseSummary:
        summary = await self._courses.course_of(organization=organization, course=course)
        if summary.state is not CourseState.PUBLISHED:
            raise EnrolmentClosed("This course is not published")
        if summary.visibility is Visibility.PRIVATE:
            raise EnrolmentClosed("People are enrolled in this course by its staff")
        return summary

    async def _check_prerequisites(self, tx: EnrollmentTx, rules: SeatRules, user: UserId) -> None:
        missing = set(rules.prerequisites) - await tx.completed_among(rules.prerequisites, user)
        if missing:
            raise PrerequisiteMissing(fields={"missing": sorted(str(course) for course in missing)})

    async def _place(
        self, tx: EnrollmentTx, course: CourseId, user: UserId, seat: Seat | None, stored: StoredRules, *, by: str
    ) -> Seat:
        now = self._clock.now()
        assert tx.organization is not None
        # Leaving early and coming back does not outlive the end that staff set.
        until = seat.until if seat else None
        is_over = until is not None and until <= now
        before = SeatState.EXPIRED if is_over else seat.state if seat else None
        domain.check_move(before, SeatState.ACTIVE, by=by)
        free = await tx.take_seat(course)
        if not free and not stored.rules.waitlist:
            raise CourseFull
        wanted = SeatState.ACTIVE if free else SeatState.WAITLISTED
        domain.check_move(before, wanted, by=by)
        ticket = None if free else await tx.draw_ticket(course)
        placed = Seat(course=course, user=user, state=wanted, since=seat.since if seat else now, until=until)
        await tx.save_seat(placed, before=before, ticket=ticket, actor=user, reason="enrolled", at=now)
        if until is not None:
            tx.enqueue(ExpireSeats(organization_id=tx.organization, course_id=course), at=until)
        if free:
            await tx.add_grant(course, user, source="self", at=now, until=until)
            tx.publish(SeatGranted(organization_id=tx.organization, user_id=user, course_id=course))
            return placed
        tx.publish(SeatWaitlisted(organization_id=tx.organization, user_id=user, course_id=course))
        queued = await tx.seat_of(course, user)
        assert queued is not None
        return queued

    async def _end(
        self,
        organization: OrganizationId,
        course: CourseId,
        user: UserId,
        state: SeatState,
        *,
        by: str,
        actor: UserId | None,
    ) -> Seat:
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            await self._hold(tx, course)
            seat = await tx.seat_of(course, user)
            if seat is None:
                raise SeatNotFound
            if seat.state is state:
                return seat
            domain.check_move(seat.state, state, by=by)
            ended = Seat(course=course, user=user, state=state, since=seat.since, until=seat.until)
            await tx.save_seat(ended, before=seat.state, ticket=None, actor=actor, reason=by, at=now)
            await tx.drop_grants(course, user)
            if seat.state in _HELD:
                await tx.free_seat(course)
                tx.publish(SeatEnded(organization_id=organization, user_id=user, course_id=course, state=state))
                await self._promote(tx, course)
        return ended

    async def _promote(self, tx: EnrollmentTx, course: CourseId) -> bool:
        assert tx.organization is not None
        user = await tx.first_in_queue(course)
        if user is None or not await tx.take_seat(course):
            return False
        now = self._clock.now()
        waiting = await tx.seat_of(course, user)
        until = waiting.until if waiting else None
        promoted = Seat(course=course, user=user, state=SeatState.ACTIVE, since=now, until=until)
        await tx.save_seat(promoted, before=SeatState.WAITLISTED, ticket=None, actor=None, reason="promotion", at=now)
        await tx.add_grant(course, user, source="self", at=now, until=until)
        tx.publish(SeatGranted(organization_id=tx.organization, user_id=user, course_id=course, from_waitlist=True))
        return True
