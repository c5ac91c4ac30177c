"""Calendar as one object: what people see, and what events put into it."""

from datetime import datetime

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.events import Delivery
from stoa.kit.store import Store
from stoa.services.calendar.contract import EntryId, Source
from stoa.services.calendar.domain import entries as rules
from stoa.services.calendar.domain.entries import Entry, View
from stoa.services.calendar.domain.recurrence import Occurrence, occurrences
from stoa.services.calendar.policy import CalendarSettings
from stoa.services.calendar.service.feeds import Feeds
from stoa.services.calendar.service.planning import Planning
from stoa.services.calendar.service.views import Views
from stoa.services.calendar.store import CalendarTx, FeedState
from stoa.services.courses.contract import CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassScheduled
from stoa.services.organizations.contract import OrganizationsPort

_MOST_EXPORTED = 5_000


class CalendarRecord(Struct, frozen=True, kw_only=True):
    """All that is kept of somebody: their feed, never its address, and what they hold."""

    feed: FeedState | None
    held: list[Entry]


class Calendar:
    """Who meets when."""

    def __init__(
        self,
        *,
        store: Store[CalendarTx],
        clock: Clock,
        courses: CoursesPort,
        enrollment: EnrollmentPort,
        organizations: OrganizationsPort,
        settings: CalendarSettings,
        public_url: str,
    ) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._views = Views(clock=clock, courses=courses, enrollment=enrollment, organizations=organizations)
        self.feeds = Feeds(store=store, clock=clock, views=self._views, settings=settings, public_url=public_url)
        self.planning = Planning(store=store, clock=clock, courses=courses)

    async def occurrences(
        self, *, organization: OrganizationId, user: UserId, since: datetime, until: datetime
    ) -> tuple[View, list[Occurrence]]:
        """Return what happens within a window for somebody, in the order of its beginning, and their view of it."""
        rules.check_window(since, until)
        view = await self._views.view_of(organization=organization, user=user)
        most = self._settings.most_entries
        async with self._store.reading(organization=organization) as tx:
            found = await tx.seen_by(view, since=since, until=until, limit=most)
        kept = self._clock.now() - self._settings.cancelled_kept
        return view, happening(found, since=since, until=until, cancelled_since=kept, most=most)

    async def note_class(self, event: ClassScheduled | ClassChanged | ClassCancelled, *, delivery: Delivery) -> None:
        """Keep a class as an entry; what comes late changes nothing."""
        is_cancelled = isinstance(event, ClassCancelled)
        entry = Entry(
            id=EntryId(event.class_id),
            source=Source.LIVE,
            course=event.course_id,
            title=rules.clean_text(event.title),
            description="" if isinstance(event, ClassCancelled) else rules.clean_text(event.description, lines=True),
            starts_at=rules.whole(event.starts_at),
            ends_at=rules.whole(event.ends_at),
            time_zone=rules.zone_of(event.time_zone).key,
            sequence=event.sequence,
            is_hidden=event.is_hidden,
            created_at=event.changed_at,
            changed_at=event.changed_at,
            cancelled_at=event.changed_at if is_cancelled else None,
        )
        async with self._store.transaction(organization=event.organization_id, delivery=delivery) as tx:
            if await tx.hear(entry) and not isinstance(event, ClassCancelled):
                await tx.replace_hosts(entry.id, event.host_ids)

    async def record(self, *, organization: OrganizationId, user: UserId) -> CalendarRecord:
        """Return all that is kept of somebody."""
        async with self._store.reading(organization=organization) as tx:
            return CalendarRecord(feed=await tx.feed_of(user), held=await tx.held_by(user, limit=_MOST_EXPORTED))

    async def forget(
        self, *, organization: OrganizationId, user: UserId, is_account_closed: bool, delivery: Delivery
    ) -> None:
        """Take the feed of somebody who left; who closed their account is forgotten."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await (tx.forget(user) if is_account_closed else tx.drop_feed(user))


def happening(
    found: list[Entry], *, since: datetime, until: datetime, cancelled_since: datetime, most: int
) -> list[Occurrence]:
    """Return when entries happen within a window, those cancelled long ago left out."""
    replacing: dict[EntryId, list[Entry]] = {}
    for entry in found:
        if entry.series is not None and entry.occurs_at is not None:
            replacing.setdefault(entry.series, []).append(entry)
    times: list[Occurrence] = []
    for entry in found:
        if entry.occurs_at is None:
            times += occurrences(entry, replacing.get(entry.id, []), since=since, until=until, most=most)
    shown = [one for one in times if one.entry.cancelled_at is None or one.entry.cancelled_at >= cancelled_since]
    return sorted(shown, key=lambda one: (one.starts_at, one.entry.id))[:most]
