"""Access tokens of LiveKit: HS256, signed with the secret of an API key, that say what their bearer may do."""

from collections.abc import Mapping
from datetime import timedelta

import jwt
import msgspec

from stoa.kit.clock import Clock
from stoa.kit.conferences import Person, Right

# The server calls itself from another machine: its clock may be behind ours.
_BEFORE_S = 10


class Signer:
    """Signs with one API key."""

    def __init__(self, *, key: str, secret: str, clock: Clock) -> None:
        self._key, self._secret, self._clock = key, secret, clock

    def call(self, video: Mapping[str, object], *, lasts: timedelta) -> str:
        """Return the token of one of our own calls, good for nothing but what it names."""
        return self._signed({"video": dict(video)}, lasts=lasts)

    def entry(self, room: str, person: Person, *, right: Right, lasts: timedelta) -> str:
        """Return the token that lets a person into one room.

        Nobody gets `roomAdmin`, moderators neither: whoever holds that right may use it past our rules until the token
        ends, and a token cannot be called back. Moderators ask us, and we ask the server.
        """
        video = {"roomJoin": True, "room": room, **permission(right)}
        attributes = {"right": right.value}
        return self._signed(
            {"sub": person.identity, "name": person.name, "video": video, "attributes": attributes}, lasts=lasts
        )

    def _signed(self, claims: Mapping[str, object], *, lasts: timedelta) -> str:
        now = int(self._clock.now().timestamp())
        times = {"iss": self._key, "nbf": now - _BEFORE_S, "exp": now + int(lasts.total_seconds())}
        return jwt.encode({**times, **claims}, self._secret, algorithm="HS256")


def permission(right: Right) -> dict[str, object]:
    """Return what a right allows within a room, in the words of a token."""
    may_publish = right is not Right.AUDIENCE
    # Chat, polls and hands go over our own channels: nobody needs the server's data channel.
    return {"canPublish": may_publish, "canSubscribe": True, "canPublishData": False}


def right_of(participant: Mapping[str, object]) -> Right:
    """Return the right of a participant as the server lists them: the attribute we gave, else what they may send."""
    attributes = participant.get("attributes")
    if isinstance(attributes, Mapping):
        found = attributes.get("right")
        if found in {right.value for right in Right}:
            return Right(found)
    allowed = participant.get("permission")
    may = isinstance(allowed, Mapping) and bool(allowed.get("can_publish", allowed.get("canPublish")))
    return Right.SPEAKER if may else Right.AUDIENCE


def encoded(message: Mapping[str, object]) -> bytes:
    """Return a message of a call as JSON."""
    return msgspec.json.encode(message)
