"""Which playlists may be shown."""

from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import ConferenceMisconfigured, GrantKind, Person, Right, Room, RoomInvalid
from stoa.kit.engines.hls.conferences import HlsConferences, HlsSettings

ADA = Person(identity="user-ada", name="Ada")


@pytest.fixture
def conferences(clock: ManualClock) -> HlsConferences:
    return HlsConferences(HlsSettings(origins=["https://cdn.example/", "https://Live.Example:8443"]), clock)


def a_room(playlist: str) -> Room:
    return Room(name="stoa-room-0001", title="Algebra", playlist=playlist)


@pytest.mark.parametrize(
    "playlist",
    [
        "https://cdn.example/class/1/master.m3u8",
        "https://CDN.example:443/class/1/master.m3u8?token=abc",
        "https://live.example:8443/a.m3u8",
    ],
)
async def test_everybody_gets_the_playlist_of_the_class(conferences: HlsConferences, playlist: str) -> None:
    await conferences.open(a_room(playlist))

    grant = await conferences.grant(a_room(playlist), ADA, right=Right.MODERATOR, lasts=timedelta(minutes=5))

    assert (grant.kind, grant.url, grant.right) == (GrantKind.PLAYLIST, playlist, Right.AUDIENCE)
    assert conferences.sources.connect == ("https://cdn.example", "https://live.example:8443")


@pytest.mark.parametrize(
    "playlist",
    [
        "",
        "https://cdn.example.evil.example/a.m3u8",
        "https://cdn.example@evil.example/a.m3u8",
        "https://evil.example/https://cdn.example/a.m3u8",
        "https://cdn.example\\@evil.example/a.m3u8",
        "https://cdn.example:8443/a.m3u8",
        "http://cdn.example/a.m3u8",
        "//cdn.example/a.m3u8",
        "javascript:alert(1)//a.m3u8",
        "data:application/x-mpegurl,a.m3u8",
        "https://cdn.example/a.mp4",
        "https://cdn.example/a.m3u8#x",
        "https://cdn.example/../a.m3u8",
        "https://cdn.example/a.m3u8\n",
        "https://cdn.ｅxample/a.m3u8",
        "https://[::1/a.m3u8",
        "https://cdn.example:99999/a.m3u8",
        "https://cdn.example/" + "a" * 2_000 + ".m3u8",
    ],
)
async def test_a_playlist_elsewhere_is_refused(conferences: HlsConferences, playlist: str) -> None:
    with pytest.raises(RoomInvalid):
        await conferences.open(a_room(playlist))


@pytest.mark.parametrize("origins", [[], ["cdn.example"], ["http://cdn.example"], ["https://a.example", "nonsense"]])
def test_origins_that_are_none_are_said_at_the_start(origins: list[str], clock: ManualClock) -> None:
    with pytest.raises(ConferenceMisconfigured):
        HlsConferences(HlsSettings(origins=origins), clock)
