"""What a class is: its times, its people and its settings."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.services.courses.contract import CourseId
from stoa.services.live.contract import BadSchedule, ClassId, ClassState, ParticipantId, Role

LONGEST_CLASS = timedelta(hours=24)
# Calendars reckon a day and a year around a class, in every zone.
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


class ClassSettings(Struct, frozen=True, kw_only=True):
    """How a class is held."""

    takes_guests: bool = False
    is_hidden: bool = False
    is_recorded: bool = False
    chat: bool = True
    hold_links: bool = True
    hold_personal: bool = True
    blocked_words: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=200)] = []
    auto_slow: bool = True
    min_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 75
    max_minutes: Annotated[int, msgspec.Meta(ge=5, le=1440)] = 240
    max_people: Annotated[int, msgspec.Meta(ge=1, le=200_000)] = 20_000


class LiveClass(Struct, frozen=True, kw_only=True):
    """A class with all that is kept of it but what was said."""

    id: ClassId
    organization: OrganizationId
    course: CourseId | None
    series: UUID | None
    title: str
    description: str
    state: ClassState
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host: UserId
    cohosts: list[UserId]
    settings: ClassSettings
    code: str | None
    sequence: int
    version: int
    session: int
    opened_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    slow_mode_s: int
    slide: bytes | None
    spotlight: ParticipantId | None
    acting_host: ParticipantId | None
    created_by: UserId
    changed_at: datetime
    everyone_draws: bool = False

    @property
    def hosts(self) -> list[UserId]:
        """Return the host and the co-hosts."""
        return [self.host, *self.cohosts]


class Participant(Struct, frozen=True, kw_only=True):
    """Somebody in a room; a guest has no user."""

    id: ParticipantId
    user: UserId | None
    name: str
    role: Role
    family: UUID
    joined_at: datetime
    seen_at: datetime | None
    muted_until: datetime | None
    removed_at: datetime | None
    consented_at: datetime | None


class OrganizationPolicy(Struct, frozen=True, kw_only=True):
    """What an organization allows guests, and how many days it keeps what was said (None: as the operator sets)."""

    guests_allowed: bool = True
    guest_min_age: int = 0
    guest_terms: str = ""
    keep_days: int | None = None
    version: int = 0


def check_times(starts_at: datetime, ends_at: datetime) -> None:
    """Raise BadSchedule unless a class ends after it starts and on the same day or so."""
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise BadSchedule("Times carry their offset, as in 2026-11-21T10:00:00+01:00.")
    if not (_FIRST_YEAR <= starts_at.year <= ends_at.year <= _LAST_YEAR):
        raise BadSchedule("A class lies in our times.")
    if ends_at <= starts_at:
        raise BadSchedule("A class ends after it starts.")
    if ends_at - starts_at > LONGEST_CLASS:
        raise BadSchedule("A class lasts at most 24 hours.")


def role_of(held: LiveClass, user: UserId, *, is_staff: bool) -> Role:
    """Return as what somebody with an account comes in."""
    if user == held.host:
        return Role.HOST
    if user in held.cohosts:
        return Role.COHOST
    return Role.COHOST if is_staff else Role.LEARNER
