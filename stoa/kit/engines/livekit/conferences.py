"""Rooms of a LiveKit server, by its public server API (Twirp: JSON over POST) and its access tokens."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

import msgspec

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
    Present,
    RecordingSeen,
    Report,
    Right,
    Room,
    Seen,
)
from stoa.kit.engines.livekit import reports
from stoa.kit.engines.livekit.tokens import Signer, encoded, permission, right_of
from stoa.kit.engines.livekit.words import Words, recording_of
from stoa.kit.engines.outward import Answered, Outward
from stoa.kit.settings import Settings, setting

_CALL_LASTS = timedelta(minutes=1)
_SOURCES = {"MICROPHONE": "audio", "CAMERA": "video", "SCREEN_SHARE": "video", "SCREEN_SHARE_AUDIO": "audio"}
_FORBIDDEN = frozenset({"unauthenticated", "permission_denied", "bad_route", "malformed", "unimplemented"})
_SCHEMES = {"ws": "http", "wss": "https", "http": "http", "https": "https"}
_SOCKETS = {"http": "ws", "https": "wss"}


class LivekitSettings(Settings, prefix="livekit"):
    """Where the server is; STOA_CONFERENCES=livekit chooses this engine."""

    url: str = setting(help="The server's address, as wss://livekit.example.org.")
    api_url: str = setting("", help="Where we reach it ourselves, if not at that address: http://livekit.internal:7880")
    page: str = setting(help="An own LiveKit Meet, which is shown in a frame of the class: https://meet.example.org.")
    key: str = setting(help="The API key; the server's webhooks must be signed with the same.")
    secret: str = setting(help="The key's secret.", secret=True)
    layout: str = setting("speaker", help="How a recording shows a room: speaker, single-speaker or grid.")
    patience_s: float = setting(8.0, unit="s", help="How long to wait for the server.", minimum=0.1)
    empty_lasts: timedelta = setting(timedelta(minutes=10), help="How long an empty room stays.")


class LivekitConferences(Conferences):
    """One LiveKit server."""

    name: ClassVar[str] = "livekit"
    abilities: ClassVar[frozenset[Ability]] = frozenset(
        {
            Ability.LOOK,
            Ability.END,
            Ability.MUTE,
            Ability.REMOVE,
            Ability.CHANGE_RIGHT,
            Ability.RECORD,
            Ability.LIST_RECORDINGS,
            Ability.REPORT,
        }
    )

    def __init__(self, settings: LivekitSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._signer = Signer(key=settings.key, secret=settings.secret, clock=clock)
        self._socket = _socket(_origin(settings.url))
        self._page = _origin(settings.page)
        self._api = _origin(settings.api_url or settings.url)
        self._outward = Outward(server="LiveKit", patience_s=settings.patience_s)

    @property
    def sources(self) -> PageSources:
        """Return the origin of LiveKit Meet, whose page speaks to the server itself."""
        return PageSources(frame=(self._page,))

    async def open(self, room: Room) -> None:
        """Make a room; making it again is the same room."""
        wanted: dict[str, object] = {
            "name": room.name,
            "empty_timeout": int(self._settings.empty_lasts.total_seconds()),
        }
        if room.most_people:
            wanted["max_participants"] = room.most_people
        await self._call("RoomService/CreateRoom", wanted, {"roomCreate": True})

    async def grant(self, room: Room, person: Person, *, right: Right, lasts: timedelta) -> Grant:
        """Sign a person's token; no call is made, and the server opens the room when the first one comes.

        LiveKit Meet takes server and token in its address (`/custom/`); what speaks LiveKit itself takes the token.
        """
        token = self._signer.entry(room.name, person, right=right, lasts=lasts)
        query = urlencode({"liveKitUrl": self._socket, "token": token})
        return Grant(
            engine=self.name,
            kind=GrantKind.FRAME,
            url=f"{self._page}/custom/?{query}",
            room=room.name,
            right=right,
            expires_at=self._clock.now() + lasts,
            token=token,
        )

    async def look(self, room: str) -> Seen:
        """Return whether a room is open, whether it is recorded and who is in it."""
        found = Words(await self._call("RoomService/ListRooms", {"names": [room]}, {"roomList": True}))
        open_rooms = [one for one in found.several("rooms") if one.text("name") == room]
        if not open_rooms:
            return Seen(is_open=False)
        listed = Words(await self._admin("ListParticipants", room, {}))
        people = [_present(one) for one in listed.several("participants") if _is_person(one)]
        is_recording = any(one.raw("active_recording") is True for one in open_rooms)
        return Seen(is_open=True, session=open_rooms[0].text("sid"), is_recording=is_recording, people=people)

    async def end(self, room: str) -> None:
        """Delete the room, which sends everybody out."""
        try:
            await self._call("RoomService/DeleteRoom", {"room": room}, {"roomCreate": True})
        except ConferenceRoomNotFound:
            return

    async def mute(self, room: str, identity: str) -> None:
        """Mute every microphone that somebody sends; servers let nobody be turned on again from outside."""
        who = Words(await self._admin("GetParticipant", room, {"identity": identity}))
        for track in who.several("tracks"):
            if _medium(track) == "audio" and track.raw("muted") is not True:
                muted = {"identity": identity, "track_sid": track.text("sid"), "muted": True}
                await self._admin("MutePublishedTrack", room, muted)

    async def remove(self, room: str, identity: str) -> None:
        """Send somebody out; their token stays good, so whoever removes them gives out no other."""
        await self._admin("RemoveParticipant", room, {"identity": identity})

    async def change_right(self, room: str, identity: str, right: Right) -> None:
        """Change what somebody may send; what they send already and may no longer, the server takes away."""
        allowed = {_snake(name): value for name, value in permission(right).items()}
        change = {"identity": identity, "permission": allowed, "attributes": {"right": right.value}}
        await self._admin("UpdateParticipant", room, change)

    async def start_recording(self, room: str, *, key: str) -> RecordingSeen:
        """Have the room composed into one MP4; where the key lies is the egress service's own storage setting."""
        wanted = {
            "room_name": room,
            "layout": self._settings.layout,
            "file_outputs": [{"file_type": "MP4", "filepath": key, "disable_manifest": True}],
        }
        answer = await self._call("Egress/StartRoomCompositeEgress", wanted, {"roomRecord": True})
        return _recording(answer)

    async def stop_recording(self, recording: str) -> RecordingSeen:
        """End a recording; its file follows later, with a report."""
        return _recording(await self._call("Egress/StopEgress", {"egress_id": recording}, {"roomRecord": True}))

    async def recordings(self, room: str) -> list[RecordingSeen]:
        """Return the recordings of a room that the server remembers."""
        answer = Words(await self._call("Egress/ListEgress", {"room_name": room}, {"roomRecord": True}))
        return [recording_of(one) for one in answer.several("items") if one.text("egress_id")]

    def read_report(self, report: Report) -> list[Happening]:
        """Return what a webhook tells."""
        return reports.read(report, key=self._settings.key, secret=self._settings.secret, clock=self._clock)

    async def aclose(self) -> None:
        """Let go of every connection."""
        await self._outward.aclose()

    async def _admin(self, method: str, room: str, message: Mapping[str, object]) -> object:
        return await self._call(f"RoomService/{method}", {"room": room, **message}, {"roomAdmin": True, "room": room})

    async def _call(self, method: str, message: Mapping[str, object], video: Mapping[str, object]) -> object:
        answer = await self._outward.ask(
            "POST",
            f"{self._api}/twirp/livekit.{method}",
            headers={
                "authorization": f"Bearer {self._signer.call(video, lasts=_CALL_LASTS)}",
                "content-type": "application/json",
            },
            content=encoded(message),
        )
        if answer.status != 200:
            raise _problem(method, answer)
        return _decoded(answer)


