"""The words of notifications: what somebody can be told, under which categories, and its errors."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

from stoa.kit.errors import Conflict, NotFound

NotificationId = NewType("NotificationId", UUID)


class Kind(StrEnum):
    """What somebody is told; the words are the reader's application's, in the reader's language."""

    CLASS_SCHEDULED = "class-scheduled"
    CLASS_CHANGED = "class-changed"
    CLASS_CANCELLED = "class-cancelled"
    CLASS_STARTED = "class-started"
    SEAT_GRANTED = "seat-granted"
    SEAT_FROM_WAITLIST = "seat-from-waitlist"
    SEAT_EXPIRED = "seat-expired"
    SEAT_REMOVED = "seat-removed"
    COURSE_UPDATED = "course-updated"
    COURSE_COMPLETED = "course-completed"


class Category(StrEnum):
    """What somebody may mute as a whole; `access` is told in any case."""

    ACCESS = "access"
    CLASSES = "classes"
    CLASS_START = "class-start"
    COURSE_UPDATES = "course-updates"
    ACHIEVEMENTS = "achievements"


class NotificationNotFound(NotFound):
    """The caller has no such notification, or it was cleared away."""

    code, title = "notifications.not_found", "There is no such notification"


class CategoryMandatory(Conflict):
    """What changes what somebody may do is told in any case."""

    code, title = "notifications.category_mandatory", "This kind of news cannot be muted"
