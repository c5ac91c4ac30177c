"""What live tells the others: classes, their events, the errors of a room and its port."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from stoa.kit.contract import Event, UserId
from stoa.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from stoa.kit.realtime.keeper import Keeper
from stoa.services.courses.contract import CourseId

ClassId = NewType("ClassId", UUID)
ParticipantId = NewType("ParticipantId", UUID)


class ClassState(StrEnum):
    """Where a class is in its life; `open` is the lobby."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    LIVE = "live"
    ENDED = "ended"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """What somebody is in a room."""

    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"
    LEARNER = "learner"
    GUEST = "guest"

    @property
    def moderates(self) -> bool:
        """Say whether this role keeps order in the room."""
        return self in (Role.HOST, Role.COHOST)

    @property
    def presents(self) -> bool:
        """Say whether this role may speak to all, show slides and draw."""
        return self in (Role.HOST, Role.COHOST, Role.SPEAKER)


class ClassScheduled(Event, frozen=True, kw_only=True):
    """A class will be held; each occurrence of a series is a class of its own with the same `series_id`.

    `sequence` rises with each change that a calendar must see; a class without a course is for the organization. Who
    did it (`by`) needs not be told.
    """

    type_: ClassVar[str] = "stoa.live.class-scheduled.v1"
    key_: ClassVar[str] = "class_id"

    class_id: ClassId
    course_id: CourseId | None
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    sequence: int
    changed_at: datetime
    description: str = ""
    host_ids: list[UserId] = []
    series_id: UUID | None = None
    is_hidden: bool = False
    by: UserId | None = None


class ClassChanged(Event, frozen=True, kw_only=True):
    """What a calendar shows of a class has changed; all of it is said again."""

    type_: ClassVar[str] = "stoa.live.class-changed.v1"
    key_: ClassVar[str] = "class_id"

    class_id: ClassId
    course_id: CourseId | None
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    sequence: int
    changed_at: datetime
    description: str = ""
    host_ids: list[UserId] = []
    series_id: UUID | None = None
    is_hidden: bool = False
    by: UserId | None = None


class ClassCancelled(Event, frozen=True, kw_only=True):
    """A class will not be held."""

    type_: ClassVar[str] = "stoa.live.class-cancelled.v1"
    key_: ClassVar[str] = "class_id"

    class_id: ClassId
    course_id: CourseId | None
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    sequence: int
    changed_at: datetime
    reason: str = ""
    series_id: UUID | None = None
    is_hidden: bool = False
    by: UserId | None = None
    host_ids: list[UserId] = []


class ClassStarted(Event, frozen=True, kw_only=True):
    """A class is on; `session` counts how often the same room was started."""

    type_: ClassVar[str] = "stoa.live.class-started.v1"
    key_: ClassVar[str] = "class_id"

    class_id: ClassId
    course_id: CourseId | None
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    sequence: int
    session: int
    started_at: datetime
    host_ids: list[UserId] = []
    is_hidden: bool = False


class ClassEnded(Event, frozen=True, kw_only=True):
    """A class is over; what was said stays for the replay as long as the organization keeps it."""

    type_: ClassVar[str] = "stoa.live.class-ended.v1"
    key_: ClassVar[str] = "class_id"

    class_id: ClassId
    course_id: CourseId | None
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    sequence: int
    session: int
    started_at: datetime
    ended_at: datetime
    is_hidden: bool = False


class ClassNotFound(NotFound):
    """There is no such class, or it is not the caller's to see."""

    code, title = "live.class_not_found", "There is no such class"


class IllegalMove(Conflict):
    """The state does not allow this move; `state` is the present one and `allowed` lists the moves it allows."""

    code, title = "live.illegal_move", "This cannot be done now"


class BadSchedule(Invalid):
    """The times or the rule of repetition cannot be used; the detail says why."""

    code, title = "live.bad_schedule", "This schedule cannot be used"


class NotInvited(Forbidden):
    """The caller is not one of those the class is for."""

    code, title = "live.not_invited", "This class is for others"


class WrongCode(NotFound):
    """No class that is open to guests has this code now."""

    code, title = "live.wrong_code", "No class has this code now"


class GuestsRefused(Forbidden):
    """The class or the organization takes no guests, or they have not agreed to its terms."""

    code, title = "live.guests_refused", "Guests cannot join like this"


class ConsentNeeded(Conflict):
    """The class is recorded: who joins agrees to that first."""

    code, title = "live.consent_needed", "This class is recorded; agree to that to join"


class JoinNeeded(Unauthenticated):
    """The `Stoa-Join` header is missing, too old, of another class, or was taken back."""

    code, title = "live.join_needed", "Join the class first"


class Removed(Forbidden):
    """The caller was removed from this class and may not come back."""

    code, title = "live.removed", "You were removed from this class"


class RoleNeeded(Forbidden):
    """Only hosts, or those they chose, may do this in the room."""

    code, title = "live.role_needed", "You may not do this in this class"


class Muted(Forbidden):
    """The caller may listen and vote, and not write; `until` says for how long."""

    code, title = "live.muted", "You cannot write in this class at the moment"


class NotLive(Conflict):
    """The room is not on: nothing can be said in it."""

    code, title = "live.not_live", "The class is not on"


class TooFast(TooMany):
    """The caller writes faster than the room allows; `retry_after_s` says when to go on."""

    code, title = "live.too_fast", "A little slower, please"


class RoomFull(Unavailable):
    """As many as the room takes are in it."""

    code, title = "live.room_full", "The class is full"


class ThingNotFound(NotFound):
    """The room has no such message, poll, question, hand, group or person."""

    code, title = "live.thing_not_found", "There is no such thing in this class"


class PollClosed(Conflict):
    """The poll takes no ballots now."""

    code, title = "live.poll_closed", "The poll is closed"


class BadBallot(Invalid):
    """The ballot does not fit the poll."""

    code, title = "live.bad_ballot", "This answer does not fit the question"


class ResultsHidden(Forbidden):
    """The results are not shown yet, or too few have answered an anonymous poll."""

    code, title = "live.results_hidden", "The results are not shown"


class TooMuch(Conflict):
    """The class holds as many of these as it may."""

    code, title = "live.too_much", "There are too many of these in the class"


class ProviderNotAllowed(Invalid):
    """The platform, or the organization's policy, has no such conference server; `providers` lists those there are."""

    code, title = "live.provider_not_allowed", "This way of audio and video is not offered here"


class StageMissing(NotFound):
    """The class has no audio and video, or its conference server was taken away."""

    code, title = "live.stage_missing", "This class has no audio and video"


class RecordingRuns(Conflict):
    """The class is being recorded, so this cannot be done now."""

    code, title = "live.recording_runs", "The class is being recorded"


class RecordingNotAllowed(Conflict):
    """Somebody on the stage has not agreed, and their microphone cannot be taken from them from outside."""

    code, title = "live.recording_not_allowed", "Not everybody on the stage has agreed to be recorded"


class LivePort(Keeper):
    """What others may ask of live: the sequences of its rooms, for the socket servers."""

    service_: ClassVar[str] = "live"
