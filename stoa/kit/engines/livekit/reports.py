"""Webhooks of LiveKit: a JWT in the Authorization header that holds the SHA-256 of the body."""

import base64
import hashlib
import hmac
from datetime import datetime

import jwt
import msgspec

from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    MOST_SKEW,
    OLDEST_REPORT,
    Happening,
    HappeningKind,
    Person,
    Report,
    ReportMalformed,
    ReportRefused,
    RoomInvalid,
)
from stoa.kit.engines.livekit.words import Words, recording_of

_KINDS = {
    "room_started": HappeningKind.ROOM_OPENED,
    "room_finished": HappeningKind.ROOM_CLOSED,
    "participant_joined": HappeningKind.PERSON_CAME,
    "participant_left": HappeningKind.PERSON_LEFT,
    "participant_connection_aborted": HappeningKind.PERSON_LEFT,
    "egress_started": HappeningKind.RECORDING,
    "egress_updated": HappeningKind.RECORDING,
    "egress_ended": HappeningKind.RECORDING,
}
_PEOPLE = (HappeningKind.PERSON_CAME, HappeningKind.PERSON_LEFT)
# Recorders and agents join rooms too; they are nobody who came.
NOT_PEOPLE = frozenset({"EGRESS", "INGRESS", "AGENT", 1, 2, 4})


def read(report: Report, *, key: str, secret: str, clock: Clock) -> list[Happening]:
    """Return what a report tells; raise ReportRefused unless its signature covers these very bytes."""
    _verify(report, key=key, secret=secret, clock=clock)
    try:
        event = Words(msgspec.json.decode(report.body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ReportMalformed from None
    kind = _KINDS.get(event.text("event"))
    if kind is None:
        return []
    happening = _happening(event, kind, clock.now())
    return [happening] if happening is not None and happening.room else []


def _verify(report: Report, *, key: str, secret: str, clock: Clock) -> None:
    token = report.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not token:
        raise ReportRefused("The report has no Authorization header")
    try:
        # Times are checked below, by the clock that was injected.
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"require": ["exp", "iss"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            issuer=key,
        )
    except jwt.InvalidTokenError:
        raise ReportRefused from None
    now = clock.now().timestamp()
    skew = MOST_SKEW.total_seconds()
    ends, begins = claims["exp"], claims.get("nbf", 0)
    if not isinstance(ends, int | float) or not isinstance(begins, int | float) or ends + skew < now:
        raise ReportRefused("The signature of the report has run out")
    if begins - skew > now:
        raise ReportRefused("The signature of the report is of the future")
    digest = base64.b64encode(hashlib.sha256(report.body).digest()).decode()
    if not hmac.compare_digest(str(claims.get("sha256", "")).encode(), digest.encode()):
        raise ReportRefused("The signature of the report is of another body")


def _happening(event: Words, kind: HappeningKind, now: datetime) -> Happening | None:
    at = event.seconds("created_at")
    identifier = event.text("id")
    if at is None or not identifier:
        raise ReportMalformed("The report has no id or no time")
    if at < now - OLDEST_REPORT or at > now + MOST_SKEW:
        raise ReportRefused("The report is too old")
    if kind is HappeningKind.RECORDING:
        egress = event.inner("egress_info")
        recording = recording_of(egress)
        return Happening(
            id=identifier,
            kind=kind,
            room=egress.text("room_name"),
            at=at,
            session=egress.text("room_id"),
            recording=recording if recording.id else None,
        )
    room = event.inner("room")
    person = None
    if kind in _PEOPLE:
        who = event.inner("participant")
        if who.raw("kind") in NOT_PEOPLE:
            return None
        try:
            person = Person(identity=who.text("identity"), name=who.text("name")[:200])
        except RoomInvalid:
            return None
    return Happening(id=identifier, kind=kind, room=room.text("name"), at=at, session=room.text("sid"), person=person)
