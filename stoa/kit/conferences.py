"""The port to audio and video: rooms on a conference server of somebody else, and the right to enter one."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, NoReturn

from stoa.kit.contract import Struct
from stoa.kit.errors import Conflict, EnvironmentProblem, Invalid, Malformed, NotFound, Unauthenticated, Unavailable

REPORT_LIMIT_BYTES = 262_144
# A server that could not reach us tries again with what it signed the first time; older reports are refused.
OLDEST_REPORT = timedelta(hours=24)
MOST_SKEW = timedelta(minutes=5)
_ROOM = re.compile(r"[A-Za-z0-9_-]{8,128}")
_IDENTITY = re.compile(r"[A-Za-z0-9_:.@-]{1,128}")


class ConferenceUnavailable(Unavailable):
    """The conference server does not answer, or asks to come back later."""

    code, title = "stoa.conference_unavailable", "Audio and video cannot be reached for the moment"


class ConferenceMisconfigured(EnvironmentProblem):
    """The conference server refuses us: a wrong key, a wrong address, or an answer that is none of its protocol."""

    code, status, title = "stoa.conference_misconfigured", 502, "Audio and video are not set up rightly"


class ConferenceRefused(Conflict):
    """The conference server understood and will not do it in the room's present state."""

    code, title = "stoa.conference_refused", "The conference server refuses this"


class ConferenceRoomNotFound(NotFound):
    """The conference server knows no such room, person or recording, or no longer."""

    code, title = "stoa.conference_room_not_found", "The conference server knows no such room"


class ConferenceNotOffered(Conflict):
    """This kind of conference server has no call for it; people do it in its own window."""

    code, title = "stoa.conference_not_offered", "This kind of conference server does not offer this"


class RoomInvalid(Invalid):
    """A room or person has a name that not every conference server takes."""

    code, title = "stoa.conference_room_invalid", "The room cannot be named so"


class ReportRefused(Unauthenticated):
    """A report is not signed by the server it says it comes from, or is older than reports may be."""

    code, title = "stoa.conference_report_refused", "The report is not signed by the conference server"


class ReportMalformed(Malformed):
    """A report is signed rightly and cannot be read."""

    code, title = "stoa.conference_report_malformed", "The report of the conference server cannot be read"


class Right(Enum):
    """What somebody may do in a room."""

    MODERATOR = "moderator"
    SPEAKER = "speaker"
    AUDIENCE = "audience"


class Ability(Enum):
    """What a kind of conference server can be told from outside; the rest people do in its own window."""

    LOOK = "look"
    END = "end"
    MUTE = "mute"
    REMOVE = "remove"
    CHANGE_RIGHT = "change_right"
    RECORD = "record"
    LIST_RECORDINGS = "list_recordings"
    DELETE_RECORDING = "delete_recording"
    REPORT = "report"


class GrantKind(Enum):
    """How a page uses a grant."""

    FRAME = "frame"
    PAGE = "page"
    PLAYLIST = "playlist"


class Room(Struct, frozen=True, kw_only=True):
    """A room as it is asked for; asking again with the same words is the same room.

    `may_audience_speak` is for servers that lock microphones for a whole room; the others go by each one's right.
    `playlist` is where a broadcast of the room is watched, for the engine that does nothing but show it.
    """

    name: str
    title: str
    playlist: str = ""
    is_recordable: bool = False
    may_audience_speak: bool = False
    most_people: int = 0

    def __post_init__(self) -> None:
        if not _ROOM.fullmatch(self.name):
            raise RoomInvalid("The name of a room is 8 to 128 letters, digits, dashes and underscores")


class Person(Struct, frozen=True, kw_only=True):
    """Somebody in a room: an identity that is ours, and the name others read."""

    identity: str
    name: str

    def __post_init__(self) -> None:
        if not _IDENTITY.fullmatch(self.identity):
            raise RoomInvalid("An identity in a room is up to 128 letters, digits and -_:.@")


class Grant(Struct, frozen=True, kw_only=True):
    """What lets one person into one room: whoever holds it is that person, so it is never logged."""

    engine: str
    kind: GrantKind
    url: str
    room: str
    right: Right
    expires_at: datetime
    token: str = ""

    def __repr__(self) -> str:
        return f"Grant(engine={self.engine!r}, room={self.room!r}, right={self.right.value!r}, url=***, token=***)"


class Present(Struct, frozen=True, kw_only=True):
    """Somebody who is in a room now."""

    identity: str
    name: str
    right: Right
    since: datetime | None = None
    has_audio: bool = False
    has_video: bool = False


