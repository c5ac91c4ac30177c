"""The words of calendar: entries, where they come from, and its errors."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

from stoa.kit.errors import Conflict, Invalid, NotFound

EntryId = NewType("EntryId", UUID)


class Source(StrEnum):
    """Where an entry comes from: a live class, or what a course's staff wrote into its calendar."""

    LIVE = "live"
    COURSE = "course"


class EntryNotFound(NotFound):
    """There is no such entry in the calendar of this course."""

    code, title = "calendar.entry_not_found", "There is no such entry in the calendar"


class OccurrenceNotFound(NotFound):
    """The series has no occurrence at this time."""

    code, title = "calendar.occurrence_not_found", "The series has no occurrence at this time"


class FeedNotFound(NotFound):
    """The address of the feed was never given out, or it was taken back."""

    code, title = "calendar.feed_not_found", "There is no such calendar feed"


class EntryCancelled(Conflict):
    """What was cancelled stays so; make a new entry."""

    code, title = "calendar.entry_cancelled", "This entry was cancelled"


class BadWindow(Invalid):
    """The window ends before it begins, or is too long."""

    code, title = "calendar.bad_window", "This window of time cannot be shown"


class BadEntry(Invalid):
    """The times, the zone or the rule of repetition cannot be used; the detail says why."""

    code, title = "calendar.bad_entry", "This entry cannot be used"
