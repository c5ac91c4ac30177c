"""A counterpart of BigBlueButton's API and of bbb-webhooks, written by us from their public documentation.

Sources: docs.bigbluebutton.org (API reference, webhooks) and, where these are older than the servers, the public
source of bbb-webhooks: the form's three fields, the list around the event, the checksum over the bytes that are sent.
It carries no media, and nothing here has ever been compared with a running BigBlueButton.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from stoa.kit.clock import Clock
from stoa.kit.conferences import Grant, Report
from stoa.kit.testing.conferences.livekit import signed
from stoa.kit.testing.conferences.serving import Server, TurnedAway


class Failed(Exception):
    """An answer with returncode FAILED."""

    def __init__(self, key: str) -> None:
        self.key = key


@dataclass
class Attendee:
    """Somebody in a meeting."""

    identity: str
    name: str
    role: str


@dataclass
class Meeting:
    """A meeting that was created and has not ended."""

    parameters: dict[str, str]
    created_at: int
    attendees: dict[str, Attendee] = field(default_factory=dict)
    is_recording: bool = False

    @property
    def internal(self) -> str:
        """Return the server's own name of this run."""
        return f"{hashlib.sha256(self.parameters['meetingID'].encode()).hexdigest()[:40]}-{self.created_at}"


class Bigbluebutton:
    """The counterpart: meetings and recordings in memory."""

    def __init__(self, *, secret: str, clock: Clock, algorithm: str = "sha256") -> None:
        self.secret, self.clock, self.algorithm = secret, clock, algorithm
        self.server = Server(self._answer)
        self.meetings: dict[str, Meeting] = {}
        self.recordings: dict[str, dict[str, Any]] = {}
        self.has_webhooks = True
        self.hooks: list[str] = []

    def enter(self, grant: Grant, *, room: str = "", secret: str = "") -> Attendee:
        """Follow a join address as a browser does; TurnedAway where the server would show an error."""
        parts = urlsplit(grant.url)
        assert parts.path.endswith("/bigbluebutton/api/join")
        query = parts.query.replace(f"meetingID={grant.room}", f"meetingID={room}") if room else parts.query
        try:
            given = self._verified("join", query, secret or self.secret)
            meeting = self.meetings.get(given["meetingID"])
            if meeting is None:
                raise Failed("invalidMeetingIdentifier")
            if given.get("createTime") not in (None, str(meeting.created_at)):
                raise Failed("mismatchCreateTimeParam")
            if given["role"] not in ("MODERATOR", "VIEWER") or not given["fullName"]:
                raise Failed("invalidRole")
        except Failed as problem:
            raise TurnedAway(problem.key) from None
        attendee = Attendee(given["userID"], given["fullName"], given["role"])
        meeting.attendees[attendee.identity] = attendee
        return attendee

    def publish(self, room: str, *, record: str, kinds: tuple[str, ...] = ("presentation",)) -> None:
        """Finish the processing of a recording."""
        start = int(self.clock.now().timestamp() * 1000)
        self.recordings[record] = {"room": room, "kinds": kinds, "start": start, "end": start + 60_000}

    def callback(self, event: str, *, url: str, secret: str = "", age_ms: int = 0, **attributes: Any) -> Report:
        """Return a callback of bbb-webhooks as it is sent to an address."""
        now = int(self.clock.now().timestamp() * 1000) - age_ms
        told = {"data": {"type": "event", "id": event, "attributes": attributes, "event": {"ts": now}}}
        fields = {"domain": "bbb.example", "event": f"[{json.dumps(told)}]", "timestamp": str(now)}
        body = urlencode(fields).encode()
        checksum = hashlib.new(self.algorithm, url.encode() + body + (secret or self.secret).encode()).hexdigest()
        return Report(url=url, query={"checksum": checksum}, headers={}, body=body)

    def ready(self, room: str, record: str, *, secret: str = "") -> Report:
        """Return the callback that a recording is ready, as the recording's own script sends it."""
        token = signed({"meeting_id": room, "record_id": record}, secret or self.secret)
        body = urlencode({"signed_parameters": token}).encode()
        return Report(url="https://learn.example/reports", query={}, headers={}, body=body)

    async def _answer(self, request: Request) -> Response:
        call = request.url.path.removeprefix("/bigbluebutton/api/")
        try:
            given = self._verified(call, request.url.query, self.secret)
            body = self._call(call, given)
        except Failed as problem:
            body = f"<returncode>FAILED</returncode><messageKey>{problem.key}</messageKey><message>no</message>"
        return Response(f"<response>{body}</response>", media_type="text/xml;charset=utf-8")

    def _call(self, call: str, given: dict[str, str]) -> str:
        match call:
            case "create":
                return self._create(given)
            case "end":
                self._meeting(given)
                del self.meetings[given["meetingID"]]
                return "<returncode>SUCCESS</returncode><messageKey>sentEndMeetingRequest</messageKey>"
            case "getMeetingInfo":
                return self._info(self._meeting(given))
            case "getRecordings":
                return self._recordings(given["meetingID"])
            case "deleteRecordings":
                if self.recordings.pop(given["recordID"], None) is None:
                    raise Failed("notFound")
                return "<returncode>SUCCESS</returncode><deleted>true</deleted>"
            case "hooks/create" if self.has_webhooks:
                is_known = given["callbackURL"] in self.hooks
                self.hooks.append(given["callbackURL"])
                warning = "<messageKey>duplicateWarning</messageKey>" if is_known else ""
                return f"<returncode>SUCCESS</returncode><hookID>1</hookID>{warning}"
        raise Failed("unsupportedRequest")

    def _create(self, given: dict[str, str]) -> str:
        if not 2 <= len(given["name"]) <= 64 or not 2 <= len(given["meetingID"]) <= 256 or "," in given["meetingID"]:
            raise Failed("validationError")
        known = self.meetings.get(given["meetingID"])
        if known is not None and known.parameters != given:
            raise Failed("idNotUnique")
        meeting = known or Meeting(given, int(self.clock.now().timestamp() * 1000) + len(self.meetings))
        self.meetings[given["meetingID"]] = meeting
        return (
            f"<returncode>SUCCESS</returncode><meetingID>{given['meetingID']}</meetingID>"
            f"<internalMeetingID>{meeting.internal}</internalMeetingID><createTime>{meeting.created_at}</createTime>"
        )

    def _info(self, meeting: Meeting) -> str:
        attendees = "".join(
            f"<attendee><userID>{escape(one.identity)}</userID><fullName>{escape(one.name)}</fullName>"
            f"<role>{one.role}</role><hasJoinedVoice>false</hasJoinedVoice><hasVideo>false</hasVideo></attendee>"
            for one in meeting.attendees.values()
        )
        return (
            f"<returncode>SUCCESS</returncode><meetingID>{meeting.parameters['meetingID']}</meetingID>"
            f"<internalMeetingID>{meeting.internal}</internalMeetingID><running>true</running>"
            f"<recording>{str(meeting.is_recording).lower()}</recording><endTime>0</endTime>"
            f"<hasBeenForciblyEnded>false</hasBeenForciblyEnded><attendees>{attendees}</attendees>"
        )

    def _recordings(self, room: str) -> str:
        found = "".join(
            f"<recording><recordID>{record}</recordID><meetingID>{room}</meetingID><state>published</state>"
            f"<startTime>{one['start']}</startTime><endTime>{one['end']}</endTime><size>2048</size><playback>"
            + "".join(
                f"<format><type>{kind}</type><url>https://bbb.example/playback/{kind}/{record}</url></format>"
                for kind in one["kinds"]
            )
            + "</playback></recording>"
            for record, one in self.recordings.items()
            if one["room"] == room
        )
        if not found:
            return "<returncode>SUCCESS</returncode><recordings/><messageKey>noRecordings</messageKey>"
        return f"<returncode>SUCCESS</returncode><recordings>{found}</recordings>"

    def _meeting(self, given: dict[str, str]) -> Meeting:
        meeting = self.meetings.get(given["meetingID"])
        if meeting is None:
            raise Failed("notFound")
        return meeting

    def _verified(self, call: str, query: str, secret: str) -> dict[str, str]:
        signed_part, _, checksum = query.rpartition("&checksum=")
        if hashlib.new(self.algorithm, f"{call}{signed_part}{secret}".encode()).hexdigest() != checksum:
            raise Failed("checksumError")
        pairs = parse_qsl(signed_part, keep_blank_values=True, strict_parsing=True)
        assert len({name for name, _ in pairs}) == len(pairs), "a parameter is sent twice"
        assert all(ord(letter) >= 0x20 for _, value in pairs for letter in value), "a control character is sent"
        return dict(pairs)
