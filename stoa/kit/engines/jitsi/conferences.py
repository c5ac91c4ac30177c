"""Rooms of a Jitsi Meet: nothing but signed tokens, for it has no API that a server could call.

Who moderates is written in the token, and the token cannot be called back. Muting, sending out, ending and recording
are done by moderators in Jitsi's own window, and nothing is reported.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlencode, urlsplit

import jwt

from stoa.kit.clock import Clock
from stoa.kit.conferences import (
    ConferenceMisconfigured,
    Conferences,
    Grant,
    GrantKind,
    PageSources,
    Person,
    Right,
    Room,
)
from stoa.kit.settings import Settings, setting

# The verifying server's clock may be behind ours.
_BEFORE_S = 10
_TENANT = re.compile(r"[A-Za-z0-9_-]{1,120}")
_FEATURES = ("livestreaming", "recording", "transcription", "inbound-call", "outbound-call", "file-upload")


class JitsiSettings(Settings, prefix="jitsi"):
    """Where Jitsi is; STOA_CONFERENCES=jitsi chooses this engine."""

    url: str = setting(help="The address of Jitsi Meet, as https://meet.example.org; for JaaS https://8x8.vc.")
    app: str = setting(help="The application's id: `app_id` of the token plugin, or the AppID of JaaS.")
    secret: str = setting("", help="The `app_secret` of an own server (HS256).", secret=True)
    key_file: Path | None = setting(None, help="For JaaS: the file with the private key (RS256, PEM).")
    key_id: str = setting("", help="For JaaS: the id of that key, as vpaas-magic-cookie-…/4f4910.")
    domain: str = setting("", help="The `sub` of the tokens of an own server; empty: the host of the address.")


class JitsiConferences(Conferences):
    """One Jitsi Meet, of one's own (shared secret) or rented as JaaS (private key)."""

    name: ClassVar[str] = "jitsi"

    def __init__(self, settings: JitsiSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        parts = urlsplit(settings.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.path.strip("/"):
            raise ConferenceMisconfigured("STOA_JITSI_URL is no address", hint="It looks like https://meet.example.org")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname
        self._key, self._is_rented = _key(settings)

    @property
    def sources(self) -> PageSources:
        """Return the origin that is framed."""
        return PageSources(frame=(self._origin,))

    async def open(self, room: Room) -> None:
        """Do nothing: a room is there when somebody with a token for it comes."""

    async def grant(self, room: Room, person: Person, *, right: Right, lasts: timedelta) -> Grant:
        """Return the address of the room with the person's token in it."""
        now = self._clock.now()
        token = jwt.encode(
            self._claims(room, person, right=right, begins=int(now.timestamp()), lasts=lasts),
            self._key,
            algorithm="RS256" if self._is_rented else "HS256",
            headers={"kid": self._settings.key_id} if self._is_rented else None,
        )
        place = f"{quote(self._settings.app)}/{room.name}" if self._is_rented else room.name
        # The microphone of those who listen starts off; Jitsi lets them turn it on all the same.
        muted = "true" if right is Right.AUDIENCE else "false"
        return Grant(
            engine=self.name,
            kind=GrantKind.FRAME,
            url=f"{self._origin}/{place}?{urlencode({'jwt': token})}#config.startWithAudioMuted={muted}",
            room=room.name,
            right=right,
            expires_at=now + lasts,
            token=token,
        )

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""

    def _claims(self, room: Room, person: Person, *, right: Right, begins: int, lasts: timedelta) -> dict[str, object]:
        is_moderator = right is Right.MODERATOR
        may_record = is_moderator and room.is_recordable
        # JaaS reads `moderator`; the token_affiliation plugin of own servers reads `affiliation`. All values are texts:
        # other kinds raise errors in lib-jitsi-meet.
        user = {
            "id": person.identity,
            "name": person.name,
            "moderator": "true" if is_moderator else "false",
            "affiliation": "owner" if is_moderator else "member",
        }
        features = dict.fromkeys(_FEATURES, "false") | {"recording": "true" if may_record else "false"}
        own = self._settings.domain or self._host
        return {
            "aud": "jitsi" if self._is_rented else self._settings.app,
            "iss": "chat" if self._is_rented else self._settings.app,
            "sub": self._settings.app if self._is_rented else own.lower(),
            "room": room.name,
            "nbf": begins - _BEFORE_S,
            "exp": begins + int(lasts.total_seconds()),
            "context": {"user": user, "features": features},
        }


def _key(settings: JitsiSettings) -> tuple[str, bool]:
    if not _TENANT.fullmatch(settings.app):
        raise ConferenceMisconfigured("STOA_JITSI_APP is no id of an application")
    if settings.key_file is not None:
        if not settings.key_id:
            raise ConferenceMisconfigured("STOA_JITSI_KEY_FILE needs STOA_JITSI_KEY_ID")
        try:
            pem = settings.key_file.read_text(encoding="ascii")
            jwt.encode({}, pem, algorithm="RS256")
        except (OSError, UnicodeDecodeError, jwt.PyJWTError, TypeError):
            raise ConferenceMisconfigured("STOA_JITSI_KEY_FILE holds no private key for RS256") from None
        return pem, True
    if not settings.secret:
        raise ConferenceMisconfigured("Jitsi needs STOA_JITSI_SECRET, or STOA_JITSI_KEY_FILE for JaaS")
    return settings.secret, False
