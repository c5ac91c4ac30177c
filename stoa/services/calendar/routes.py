"""Calendars over HTTP: what is on, the feed, and what a course's staff write."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct
from stoa.kit.http.etag import matches
from stoa.kit.http.router import MEMBER, PUBLIC, Answer, Cursor, IfMatch, PageQuery, Router
from stoa.services.calendar.contract import (
    BadEntry,
    BadWindow,
    EntryCancelled,
    EntryId,
    EntryNotFound,
    FeedNotFound,
    OccurrenceNotFound,
    Source,
)
from stoa.services.calendar.domain.entries import Entry, View
from stoa.services.calendar.domain.feed import path_of
from stoa.services.calendar.domain.recurrence import Occurrence
from stoa.services.calendar.policy import EXPORTS, FETCHES, MANAGE, READS, WRITES
from stoa.services.calendar.service.calendar import Calendar, CalendarRecord
from stoa.services.courses.contract import CourseId, CourseNotFound

router = Router("calendar")
by_time = Cursor("calendar", tuple[datetime, UUID])
by_entry = Cursor("calendar-entries", UUID)

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Rule = Annotated[str, msgspec.Meta(max_length=200)]
Zone = Annotated[str, msgspec.Meta(max_length=64)]


class CalendarCourse(Struct, frozen=True, kw_only=True):
    """The course that an entry belongs to."""

    id: CourseId
    slug: str
    title: str


class CalendarItem(Struct, frozen=True, kw_only=True):
    """One time that something happens; `occurs_at` is when it would have by its rule, `path` where a reader goes."""

    entry_id: EntryId
    source: Source
    title: str
    description: str
    course: CalendarCourse | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    occurs_at: datetime
    is_recurring: bool
    is_cancelled: bool
    is_host: bool
    path: str


class FeedView(Struct, frozen=True, kw_only=True):
    """Whether the caller has a feed; `url` is said once, when its address is made."""

    is_on: bool
    made_at: datetime | None
    last_fetched: str | None
    url: str | None


class EntryIn(Struct, frozen=True, kw_only=True):
    """An entry to write; with `rrule` (RFC 5545) a series that repeats by the clocks of its zone."""

    title: Title
    description: Text = ""
    starts_at: datetime
    ends_at: datetime
    time_zone: Zone
    rrule: Rule = ""


class EntryChange(Struct, frozen=True, kw_only=True):
    """The fields to change; what is left out stays."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    description: Text | msgspec.UnsetType = msgspec.UNSET
    starts_at: datetime | msgspec.UnsetType = msgspec.UNSET
    ends_at: datetime | msgspec.UnsetType = msgspec.UNSET
    time_zone: Zone | msgspec.UnsetType = msgspec.UNSET
    rrule: Rule | msgspec.UnsetType = msgspec.UNSET


class OccurrenceChange(Struct, frozen=True, kw_only=True):
    """What is otherwise with one occurrence of a series."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    description: Text | msgspec.UnsetType = msgspec.UNSET
    starts_at: datetime | msgspec.UnsetType = msgspec.UNSET
    ends_at: datetime | msgspec.UnsetType = msgspec.UNSET


class EntryView(Struct, frozen=True, kw_only=True):
    """An entry as the staff of its course see it; `version` is its ETag."""

    id: EntryId
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    rrule: str
    occurs_at: datetime | None
    cancelled_at: datetime | None
    version: int


@router.get("/calendar", permission=MEMBER, limit=READS, etag=True, errors=(BadWindow,))
async def my_calendar(
    page: PageQuery, since: datetime, until: datetime, caller: Caller, calendar: Calendar
) -> Page[CalendarItem]:
    """What happens for the caller within a window, in the order of its beginning."""
    view, found = await calendar.occurrences(
        organization=caller.require_organization(), user=caller.require_user(), since=since, until=until
    )
    after = by_time.read(page.cursor)
    rest = [one for one in found if after is None or _key(one) > after][: page.fetch]
    return by_time.page([_item(one, view) for one in rest], page, lambda item: (item.starts_at, item.entry_id))


@router.get("/calendar/feed", permission=MEMBER, limit=READS)
async def calendar_feed(caller: Caller, calendar: Calendar) -> FeedView:
    """Whether the caller has a feed."""
    state = await calendar.feeds.state(organization=caller.require_organization(), user=caller.require_user())
    if state is None:
        return FeedView(is_on=False, made_at=None, last_fetched=None, url=None)
    fetched = state.fetched_on.isoformat() if state.fetched_on else None
    return FeedView(is_on=True, made_at=state.made_at, last_fetched=fetched, url=None)


@router.post("/calendar/feed", permission=MEMBER, limit=WRITES, replay=False)
async def renew_calendar_feed(caller: Caller, calendar: Calendar) -> FeedView:
    """Make the secret address of the caller's feed; one that was made before ends."""
    organization, user = caller.require_organization(), caller.require_user()
    url = await calendar.feeds.renew(organization=organization, user=user)
    state = await calendar.feeds.state(organization=organization, user=user)
    return FeedView(is_on=True, made_at=state.made_at if state else None, last_fetched=None, url=url)


@router.delete("/calendar/feed", permission=MEMBER, limit=WRITES)
async def revoke_calendar_feed(caller: Caller, calendar: Calendar) -> None:
    """Take the address of the caller's feed back."""
    await calendar.feeds.revoke(organization=caller.require_organization(), user=caller.require_user())


