"""Watching a class as HLS: the address of a playlist, of origins that the operator names; nothing is called."""

import re
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

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
    RoomInvalid,
)
from stoa.kit.settings import Settings, setting

_LONGEST = 2_000
# What browsers read differently from us would be another address than the one that was checked.
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\"'<>^`{|}#]|[^\x00-\x7f]")
_PORTS = {"https": 443, "http": 80}


class HlsSettings(Settings, prefix="hls"):
    """Whose broadcasts may be shown; STOA_CONFERENCES=hls chooses this engine."""

    origins: list[str] = setting(help="The origins playlists may lie on, separated by commas: https://cdn.example.org.")


class HlsConferences(Conferences):
    """Broadcasts of others: everybody watches, and nobody is seen or heard."""

    name: ClassVar[str] = "hls"

    def __init__(self, settings: HlsSettings, clock: Clock) -> None:
        self._clock = clock
        self._origins = tuple(_origin(one) for one in settings.origins)
        if not self._origins or None in self._origins:
            raise ConferenceMisconfigured(
                "STOA_HLS_ORIGINS names no origins", hint="An origin looks like https://cdn.example.org"
            )

    @property
    def sources(self) -> PageSources:
        """Return the origins that the player reads from."""
        return PageSources(connect=tuple(one for one in self._origins if one))

    async def open(self, room: Room) -> None:
        """Refuse a room whose playlist lies nowhere, or on an origin that was not named."""
        self._checked(room.playlist)

    async def grant(self, room: Room, person: Person, *, right: Right, lasts: timedelta) -> Grant:
        """Return the address of the playlist; it is the same for everybody."""
        return Grant(
            engine=self.name,
            kind=GrantKind.PLAYLIST,
            url=self._checked(room.playlist),
            room=room.name,
            right=Right.AUDIENCE,
            expires_at=self._clock.now() + lasts,
        )

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""

    def _checked(self, url: str) -> str:
        if len(url) > _LONGEST or _UNSAFE.search(url):
            raise RoomInvalid("The address of the playlist holds what no address holds, or is too long")
        if _origin(url) not in self._origins:
            allowed = ", ".join(one for one in self._origins if one)
            raise RoomInvalid(f"The playlist must lie on one of these: {allowed}")
        path = urlsplit(url).path
        if not path.endswith(".m3u8") or "//" in path or any(part in ("..", ".") for part in path.split("/")):
            raise RoomInvalid("The address of a playlist ends with .m3u8")
        return url


def _origin(url: str) -> str | None:
    """Return the origin of an address as browsers compare it, None where it is none that may be shown."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    # A page that came over https plays nothing that does not; this machine is for trying out.
    is_fit = parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1"))
    if not is_fit or not host or "@" in parts.netloc:
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")
