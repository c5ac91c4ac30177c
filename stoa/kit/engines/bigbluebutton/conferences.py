"""Rooms of a BigBlueButton server, by its public API (GET with a checksum, answers in XML)."""

import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    Ability,
    ConferenceMisconfigured,
    ConferenceRefused,
    ConferenceRoomNotFound,
    Conferences,
    ConferenceUnavailable,
    Grant,
    GrantKind,
    Happening,
    PageSources,
    Person,
    RecordingSeen,
    Report,
    Right,
    Room,
    Seen,
)
from stoa.kit.engines.bigbluebutton import reports, words
from stoa.kit.engines.bigbluebutton.signing import signed_query
from stoa.kit.engines.outward import Outward
from stoa.kit.errors import StoaError
from stoa.kit.settings import Settings, setting

_GONE = frozenset({"notFound", "invalidMeetingIdentifier", "noRecordings", "missingParamMeetingID"})
_MISCONFIGURED = frozenset({"checksumError", "missingChecksum"})
_LONGEST_NAME = 64
_ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
# bbb-webhooks forgets a hook whose callbacks failed for a while, and asks to be told of it now and then.
_HOOK_LASTS_S = 300.0


class BigbluebuttonSettings(Settings, prefix="bigbluebutton"):
    """Where the server is; STOA_CONFERENCES=bigbluebutton chooses this engine. `bbb-conf --secret` shows both."""

    url: str = setting(help="The address of the API, as https://bbb.example.org/bigbluebutton/.")
    secret: str = setting(help="The shared secret of the API.", secret=True)
    checksum: str = setting(
        "sha256", choices=_ALGORITHMS, help="How our calls are signed; servers before 2.5 know sha1 and sha256."
    )
    reports_checksum: str = setting(
        "sha256", choices=_ALGORITHMS, help="How the callbacks of bbb-webhooks are signed; older versions: sha1."
    )
    patience_s: float = setting(8.0, unit="s", help="How long to wait for the server.", minimum=0.1)


