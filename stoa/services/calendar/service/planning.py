"""What the staff of a course write into its calendar: single entries, series, and exceptions from a series."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.errors import PreconditionFailed
from stoa.kit.store import Store
from stoa.services.calendar.contract import BadEntry, EntryCancelled, EntryId, EntryNotFound, OccurrenceNotFound, Source
from stoa.services.calendar.domain import entries as rules
from stoa.services.calendar.domain.entries import Entry
from stoa.services.calendar.domain.recurrence import check_rule, happens_at
from stoa.services.calendar.store import CalendarTx
from stoa.services.courses.contract import CourseId, CoursesPort

_SECOND = timedelta(seconds=1)
_RHYTHM = frozenset({"starts_at", "time_zone", "rrule"})


class Planning:
    """Writes entries of courses; each change raises their sequence."""

    def __init__(self, *, store: Store[CalendarTx], clock: Clock, courses: CoursesPort) -> None:
        self._store, self._clock, self._courses = store, clock, courses

    async def entries(
        self, *, organization: OrganizationId, course: CourseId, after: EntryId | None, limit: int
    ) -> list[Entry]:
        """Return what the staff of a course wrote, the latest first."""
        await self._courses.course_of(organization=organization, course=str(course))
        async with self._store.reading(organization=organization) as tx:
            return await tx.entries_in(course, after=after, limit=limit)

    async def plan(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        title: str,
        description: str,
        starts_at: datetime,
        ends_at: datetime,
        time_zone: str,
        rrule: str,
    ) -> Entry:
        """Write an entry, or a series."""
        await self._courses.course_of(organization=organization, course=str(course))
        now = self._clock.now()
        entry = _checked(
            Entry(
                id=EntryId(new_id()), source=Source.COURSE, course=course, title=title, description=description,
                starts_at=starts_at, ends_at=ends_at, time_zone=time_zone, rrule=rrule, created_at=now, changed_at=now,
            )
        )  # fmt: skip
        async with self._store.transaction(organization=organization) as tx:
            await tx.write(entry)
        return entry

    async def change(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        entry: EntryId,
        version: int,
        changes: Mapping[str, object],
    ) -> Entry:
        """Change an entry or a whole series; another time or rule ends the exceptions, which were from the old one."""
        async with self._store.transaction(organization=organization) as tx:
            before = await self._held(tx, course, entry, version)
            after = _checked(msgspec.convert({**msgspec.structs.asdict(before), **changes}, Entry))
            if any(getattr(after, name) != getattr(before, name) for name in _RHYTHM):
                await tx.forget_replacing(entry)
            return await self._save(tx, before, after)

    async def cancel(self, *, organization: OrganizationId, course: CourseId, entry: EntryId, version: int) -> Entry:
        """Cancel an entry or a whole series; calendars hear of it for a while."""
        async with self._store.transaction(organization=organization) as tx:
            before = await self._held(tx, course, entry, version)
            await tx.forget_replacing(entry)
            return await self._save(tx, before, msgspec.structs.replace(before, cancelled_at=self._clock.now()))

    async def move_occurrence(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        entry: EntryId,
        occurs_at: datetime,
        changes: Mapping[str, object],
    ) -> Entry:
        """Let one occurrence of a series be otherwise than the others; saying it again replaces it."""
        if not rules.is_usable(occurs_at):
            raise OccurrenceNotFound
        occurs_at = rules.whole(occurs_at)
        async with self._store.transaction(organization=organization) as tx:
            series, known = await self._occurrence(tx, course, entry, occurs_at)
            now = self._clock.now()
            plain = known or msgspec.structs.replace(
                series, id=EntryId(new_id()), rrule="", series=entry, occurs_at=occurs_at,
                starts_at=occurs_at, ends_at=occurs_at + (series.ends_at - series.starts_at), created_at=now,
                changed_at=now,
            )  # fmt: skip
            after = _checked(msgspec.convert({**msgspec.structs.asdict(plain), **changes}, Entry))
            return await self._save(tx, plain, after)

    async def cancel_occurrence(
        self, *, organization: OrganizationId, course: CourseId, entry: EntryId, occurs_at: datetime
    ) -> Entry:
        """Cancel one occurrence of a series."""
        return await self.move_occurrence(
            organization=organization,
            course=course,
            entry=entry,
            occurs_at=occurs_at,
            changes={"cancelled_at": self._clock.now()},
        )

    async def _held(self, tx: CalendarTx, course: CourseId, entry: EntryId, version: int | None) -> Entry:
        found = await tx.entry_for_update(course, entry)
        if found is None:
            raise EntryNotFound
        if version is not None and found.sequence != version:
            raise PreconditionFailed(fields={"current": found.sequence})
        if found.cancelled_at is not None:
            raise EntryCancelled
        return found

    async def _occurrence(
        self, tx: CalendarTx, course: CourseId, entry: EntryId, occurs_at: datetime
    ) -> tuple[Entry, Entry | None]:
        series = await self._held(tx, course, entry, None)
        known = {one.occurs_at: one for one in await tx.replacing(entry)}.get(occurs_at)
        if not series.rrule or (known is None and not happens_at(series, occurs_at)):
            raise OccurrenceNotFound
        if known is not None and known.cancelled_at is not None:
            raise EntryCancelled
        return series, known

    async def _save(self, tx: CalendarTx, before: Entry, after: Entry) -> Entry:
        at = max(self._clock.now(), before.changed_at + _SECOND)
        saved = msgspec.structs.replace(after, sequence=before.sequence + 1, changed_at=at)
        await tx.write(saved)
        return saved


def _checked(given: Entry) -> Entry:
    zone = rules.zone_of(given.time_zone)
    rules.check_times(given.starts_at, given.ends_at)
    entry = msgspec.structs.replace(given, starts_at=rules.whole(given.starts_at), ends_at=rules.whole(given.ends_at))
    if entry.rrule:
        check_rule(entry.rrule, entry.starts_at, zone)
    title = rules.clean_text(entry.title)
    if not title:
        raise BadEntry("An entry needs a title", fields={"field": "title"})
    return msgspec.structs.replace(
        entry,
        title=title,
        description=rules.clean_text(entry.description, lines=True),
    )