def _problem(method: str, answer: Answered) -> Exception:
    try:
        code = Words(msgspec.json.decode(answer.body)).text("code")
    except (msgspec.DecodeError, UnicodeDecodeError):
        code = ""
    if code == "not_found":
        return ConferenceRoomNotFound()
    if answer.status in (401, 403, 404) or answer.status < 400 or code in _FORBIDDEN:
        return ConferenceMisconfigured(
            f"LiveKit refuses {method} ({code or answer.status})",
            hint="Compare STOA_LIVEKIT_URL, STOA_LIVEKIT_KEY and STOA_LIVEKIT_SECRET with the server's configuration",
        )
    if answer.is_for_later:
        return ConferenceUnavailable(f"LiveKit cannot do {method} now ({code or answer.status})", retry_after_s=10)
    return ConferenceRefused(f"LiveKit refuses {method} ({code or answer.status})")


def _decoded(answer: Answered) -> object:
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConferenceMisconfigured("What answers at STOA_LIVEKIT_URL is no LiveKit") from None


def _recording(answer: object) -> RecordingSeen:
    found = recording_of(Words(answer))
    if not found.id:
        raise ConferenceMisconfigured("LiveKit tells no id of the recording")
    return found


def _present(participant: Words) -> Present:
    media = {_medium(track) for track in participant.several("tracks") if track.raw("muted") is not True}
    return Present(
        identity=participant.text("identity"),
        name=participant.text("name"),
        right=right_of(participant.message),
        since=participant.seconds("joined_at"),
        has_audio="audio" in media,
        has_video="video" in media,
    )


def _is_person(participant: Words) -> bool:
    return participant.raw("kind") not in reports.NOT_PEOPLE and participant.raw("state") not in ("DISCONNECTED", 3)


def _medium(track: Words) -> str:
    source = track.raw("source")
    if isinstance(source, str) and source in _SOURCES:
        return _SOURCES[source]
    return "video" if track.raw("type") in ("VIDEO", 1) else "audio"


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username or parts.path.strip("/"):
        raise ConferenceMisconfigured(
            f"{url!r} is no address of a LiveKit", hint="It looks like wss://host or ws://host:7880"
        )
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc}"


def _socket(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    return f"{_SOCKETS[scheme]}://{rest}"
