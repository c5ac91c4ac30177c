"""What courses ask of media: films under a grant, words that travel in packages, and files that must not go."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.testing.ports import checked
from stoa.services.media.contract import AssetId, CaptionText, FileWords, MediaPort
from stoa.services.media.domain.keys import asset_key, rendition_key
from stoa.services.media.service.media import Media
from stoa.services.media.tests.building import PNG, an_organization
from stoa.services.media.tests.test_films import a_clip, clips, needs_ffmpeg, transcoded
from stoa.services.media.tests.test_uploads import API, DATA, Desk, upload_of

__all__ = ["clips"]
VIEWER, COURSE = UserId(new_id()), UUID(int=7)
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


@pytest.fixture
def desk(media: Media, clock: ManualClock) -> Desk:
    return Desk(media, clock, an_organization())


@pytest.fixture
def port(media: Media) -> MediaPort:
    return checked(MediaPort, media)


async def a_file(desk: Desk) -> tuple[str, str]:
    state = await desk.upload(DATA, filename="knot.png", filetype="image/png", alt="A knot")
    return str(state["asset_id"]), hashlib.sha256(DATA).hexdigest()


@needs_ffmpeg
async def test_one_grant_covers_a_films_playlists_and_segments_until_it_is_over(
    desk: Desk, media: Media, port: MediaPort, clips: Path, clock: ManualClock
) -> None:
    asset, _ = await transcoded(desk, await a_clip(clips, height=360), media)
    sha256 = str(asset["sha256"])

    film = (await port.films_of(organization=desk.organization, files=[sha256, "0" * 64], viewer=VIEWER))[0]
    guest = (await port.films_of(organization=desk.organization, files=[sha256]))[0]

    base = film.ladder_url.removesuffix("/index.m3u8")
    names = ["index.m3u8", "360/list.m3u8", "360/init.mp4", "360/00000.m4s"]
    reader = desk.another()
    good = [(await reader.get(f"{base}/{name}")).status_code for name in names]
    clock.advance(timedelta(hours=13, seconds=61))
    late = [(await reader.get(f"{base}/{name}")).status_code for name in names]
    renewed = (await port.films_of(organization=desk.organization, files=[sha256], viewer=VIEWER))[0]
    assert (good, late) == ([200] * 4, [404] * 4)
    assert (await reader.get(renewed.ladder_url)).status_code == 200
    assert (guest.ladder_url, guest.poster_url != "") == ("", True)


async def test_a_grant_lasts_twice_as_long_as_its_film_and_keeps_its_address_for_an_hour(
    desk: Desk, media: Media, port: MediaPort, clock: ManualClock
) -> None:
    state = await desk.upload(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(500), filename="f.mp4")
    asset = AssetId(upload_of(f"/{state['asset_id']}"))
    sha256 = (await desk.client.get(f"{API}/assets/{asset}")).json()["sha256"]
    async with media.library._store.transaction(organization=desk.organization) as tx:
        rendition = {"height": 360, "width": 640, "bits_per_s": 1}
        await tx.note_film(asset, note="", profile="h264-1", renditions=[rendition], duration_s=86_400.0)  # type: ignore[list-item]  # JSON
    blobs = media.delivery._blobs
    await blobs.put(rendition_key(desk.organization, sha256, profile="h264-1", name="index.m3u8"), b"#EXTM3U")
    clock.advance(timedelta(hours=1) - timedelta(minutes=clock.now().minute, seconds=clock.now().second))

    first = (await port.films_of(organization=desk.organization, files=[sha256], viewer=VIEWER))[0].ladder_url
    clock.advance(timedelta(minutes=59))
    second = (await port.films_of(organization=desk.organization, files=[sha256], viewer=VIEWER))[0].ladder_url
    clock.advance(timedelta(hours=46))
    still = await desk.another().get(first)

    assert (first, still.status_code) == (second, 200)


async def test_what_a_course_holds_is_not_deleted_and_the_refusal_says_where_it_is_used(
    desk: Desk, port: MediaPort, blobs: Blobs
) -> None:
    asset, sha256 = await a_file(desk)
    for place in ("draft", "published"):
        await port.hold(organization=desk.organization, holder=COURSE, title="Knots", place=place, files=[sha256])  # type: ignore[arg-type]  # one of the places

    refused = await desk.client.delete(f"{API}/assets/{asset}")
    await port.release(organization=desk.organization, holder=COURSE, place="draft", files=[sha256])
    still = await desk.client.delete(f"{API}/assets/{asset}")

    assert (refused.status_code, refused.json()["code"]) == (409, "media.asset_in_use")
    assert [line["place"] for line in refused.json()["used_by"]] == ["draft", "published"]
    assert "the draft of “Knots”" in refused.json()["detail"]
    assert [line["place"] for line in still.json()["used_by"]] == ["published"]
    assert (await blobs.head(asset_key(desk.organization, sha256))).size == len(DATA)


async def test_what_nobody_holds_is_deleted_with_its_bytes_and_its_room(
    desk: Desk, media: Media, port: MediaPort, blobs: Blobs
) -> None:
    asset, sha256 = await a_file(desk)
    await desk.client.put(f"{API}/assets/{asset}/captions/en", json={"text": VTT})
    before = (await desk.client.get(f"{API}/storage")).json()

    answer = await desk.client.delete(f"{API}/assets/{asset}")

    after = (await desk.client.get(f"{API}/storage")).json()
    assert (answer.status_code, (await desk.client.get(f"{API}/assets/{asset}")).status_code) == (204, 404)
    assert (before["files"], before["used_bytes"], after["files"], after["used_bytes"]) == (1, len(DATA), 0, 0)
    assert [head.key async for head in blobs.list(f"{desk.organization}/assets")] == []
    with pytest.raises(BlobNotFound):
        await blobs.head(asset_key(desk.organization, sha256))


async def test_bytes_that_another_file_needs_stay(desk: Desk, port: MediaPort, blobs: Blobs) -> None:
    asset, _ = await a_file(desk)
    await desk.client.put(f"{API}/assets/{asset}/captions/en", json={"text": VTT})
    other = (await desk.upload(PNG, filename="dot.png"))["asset_id"]
    await desk.client.put(f"{API}/assets/{other}/captions/de", json={"text": VTT})

    await desk.client.delete(f"{API}/assets/{asset}")

    assert (await blobs.head(asset_key(desk.organization, hashlib.sha256(VTT.encode()).hexdigest()))).size == len(VTT)


async def test_holding_and_deleting_at_once_never_lose_held_bytes(desk: Desk, media: Media, blobs: Blobs) -> None:
    for attempt in range(8):
        data = DATA + bytes([attempt])
        state = await desk.upload(data, filename="knot.png")
        sha256 = hashlib.sha256(data).hexdigest()

        deleted, _ = await asyncio.gather(
            desk.client.delete(f"{API}/assets/{state['asset_id']}"),
            media.hold(organization=desk.organization, holder=COURSE, title="Knots", place="draft", files=[sha256]),
        )

        found = [key async for key in keys_of(blobs, desk.organization) if sha256 in key]
        # Whoever came second knows: the author that the file is in use, or the course that it is gone.
        assert (deleted.status_code, len(found)) in ((409, 1), (204, 0), (204, 1))
        if deleted.status_code == 409:
            assert (await desk.client.get(f"{API}/assets/{state['asset_id']}")).status_code == 200


async def test_words_travel_to_another_organization_and_are_the_same_there(
    desk: Desk, port: MediaPort, blobs: Blobs
) -> None:
    asset, sha256 = await a_file(desk)
    await desk.client.put(f"{API}/assets/{asset}/captions/en", json={"text": VTT, "label": "English"})
    words = await port.words_of(organization=desk.organization, files=[sha256])
    there = an_organization()
    await blobs.put(asset_key(there, sha256), DATA)

    await port.adopt(organization=there, files=words)
    again = await port.words_of(organization=there, files=[sha256])
    await port.adopt(organization=there, files=[FileWords(**{**fields(words[0]), "alt": "Another word"})])

    assert again == words
    assert words[0].captions == [CaptionText(language="en", label="English", body=VTT)]
    assert (await port.words_of(organization=there, files=[sha256])) == words


async def keys_of(blobs: Blobs, organization: OrganizationId) -> AsyncIterator[str]:
    async for head in blobs.list(f"{organization}/assets"):
        yield head.key


def fields(words: FileWords) -> dict[str, object]:
    return {name: getattr(words, name) for name in FileWords.__struct_fields__}


async def test_an_adopted_file_is_what_its_bytes_say(desk: Desk, port: MediaPort, blobs: Blobs) -> None:
    sha256 = hashlib.sha256(PNG).hexdigest()
    await blobs.put(asset_key(desk.organization, sha256), PNG)
    claimed = FileWords(
        sha256=sha256, name="a.png", content_type="video/mp4", size=9, alt="", language="", licence="", captions=[]
    )

    await port.adopt(organization=desk.organization, files=[claimed])

    kept = (await port.words_of(organization=desk.organization, files=[sha256]))[0]
    assert (kept.content_type, kept.size) == ("image/png", len(PNG))