class BigbluebuttonConferences(Conferences):
    """One BigBlueButton server, or a Scalelite before several."""

    name: ClassVar[str] = "bigbluebutton"
    abilities: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.LOOK, Ability.END, Ability.LIST_RECORDINGS, Ability.DELETE_RECORDING, Ability.REPORT}
    )

    def __init__(self, settings: BigbluebuttonSettings, clock: Clock, *, reports_at: str = "") -> None:
        """Take `reports_at`, the address at which the server tells us of finished recordings, empty for none."""
        self._settings, self._clock = settings, clock
        self._api = _api(settings.url)
        self._reports_at = reports_at
        self._outward = Outward(server="BigBlueButton", patience_s=settings.patience_s)
        self._hooked_at: float | None = None

    @property
    def sources(self) -> PageSources:
        """Return nothing: the meeting opens in a window of its own."""
        return PageSources()

    async def open(self, room: Room) -> None:
        """Create the meeting; creating it again is the same meeting."""
        await self._create(room)

    async def grant(self, room: Room, person: Person, *, right: Right, lasts: timedelta) -> Grant:
        """Return the address that lets a person in, of this run of the meeting only.

        Such an address has no end of its own: `createTime` ends it with the meeting. The meeting is created first,
        because the server forgets meetings that nobody is in.
        """
        created_at = await self._create(room)
        parameters = {
            "fullName": _name(person.name) or "…",
            "meetingID": room.name,
            "role": "MODERATOR" if right is Right.MODERATOR else "VIEWER",
            "userID": person.identity,
            "createTime": created_at,
        }
        return Grant(
            engine=self.name,
            kind=GrantKind.PAGE,
            url=self._address("join", parameters),
            room=room.name,
            right=right,
            expires_at=self._clock.now() + lasts,
        )

    async def look(self, room: str) -> Seen:
        """Return whether a meeting runs, whether it is recorded and who is in it."""
        try:
            return words.seen(await self._call("getMeetingInfo", {"meetingID": room}))
        except ConferenceRoomNotFound:
            return Seen(is_open=False)

    async def end(self, room: str) -> None:
        """End the meeting, which sends everybody out within seconds."""
        try:
            await self._call("end", {"meetingID": room})
        except ConferenceRoomNotFound:
            return

    async def recordings(self, room: str) -> list[RecordingSeen]:
        """Return the recordings of a meeting that the server holds or makes."""
        states = "processing,processed,published,unpublished"
        try:
            return words.recordings(await self._call("getRecordings", {"meetingID": room, "state": states}))
        except ConferenceRoomNotFound:
            return []

    async def delete_recording(self, recording: str) -> None:
        """Delete a recording from the server; deleting what is gone is no error."""
        try:
            await self._call("deleteRecordings", {"recordID": recording})
        except ConferenceRoomNotFound:
            return

    def read_report(self, report: Report) -> list[Happening]:
        """Return what a callback tells."""
        return reports.read(
            report, secret=self._settings.secret, algorithms=(self._settings.reports_checksum,), clock=self._clock
        )

    async def aclose(self) -> None:
        """Let go of every connection."""
        await self._outward.aclose()

    async def _create(self, room: Room) -> str:
        parameters = {
            "name": (_name(room.title) or room.name).ljust(2),
            "meetingID": room.name,
            "record": _told(room.is_recordable),
            # Recording begins with a moderator's button and never by itself: consent comes first.
            "autoStartRecording": "false",
            "allowStartStopRecording": "true",
            "notifyRecordingIsOn": "true",
            "lockSettingsDisableMic": _told(not room.may_audience_speak),
            "lockSettingsDisableCam": _told(not room.may_audience_speak),
            "muteOnStart": "true",
        }
        if room.most_people:
            parameters["maxParticipants"] = str(room.most_people)
        if self._reports_at:
            parameters["meta_bbb-recording-ready-url"] = self._reports_at
        created = await self._call("create", parameters)
        await self._hook()
        return created.text("createTime")

    async def _hook(self) -> None:
        """Ask bbb-webhooks to report to us; meetings work without it, so that it is missing is no error."""
        now = self._clock.monotonic()
        if not self._reports_at or (self._hooked_at is not None and now - self._hooked_at < _HOOK_LASTS_S):
            return
        self._hooked_at = now
        with contextlib.suppress(StoaError):
            await self._call("hooks/create", {"callbackURL": self._reports_at, "getRaw": "false"})

    async def _call(self, call: str, parameters: Mapping[str, str]) -> words.Answer:
        answer = await self._outward.ask("GET", self._address(call, parameters))
        if answer.is_for_later:
            raise ConferenceUnavailable(f"BigBlueButton cannot do {call} now ({answer.status})", retry_after_s=10)
        if answer.status != 200:
            raise ConferenceMisconfigured(
                f"BigBlueButton refuses {call} ({answer.status})",
                hint="Compare STOA_BIGBLUEBUTTON_URL with bbb-conf --secret",
            )
        said = words.Answer(answer.body)
        if said.is_success:
            return said
        if said.key in _MISCONFIGURED:
            raise ConferenceMisconfigured(
                f"BigBlueButton refuses the checksum of {call}",
                hint="Compare STOA_BIGBLUEBUTTON_SECRET with bbb-conf --secret, and STOA_BIGBLUEBUTTON_CHECKSUM",
            )
        if said.key in _GONE:
            raise ConferenceRoomNotFound
        raise ConferenceRefused(f"BigBlueButton refuses {call} ({said.key[:64]})")

    def _address(self, call: str, parameters: Mapping[str, str]) -> str:
        query = signed_query(call, parameters, secret=self._settings.secret, algorithm=self._settings.checksum)
        return f"{self._api}/{call}?{query}"


def _api(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ConferenceMisconfigured(
            "STOA_BIGBLUEBUTTON_URL is no address", hint="It looks like https://host/bigbluebutton/"
        )
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path if path.endswith('/api') else path + '/api'}"


def _name(text: str) -> str:
    """Return a name as the server takes it: no control characters, not too long."""
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME]


def _told(is_so: bool) -> str:
    return "true" if is_so else "false"