class Seen(Struct, frozen=True, kw_only=True):
    """A room as its server sees it now."""

    is_open: bool
    session: str = ""
    is_recording: bool = False
    people: list[Present] = []


class RecordingStatus(Enum):
    """How far a recording is, in the order in which it gets there."""

    STARTING = "starting"
    ACTIVE = "active"
    ENDING = "ending"
    COMPLETE = "complete"
    FAILED = "failed"


class RecordingSeen(Struct, frozen=True, kw_only=True):
    """A recording as its server sees it: where it lies is the key we asked for, or an address of the server's."""

    id: str
    status: RecordingStatus
    started_at: datetime | None = None
    ended_at: datetime | None = None
    key: str = ""
    address: str = ""
    size_bytes: int = 0
    problem: str = ""


class HappeningKind(Enum):
    """What a server reports."""

    ROOM_OPENED = "room_opened"
    ROOM_CLOSED = "room_closed"
    PERSON_CAME = "person_came"
    PERSON_LEFT = "person_left"
    RECORDING = "recording"
    RECORDING_ON = "recording_on"
    RECORDING_OFF = "recording_off"


class Happening(Struct, frozen=True, kw_only=True):
    """One thing that a server reports; `id` is the same in every repetition of the report.

    `session` is the server's own name of this run of the room: a room that closes and opens again has another.
    `RECORDING` tells how far a file is, `RECORDING_ON` and `RECORDING_OFF` from when to when a room is recorded where
    one file holds several such stretches.
    """

    id: str
    kind: HappeningKind
    room: str
    at: datetime
    session: str = ""
    person: Person | None = None
    recording: RecordingSeen | None = None


class Report(Struct, frozen=True, kw_only=True):
    """A report as it came in: the address it was sent to, without what its server added, its headers and its body."""

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Report({len(self.body)} bytes)"


class PageSources(Struct, frozen=True, kw_only=True):
    """The origins that a page must be allowed to speak to or to frame."""

    connect: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()


class Conferences(ABC):
    """One conference server. What it has no call for raises ConferenceNotOffered; `abilities` says so beforehand.

    Every call has a deadline and is made once: jobs repeat, requests tell.
    """

    name: ClassVar[str]
    abilities: ClassVar[frozenset[Ability]] = frozenset()

    @property
    @abstractmethod
    def sources(self) -> PageSources:
        """Return the origins that the page of a class needs."""

    @abstractmethod
    async def open(self, room: Room) -> None:
        """Make a room; making it again is the same room."""

    @abstractmethod
    async def grant(self, room: Room, person: Person, *, right: Right, lasts: timedelta) -> Grant:
        """Return what lets a person into a room with a right, opening the room where its server needs that."""

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of every connection."""

    async def look(self, room: str) -> Seen:
        """Return whether a room is open, whether it is recorded and who is in it."""
        self._refuse("say who is in a room")

    async def end(self, room: str) -> None:
        """Close a room and send everybody out; closing what is closed is no error."""
        self._refuse("close a room")

    async def mute(self, room: str, identity: str) -> None:
        """Turn somebody's microphone off; nobody can be turned on from outside."""
        self._refuse("mute somebody")

    async def remove(self, room: str, identity: str) -> None:
        """Send somebody out; whether they come back is decided by who gives out grants."""
        self._refuse("send somebody out")

    async def change_right(self, room: str, identity: str, right: Right) -> None:
        """Give somebody who is in a room another right."""
        self._refuse("change somebody's right in a room")

    async def start_recording(self, room: str, *, key: str) -> RecordingSeen:
        """Begin to record a room into a file under a key of blobs."""
        self._refuse("start a recording")

    async def stop_recording(self, recording: str) -> RecordingSeen:
        """End a recording; its file follows later, with a report."""
        self._refuse("stop a recording")

    async def recordings(self, room: str) -> list[RecordingSeen]:
        """Return the recordings of a room that the server holds or makes."""
        self._refuse("list recordings")

    async def delete_recording(self, recording: str) -> None:
        """Delete a recording that the server holds; deleting what is gone is no error."""
        self._refuse("delete a recording")

    def read_report(self, report: Report) -> list[Happening]:
        """Return what a report tells, empty where it is nothing of ours; raise ReportRefused unless it is signed."""
        self._refuse("send reports")

    def _refuse(self, what: str) -> NoReturn:
        raise ConferenceNotOffered(f"{self.name} has no call to {what}", fields={"engine": self.name})
