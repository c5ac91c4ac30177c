"""A counterpart of the doors of Jitsi Meet, written by us from its public documentation.

Sources: the token plugin's description in lib-jitsi-meet (doc/tokens.md) and JaaS's description of its tokens
(developer.8x8.com). Jitsi offers no calls and no reports to a server, so there is nothing but the door. Nothing here
has ever been compared with a running Jitsi.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from stoa.kit.clock import Clock
from stoa.kit.conferences import Grant
from stoa.kit.testing.conferences.serving import TurnedAway


@dataclass
class Occupant:
    """Somebody in a room."""

    identity: str
    name: str
    is_moderator: bool
    features: dict[str, str]


class Jitsi:
    """The door: `public_key` for JaaS, `secret` for an own server with the token plugin."""

    def __init__(self, *, app: str, secret: str, clock: Clock, public_key: str = "", key_id: str = "") -> None:
        self.app, self.secret, self.clock = app, secret, clock
        self.public_key, self.key_id = public_key, key_id

    def enter(self, grant: Grant, *, room: str = "", secret: str = "") -> Occupant:
        """Open the address of a grant in a browser; TurnedAway where prosody would refuse."""
        parts = urlsplit(grant.url)
        place = parts.path.strip("/").split("/")
        token = parse_qs(parts.query)["jwt"][0]
        claims = self._claims(token, secret or self.secret)
        entered = room or place[-1]
        tenant = place[0] if len(place) > 1 else ""
        host = parts.hostname or ""
        if claims["room"] != entered or claims["sub"] != (tenant if self.public_key else host):
            raise TurnedAway("the token is not for this room")
        now = self.clock.now().timestamp()
        if not claims["nbf"] <= now < claims["exp"]:
            raise TurnedAway("the token has run out")
        user = claims["context"]["user"]
        assert all(isinstance(value, str) for value in user.values()), "lib-jitsi-meet raises for anything but texts"
        is_moderator = user["moderator"] == "true" if self.public_key else user["affiliation"] == "owner"
        return Occupant(user["id"], user["name"], is_moderator, claims["context"]["features"])

    def _claims(self, token: str, secret: str) -> dict[str, Any]:
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        header = json.loads(base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "=="))
        try:
            if self.public_key:
                if header.get("kid") != self.key_id:
                    raise TurnedAway("no such key")
                return jwt.decode(
                    token, self.public_key, algorithms=["RS256"], audience="jitsi", issuer="chat", options=options
                )
            return jwt.decode(token, secret, algorithms=["HS256"], audience=self.app, issuer=self.app, options=options)
        except jwt.InvalidTokenError as problem:
            raise TurnedAway(type(problem).__name__) from None
