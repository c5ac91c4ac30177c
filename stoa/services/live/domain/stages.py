"""The stage of a class: its room on a conference server, and who may do what on it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec.structs import replace

from stoa.kit.conferences import Happening, HappeningKind, Right
from stoa.kit.contract import OrganizationId, Struct
from stoa.services.live.contract import ClassId, ParticipantId, Role

_PREFIX = "stoa"
Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class StageState(StrEnum):
    """Whether the conference server says that the room is open."""

    CLOSED = "closed"
    OPEN = "open"


class Stage(Struct, frozen=True, kw_only=True):
    """A class's audio and video; without a provider there is none, and the class works with slides and chat."""

    provider: str = ""
    playlist: str = ""
    may_audience_speak: bool = False
    state: StageState = StageState.CLOSED
    session: str = ""
    told_at: datetime | None = None
    version: int = 0


class StagePolicy(Struct, frozen=True, kw_only=True):
    """What an organization allows on its stages; `providers` None means all that the platform has."""

    providers: list[str] | None = None
    may_guests_speak: bool = True
    may_guests_be_recorded: bool = False
    guest_recording_age: Annotated[int, msgspec.Meta(ge=0, le=99)] = 16
    keep_recordings_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 90
    version: int = 0


class Interval(Struct, frozen=True, kw_only=True):
    """A stretch of time; without an end it goes on."""

    since: datetime
    until: datetime | None = None


class Mark(Struct, frozen=True, kw_only=True, order=True):
    """That something began or ended at a moment: the same mark told twice is one mark."""

    at: datetime
    is_on: bool


def room_of(organization: OrganizationId, class_id: ClassId) -> str:
    """Return the name that a class's room has on every conference server."""
    return f"{_PREFIX}-{organization.hex}-{class_id.hex}"


def class_in(room: str) -> tuple[OrganizationId, ClassId] | None:
    """Return whose room this is, None where the name is not one that we gave."""
    parts = room.split("-")
    if len(parts) != 3 or parts[0] != _PREFIX or any(len(part) != 32 for part in parts[1:]):
        return None
    try:
        return OrganizationId(UUID(hex=parts[1])), ClassId(UUID(hex=parts[2]))
    except ValueError:
        return None


def participant_of(identity: str) -> ParticipantId | None:
    """Return the participant that an identity names, None where it is not one that we gave."""
    try:
        return ParticipantId(UUID(identity))
    except ValueError:
        return None


def right_of(
    role: Role, stage: Stage, policy: StagePolicy, *, is_recorded: bool, has_consented: bool, may_be_recorded: bool
) -> Right:
    """Return what somebody may do on a stage.

    While it is recorded, nobody sends who has not agreed to that or whom the organization does not want recorded: they
    hear and see, and write in the chat.
    """
    if is_recorded and not (has_consented and may_be_recorded):
        return Right.AUDIENCE
    if role.moderates:
        return Right.MODERATOR
    if role is Role.SPEAKER:
        return Right.SPEAKER
    is_heard = stage.may_audience_speak and (role is not Role.GUEST or policy.may_guests_speak)
    return Right.SPEAKER if is_heard else Right.AUDIENCE


def may_be_recorded(role: Role, policy: StagePolicy, *, is_of_age: bool) -> bool:
    """Say whether an organization wants somebody recorded at all; a guest says themselves whether they are of age."""
    if role is not Role.GUEST:
        return True
    return policy.may_guests_be_recorded and (is_of_age or policy.guest_recording_age == 0)


def after(stage: Stage, happening: Happening) -> Stage:
    """Return the stage after a report, unchanged where the report is overtaken.

    Reports come twice and in any order. A closed run of a room stays closed; between two runs the later report counts.
    """
    if happening.kind not in (HappeningKind.ROOM_OPENED, HappeningKind.ROOM_CLOSED, HappeningKind.PERSON_CAME):
        return stage
    is_close = happening.kind is HappeningKind.ROOM_CLOSED
    if happening.session == stage.session and stage.told_at is not None:
        if stage.state is StageState.CLOSED or not is_close:
            return stage
    elif stage.told_at is not None and happening.at < stage.told_at:
        return stage
    return replace(
        stage,
        state=StageState.CLOSED if is_close else StageState.OPEN,
        session=happening.session,
        told_at=happening.at,
    )


def intervals(marks: Iterable[Mark]) -> list[Interval]:
    """Return the stretches between marks, in their order; a second beginning within a stretch begins nothing.

    An end without a beginning says nothing of when it began, and is left out.
    """
    found: list[Interval] = []
    since: datetime | None = None
    for mark in sorted(set(marks)):
        if mark.is_on:
            since = since or mark.at
        elif since is not None:
            if mark.at > since:
                found.append(Interval(since=since, until=mark.at))
            since = None
    if since is not None:
        found.append(Interval(since=since))
    return found


def meet(ones: Iterable[Interval], others: Iterable[Interval]) -> bool:
    """Say whether two lists of stretches share a moment."""
    others = list(others)
    return any(
        (two.until is None or one.since < two.until) and (one.until is None or two.since < one.until)
        for one in ones
        for two in others
    )
