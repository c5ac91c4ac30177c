"""The use cases of notifications: decide, keep, count, tell the open pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import EventId, Job, OrganizationId, Struct, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.events import Delivery
from stoa.kit.jobs import JobRun
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CoursePublished, CoursesPort, CourseSummary
from stoa.services.enrollment.contract import EnrollmentPort, SeatEnded, SeatGranted
from stoa.services.notifications import domain
from stoa.services.notifications.contract import Category, Kind, NotificationId, NotificationNotFound
from stoa.services.notifications.domain import MANDATORY, Message, Preferences, Round, Unread
from stoa.services.notifications.policy import NotificationsSettings
from stoa.services.notifications.store import Notification, NotificationsTx
from stoa.services.progress.contract import CourseCompleted

_PAGE = 500
_SWEEP = 2_000
_MOST_EXPORTED = 10_000
_HOUR = timedelta(hours=1)

Counted = Callable[[Category, int], None]


class TellLearners(Job, frozen=True, kw_only=True):
    """Tell the next thousand learners of a course; the round remembers who they are."""

    type_: ClassVar[str] = "notifications.tell-learners"

    organization_id: OrganizationId
    event_id: EventId


class NotificationRecord(Struct, frozen=True, kw_only=True):
    """All that is kept of what somebody was told."""

    notifications: list[Notification]
    muted: list[Category]
    is_whole: bool


class Notifications:
    """What somebody is told in the application, how much of it is unread, and what they would rather not hear."""

    def __init__(
        self,
        *,
        store: Store[NotificationsTx],
        clock: Clock,
        courses: CoursesPort,
        enrollment: EnrollmentPort,
        realtime: Realtime,
        settings: NotificationsSettings,
        counted: Counted,
    ) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._courses, self._enrollment = courses, enrollment
        self._realtime, self._counted = realtime, counted

    async def latest(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        before: NotificationId | None,
        limit: int,
        only_unread: bool = False,
    ) -> list[Notification]:
        """Return what somebody was told, the latest first."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.notes_of(user, before=before, limit=limit, only_unread=only_unread)

    async def unread(self, *, organization: OrganizationId, user: UserId) -> Unread:
        """Return how many somebody has not read."""
        async with self._store.reading(organization=organization) as tx:
            return (await tx.unread([user]))[user]

    async def read(self, *, organization: OrganizationId, user: UserId, note: NotificationId) -> Unread:
        """Mark one as read."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.hold([user])
            if not await tx.read_one(user, note, at=self._clock.now()):
                raise NotificationNotFound
            counts = await tx.unread([user])
        await self._push(organization, counts)
        return counts[user]

    async def read_through(self, *, organization: OrganizationId, user: UserId, through: NotificationId) -> Unread:
        """Mark one and all before it as read; what came after it stays as it is."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.hold([user])
            await tx.read_through(user, through, at=self._clock.now())
            counts = await tx.unread([user])
        await self._push(organization, counts)
        return counts[user]

    async def preferences(self, *, organization: OrganizationId, user: UserId) -> Preferences:
        """Return what somebody has muted."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.preferences_of(user)

    async def prefer(
        self, *, organization: OrganizationId, user: UserId, version: int, muted: list[Category]
    ) -> Preferences:
        """Replace what somebody has muted, if it was not changed elsewhere meanwhile."""
        wanted = domain.check_muted(muted)
        async with self._store.transaction(organization=organization) as tx:
            if not await tx.save_preferences(user, wanted, version=version):
                raise PreconditionFailed(fields={"current": (await tx.preferences_of(user)).version})
        return Preferences(muted=wanted, version=version + 1)

    async def record(self, *, organization: OrganizationId, user: UserId) -> NotificationRecord:
        """Return all that is kept of what somebody was told."""
        async with self._store.reading(organization=organization) as tx:
            notes = await tx.notes_of(user, before=None, limit=_MOST_EXPORTED + 1)
            preferences = await tx.preferences_of(user)
        return NotificationRecord(
            notifications=notes[:_MOST_EXPORTED], muted=preferences.muted, is_whole=len(notes) <= _MOST_EXPORTED
        )

    async def note_seat(self, event: SeatGranted | SeatEnded, *, delivery: Delivery) -> None:
        """Tell somebody what became of their seat."""
        course = await self._course(event.organization_id, event.course_id)
        if course is None:
            return
        if isinstance(event, SeatGranted):
            await self._tell_one(event.user_id, domain.seat_granted(event, course), delivery)
        elif (ended := domain.seat_ended(event, course)) is not None:
            await self._tell_one(event.user_id, ended, delivery)

    async def note_completion(self, event: CourseCompleted, *, delivery: Delivery) -> None:
        """Tell somebody that they have completed a course."""
        course = await self._course(event.organization_id, event.course_id)
        if course is not None:
            await self._tell_one(event.user_id, domain.course_completed(course), delivery)

    async def note_published(self, event: CoursePublished, *, delivery: Delivery) -> None:
        """Tell the learners of a course that there is something new, not more often than they bear."""
        subject = f"course:{event.course_id}"
        async with self._store.transaction(organization=event.organization_id, delivery=delivery) as tx:
            last = await tx.last_round(subject, Kind.COURSE_UPDATED)
            if domain.is_told_again(last, now=self._clock.now(), every=self._settings.course_updates_every):
                await self._begin(tx, event.course_id, domain.course_updated(event), delivery, subject=subject)

    async def tell_learners(self, job: TellLearners, *, run: JobRun) -> None:
        """Tell the next people of a course, page by page; one that was interrupted goes on after the last page."""
        organization = job.organization_id
        pages = max(1, self._settings.people_per_job // _PAGE)
        size = min(_PAGE, self._settings.people_per_job)
        for page in range(pages):
            async with self._store.reading(organization=organization) as tx:
                round_ = await tx.running_round(job.event_id)
            if round_ is None:
                return
            seats = await self._enrollment.learners_in(
                organization=organization, course=round_.course, after=round_.after, limit=size
            )
            people = [seat.user for seat in seats]
            is_over = len(people) < size
            async with self._store.transaction(organization=organization) as tx:
                after = people[-1] if people else None
                if not await tx.move_round(
                    round_.event, before=round_.after, after=after, is_over=is_over, people=len(people)
                ):
                    return
                users = [user for user in people if user not in round_.spared]
                counts = await self._put(tx, users, round_.message, round_.event, round_)
                if page == pages - 1 and not is_over:
                    tx.enqueue(job)
            await self._push(organization, counts)
            await run.progress((page + 1) * size, None)
            if is_over:
                return

    async def sweep(self) -> None:
        """Forget what was told longer ago than it is kept."""
        before = self._clock.now() - self._settings.kept
        async with self._store.reading(organization=None) as tx:
            holders = await tx.holders()
        for holder in holders:
            swept = _SWEEP
            while swept == _SWEEP:
                async with self._store.transaction(organization=OrganizationId(holder)) as tx:
                    swept = await tx.sweep_notes(before=before, limit=_SWEEP)
                    await tx.sweep_rounds(before=before)

    async def forget(self, *, organization: OrganizationId, user: UserId, delivery: Delivery) -> None:
        """Forget all that somebody was told who has closed their account."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.forget(user)

    async def _course(self, organization: OrganizationId, course: CourseId) -> CourseSummary | None:
        found = await self._courses.summaries_of(organization=organization, courses=[course])
        return found[0] if found else None

    async def _tell_one(self, user: UserId, message: Message, delivery: Delivery) -> None:
        organization = delivery.organization
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            counts = await self._put(tx, [user], message, delivery.event_id, delivery)
        await self._push(organization, counts)

    async def _begin(
        self,
        tx: NotificationsTx,
        course: CourseId,
        message: Message,
        delivery: Delivery,
        *,
        subject: str,
        spared: list[UserId] | None = None,
    ) -> None:
        round_ = Round(
            event=delivery.event_id,
            course=course,
            message=message,
            subject=subject,
            spared=spared or [],
            occurred_at=delivery.occurred_at,
        )
        await tx.add_round(round_, at=self._clock.now())
        tx.enqueue(TellLearners(organization_id=delivery.organization, event_id=delivery.event_id))

    async def _put(
        self, tx: NotificationsTx, users: list[UserId], message: Message, event: EventId, when: Round | Delivery
    ) -> dict[UserId, Unread]:
        """Put a message into the bells of those who want it; what somebody prefers is asked now, not when it began."""
        if message.category not in MANDATORY:
            users = await tx.willing(users, message.category)
        if not users:
            return {}
        now = self._clock.now()
        await tx.note_holder()
        await tx.hold(users)
        collapse = message.collapse
        if message.category in MANDATORY:
            recent = await tx.told_since(users[0], message.category, since=now - _HOUR)
            collapse = domain.collapse_of(message, recent=recent, most=self._settings.mandatory_an_hour)
        told = await tx.tell(
            users, message, event=event, collapse=collapse, occurred_at=when.occurred_at, at=now
        )
        self._counted(message.category, len(told))
        return await tx.unread(told) if told else {}

    async def _push(self, organization: OrganizationId, counts: dict[UserId, Unread]) -> None:
        """Tell the open pages of people their new count; one that misses it asks when it comes back."""
        for user, count in counts.items():
            data = {"t": "notifications", "organization_id": organization, **msgspec.to_builtins(count)}
            await self._realtime.publish(f"user:{user}", msgspec.json.encode(data))
