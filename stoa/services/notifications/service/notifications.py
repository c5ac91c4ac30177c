"""Notifications as one object: what people ask of their bells, and what events put into them."""

from datetime import timedelta

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.events import Delivery
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CoursePublished, CoursesPort, CourseSummary
from stoa.services.enrollment.contract import EnrollmentPort, SeatEnded, SeatGranted
from stoa.services.live.contract import ClassCancelled, ClassStarted
from stoa.services.notifications import domain
from stoa.services.notifications.contract import Category, NotificationId, NotificationNotFound
from stoa.services.notifications.domain import ClassFacts, ClassNews, Message, Preferences, Unread
from stoa.services.notifications.policy import NotificationsSettings
from stoa.services.notifications.service.bells import Bells, Counted
from stoa.services.notifications.service.rounds import Rounds
from stoa.services.notifications.store.notes import Notification
from stoa.services.notifications.store.notifications import NotificationsTx
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.progress.contract import CourseCompleted

_SWEEP = 2_000
_MOST_EXPORTED = 10_000
_AT_ONCE = timedelta(0)


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
        organizations: OrganizationsPort,
        realtime: Realtime,
        settings: NotificationsSettings,
        counted: Counted,
    ) -> None:
        self._store, self._clock, self._settings, self._courses = store, clock, settings, courses
        self._organizations = organizations
        self._bells = Bells(clock=clock, realtime=realtime, settings=settings, counted=counted)
        self.rounds = Rounds(
            store=store,
            clock=clock,
            enrollment=enrollment,
            organizations=organizations,
            bells=self._bells,
            settings=settings,
        )

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
        self._bells.push(organization, counts)
        return counts[user]

    async def read_through(self, *, organization: OrganizationId, user: UserId, through: NotificationId) -> Unread:
        """Mark one and all before it as read; what came after it stays as it is."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.hold([user])
            await tx.read_through(user, through, at=self._clock.now())
            counts = await tx.unread([user])
        self._bells.push(organization, counts)
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
        """Tell the learners of a course that there is something new: not of its first edition, nor too often."""
        subject = f"course:{event.course_id}"
        async with self._store.transaction(organization=event.organization_id, delivery=delivery) as tx:
            now = self._clock.now()
            if await tx.may_tell_of(event.course_id, at=now, told_before=now - self._settings.course_updates_every):
                await self.rounds.begin(tx, event.course_id, domain.course_updated(event), delivery, subject=subject)

    async def note_class(self, event: ClassNews, *, delivery: Delivery) -> None:
        """Tell the learners of a course what becomes of a class; of one without a course the organization.

        But for its beginning, news waits a moment: changes that follow at once are told as one, and what is undone is
        not told at all.
        """
        course = await self._course(event.organization_id, event.course_id) if event.course_id else None
        only = await self._only(event)
        facts = ClassFacts(title=event.title, starts_at=event.starts_at, ends_at=event.ends_at, sequence=event.sequence)
        subject = f"class:{event.class_id}"
        async with self._store.transaction(organization=event.organization_id, delivery=delivery) as tx:
            before = await tx.learn_class(event.class_id, facts)
            if (event.course_id and not course) or not domain.is_news(event, before, now=self._clock.now()):
                return
            message = domain.class_news(event, course)
            starts = isinstance(event, ClassStarted)
            if not starts and await self.rounds.merge(tx, message, delivery, subject=subject):
                return
            if isinstance(event, ClassCancelled):
                await tx.cancel_rounds(subject)
            await self.rounds.begin(
                tx,
                event.course_id,
                message,
                delivery,
                subject=subject,
                spared=domain.spared(event),
                only=only,
                wait=_AT_ONCE if starts else self._settings.settle,
            )

    async def _only(self, event: ClassNews) -> list[UserId] | None:
        """Return the hosts of a class for an organization that is too large to ring for everybody."""
        if event.course_id is not None:
            return None
        most = self._settings.organization_up_to
        people = await self._organizations.member_count(organization=event.organization_id, at_most=most + 1)
        return None if people <= most else list(event.host_ids)

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
            counts = await self._bells.put(
                tx, [user], message, event=delivery.event_id, occurred_at=delivery.occurred_at
            )
        self._bells.push(organization, counts)
