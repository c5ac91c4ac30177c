"""A counterpart of LiveKit's server API, tokens and webhooks, written by us from its public documentation.

Sources: docs.livekit.io (tokens and grants, server APIs, managing rooms and participants, egress, webhooks) and the
public protocol definitions (livekit_room, livekit_egress, livekit_models and livekit_webhook .proto). It carries no
media, and nothing here has ever been compared with a running LiveKit.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stoa.kit.clock import Clock
from stoa.kit.conferences import Grant, Report
from stoa.kit.testing.conferences.serving import Server, TurnedAway

_STATUS = {
    "not_found": 404,
    "unauthenticated": 401,
    "permission_denied": 403,
    "invalid_argument": 400,
    "bad_route": 404,
    "unavailable": 503,
}


class Refusal(Exception):
    """A Twirp error."""

    def __init__(self, code: str) -> None:
        self.code = code


@dataclass
class Guest:
    """Somebody in a room."""

    identity: str
    name: str
    permission: dict[str, bool]
    attributes: dict[str, str]
    tracks: list[dict[str, Any]] = field(default_factory=list)
    kind: str = "STANDARD"


@dataclass
class Hall:
    """A room."""

    name: str
    sid: str
    made_with: Mapping[str, Any]
    guests: dict[str, Guest] = field(default_factory=dict)


class Livekit:
    """The counterpart: rooms, people and recordings in memory."""

    def __init__(self, *, key: str, secret: str, clock: Clock) -> None:
        self.key, self.secret, self.clock = key, secret, clock
        self.server = Server(self._answer)
        self.halls: dict[str, Hall] = {}
        self.egresses: dict[str, dict[str, Any]] = {}
        self._count = 0

    def enter(self, grant: Grant, *, room: str = "", secret: str = "") -> Guest:
        """Connect a client with a token, as the signal connection does; TurnedAway unless the token is for this."""
        try:
            claims = self._claims(grant.token, secret or self.secret)
        except Refusal as refusal:
            raise TurnedAway(refusal.code) from None
        video = claims.get("video", {})
        wanted = room or grant.room
        if not video.get("roomJoin") or video.get("room") != wanted or not claims.get("sub"):
            raise TurnedAway("the token is not for this room")
        hall = self.halls.get(wanted) or self._hall(wanted, {})
        allowed = {
            "can_publish": video.get("canPublish", True),
            "can_subscribe": video.get("canSubscribe", True),
            "can_publish_data": video.get("canPublishData", True),
        }
        guest = Guest(claims["sub"], claims.get("name", ""), allowed, claims.get("attributes", {}))
        guest_admin = video.get("roomAdmin", False)
        assert not guest_admin, "no token of a person may administer a room"
        hall.guests[guest.identity] = guest
        return guest

    def speak(self, room: str, identity: str, *, source: str = "MICROPHONE") -> dict[str, Any]:
        """Publish a track of somebody, which the server refuses to those who may not."""
        guest = self.halls[room].guests[identity]
        if not guest.permission["can_publish"]:
            raise TurnedAway("this one may not publish")
        kind = "VIDEO" if source in ("CAMERA", "SCREEN_SHARE") else "AUDIO"
        track = {"sid": self._next("TR"), "type": kind, "source": source, "muted": False}
        guest.tracks.append(track)
        return track

    def report(self, event: str, *, secret: str = "", key: str = "", lasts_s: int = 300, **parts: Any) -> Report:
        """Return a webhook as the server sends it: the body in camel case, its SHA-256 in a signed token."""
        now = self.clock.now().timestamp()
        body = json.dumps({"event": event, "id": self._next("EV"), "createdAt": str(int(now)), **parts}).encode()
        claims = {
            "iss": key or self.key,
            "nbf": int(now),
            "exp": int(now) + lasts_s,
            "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        headers = {"authorization": signed(claims, secret or self.secret), "content-type": "application/webhook+json"}
        return Report(url="https://learn.example/reports", query={}, headers=headers, body=body)

    def egress_info(self, egress: str, **changes: Any) -> dict[str, Any]:
        """Return an EgressInfo as webhooks carry it."""
        known = self.egresses[egress]
        return {
            "egressId": egress,
            "roomName": known["room_name"],
            "status": known["status"],
            "startedAt": str(known["started_at"]),
            "fileResults": [{"filename": known["filepath"], "startedAt": str(known["started_at"]), "size": "1048576"}],
            **changes,
        }

    async def _answer(self, request: Request) -> Response:
        try:
            if request.method != "POST" or request.headers.get("content-type") != "application/json":
                raise Refusal("bad_route")
            method = request.url.path.removeprefix("/twirp/livekit.")
            message = json.loads(await request.body())
            video = self._claims(request.headers.get("authorization", "").removeprefix("Bearer "), self.secret)["video"]
            return JSONResponse(self._call(method, message, video))
        except Refusal as refusal:
            return JSONResponse({"code": refusal.code, "msg": "refused"}, _STATUS[refusal.code])

    def _call(self, method: str, message: Mapping[str, Any], video: Mapping[str, Any]) -> dict[str, Any]:
        service, _, call = method.partition("/")
        if service == "Egress":
            _demand(video.get("roomRecord"))
            return self._egress(call, message)
        if call in ("CreateRoom", "DeleteRoom"):
            _demand(video.get("roomCreate"))
        elif call == "ListRooms":
            _demand(video.get("roomList"))
        else:
            _demand(video.get("roomAdmin") and video.get("room") == message["room"])
        match call:
            case "CreateRoom":
                hall = self.halls.get(message["name"]) or self._hall(message["name"], message)
                return _room(hall)
            case "ListRooms":
                names = message.get("names") or list(self.halls)
                return {"rooms": [_room(self.halls[name]) for name in names if name in self.halls]}
            case "DeleteRoom":
                if self.halls.pop(message["room"], None) is None:
                    raise Refusal("not_found")
                return {}
        return self._admin(call, message)

    def _admin(self, call: str, message: Mapping[str, Any]) -> dict[str, Any]:
        hall = self.halls.get(message["room"])
        if call == "ListParticipants":
            return {"participants": [_participant(one) for one in (hall.guests.values() if hall else ())]}
        guest = hall.guests.get(message["identity"]) if hall else None
        if hall is None or guest is None:
            raise Refusal("not_found")
        match call:
            case "GetParticipant":
                return _participant(guest)
            case "RemoveParticipant":
                del hall.guests[guest.identity]
                return {}
            case "MutePublishedTrack":
                track = next((one for one in guest.tracks if one["sid"] == message["track_sid"]), None)
                if track is None:
                    raise Refusal("not_found")
                # Servers do not turn a microphone on from outside, unless enable_remote_unmute is set.
                if not message["muted"]:
                    raise Refusal("permission_denied")
                track["muted"] = True
                return {"track": track}
            case "UpdateParticipant":
                guest.permission |= message.get("permission", {})
                guest.attributes |= message.get("attributes", {})
                if not guest.permission["can_publish"]:
                    guest.tracks.clear()
                return _participant(guest)
        raise Refusal("bad_route")

    def _egress(self, call: str, message: Mapping[str, Any]) -> dict[str, Any]:
        match call:
            case "StartRoomCompositeEgress":
                if message["room_name"] not in self.halls:
                    raise Refusal("not_found")
                egress = self._next("EG")
                output = message["file_outputs"][0]
                assert output["file_type"] == "MP4"
                self.egresses[egress] = {
                    "egress_id": egress,
                    "room_name": message["room_name"],
                    "status": "EGRESS_STARTING",
                    "started_at": int(self.clock.now().timestamp() * 1_000_000_000),
                    "filepath": output["filepath"],
                }
            case "StopEgress":
                egress = message["egress_id"]
                if egress not in self.egresses:
                    raise Refusal("not_found")
                self.egresses[egress]["status"] = "EGRESS_ENDING"
            case "ListEgress":
                found = [one for one in self.egresses.values() if one["room_name"] == message["room_name"]]
                return {"items": [_listed(one) for one in found]}
            case _:
                raise Refusal("bad_route")
        return _listed(self.egresses[egress])

    def _claims(self, token: str, secret: str) -> dict[str, Any]:
        head, _, signature = token.rpartition(".")
        wanted = base64.urlsafe_b64encode(hmac.digest(secret.encode(), head.encode(), "sha256")).rstrip(b"=").decode()
        if not head or not hmac.compare_digest(wanted, signature):
            raise Refusal("unauthenticated")
        header, payload = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in head.split("."))
        now = self.clock.now().timestamp()
        if header["alg"] != "HS256" or payload["iss"] != self.key or not payload["nbf"] <= now < payload["exp"]:
            raise Refusal("unauthenticated")
        found: dict[str, Any] = payload
        return found

    def _hall(self, name: str, made_with: Mapping[str, Any]) -> Hall:
        hall = self.halls[name] = Hall(name, self._next("RM"), made_with)
        return hall

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count:012d}"


def signed(claims: Mapping[str, Any], secret: str) -> str:
    """Return an HS256 token, made without the library that our own code uses."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    head = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret.encode(), head.encode(), "sha256")).rstrip(b"=").decode()
    return f"{head}.{signature}"


def _demand(allowed: object) -> None:
    if not allowed:
        raise Refusal("permission_denied")


def _room(hall: Hall) -> dict[str, Any]:
    return {"sid": hall.sid, "name": hall.name, "num_participants": len(hall.guests), "active_recording": False}


def _participant(guest: Guest) -> dict[str, Any]:
    return {
        "sid": f"PA_{guest.identity}",
        "identity": guest.identity,
        "name": guest.name,
        "state": "ACTIVE",
        "kind": guest.kind,
        "tracks": guest.tracks,
        "joined_at": "1767603600",
        "permission": guest.permission,
        "attributes": guest.attributes,
    }


def _listed(egress: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in egress.items() if name != "filepath"}
    file = {"filename": egress["filepath"], "started_at": str(egress["started_at"]), "ended_at": "0", "size": "0"}
    return {**shown, "started_at": str(egress["started_at"]), "ended_at": "0", "file_results": [file]}
