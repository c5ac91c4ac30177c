"""What BigBlueButton tells us: callbacks of bbb-webhooks (checksum) and of finished recordings (a JWT in a form)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import jwt
import msgspec

from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    MOST_SKEW,
    OLDEST_REPORT,
    Happening,
    HappeningKind,
    Person,
    RecordingSeen,
    RecordingStatus,
    Report,
    ReportMalformed,
    ReportRefused,
    RoomInvalid,
)
from stoa.kit.engines.bigbluebutton.signing import is_signed
from stoa.kit.engines.bigbluebutton.words import moment

_KINDS = {
    "meeting-created": HappeningKind.ROOM_OPENED,
    "meeting-ended": HappeningKind.ROOM_CLOSED,
    "user-joined": HappeningKind.PERSON_CAME,
    "user-left": HappeningKind.PERSON_LEFT,
    "meeting-recording-started": HappeningKind.RECORDING_ON,
    "meeting-recording-stopped": HappeningKind.RECORDING_OFF,
    "rap-publish-ended": HappeningKind.RECORDING,
}
_MARKS = (HappeningKind.RECORDING_ON, HappeningKind.RECORDING_OFF)
_PEOPLE = (HappeningKind.PERSON_CAME, HappeningKind.PERSON_LEFT)
_MOST_FIELDS = 16


def read(report: Report, *, secret: str, algorithms: tuple[str, ...], clock: Clock) -> list[Happening]:
    """Return what a report tells; raise ReportRefused unless it is signed with the shared secret."""
    if "checksum" in report.query:
        return _callback(report, secret=secret, algorithms=algorithms, clock=clock)
    fields = _fields(report.body)
    if "signed_parameters" in fields:
        return [_finished(fields["signed_parameters"], secret=secret, now=clock.now())]
    raise ReportRefused("The report has no checksum")


def _callback(report: Report, *, secret: str, algorithms: tuple[str, ...], clock: Clock) -> list[Happening]:
    signed = is_signed(report.query["checksum"], report.url, report.body, secret=secret, algorithms=algorithms)
    if not signed:
        raise ReportRefused
    fields = _fields(report.body)
    told = moment(fields.get("timestamp", ""))
    now = clock.now()
    if told is None or told < now - OLDEST_REPORT or told > now + MOST_SKEW:
        raise ReportRefused("The report is too old")
    # The checksum covers the timestamp, which a repetition keeps: so it names the report.
    name = hashlib.sha256(report.body).hexdigest()
    found = []
    for number, event in enumerate(_events(fields.get("event", ""))):
        happening = _happening(event, identifier=f"{name}-{number}", told=told)
        if happening is not None:
            found.append(happening)
    return found


def _finished(token: str, *, secret: str, now: datetime) -> Happening:
    """Return that a recording is ready; the token has no time of its own, and telling it twice changes nothing."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_aud": False})
    except jwt.InvalidTokenError:
        raise ReportRefused from None
    room, record = claims.get("meeting_id"), claims.get("record_id")
    if not (isinstance(room, str) and isinstance(record, str) and room and record):
        raise ReportMalformed("The report names no recording")
    return Happening(
        id=f"ready-{hashlib.sha256(f'{room}/{record}'.encode()).hexdigest()}",
        kind=HappeningKind.RECORDING,
        room=room,
        at=now,
        session=record,
        recording=RecordingSeen(id=record, status=RecordingStatus.COMPLETE),
    )


def _fields(body: bytes) -> dict[str, str]:
    try:
        parsed = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise ReportMalformed from None
    return {name: values[-1] for name, values in parsed.items()}


def _events(text: str) -> list[object]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise ReportMalformed("The report's event is no JSON") from None
    # Today's bbb-webhooks sends a list, the documentation shows one event.
    return found if isinstance(found, list) else [found]


def _happening(event: object, *, identifier: str, told: datetime) -> Happening | None:
    kind = _KINDS.get(_text(event, "data", "id"))
    room = _text(event, "data", "attributes", "meeting", "external-meeting-id")
    if kind is None or not room:
        return None
    session = _text(event, "data", "attributes", "meeting", "internal-meeting-id")
    at = moment(_inner(event, "data", "event", "ts")) or told
    person = None
    if kind in _PEOPLE:
        person = _person(event)
        if person is None:
            return None
    recording = None
    if kind is HappeningKind.RECORDING:
        record = _text(event, "data", "attributes", "record-id") or session
        recording = RecordingSeen(id=record, status=RecordingStatus.COMPLETE)
    if kind in _MARKS:
        recording = RecordingSeen(id=session, status=RecordingStatus.ACTIVE)
    # The server's own clock may stand wrong by years; when it told us is bounded above.
    at = min(max(at, told - timedelta(days=1)), told)
    return Happening(id=identifier, kind=kind, room=room, at=at, session=session, person=person, recording=recording)


def _person(event: object) -> Person | None:
    try:
        return Person(
            identity=_text(event, "data", "attributes", "user", "external-user-id"),
            name=_text(event, "data", "attributes", "user", "name")[:200],
        )
    except RoomInvalid:
        return None


def _inner(message: object, *path: str) -> object:
    for name in path:
        if not isinstance(message, Mapping):
            return None
        message = message.get(name)
    return message


def _text(message: object, *path: str) -> str:
    found = _inner(message, *path)
    return found if isinstance(found, str) else ""