@router.get(
    "/calendar/feeds/{file}", permission=PUBLIC, limit=FETCHES, produces="text/calendar", errors=(FeedNotFound,)
)
async def read_calendar_feed(file: str, request: Request, calendar: Calendar) -> Response:
    """The feed at a secret address, as a calendar file."""
    token, dot, end = file.rpartition(".")
    if (dot, end) != (".", "ics"):
        raise FeedNotFound
    known = request.headers.get("if-none-match", "")
    feed = await calendar.feeds.file(token=token, is_known=lambda tag: bool(known) and matches(known, f'"{tag}"'))
    headers = {"etag": f'"{feed.tag}"', "cache-control": "private, no-cache", "referrer-policy": "no-referrer"}
    if feed.text is None:
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = 'inline; filename="stoa.ics"'
    return Response(feed.text, headers=headers, media_type="text/calendar; charset=utf-8")


@router.get("/calendar/export", permission=MEMBER, limit=EXPORTS)
async def download_calendar(caller: Caller, calendar: Calendar) -> CalendarRecord:
    """All that the calendar keeps of the caller."""
    return await calendar.record(organization=caller.require_organization(), user=caller.require_user())


@router.get("/calendar/courses/{course}/entries", permission=MANAGE, scope="course", errors=(CourseNotFound,))
async def list_course_entries(course: CourseId, page: PageQuery, caller: Caller, calendar: Calendar) -> Page[EntryView]:
    """What the staff of a course wrote into its calendar, the latest first."""
    after = by_entry.read(page.cursor)
    found = await calendar.planning.entries(
        organization=caller.require_organization(),
        course=course,
        after=None if after is None else EntryId(after),
        limit=page.fetch,
    )
    return by_entry.page([_view(entry) for entry in found], page, lambda entry: entry.id)


@router.post(
    "/calendar/courses/{course}/entries",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    status=201,
    errors=(CourseNotFound, BadEntry),
)
async def plan_entry(course: CourseId, body: EntryIn, caller: Caller, calendar: Calendar) -> Answer[EntryView]:
    """Write an entry or a series into the calendar of a course."""
    planned = await calendar.planning.plan(
        organization=caller.require_organization(),
        course=course,
        title=body.title,
        description=body.description,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        time_zone=body.time_zone,
        rrule=body.rrule,
    )
    return Answer(_view(planned), etag=planned.sequence)


@router.patch(
    "/calendar/courses/{course}/entries/{entry}",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(EntryNotFound, EntryCancelled, BadEntry),
)
async def change_entry(
    course: CourseId, entry: EntryId, body: EntryChange, if_match: IfMatch, caller: Caller, calendar: Calendar
) -> Answer[EntryView]:
    """Change an entry or a whole series; another time or rule ends the exceptions of the series."""
    changed = await calendar.planning.change(
        organization=caller.require_organization(),
        course=course,
        entry=entry,
        version=if_match.version,
        changes=_given(body),
    )
    return Answer(_view(changed), etag=changed.sequence)


@router.delete(
    "/calendar/courses/{course}/entries/{entry}",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(EntryNotFound, EntryCancelled),
)
async def cancel_entry(
    course: CourseId, entry: EntryId, if_match: IfMatch, caller: Caller, calendar: Calendar
) -> EntryView:
    """Cancel an entry or a whole series."""
    return _view(
        await calendar.planning.cancel(
            organization=caller.require_organization(), course=course, entry=entry, version=if_match.version
        )
    )


@router.put(
    "/calendar/courses/{course}/entries/{entry}/occurrences/{occurs_at}",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(EntryNotFound, EntryCancelled, OccurrenceNotFound, BadEntry),
)
async def change_occurrence(
    course: CourseId, entry: EntryId, occurs_at: datetime, body: OccurrenceChange, caller: Caller, calendar: Calendar
) -> EntryView:
    """Let one occurrence of a series be otherwise; it is named by when it would have happened."""
    return _view(
        await calendar.planning.move_occurrence(
            organization=caller.require_organization(),
            course=course,
            entry=entry,
            occurs_at=occurs_at,
            changes=_given(body),
        )
    )


@router.delete(
    "/calendar/courses/{course}/entries/{entry}/occurrences/{occurs_at}",
    permission=MANAGE,
    scope="course",
    limit=WRITES,
    errors=(EntryNotFound, EntryCancelled, OccurrenceNotFound),
)
async def cancel_occurrence(
    course: CourseId, entry: EntryId, occurs_at: datetime, caller: Caller, calendar: Calendar
) -> EntryView:
    """Cancel one occurrence of a series."""
    return _view(
        await calendar.planning.cancel_occurrence(
            organization=caller.require_organization(), course=course, entry=entry, occurs_at=occurs_at
        )
    )


def _given(body: EntryChange | OccurrenceChange) -> dict[str, object]:
    return {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not msgspec.UNSET}


def _key(one: Occurrence) -> tuple[datetime, UUID]:
    return one.starts_at, one.entry.id


def _item(one: Occurrence, view: View) -> CalendarItem:
    entry = one.entry
    course = view.courses.get(entry.course) if entry.course else None
    return CalendarItem(
        entry_id=entry.id,
        source=entry.source,
        title=entry.title,
        description=entry.description,
        course=CalendarCourse(id=course.id, slug=course.slug, title=course.title) if course else None,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        time_zone=entry.time_zone,
        occurs_at=one.occurs_at,
        is_recurring=one.is_recurring,
        is_cancelled=one.is_cancelled,
        is_host=view.user in entry.hosts,
        path=path_of(entry, course.slug if course else ""),
    )


def _view(entry: Entry) -> EntryView:
    return EntryView(
        id=entry.id,
        title=entry.title,
        description=entry.description,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        time_zone=entry.time_zone,
        rrule=entry.rrule,
        occurs_at=entry.occurs_at,
        cancelled_at=entry.cancelled_at,
        version=entry.sequence,
    )
